/** Client certificates at the admin port (GRPC-018): asked for, never needed for health, and worth what the setting says. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect as connectHttp2 } from "node:http2";
import { Agent, request } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect as connectTls } from "node:tls";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { loadConfig } from "../../src/config/load.ts";
import { makeApiKey } from "../../src/server-api-keys.ts";
import { selfSigned } from "../adapters/http/certificate.ts";
import { startWorld, type World } from "../support/server.ts";

const folder = mkdtempSync(join(tmpdir(), "tessera-certificates-"));
const [server, trusted, stranger] = [selfSigned(), selfSigned(), selfSigned()];
const files = { cert: join(folder, "cert.pem"), key: join(folder, "key.pem"), ca: join(folder, "ca.pem") };
writeFileSync(files.cert, server.cert);
writeFileSync(files.key, server.key);
writeFileSync(files.ca, trusted.cert);
const tls = {
  "serve.admin.tls.cert.path": files.cert,
  "serve.admin.tls.key.path": files.key,
  "serve.admin.tls.client_ca.path": files.ca,
};
type Pair = { readonly key: string; readonly cert: string };

let world: World;
let key: string;
beforeAll(async () => {
  const dsn = `sqlite://${join(folder, "certificates.db")}`;
  const order = { name: "key", scopes: ["admin"], expiresAt: null };
  key = (await makeApiKey(dsn, { order, now: new Date() })).secret;
  world = await startWorld({ dsn, settings: { ...tls, "serve.admin.auth.certificate_scope": ["read"] } });
});
afterAll(async () => {
  await world?.close();
  rmSync(folder, { recursive: true });
});

interface Asked {
  readonly method?: string;
  readonly pair?: Pair;
  readonly bearer?: string;
  readonly session?: Buffer;
}

function statusOf(path: string, { method = "GET", pair, bearer, session }: Asked = {}): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const headers = bearer === undefined ? {} : { authorization: `Bearer ${bearer}` };
  const options = { ...pair, ...(session === undefined ? {} : { session }), rejectUnauthorized: false };
  const sent = request(world.adminUrl + path, { ...options, method, headers, agent: new Agent() }, (answer) => {
    answer.resume();
    resolve(answer.statusCode ?? 0);
  });
  sent.on("error", reject);
  sent.end();
  return promise;
}

describe("a certificate", () => {
  test("of a trusted authority opens what the setting says", async () => {
    expect(await statusOf("/admin/clients", { pair: trusted })).toBe(200);
    expect(await statusOf("/admin/metrics/prometheus", { pair: trusted })).toBe(200);
    expect(await statusOf("/admin/clients/x", { pair: trusted, method: "DELETE" })).toBe(403);
  });

  test("does so over HTTP/2 too, on every stream", async () => {
    for (const [pair, expected] of [
      [trusted, 200],
      [stranger, 401],
      [undefined, 401],
    ] as const) {
      const session = connectHttp2(world.adminUrl, { ...pair, rejectUnauthorized: false });
      for (let turn = 0; turn < 2; turn += 1) {
        const stream = session.request({ ":path": "/admin/clients" });
        const status = await new Promise((heard) => stream.on("response", (head) => heard(head[":status"])));
        expect(status).toBe(expected);
        stream.resume();
      }
      session.close();
    }
  });

  test("of anybody else is refused, whatever key comes with it", async () => {
    expect(await statusOf("/admin/clients", { pair: stranger })).toBe(401);
    expect(await statusOf("/admin/clients", { pair: stranger, bearer: key })).toBe(401);
  });

  test("need not be there: a key does as well, and counts where there are both", async () => {
    expect(await statusOf("/admin/clients")).toBe(401);
    expect(await statusOf("/admin/clients", { bearer: key })).toBe(200);
    expect(await statusOf("/admin/clients/x", { bearer: key, pair: trusted, method: "DELETE" })).toBe(404);
    expect(await statusOf("/admin/health/alive")).toBe(200);
  });

  test("is not made up by resuming a session that had none", async () => {
    const { hostname, port } = new URL(world.adminUrl);
    const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
    const socket = connectTls({ host: hostname, port: Number(port), rejectUnauthorized: false }, () => {
      socket.write(`GET /admin/health/alive HTTP/1.1\r\nHost: localhost\r\n\r\n`);
    });
    socket.on("session", resolve).on("error", reject);
    const session = await promise;
    socket.destroy();
    expect(await statusOf("/admin/clients", { session })).toBe(401);
  });

  test("whose time is over by the request's clock opens nothing", async () => {
    world.clock.advance(9e10 * 2.9);
    expect(await statusOf("/admin/clients", { pair: trusted })).toBe(401);
    world.clock.advance(-9e10 * 2.9);
  });
});

describe("settings that do not fit together are refused", () => {
  const base = { dev: true, dsn: "memory", "secrets.system": ["a secret of the tests only"] };
  test.each([
    [{ "serve.admin.tls.client_ca.path": files.ca }, "serve.admin.tls.client_ca.path"],
    [{ ...tls, "serve.admin.auth.required": false }, "serve.admin.auth.required"],
    [{ "serve.admin.auth.certificate_scope": ["root"] }, "serve.admin.auth.certificate_scope"],
  ])("%j", (flags, key_) => {
    expect(() => loadConfig({ flags: { ...base, ...flags } })).toThrow(key_);
  });

  test("a named authority switches the guard on", () => {
    expect(loadConfig({ flags: { ...base, ...tls } }).config["serve.admin.auth.required"]).toBe(true);
    expect(loadConfig({ flags: base }).config["serve.admin.auth.required"]).toBe(false);
  });

  test("ADM-002: a port that is open to a network says so, and one that asks for keys does not", () => {
    const said = (flags: object) =>
      loadConfig({ flags: { ...base, "serve.admin.host": "0.0.0.0", ...flags } }).warnings;
    expect(said({}).join()).toContain("whoever reaches that port may do everything");
    expect(said({ "serve.admin.auth.required": true }).join()).not.toContain("whoever reaches");
  });
});
