/** HTTP-020: a fault that nobody caught costs no request that runs and no grant, is said aloud, and ends with a fresh process. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { isActive, newClient } from "../support/code-flow.ts";
import { askToken } from "../support/grants.ts";
import { halfRequest, tokenRequest } from "../support/half-request.ts";
import { launch, startProcess, until } from "../support/process.ts";
import { freePort, send } from "../support/server.ts";

function aFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "tessera-fault-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

test.each([
  ["a rejection", "Promise.reject(new Error('a planted fault'))"],
  ["an exception", "setImmediate(() => { throw new Error('a planted fault'); })"],
  ["a rejection with no error", "Promise.reject('a planted fault')"],
])(
  "%s that nobody handles: what runs is finished, the log says why, and the next process knows all",
  async (_what, fault) => {
    const folder = aFolder();
    const preload = join(folder, "fault.mjs");
    writeFileSync(preload, `process.on("SIGUSR2", () => { ${fault}; });`);
    const dsn = `sqlite://${join(folder, "tessera.db")}`;
    const server = await startProcess({ dsn, preload });
    onTestFinished(() => server.kill());
    const client = await newClient(server);
    const machine = { grant_type: "client_credentials", scope: "read" };
    const before = (await askToken(server, client, machine)).body.access_token;
    const running = await halfRequest(server.publicUrl, tokenRequest(client));
    server.signal("SIGUSR2");
    expect(await server.line('"level":"fatal"')).toContain("a planted fault");
    const answer = await running.finish();
    expect(answer).toMatch(/^HTTP\/1\.1 200 /);
    expect(await server.exited).toEqual({ code: 1, signal: null });
    const { access_token: last } = JSON.parse(answer.slice(answer.indexOf("\r\n\r\n")));

    const fresh = await startProcess({ dsn });
    onTestFinished(() => fresh.kill());
    expect(await isActive(fresh, before)).toBe(true);
    expect(await isActive(fresh, last)).toBe(true);
  },
);

test("a log that nobody reads from the start is no reason not to serve", async () => {
  const port = await freePort();
  const server = await launch({ dsn: "memory", environment: { SERVE_ADMIN_PORT: String(port) } });
  onTestFinished(() => server.signal("SIGKILL"));
  server.deafen();
  const alive = () => send("GET", `http://127.0.0.1:${port}/admin/health/ready`).catch(() => undefined);
  await until(alive, (answer) => answer?.status === 200, 10_000);
  server.signal("SIGTERM");
  expect(await server.exited).toEqual({ code: 0, signal: null });
});

test("REL-22: a log whose reader goes away stops neither the service nor its end, be it for a fault", async () => {
  const folder = aFolder();
  const preload = join(folder, "fault.mjs");
  writeFileSync(preload, `process.on("SIGUSR2", () => { Promise.reject(new Error("a planted fault")); });`);
  const server = await startProcess({ dsn: "memory", preload });
  onTestFinished(() => server.kill());
  server.deafen();
  for (let number = 0; number < 50; number++) expect((await server.get("/nothing")).status).toBe(404);
  server.signal("SIGUSR2");
  expect(await server.exited).toEqual({ code: 1, signal: null });
});
