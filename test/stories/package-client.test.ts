/** The client that the package brings does an administrator's work, in a process of its own. */
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, onTestFinished, test } from "vitest";
import { startWorld } from "../support/server.ts";

const program = join(import.meta.dirname, "..", "clients", "typescript", "admin.ts");

test("tessera/admin/v1/* over gRPC: clients are made, found, changed and removed", async () => {
  const world = await startWorld();
  onTestFinished(() => world.close());
  const { stdout } = await promisify(execFile)(process.execPath, [program, world.adminUrl]);
  expect(JSON.parse(stdout)).toEqual({
    listed: [true],
    secrets: true,
    active: false,
    keys: [["EC", "ES256"]],
    gone: "NotFound",
  });
});
