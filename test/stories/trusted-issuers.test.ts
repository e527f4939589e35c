/** Administrators say whose assertions are worth tokens, over Hydra's REST paths (hydra.md: trusted JWT-bearer issuers). */
import { randomUUID } from "node:crypto";
import { exportJWK } from "jose";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type KeyPair, newKeyPair } from "../support/assertions.ts";
import { databases } from "../support/database.ts";
import { startWorld, type World } from "../support/server.ts";
import {
  aName,
  bearerClient,
  grantAssertion,
  issuersPath,
  jwtBearer,
  trade,
  trust,
  trustBody,
} from "../support/trust.ts";

const malformed = "The request was malformed or contained invalid parameters";

describe.each(databases)("trusted issuers on $name", (database) => {
  let world: World;
  let dsn: string;
  let key: KeyPair;
  beforeAll(async () => {
    dsn = await database.dsn();
    [world, key] = [await startWorld({ dsn }), await newKeyPair("ES256", "es")];
  });
  afterAll(() => world?.close());

  const create = (body: unknown) => world.admin("POST", issuersPath, body);
  const anIssuer = () => aName("https://issuer.example/");

  test("a trust is answered as Hydra does, with its place, and can be read there", async () => {
    const body = trustBody(world, anIssuer(), key, { expires_at: "2040-01-02T03:04:05+01:00" });
    const answer = await create(body);
    expect(answer.status).toBe(201);
    const { id, created_at: createdAt } = answer.body;
    expect(answer.headers.location).toBe(`${issuersPath}/${id}`);
    expect(answer.body).toEqual({
      ...{ id, issuer: body.issuer, subject: "alice", allow_any_subject: false, scope: ["read", "write"] },
      public_key: { set: body.issuer, kid: "es" },
      ...{ created_at: createdAt, expires_at: "2040-01-02T02:04:05Z" },
    });
    expect(createdAt).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    const read = await world.admin("GET", `${issuersPath}/${id}`);
    expect([read.status, read.body]).toEqual([200, answer.body]);
    const any = await create(trustBody(world, anIssuer(), key, { subject: undefined, allow_any_subject: true }));
    expect(any.body).toMatchObject({ subject: "", allow_any_subject: true });
  });

  test("what is missing is said in Hydra's words", async () => {
    const missing: Array<Record<string, unknown>> = [
      { issuer: undefined },
      { subject: undefined },
      { allow_any_subject: true },
      { jwk: undefined },
      { jwk: { ...key.publicJwk, kid: undefined } },
      { jwk: { ...key.publicJwk, kid: 7 } },
      { expires_at: undefined },
    ];
    for (const over of missing) {
      const answer = await create(trustBody(world, anIssuer(), key, over));
      expect([answer.status, answer.body.error], JSON.stringify(over)).toEqual([400, "missing_required_parameter"]);
    }
    for (const over of [
      { expires_at: "tomorrow" },
      { scope: ["a b"] },
      { scope: "read" },
      { jwk: "x" },
      { issuer: 1 },
    ]) {
      expect((await create(trustBody(world, anIssuer(), key, over))).status, JSON.stringify(over)).toBe(400);
    }
    for (const unreadable of [[], trustBody(world, anIssuer(), key, { expires_at: "tomorrow" })]) {
      const answer = await world.admin("POST", issuersPath, unreadable);
      expect([answer.status, answer.body.error]).toEqual([400, "error"]);
    }
  });

  test("JWTB-012: private, symmetric, weak and foreign keys and an end that is past are refused and nothing is stored", async () => {
    const issuer = anIssuer();
    const weak = { kty: "RSA", kid: "weak", e: "AQAB", n: Buffer.alloc(128, 0xff).toString("base64url") };
    const whole = { ...(await exportJWK(key.privateKey)), kid: "private" };
    const bad = [
      whole,
      { ...key.publicJwk, d: "" },
      { kty: "oct", kid: "mac", k: "c2VjcmV0" },
      weak,
      { kty: "EC", kid: "es", crv: "P-256", x: "AA", y: "AA" },
      { kid: "es" },
      { ...key.publicJwk, use: "enc" },
      { ...key.publicJwk, alg: "HS256" },
    ];
    for (const jwk of bad) {
      const answer = await create(trustBody(world, issuer, key, { jwk }));
      expect([answer.status, answer.body.error], JSON.stringify(jwk)).toEqual([400, "invalid_request"]);
      expect(answer.text).not.toContain(String(whole.d));
    }
    const past = new Date(world.clock.now().getTime() - 1000).toISOString();
    expect((await create(trustBody(world, issuer, key, { expires_at: past }))).status).toBe(400);
    expect((await world.admin("GET", `${issuersPath}?issuer=${encodeURIComponent(issuer)}`)).body).toEqual([]);
    expect(world.log.join("")).not.toContain(String(whole.d));
  });

  test("issuer, subject and key are trusted once: 409", async () => {
    const body = trustBody(world, anIssuer(), key);
    expect((await create(body)).status).toBe(201);
    const taken = "Unable to insert or update resource because a resource with that value exists already";
    const again = await create(body);
    expect([again.status, again.body]).toEqual([409, { error: taken, error_description: "" }]);
    const answers = await Promise.all(Array.from({ length: 20 }, () => create({ ...body, subject: "bob" })));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 409)).toHaveLength(19);
  });

  test("an id that is no UUID is 400, one that nobody has 404; a deleted trust is gone", async () => {
    const id = await trust(world, anIssuer(), key);
    for (const method of ["GET", "DELETE"]) {
      const noUuid = await world.admin(method, `${issuersPath}/no-uuid`);
      expect([noUuid.status, noUuid.body.error]).toEqual([400, malformed]);
      const nobodys = await world.admin(method, `${issuersPath}/${randomUUID()}`);
      expect([nobodys.status, nobodys.body]).toEqual([
        404,
        { error: "Unable to locate the resource", error_description: "" },
      ]);
    }
    const gone = await world.admin("DELETE", `${issuersPath}/${id}`);
    expect([gone.status, gone.text]).toEqual([204, ""]);
    expect((await world.admin("GET", `${issuersPath}/${id}`)).status).toBe(404);
  });

  test("D27: the list is read page by page, of one issuer or of all", async () => {
    const issuer = anIssuer();
    const ids = [];
    for (const subject of ["a", "b", "c", "d", "e"]) {
      ids.push(await trust(world, issuer, key, { subject }));
      world.clock.advance(1);
    }
    const seen: string[] = [];
    let path: string | undefined = `${issuersPath}?issuer=${encodeURIComponent(issuer)}&page_size=2`;
    let pages = 0;
    for (; path !== undefined; pages += 1) {
      const { status, body, headers } = await world.admin("GET", path);
      expect(status).toBe(200);
      seen.push(...body.map((one: { id: string }) => one.id));
      const next: URL | undefined = nextOf(headers.link, world.adminUrl);
      path = next === undefined ? undefined : next.pathname + next.search;
    }
    expect([pages, seen]).toEqual([3, ids]);
    const all = await world.admin("GET", issuersPath);
    expect(all.body.length).toBeGreaterThan(ids.length);
    for (const query of ["page_token=forged", "page_size=-1"]) {
      const refused = await world.admin("GET", `${issuersPath}?${query}`);
      expect([refused.status, refused.body.error]).toEqual([400, malformed]);
    }
  });

  test("what is done is in the audit log", async () => {
    const id = await trust(world, anIssuer(), key);
    await world.admin("DELETE", `${issuersPath}/${id}`);
    const lines = world.log.filter((line) => line.includes(id) && line.includes('"audit"'));
    expect(lines.map((line) => JSON.parse(line).event)).toEqual(["issuer_trusted", "issuer_distrusted"]);
  });

  test.runIf(database.name === "postgres")(
    "another instance knows at once, and an assertion is good at one of them",
    async () => {
      const issuer = world.publicUrl;
      const second = await startWorld({ dsn, clock: world.clock, settings: { "urls.self.issuer": issuer } });
      try {
        const client = await bearerClient(world);
        const id = await trust(world, issuer, key);
        const sign = () => grantAssertion(world, issuer, key, { claims: { aud: issuer } });
        expect((await trade(second, client, await sign())).status).toBe(200);
        const jwt = await sign();
        const answers = await Promise.all(
          Array.from({ length: 20 }, (_, racer) => trade(racer % 2 === 0 ? world : second, client, jwt)),
        );
        expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
        expect(new Set(answers.map(({ body }) => body.error))).toEqual(new Set([undefined, "invalid_grant"]));
        // What the first remembers of the client is old: it tries again, and its own first try is no replay.
        const change = {
          grant_types: [jwtBearer, "client_credentials"],
          scope: "read write",
          client_secret: client.secret,
        };
        expect((await second.admin("PUT", `/admin/clients/${client.id}`, change)).status).toBe(200);
        expect((await trade(world, client, await sign())).status).toBe(200);
        expect((await second.admin("DELETE", `${issuersPath}/${id}`)).status).toBe(204);
        expect((await trade(world, client, await sign())).status).toBe(400);
      } finally {
        await second.close();
      }
    },
  );
});

function nextOf(link: string | undefined, base: string): URL | undefined {
  const found = /<([^>]+)>; ?rel="next"/.exec(link ?? "")?.[1];
  return found === undefined ? undefined : new URL(found, base);
}
