/** The guarded admin port: nobody does anything there without a key, and with one only what it opens. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DescMethod, DescService } from "@bufbuild/protobuf";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ruleOf } from "../../src/adapters/rpc/rest/templates.ts";
import { makeApiKey } from "../../src/server-api-keys.ts";
import { hasPostgres, postgresDatabase } from "../support/database.ts";
import { caller, protocols } from "../support/rpc-callers.ts";
import { rows } from "../support/rpc-rows.ts";
import { movableClock, send, startWorld, type World } from "../support/server.ts";

const guarded = { "serve.admin.auth.required": true };
type Scope = "read" | "flow" | "admin";

interface Guarded extends World {
  readonly keys: Readonly<Record<Scope, string>>;
}

/** A server whose keys were written before it began. */
async function guardedWorld(dsn: string): Promise<Guarded> {
  const clock = movableClock();
  const make = async (scope: Scope) =>
    (await makeApiKey(dsn, { order: { name: scope, scopes: [scope], expiresAt: null }, now: clock.now() })).secret;
  const keys = { read: await make("read"), flow: await make("flow"), admin: await make("admin") };
  return { ...(await startWorld({ dsn, clock, settings: guarded })), keys };
}

const folder = mkdtempSync(join(tmpdir(), "tessera-guard-"));
const bearer = (key: string) => ({ authorization: `Bearer ${key}` });
const portOf = (url: string) => Number(new URL(url).port);

let world: Guarded;
beforeAll(async () => {
  world = await guardedWorld(`sqlite://${join(folder, "guard.db")}`);
});
afterAll(async () => {
  await world?.close();
  rmSync(folder, { recursive: true });
});

/** What opens a method, said here once more and in other words than the server's. */
function opens({ name, parent }: DescMethod): readonly Scope[] {
  if (parent.typeName.startsWith("tessera.flow.")) return ["flow", "admin"];
  if (name === "IntrospectToken") return ["read", "flow", "admin"];
  if (name === "GetKey" || name === "GetKeySet") return ["admin"];
  return name.startsWith("Get") || name.startsWith("List") || name.startsWith("Watch") ? ["read", "admin"] : ["admin"];
}

const scopes: readonly Scope[] = ["read", "flow", "admin"];
const noKeys = ["Bearer", "Bearer  ", "Basic dGVzczpzZXJh", "Bearer tsr_ak_short", "tsr_ak_", "Bearer a b"];
const wrongKey = `tsr_ak_${"A".repeat(43)}`;

describe("ADM-003, GRPC-001: every method asks who calls, in every protocol", () => {
  test.each(rows.map((row) => [row.method.name, row] as const))("%s over REST", async (_, { method, rest }) => {
    const [verb, path, sent] = rest;
    const body = sent?.body?.toString();
    const ask = (headers: Record<string, string>) =>
      send(verb, world.adminUrl + path, body, { "content-type": "application/json", ...headers });
    const none = await ask({});
    expect([none.status, none.body.error, none.headers["www-authenticate"]]).toEqual([
      401,
      "invalid_token",
      'Bearer realm="admin"',
    ]);
    const wrong = await ask(bearer(wrongKey));
    expect([wrong.status, wrong.headers["www-authenticate"]]).toEqual([401, expect.stringContaining("invalid_token")]);
    for (const scope of scopes) {
      const { status, body: told, headers } = await ask(bearer(world.keys[scope]));
      if (opens(method).includes(scope)) expect([401, 403], `${scope}: ${status}`).not.toContain(status);
      else {
        expect([status, told.error]).toEqual([403, "insufficient_scope"]);
        expect(headers["www-authenticate"]).toContain("insufficient_scope");
      }
    }
  });

  describe.each(protocols)("%s", (protocol) => {
    test.each(rows.map((row) => [row.method.name, row] as const))("%s", async (_, { method, input }) => {
      const ask = async (key?: string) => {
        const client = caller(protocol, portOf(world.adminUrl), key);
        const { refused } = await client.ask(method, input);
        client.close();
        return refused;
      };
      const unknown = { code: "Unauthenticated", reason: "invalid_token", domain: "tessera" };
      expect(await ask()).toMatchObject(unknown);
      expect(await ask(wrongKey)).toMatchObject(unknown);
      for (const scope of scopes) {
        const refused = await ask(world.keys[scope]);
        if (opens(method).includes(scope))
          expect(refused?.reason ?? "").not.toMatch(/^(invalid_token|insufficient_scope)$/);
        else expect(refused).toMatchObject({ code: "PermissionDenied", reason: "insufficient_scope" });
      }
    });
  });

  test("the table above has every method that the server serves", async () => {
    const services = new Set<DescService>(rows.map(({ method }) => method.parent));
    const methods = [...services]
      .flatMap((service) => service.methods)
      .filter((method) => method.methodKind === "unary");
    expect(methods.filter((method) => ruleOf(method) === undefined)).toEqual([]);
    expect(new Set(rows.map(({ method }) => method))).toEqual(new Set(methods));
  });
});

describe("every other path of the admin port", () => {
  const unknown = [
    "/",
    "/admin",
    "/admin/",
    "/admin/nothing",
    "/nothing",
    "/admin/clients/a/b",
    "/oauth2/token",
    "/ui",
  ];
  const rpcPaths = [
    "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
    "/tessera.admin.v1.ClientService/NoMethod",
    "/tessera.none.v1.NoService/NoMethod",
    "/tessera.admin.v1.EventService/WatchEvents",
    "/grpc.health.v1.Health/../../tessera.admin.v1.ClientService/ListClients",
    "/grpc.health.v1.Health/Check/",
    "/grpc.health.v1.Health/Check?x",
  ];
  const spelled = ["/admin/health/alive/x", "/admin//health/alive", "/admin/health/%61live", "/ADMIN/HEALTH/ALIVE"];
  const others = ["/admin/version", "/version", "/admin/metrics/prometheus", "/metrics/prometheus", "/admin/events"];

  test.each([...unknown, ...rpcPaths, ...spelled, ...others])("%s asks too, with any method", async (path) => {
    for (const verb of ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD"]) {
      for (const type of ["application/json", "application/x-www-form-urlencoded"]) {
        const { status } = await send(verb, world.adminUrl + path, verb.startsWith("P") ? "{}" : undefined, {
          "content-type": type,
        });
        expect([verb, type, status]).toEqual([verb, type, 401]);
      }
    }
    for (const authorization of noKeys) {
      expect((await send("GET", world.adminUrl + path, undefined, { authorization })).status).toBe(401);
    }
    const told = await send("POST", world.adminUrl + path, "", { "content-type": "application/grpc" });
    expect([told.status, told.headers["grpc-status"]]).toEqual([200, "16"]);
    const { status } = await send("DELETE", world.adminUrl + path, undefined, bearer(world.keys.admin));
    expect(status).not.toBe(401);
  });

  test("the metrics open to read, the version to every key", async () => {
    const status = async (path: string, scope: Scope) =>
      (await send("GET", world.adminUrl + path, undefined, bearer(world.keys[scope]))).status;
    expect(await status("/admin/metrics/prometheus", "flow")).toBe(403);
    for (const scope of ["read", "admin"] as const) expect(await status("/admin/metrics/prometheus", scope)).toBe(200);
    for (const scope of scopes) expect(await status("/admin/version", scope)).toBe(200);
  });

  test("health is open to everybody, and tells nothing of what is there", async () => {
    for (const path of ["/admin/health/alive", "/health/alive", "/admin/health/ready", "/health/ready/"]) {
      expect((await send("GET", world.adminUrl + path)).status).toBe(200);
    }
    const heard = await send("POST", `${world.adminUrl}/grpc.health.v1.Health/Check`, "{}", {
      "content-type": "application/json",
    });
    expect([heard.status, heard.body.status]).toEqual([200, "SERVING"]);
  });

  test("reflection answers who has a key, whatever it opens", async () => {
    for (const scope of scopes) {
      const told = await send(
        "POST",
        `${world.adminUrl}/grpc.reflection.v1.ServerReflection/ServerReflectionInfo`,
        "\0\0\0\0\0",
        { "content-type": "application/grpc-web+proto", ...bearer(world.keys[scope]) },
      );
      expect(told.headers["grpc-status"]).not.toBe("16");
    }
  });

  test("GRPC-002: a second Authorization header is refused, another spelling of the name is the same", async () => {
    const url = `${world.adminUrl}/admin/clients`;
    const key = `Bearer ${world.keys.admin}`;
    expect((await send("GET", url, undefined, { Authorization: [key, key] })).status).toBe(400);
    expect((await send("GET", url, undefined, { AUTHORIZATION: key })).status).toBe(200);
    expect((await send("GET", url, undefined, { "authorization-bin": key })).status).toBe(401);
    expect((await send("GET", url, undefined, { cookie: `authorization=${key}` })).status).toBe(401);
    expect((await send("GET", `${url}?access_token=${world.keys.admin}`)).status).toBe(401);
  });

  test("a body is not read before it is known who sends it", async () => {
    const body = "x".repeat(2 << 20);
    const told = await send("POST", `${world.adminUrl}/admin/clients`, body, {
      "content-type": "application/json",
    }).catch(() => ({ status: 401 }));
    expect(told.status).toBe(401);
  });
});

describe("a key", () => {
  const made = async (over: Record<string, unknown> = {}) =>
    send("POST", `${world.adminUrl}/admin/api-keys`, JSON.stringify({ name: "made", scopes: ["read"], ...over }), {
      "content-type": "application/json",
      ...bearer(world.keys.admin),
    });
  const status = async (key: string) =>
    (await send("GET", `${world.adminUrl}/admin/clients`, undefined, bearer(key))).status;

  test("is shown once, opens until it is revoked, and is dead with the answer to its revocation", async () => {
    const { status: created, body } = await made();
    expect([created, body.secret]).toEqual([201, expect.stringMatching(/^tsr_ak_[\w-]{43}$/)]);
    expect(await status(body.secret)).toBe(200);
    const list = await send("GET", `${world.adminUrl}/admin/api-keys`, undefined, bearer(world.keys.read));
    expect(list.body.find(({ id }: { id: string }) => id === body.id)).toMatchObject({
      name: "made",
      scopes: ["read"],
    });
    expect(list.text).not.toContain(body.secret);
    const url = `${world.adminUrl}/admin/api-keys/${body.id}`;
    expect((await send("DELETE", url, undefined, bearer(body.secret))).status).toBe(403);
    expect((await send("DELETE", url, undefined, bearer(world.keys.admin))).status).toBe(204);
    expect(await status(body.secret)).toBe(401);
    expect((await send("DELETE", url, undefined, bearer(world.keys.admin))).status).toBe(404);
  });

  test("expires to the second", async () => {
    const end = new Date(Math.ceil(world.clock.now().getTime() / 1000) * 1000 + 60_000);
    const { body } = await made({ expires_at: end.toISOString() });
    expect(await status(body.secret)).toBe(200);
    world.clock.advance(62);
    expect(await status(body.secret)).toBe(401);
  });

  test.each([
    [{ name: " " }, "name"],
    [{ scopes: [] }, "opens"],
    [{ scopes: ["read", "root"] }, "opens"],
    [{ expires_at: "2001-01-01T00:00:00Z" }, "end"],
  ])("%j is no key to make", async (over, word) => {
    const { status: answered, body } = await made(over);
    expect([answered, body.error_description]).toEqual([400, expect.stringContaining(word)]);
  });

  test("stands in no line of the log; who was refused does, and is counted", async () => {
    const { body } = await made();
    await status(wrongKey);
    await send("DELETE", `${world.adminUrl}/admin/clients/x`, undefined, bearer(body.secret));
    const text = world.log.join("\n");
    for (const key of [...Object.values(world.keys), body.secret, wrongKey]) {
      expect(text).not.toContain(key);
      expect(text).not.toContain(key.slice(7));
    }
    const lines = world.log.map((line) => JSON.parse(line)).filter(({ event }) => event === "admin_call_refused");
    expect(new Set(lines.map(({ reason }) => reason))).toEqual(
      new Set(["no_key", "unknown_key", "expired_key", "insufficient_scope"]),
    );
    expect(lines.at(-1)).toMatchObject({
      caller: { kind: "api_key", id: body.id },
      call: "tessera.admin.v1.ClientService/DeleteClient",
    });
    const { text: metrics } = await send(
      "GET",
      `${world.adminUrl}/admin/metrics/prometheus`,
      undefined,
      bearer(world.keys.read),
    );
    expect(metrics).toMatch(/tessera_admin_calls_refused_total\{reason="unknown_key"[^}]*\} [1-9]/);
  });
});

test.skipIf(!hasPostgres)("a key that one instance revokes is dead at the other with the answer", async () => {
  const database = await postgresDatabase();
  const one = await guardedWorld(database.dsn);
  const other = await startWorld({ dsn: database.dsn, clock: one.clock, settings: guarded });
  try {
    const admin = bearer(one.keys.admin);
    for (let round = 0; round < 10; round += 1) {
      const { body } = await send(
        "POST",
        `${one.adminUrl}/admin/api-keys`,
        JSON.stringify({ name: "short-lived", scopes: ["read"] }),
        { "content-type": "application/json", ...admin },
      );
      const asks = () =>
        Promise.all(
          Array.from({ length: 8 }, async () => {
            return (await send("GET", `${other.adminUrl}/admin/clients`, undefined, bearer(body.secret))).status;
          }),
        );
      expect(new Set(await asks())).toEqual(new Set([200]));
      const busy = asks();
      await send("DELETE", `${one.adminUrl}/admin/api-keys/${body.id}`, undefined, admin);
      expect(new Set(await asks())).toEqual(new Set([401]));
      await busy;
    }
  } finally {
    await other.close();
    await one.close();
    await database.drop();
  }
});
