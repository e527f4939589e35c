/** A client in its own name: RFC 6749 §4.4. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { newClient, obtainTokens, refresh } from "../support/code-flow.ts";
import { databases } from "../support/database.ts";
import { askToken, claimsOf, introspected, refusal, revokeToken, userinfo } from "../support/grants.ts";
import { startWorld, type World } from "../support/server.ts";

const own = { grant_type: "client_credentials" };

describe.each(databases)("client credentials on $name", (database) => {
  let world: World;

  beforeAll(async () => {
    world = await startWorld({ dsn: await database.dsn() });
  });
  afterAll(() => world?.close());

  test.each(["opaque", "jwt"])(
    "RFC 6749 §4.4.3: an %s access token for the client, and nothing else",
    async (strategy) => {
      const client = await newClient(world, { access_token_strategy: strategy });
      const answer = await askToken(world, client, { ...own, scope: "read" });
      expect(Object.keys(answer.body).sort()).toEqual(["access_token", "expires_in", "scope", "token_type"]);
      const token = answer.body.access_token;
      expect(await introspected(world, token)).toMatchObject({
        active: true,
        sub: client.id,
        client_id: client.id,
        scope: "read",
        token_use: "access_token",
      });
      const told = await userinfo(world, token);
      expect([told.status, told.body.error]).toEqual([403, "insufficient_scope"]);
      if (strategy === "jwt") {
        const claims = claimsOf(token);
        expect(claims).toMatchObject({ sub: client.id, client_id: client.id, iss: world.publicUrl, scp: ["read"] });
        for (const name of ["auth_time", "sid", "acr"]) expect(claims).not.toHaveProperty(name);
      }
    },
  );

  test.each(["opaque", "jwt"])("D5: revoking one %s token of a client ends that token alone", async (strategy) => {
    const client = await newClient(world, { access_token_strategy: strategy });
    const one = (await askToken(world, client, own)).body.access_token;
    const two = (await askToken(world, client, own)).body.access_token;
    expect((await revokeToken(world, client, one)).status).toBe(200);
    expect(await introspected(world, one)).toEqual({ active: false });
    expect(await introspected(world, two)).toMatchObject({ active: true });
  });
});

describe("what a client may ask for itself", () => {
  let world: World;

  beforeAll(async () => {
    world = await startWorld();
  });
  afterAll(() => world?.close());

  test("RFC 6749 §5.2: a scope it is not registered for is refused, never trimmed (D7)", async () => {
    const client = await newClient(world, { scope: "read files.* openid offline" });
    const refused = [
      "write",
      "read write",
      "READ",
      "re",
      "read*",
      "*",
      "files.*.x",
      "files.",
      "files.a..b",
      "read  files.a",
    ];
    for (const scope of [...refused, " read", "read\tfiles.a", 'a"b', "\u00e9"]) {
      expect(refusal(await askToken(world, client, { ...own, scope })), scope).toEqual([400, "invalid_scope"]);
    }
    for (const scope of ["read", "files.a", "files.a.b read", "files.*"]) {
      expect((await askToken(world, client, { ...own, scope })).body.scope, scope).toBe(scope);
    }
    expect((await askToken(world, client, own)).body.scope).toBe("");
  });

  test.each(["openid", "offline", "offline_access", "read openid"])(
    "OIDC Core §3.1.2.1: there is no user whom '%s' could be about",
    async (scope) => {
      const client = await newClient(world, { scope: "openid offline offline_access read *" });
      expect(refusal(await askToken(world, client, { ...own, scope }))).toEqual([400, "invalid_scope"]);
    },
  );

  test("RFC 6749 §4.4: a client without authentication is refused, at registration and at the endpoint", async () => {
    const registration = { token_endpoint_auth_method: "none", grant_types: ["client_credentials"] };
    expect((await world.admin("POST", "/admin/clients", registration)).status).toBe(400);
    const visitor = await newClient(world, { ...registration, grant_types: ["authorization_code"] });
    const answer = await world.post("/oauth2/token", { ...own, client_id: visitor.id });
    expect(refusal(answer)).toEqual([400, "unauthorized_client"]);
  });

  test("RFC 9700 §4.15: a client named like a user gets nothing of the user's", async () => {
    const client = await newClient(world, { client_id: "alice", client_secret: "a secret of people" });
    const [users, other] = [await obtainTokens(world, await newClient(world)), await newClient(world)];
    const answer = await askToken(world, client, { ...own, scope: "read profile" });
    const token = answer.body.access_token;
    expect((await userinfo(world, token)).status).toBe(403);
    const [mine, theirs] = [await introspected(world, token), await introspected(world, users.access_token)];
    expect(mine.sub).toBe(theirs.sub);
    // What tells them apart: a token of a client alone names itself as its subject.
    expect(mine.client_id).toBe(mine.sub);
    expect(theirs.client_id).not.toBe(theirs.sub);
    expect(refusal(await refresh(world, other, token))).toEqual([400, "invalid_grant"]);
  });
});

test("as in Hydra, a setting gives all of its own scopes to a client that names none, but none of a user's", async () => {
  const settings = { "oauth2.client_credentials.default_grant_allowed_scope": true };
  const world = await startWorld({ settings });
  const client = await newClient(world, { scope: "openid offline read write" });
  expect((await askToken(world, client, own)).body.scope).toBe("read write");
  await world.close();
});

test("D10: `strategies.access_token: jwt` holds for every client that has no strategy of its own", async () => {
  const world = await startWorld({ settings: { "strategies.access_token": "jwt" } });
  const [plain, opaque] = [await newClient(world), await newClient(world, { access_token_strategy: "opaque" })];
  expect((await askToken(world, plain, own)).body.access_token.split(".")).toHaveLength(3);
  expect((await askToken(world, opaque, own)).body.access_token).toMatch(/^tsr_at_/);
  await world.close();
});
