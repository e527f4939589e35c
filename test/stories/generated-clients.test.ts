/** Clients generated from the contract do an administrator's work over gRPC, each in a process of its own. */
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, onTestFinished, test } from "vitest";
import { pythonProgram } from "../support/foreign-client.ts";
import { startWorld } from "../support/server.ts";

const root = join(import.meta.dirname, "..", "..");
const program = join(root, "test", "clients", "typescript", "admin.ts");
const python = await pythonProgram("python-grpc", "admin.py");

const found = { listed: [true], secrets: true, active: false, keys: [["EC", "ES256"]] };

test("tessera/admin/v1/* over gRPC: clients are made, found, changed and removed", async () => {
  const world = await startWorld();
  onTestFinished(() => world.close());
  const { stdout } = await promisify(execFile)(process.execPath, [program, world.adminUrl]);
  expect(JSON.parse(stdout)).toEqual({ ...found, gone: "NotFound" });
});

const reason = "missing" in python ? ` (SKIPPED: ${python.missing})` : "";
test.skipIf("missing" in python)(`Python's grpcio-tools: stubs of proto/ do the same${reason}`, async () => {
  if ("missing" in python) throw new Error(python.missing);
  const world = await startWorld();
  onTestFinished(() => world.close());
  const [command, ...args] = python.command;
  const { host } = new URL(world.adminUrl);
  const { stdout } = await promisify(execFile)(command, [...args, host, join(root, "proto")], { timeout: 25_000 });
  expect(JSON.parse(stdout)).toEqual({ ...found, team: "photos", gone: "NOT_FOUND" });
});
