/** The JWT bearer grant: whoever is trusted says who the user is, and the client gets a token (RFC 7523 §2.1, §3). */
import { createHmac } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  assertionType,
  assertion as clientAssertion,
  compact,
  type KeyPair,
  newKeyPair,
  newSigningClient,
  present,
} from "../support/assertions.ts";
import { newClient, type TestClient } from "../support/code-flow.ts";
import { databases } from "../support/database.ts";
import { countStatuses, introspected, refusal, revokeToken, userinfo } from "../support/grants.ts";
import { startWorld, type World } from "../support/server.ts";
import {
  aName,
  bearerClient,
  grantAssertion,
  grantClaims,
  issuersPath,
  jwtBearer,
  trade,
  trust,
} from "../support/trust.ts";

const invalid = [400, "invalid_grant"];

describe.each(databases)("the JWT bearer grant on $name", (database) => {
  let world: World;
  let client: TestClient;
  let keys: Record<"es" | "rs" | "ps" | "ed" | "stranger", KeyPair>;
  const issuer = "https://issuer.example";
  beforeAll(async () => {
    const [es, rs, ps, ed, stranger] = await Promise.all([
      newKeyPair("ES256", "es"),
      newKeyPair("RS256", "rs"),
      newKeyPair("PS256", "ps"),
      newKeyPair("EdDSA", "ed"),
      newKeyPair("ES256", "es"),
    ]);
    keys = { es, rs, ps, ed, stranger };
    world = await startWorld({ dsn: await database.dsn() });
    client = await bearerClient(world, { audience: ["https://api.example"] });
    await trust(world, issuer, es);
  });
  afterAll(() => world?.close());

  test("JWTB-001: the token is of the assertion's subject, with the scope that was asked for", async () => {
    const answer = await trade(world, client, await grantAssertion(world, issuer, keys.es));
    expect(answer.status).toBe(200);
    const { access_token: token } = answer.body;
    expect(answer.body).toEqual({ access_token: token, token_type: "bearer", expires_in: 3600, scope: "read" });
    const facts = { active: true, sub: "alice", client_id: client.id, scope: "read", aud: [] };
    expect(await introspected(world, token)).toMatchObject(facts);
    expect(refusal(await userinfo(world, token))).toEqual([403, "insufficient_scope"]);
    expect((await revokeToken(world, client, token)).status).toBe(200);
    expect(await introspected(world, token)).toEqual({ active: false });
  });

  test("JWTB-001: a JWT access token says it itself", async () => {
    const jwtClient = await bearerClient(world, {
      access_token_strategy: "jwt",
      jwt_bearer_grant_access_token_lifespan: "10m",
    });
    const answer = await trade(world, jwtClient, await grantAssertion(world, issuer, keys.es));
    expect(answer.body.expires_in).toBe(600);
    const claims = JSON.parse(Buffer.from(answer.body.access_token.split(".")[1], "base64url").toString());
    expect(claims).toMatchObject({ sub: "alice", client_id: jwtClient.id, scp: ["read"] });
    const told = await introspected(world, answer.body.access_token);
    expect(told).toMatchObject({ active: true, sub: "alice", client_id: jwtClient.id });
  });

  test.each(["es", "rs", "ps", "ed"] as const)("a key for any subject speaks for each of them (%s)", async (name) => {
    const [other, sub] = [aName("https://issuer.example/"), aName("user")];
    await trust(world, other, keys[name], { subject: "", allow_any_subject: true });
    for (const header of [{}, { kid: undefined }]) {
      const jwt = await grantAssertion(world, other, keys[name], { claims: { sub, aud: [world.publicUrl] }, header });
      const answer = await trade(world, client, jwt);
      expect(answer.status).toBe(200);
      expect(await introspected(world, answer.body.access_token)).toMatchObject({ sub });
    }
  });

  test("JWTB-002: another issuer, another subject, another key is not trusted", async () => {
    const forged = [
      await grantAssertion(world, "https://stranger.example", keys.es),
      await grantAssertion(world, issuer, keys.es, { claims: { sub: "bob" } }),
      await grantAssertion(world, issuer, keys.es, { claims: { sub: "Alice" } }),
      await grantAssertion(world, issuer, keys.stranger),
      await grantAssertion(world, issuer, keys.stranger, { header: { kid: undefined } }),
      await grantAssertion(world, issuer, keys.es, { header: { kid: "another" } }),
    ];
    for (const jwt of forged) expect(refusal(await trade(world, client, jwt))).toEqual(invalid);
    // A key that another issuer is trusted by.
    const other = aName("https://issuer.example/");
    await trust(world, other, keys.rs);
    expect(refusal(await trade(world, client, await grantAssertion(world, issuer, keys.rs)))).toEqual(invalid);
  });

  test("JWTB-003: neither `none`, nor a public key as a secret, nor a key that the assertion brings along", async () => {
    const rsIssuer = aName("https://issuer.example/");
    await trust(world, rsIssuer, keys.rs);
    const claims = () => grantClaims(world, rsIssuer);
    const unsigned = compact({ alg: "HS256", kid: "rs" }, claims()).slice(0, -1);
    const mac = createHmac("sha256", JSON.stringify(keys.rs.publicJwk)).update(unsigned).digest("base64url");
    const brought = { jwk: keys.stranger.publicJwk, kid: "es" };
    const forged = [
      compact({ alg: "none", kid: "rs" }, claims()),
      compact({ alg: "none", kid: "rs" }, claims(), "AA"),
      `${unsigned}.${mac}`,
      await grantAssertion(world, issuer, keys.stranger, { header: brought }),
      await grantAssertion(world, issuer, keys.es, { header: { typ: "at+jwt" } }),
      await grantAssertion(world, issuer, keys.es, { header: { crit: ["x"], x: 1 } }).catch(() => "x"),
      "not-a-jwt",
      "a.b.c",
      `${await grantAssertion(world, issuer, keys.es)}.x`,
    ];
    for (const jwt of forged) expect(refusal(await trade(world, client, jwt)), jwt).toEqual(invalid);
    expect(refusal(await trade(world, client, ""))).toEqual([400, "invalid_request"]);
  });

  test("JWTB-004: a trust that is deleted or over is worth nothing from that moment on", async () => {
    const [gone, over] = [aName("https://issuer.example/"), aName("https://issuer.example/")];
    const id = await trust(world, gone, keys.es);
    const expires = new Date(world.clock.now().getTime() + 30_000).toISOString();
    await trust(world, over, keys.es, { expires_at: expires });
    expect((await trade(world, client, await grantAssertion(world, gone, keys.es))).status).toBe(200);
    expect((await trade(world, client, await grantAssertion(world, over, keys.es))).status).toBe(200);
    expect((await world.admin("DELETE", `${issuersPath}/${id}`)).status).toBe(204);
    expect(refusal(await trade(world, client, await grantAssertion(world, gone, keys.es)))).toEqual(invalid);
    world.clock.advance(30);
    for (const kid of ["es", undefined]) {
      const late = await grantAssertion(world, over, keys.es, { header: { kid } });
      expect(refusal(await trade(world, client, late))).toEqual(invalid);
    }
  });

  test("JWTB-005: no scope beyond the trust's, none beyond the client's, and a refusal uses nothing up", async () => {
    const jwt = await grantAssertion(world, issuer, keys.es);
    for (const scope of ["admin", "read admin", "openid"]) {
      expect(refusal(await trade(world, client, jwt, { scope })), scope).toEqual([400, "invalid_scope"]);
    }
    const narrow = await bearerClient(world, { scope: "read" });
    expect(refusal(await trade(world, narrow, jwt, { scope: "write" }))).toEqual([400, "invalid_scope"]);
    const elsewhere = { audience: "https://other.example" };
    expect(refusal(await trade(world, client, jwt, elsewhere))).toEqual([400, "invalid_target"]);
    const answer = await trade(world, client, jwt, { scope: "read write", audience: "https://api.example" });
    expect(answer.status).toBe(200);
    expect((await introspected(world, answer.body.access_token)).aud).toEqual(["https://api.example"]);
    const asked = await trade(world, client, await grantAssertion(world, issuer, keys.es), { scope: "" });
    expect(asked.body.scope).toBe("");
  });

  test("JWTB-006, JWTB-007, JWTB-009: RFC 7523 §3, each claim", async () => {
    const now = Math.floor(world.clock.now().getTime() / 1000);
    const wrong: Array<Record<string, unknown>> = [
      ...[undefined, "", "https://other.example", ["https://other.example"], 1, {}].map((aud) => ({ aud })),
      ...[undefined, now - 11, now + 31 * 86_400, "soon", -1, null].map((exp) => ({ exp })),
      ...[now + 60, "now"].map((nbf) => ({ nbf })),
      ...[undefined, now + 60, "now", null].map((iat) => ({ iat })),
      ...[undefined, "", 1, "x".repeat(2000)].map((jti) => ({ jti })),
      ...[undefined, "", 1, ["alice"], "a\u0000", "x".repeat(5000), "x".repeat(65_536)].map((sub) => ({ sub })),
      ...[undefined, "", 1, ["x"], "a\u0000"].map((iss) => ({ iss })),
    ];
    for (const claims of wrong) {
      // By hand where jose would not sign it: what it says is judged before its signature, or after a good one.
      const jwt = await grantAssertion(world, issuer, keys.es, { claims });
      expect(refusal(await trade(world, client, jwt)), JSON.stringify(claims).slice(0, 80)).toEqual(invalid);
    }
    const early = await grantAssertion(world, issuer, keys.es, { claims: { nbf: now - 60, aud: world.publicUrl } });
    expect((await trade(world, client, early)).status).toBe(200);
  });

  test("JWTB-007, JWTB-008: an assertion is worth one token, whoever presents it, and 20 at once", async () => {
    const jwt = await grantAssertion(world, issuer, keys.es);
    expect((await trade(world, client, jwt)).status).toBe(200);
    expect(refusal(await trade(world, client, jwt))).toEqual(invalid);
    const jti = await grantAssertion(world, issuer, keys.es, { claims: { jti: "once" } });
    const again = await grantAssertion(world, issuer, keys.es, { claims: { jti: "once", exp: undefined } });
    expect(refusal(await trade(world, client, again))).toEqual(invalid);
    const other = await bearerClient(world);
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) => trade(world, index % 2 === 0 ? client : other, jti)),
    );
    expect(countStatuses(answers)).toEqual({ 200: 1, 400: 19 });
  });

  test("JWTB-010: neither refresh token nor ID token, whatever the scope is", async () => {
    const wide = aName("https://issuer.example/");
    await trust(world, wide, keys.es, { scope: ["openid", "offline_access", "read"] });
    const all = await bearerClient(world, { grant_types: [jwtBearer, "refresh_token"] });
    const jwt = await grantAssertion(world, wide, keys.es);
    const answer = await trade(world, all, jwt, { scope: "openid offline_access read" });
    expect(Object.keys(answer.body).toSorted()).toEqual(["access_token", "expires_in", "scope", "token_type"]);
    expect(refusal(await userinfo(world, answer.body.access_token))).toEqual([403, "insufficient_scope"]);
  });

  test("JWTB-011: the client proves itself, and is registered for the grant", async () => {
    const jwt = await grantAssertion(world, issuer, keys.es);
    const form = { grant_type: jwtBearer, assertion: jwt, scope: "read" };
    expect((await world.post("/oauth2/token", form)).status).toBe(401);
    expect(refusal(await trade(world, { ...client, secret: "wrong" }, jwt))).toEqual([401, "invalid_client"]);
    const unauthorized = [400, "unauthorized_client"];
    expect(refusal(await trade(world, await newClient(world), jwt))).toEqual(unauthorized);
    const open = await bearerClient(world, { token_endpoint_auth_method: "none" });
    expect(refusal(await world.post("/oauth2/token", { ...form, client_id: open.id }))).toEqual(unauthorized);
    expect((await trade(world, client, jwt)).status).toBe(200);
  });

  test("JWTB-013, RFC 8725 §3.11: by which a client proves itself is no grant, and the other way round", async () => {
    const signing = await newSigningClient(world, keys.es, {
      grant_types: [jwtBearer, "client_credentials"],
      scope: "read",
    });
    await trust(world, signing.id, keys.es, { subject: "", allow_any_subject: true });
    const proof = await clientAssertion(world, signing);
    const form = { grant_type: jwtBearer, scope: "read", assertion: proof };
    expect(refusal(await present(world, await clientAssertion(world, signing), form))).toEqual(invalid);
    expect(refusal(await present(world, proof, form))).toEqual(invalid);
    const grant = await grantAssertion(world, issuer, keys.es);
    expect(refusal(await present(world, grant, { client_id: signing.id }))).toEqual([401, "invalid_client"]);
    const both = { client_assertion_type: assertionType, assertion: grant };
    const answer = await present(world, await clientAssertion(world, signing), { ...form, ...both });
    expect(answer.status).toBe(200);
  });
});

test("the settings `oauth2.grant.jwt.*` say what an assertion may lack, how long it lives and whom it is for", async () => {
  const settings = {
    "oauth2.grant.jwt.jti_optional": true,
    "oauth2.grant.jwt.iat_optional": true,
    "oauth2.grant.jwt.max_ttl": "2m",
    "oauth2.grant.jwt.omit_assertion_audience": false,
  };
  const world = await startWorld({ settings });
  try {
    const [key, client] = [await newKeyPair("ES256", "es"), await bearerClient(world)];
    await trust(world, "issuer", key);
    const bare = await grantAssertion(world, "issuer", key, { claims: { jti: undefined, iat: undefined } });
    for (const _ of [1, 2]) expect((await trade(world, client, bare)).status).toBe(200);
    const answer = await trade(world, client, bare);
    expect((await introspected(world, answer.body.access_token)).aud).toEqual([`${world.publicUrl}/oauth2/token`]);
    const now = Math.floor(world.clock.now().getTime() / 1000);
    for (const claims of [{ exp: now + 121 }, { exp: now + 121, iat: undefined }, { iat: now - 100, exp: now + 21 }]) {
      expect(refusal(await trade(world, client, await grantAssertion(world, "issuer", key, { claims })))).toEqual(
        invalid,
      );
    }
    const longest = await grantAssertion(world, "issuer", key, { claims: { iat: now - 60, exp: now + 60 } });
    expect((await trade(world, client, longest)).status).toBe(200);
    expect(refusal(await trade(world, client, longest))).toEqual(invalid);
  } finally {
    await world.close();
  }
});
