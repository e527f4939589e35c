/** What a token is worth, told to resource servers: RFC 7662. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { newClient, obtainTokens, refresh, type TestClient, type Tokens } from "../support/code-flow.ts";
import { databases } from "../support/database.ts";
import { askToken, claimsOf, freshCode, headerOf, introspected, revokeToken } from "../support/grants.ts";
import { basic, send, startWorld, type World } from "../support/server.ts";

const inactive = { active: false };

describe.each(databases)("introspection on $name", (database) => {
  let world: World;
  let client: TestClient;
  let tokens: Tokens;

  beforeAll(async () => {
    world = await startWorld({ dsn: await database.dsn() });
    client = await newClient(world, { audience: ["https://api.example"] });
    tokens = await obtainTokens(
      world,
      client,
      { audience: "https://api.example" },
      { consent: { session: { access_token: { tenant: "t1" }, id_token: { email: "a@example.org" } } } },
    );
  });
  afterAll(() => world?.close());

  test.each(["opaque", "jwt"])("RFC 7662 §2.2: every member says what was granted (%s)", async (strategy) => {
    const own = await newClient(world, { audience: ["https://api.example"], access_token_strategy: strategy });
    const now = Math.floor(world.clock.now().getTime() / 1000);
    const session = { access_token: { tenant: "t1", active: false, sub: "mallory", exp: 1, scope: "admin" } };
    const over = { audience: "https://api.example", scope: "openid offline read" };
    const { access_token } = await obtainTokens(world, own, over, { consent: { session } });
    const answer = await world.introspect({ token: access_token });
    expect(answer.headers["cache-control"]).toBe("no-store");
    expect(answer.body).toEqual({
      active: true,
      scope: "openid offline read",
      client_id: own.id,
      sub: "alice",
      exp: now + 3600,
      iat: now,
      nbf: now,
      aud: ["https://api.example"],
      iss: world.publicUrl,
      token_type: "Bearer",
      token_use: "access_token",
      ext: session.access_token,
    });
  });

  test("RFC 7662 §2.2: a refresh token says that it is one, so that nobody takes it for an access token", async () => {
    expect(await introspected(world, tokens.refresh_token)).toMatchObject({
      active: true,
      token_use: "refresh_token",
      client_id: client.id,
      sub: "alice",
      scope: "openid offline read",
    });
  });

  test("RFC 7662 §2.2: of what is no token of ours nothing is said", async () => {
    const { code } = await freshCode(world, client);
    const flow = await world.get(`/oauth2/auth?client_id=${client.id}`);
    expect(flow.status).toBeGreaterThanOrEqual(300);
    const nothing = [
      code,
      tokens.id_token,
      client.secret,
      client.id,
      "x",
      " ",
      "a.b.c",
      "..",
      "tsr_at_",
      "\u00e9\u{1f600}",
      "'; drop table access_tokens; --",
      `${tokens.access_token} `,
      tokens.access_token.toUpperCase(),
      tokens.access_token.slice(7),
      tokens.access_token.replace("tsr_at_", "ory_at_"),
      tokens.access_token.replace("tsr_at_", "tsr_ac_"),
      "x".repeat(60_000),
    ];
    for (const token of nothing) expect(await introspected(world, token), token.slice(0, 50)).toEqual(inactive);
  });

  test("RFC 7662 §2.1: the hint changes nothing, right, wrong or unknown", async () => {
    for (const token of [tokens.access_token, tokens.refresh_token]) {
      const plain = await introspected(world, token);
      expect(plain.active).toBe(true);
      for (const token_type_hint of ["access_token", "refresh_token", "id_token", "x", ""]) {
        expect((await world.introspect({ token, token_type_hint })).body).toEqual(plain);
      }
    }
  });

  test("RFC 7662 §2.2: expired, rotated and revoked tokens look like any other worthless text", async () => {
    const own = await newClient(world);
    const rotated = await obtainTokens(world, own);
    const next = (await refresh(world, own, rotated.refresh_token)).body;
    for (const token of [rotated.access_token, rotated.refresh_token]) {
      expect(await introspected(world, token)).toEqual(inactive);
    }
    await revokeToken(world, own, next.access_token);
    for (const token of [next.access_token, next.refresh_token]) {
      expect(await introspected(world, token)).toEqual(inactive);
    }
  });

  test("as in Hydra, a scope that is asked about must have been granted, in every call anew", async () => {
    const asks: Array<[string, boolean]> = [
      ["read", true],
      ["read openid", true],
      ["write", false],
      ["read write", false],
      ["read", true],
      ["rea", false],
      ["read*", false],
      ["*", false],
    ];
    for (const [scope, active] of asks) {
      const { body } = await world.introspect({ token: tokens.access_token, scope });
      expect(body.active, scope).toBe(active);
      if (!active) expect(body).toEqual(inactive);
    }
  });

  test("RFC 9068 §4: a JWT that was altered, unsigned, or signed for another purpose is worthless", async () => {
    const own = await newClient(world, { access_token_strategy: "jwt" });
    const { access_token, id_token } = await obtainTokens(world, own);
    const [header = "", payload = "", signature = ""] = access_token.split(".");
    const [good, claims] = [headerOf(access_token), claimsOf(access_token)];
    const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString("base64url");
    const idHeader = headerOf(id_token);
    const forged = [
      ...[{ sub: "admin" }, { exp: 9e9 }, { client_id: client.id }, { jti: "A".repeat(43) }].map(
        (change) => `${header}.${encode({ ...claims, ...change })}.${signature}`,
      ),
      ...[
        { alg: "none" },
        { typ: "JWT" },
        { kid: idHeader.kid },
        { alg: "HS256" },
        { kid: "x" },
        { kid: undefined },
      ].map((change) => `${encode({ ...good, ...change })}.${payload}.${signature}`),
      `${encode({ ...good, alg: "none" })}.${payload}.`,
      `${header}.${payload}.`,
      `${header}.${payload}`,
      `${header}.${payload}.${signature.slice(0, -4)}AAAA`,
      `${header}.${payload}.${signature}=`,
      `${header}.${payload}.${signature}.x`,
      // ES256: a signature of zeros (CVE-2022-21449).
      `${header}.${payload}.${Buffer.alloc(64).toString("base64url")}`,
      // The ID token, dressed as an access token.
      `${encode({ ...idHeader, typ: "at+jwt" })}.${id_token.split(".").slice(1).join(".")}`,
      id_token,
    ];
    for (const token of forged) expect(await introspected(world, token), token.slice(-80)).toEqual(inactive);
    expect(await introspected(world, access_token)).toMatchObject({ active: true });
  });
});

describe("the introspection endpoint", () => {
  let world: World;
  let client: TestClient;

  beforeAll(async () => {
    world = await startWorld();
    client = await newClient(world);
  });
  afterAll(() => world?.close());

  test("RFC 7662 §4: it is not on the public port, whatever the credentials", async () => {
    const { access_token } = (await askToken(world, client, { grant_type: "client_credentials" })).body;
    for (const path of ["/admin/oauth2/introspect", "/oauth2/introspect", "/introspect", "//admin/oauth2/introspect"]) {
      for (const headers of [{}, basic(client.id, client.secret), { authorization: `Bearer ${access_token}` }]) {
        const answer = await world.post(path, { token: access_token }, headers);
        expect(answer.status, path).toBe(404);
        expect(answer.text).not.toContain("active");
      }
    }
  });

  test("RFC 7662 §2.1: POST only, and a form with a token", async () => {
    const url = `${world.adminUrl}/admin/oauth2/introspect`;
    for (const method of ["GET", "HEAD", "PUT", "DELETE"]) {
      const answer = await send(method, `${url}?token=x`);
      expect([answer.status, answer.headers.allow]).toEqual([405, "POST"]);
    }
    for (const form of ["", "token=", "scope=read", "token=a&token=b", "token=%ff", "token=%00"]) {
      const answer = await world.introspect(form);
      expect(answer.status, form).toBe(400);
      expect(answer.body).not.toHaveProperty("active");
    }
    expect((await world.introspect({ token: "x".repeat(100_000) })).status).toBeLessThan(500);
    expect((await world.introspect({ token: "x".repeat(1024 * 1024) })).status).toBe(413);
  });
});
