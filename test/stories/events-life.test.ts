/** What a follower hears of one user's whole story: each change once, in its order, by ids and never by secrets. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { authorizationRequest, newClient, obtainTokens, redeem, refresh, runFlow } from "../support/code-flow.ts";
import { hasPostgres, postgresDatabase, type TestDatabase } from "../support/database.ts";
import { sse } from "../support/event-stream.ts";
import { askToken, revokeToken } from "../support/grants.ts";
import { startWorld, type World } from "../support/server.ts";

describe.each(hasPostgres ? ["SQLite", "PostgreSQL"] : ["SQLite"])("on %s", (kind) => {
  let database: TestDatabase | undefined;
  let world: World;
  beforeAll(async () => {
    database = kind === "PostgreSQL" ? await postgresDatabase() : undefined;
    world = await startWorld(database === undefined ? {} : { dsn: database.dsn });
  });
  afterAll(async () => {
    await world?.close();
    await database?.drop();
  });

  test("a sign-in, a refresh, a replay and the user's farewell", async () => {
    const client = await newClient(world);
    const follower = await sse(world.adminUrl);
    const tokens = await obtainTokens(world, client);
    const second = await refresh(world, client, tokens.refresh_token);
    await refresh(world, client, tokens.refresh_token);
    await world.admin("DELETE", "/admin/oauth2/auth/sessions/consent?subject=alice&all=true");
    await world.admin("DELETE", "/admin/oauth2/auth/sessions/login?subject=alice");
    await world.admin("DELETE", `/admin/clients/${client.id}`);
    await follower.until(7);
    expect(follower.told.map(({ type }) => type)).toEqual([
      "login_accepted",
      "session_started",
      "consent_accepted",
      "authorization_granted",
      "refresh_token_replayed",
      "session_ended",
      "client_deleted",
    ]);
    const [login, started, , granted, replayed, ended] = follower.told;
    expect(login).toMatchObject({ client_id: client.id, subject: "alice" });
    expect(granted).toMatchObject({ client_id: client.id, subject: "alice", session_id: started?.session_id });
    expect(replayed).toMatchObject({ client_id: client.id, subject: "alice" });
    expect(replayed?.authorization_id).toBe(granted?.authorization_id);
    expect(ended).toMatchObject({ session_id: started?.session_id, subject: "alice" });
    const secrets = [tokens.access_token, tokens.refresh_token, second.body.access_token, client.secret, "alice@"];
    for (const secret of secrets) expect(follower.text()).not.toContain(secret);
    follower.close();
  });

  test("codes, tokens and consents that end are told with their reason", async () => {
    const client = await newClient(world);
    const follower = await sse(world.adminUrl, `?client_id=${client.id}`);
    const tokens = await obtainTokens(world, client);
    await revokeToken(world, client, tokens.refresh_token);
    const asked = authorizationRequest(world, client);
    const code = (await runFlow(world, asked.url)).searchParams.get("code") ?? "";
    await redeem(world, client, code, { code_verifier: asked.verifier });
    world.clock.advance(30);
    await redeem(world, client, code, { code_verifier: asked.verifier });
    const own = await askToken(world, client, { grant_type: "client_credentials" });
    await revokeToken(world, client, own.body.access_token);
    await obtainTokens(world, client);
    await world.admin("DELETE", `/admin/oauth2/auth/sessions/consent?subject=alice&client=${client.id}`);
    const endings = () => follower.told.map(({ type }) => type).filter((type) => /revoked|replayed/.test(type));
    await expect.poll(endings).toEqual(["token_revoked", "code_replayed", "token_revoked", "consents_revoked"]);
    follower.close();
  });

  test("keys and trust are told by their names", async () => {
    const follower = await sse(world.adminUrl, "?type_prefix=key_");
    await world.admin("POST", "/admin/keys/of-tests", { alg: "ES256", kid: "first", use: "sig" });
    await world.admin("DELETE", "/admin/keys/of-tests");
    expect(await follower.until(2)).toMatchObject([
      { type: "key_created", key_set: "of-tests", key_id: "first" },
      { type: "key_set_deleted", key_set: "of-tests" },
    ]);
    follower.close();
  });
});
