/** D35 on the embedded database: a program that holds its lock (a backup, an administrator's shell) is waited for. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, onTestFinished, test } from "vitest";
import { newClient } from "../support/code-flow.ts";
import { askToken } from "../support/grants.ts";
import { startProcess } from "../support/process.ts";

test("a SQLite file that another program has locked is waited for, then 503; the process lives on, and serves when the lock is gone", async () => {
  const folder = mkdtempSync(join(tmpdir(), "tessera-locked-"));
  const file = join(folder, "tessera.db");
  const server = await startProcess({ dsn: `sqlite://${file}` });
  const intruder = new DatabaseSync(file);
  onTestFinished(async () => {
    intruder.close();
    await server.kill();
    rmSync(folder, { recursive: true });
  });
  const client = await newClient(server);
  const ask = () => askToken(server, client, { grant_type: "client_credentials", scope: "read" });

  intruder.exec("begin immediate");
  const soon = ask();
  expect((await server.get("/health/alive")).status).toBe(200);
  intruder.exec("rollback");
  expect((await soon).status).toBe(200);

  intruder.exec("begin immediate");
  const refused = await ask();
  expect([refused.status, refused.headers["retry-after"]]).toEqual([503, "1"]);
  intruder.exec("rollback");
  expect((await ask()).status).toBe(200);
  expect(await server.stop()).toEqual({ code: 0, signal: null });
});
