/** What changes of a client counts at once, also where a process remembers how it was. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { callback, newClient, obtainTokens, redeem, refresh, type TestClient } from "../support/code-flow.ts";
import { databases } from "../support/database.ts";
import {
  askToken,
  expectAlive,
  expectDead,
  freshCode,
  introspected,
  refusal,
  revokeToken,
  userinfo,
  withoutPkce,
} from "../support/grants.ts";
import { startWorld, type World } from "../support/server.ts";

const [unproven, unknownGrant] = [
  [401, "invalid_client"],
  [400, "invalid_grant"],
];

describe.each(databases)("changed clients on $name", (database) => {
  /** Clients are changed here. */
  let desk: World;
  /** Clients are remembered here: another process, where the database allows one. */
  let shop: World;

  beforeAll(async () => {
    const dsn = await database.dsn();
    desk = await startWorld({ dsn });
    const settings = { "urls.self.issuer": desk.publicUrl, "urls.self.public": desk.publicUrl };
    shop = database.name === "sqlite" ? desk : await startWorld({ dsn, clock: desk.clock, settings });
  });
  afterAll(async () => {
    for (const world of new Set([desk, shop])) await world?.close();
  });

  const own = { grant_type: "client_credentials" };
  const asOwn = (client: TestClient) => askToken(shop, client, own);

  async function change(client: TestClient, over: Record<string, unknown>): Promise<void> {
    const current = (await desk.admin("GET", `/admin/clients/${client.id}`)).body;
    const answer = await desk.admin("PUT", `/admin/clients/${client.id}`, { ...current, ...over });
    expect(answer.status).toBe(200);
  }

  test("a replaced secret: the new one works and the old one does not, from the next request on", async () => {
    const old = await newClient(desk);
    expect((await asOwn(old)).status).toBe(200);
    const fresh = { ...old, secret: "a new secret of people" };
    expect(refusal(await asOwn(fresh))).toEqual(unproven);
    await change(old, { client_secret: fresh.secret });
    expect(refusal(await asOwn(old))).toEqual(unproven);
    expect((await asOwn(fresh)).status).toBe(200);
    await change(old, { client_secret: "another secret of people" });
    expect((await asOwn({ ...old, secret: "another secret of people" })).status).toBe(200);
    expect(refusal(await asOwn(fresh))).toEqual(unproven);
  });

  test.each([
    ["client_credentials", own],
    ["an unknown code", { grant_type: "authorization_code", code: "tsr_ac_x" }],
    ["an unknown refresh token", { grant_type: "refresh_token", refresh_token: "tsr_rt_x" }],
    ["no grant type", {}],
    ["an unknown grant type", { grant_type: "password" }],
    ["a scope of others", { grant_type: "client_credentials", scope: "admin" }],
  ])("the old secret's first request is an unknown client's: %s", async (_what, form) => {
    const old = await newClient(desk);
    expect((await asOwn(old)).status).toBe(200);
    await change(old, { client_secret: "a new secret of people" });
    expect(refusal(await askToken(shop, old, form))).toEqual(unproven);
  });

  test("the old secret revokes nothing", async () => {
    const old = await newClient(desk);
    const tokens = await obtainTokens(desk, old);
    expect((await asOwn(old)).status).toBe(200);
    await change(old, { client_secret: "a new secret of people" });
    expect(refusal(await revokeToken(shop, old, tokens.access_token))).toEqual(unproven);
    await expectAlive(shop, tokens);
  });

  test.each(["code", "refresh token"])("the old secret ends nothing by presenting a used %s", async (what) => {
    const old = await newClient(desk);
    const { code } = await freshCode(desk, old, withoutPkce);
    const first = (await redeem(desk, old, code)).body;
    const second = (await refresh(desk, old, first.refresh_token)).body;
    expect((await asOwn(old)).status).toBe(200);
    await change(old, { client_secret: "a new secret of people" });
    const replay = what === "code" ? redeem(shop, old, code) : refresh(shop, old, first.refresh_token);
    expect(refusal(await replay)).toEqual(unproven);
    await expectAlive(shop, second);
  });

  test("the old secret redeems no code and turns no refresh token over; the new one does", async () => {
    const old = await newClient(desk);
    const { code, verifier } = await freshCode(desk, old);
    const { refresh_token } = await obtainTokens(desk, old);
    const fresh = { ...old, secret: "a new secret of people" };
    expect((await asOwn(old)).status).toBe(200);
    await change(old, { client_secret: fresh.secret });
    expect(refusal(await redeem(shop, old, code, { code_verifier: verifier }))).toEqual(unproven);
    expect((await redeem(shop, fresh, code, { code_verifier: verifier })).status).toBe(200);
    expect(refusal(await refresh(shop, old, refresh_token))).toEqual(unproven);
    expect((await refresh(shop, fresh, refresh_token)).status).toBe(200);
  });

  test.each(["opaque", "jwt"])("a deleted client is unknown, and its %s tokens are dead", async (strategy) => {
    const client = await newClient(desk, { access_token_strategy: strategy });
    const tokens = await obtainTokens(desk, client);
    const { access_token } = (await asOwn(client)).body;
    expect(await introspected(shop, access_token)).toMatchObject({ active: true });
    expect((await desk.admin("DELETE", `/admin/clients/${client.id}`)).status).toBe(204);
    for (const token of [access_token, tokens.access_token, tokens.refresh_token]) {
      expect(await introspected(shop, token)).toEqual({ active: false });
    }
    expect((await userinfo(shop, tokens.access_token)).status).toBe(401);
    expect(refusal(await asOwn(client))).toEqual(unproven);
    expect(refusal(await refresh(shop, client, tokens.refresh_token))).toEqual(unproven);
    expect(refusal(await revokeToken(shop, client, access_token))).toEqual(unproven);
  });

  test.each(["opaque", "jwt"])("a client made anew under the same id revives no %s token", async (strategy) => {
    const registration = {
      client_id: `again-${strategy}-${database.name}`,
      client_secret: "a secret of people",
      access_token_strategy: strategy,
    };
    const client = await newClient(desk, registration);
    const tokens = await obtainTokens(desk, client);
    const { access_token } = (await asOwn(client)).body;
    const { code, verifier } = await freshCode(desk, client);
    await desk.admin("DELETE", `/admin/clients/${client.id}`);
    await newClient(desk, registration);
    expect((await asOwn(client)).status).toBe(200);
    await expectDead(shop, client, tokens);
    expect(await introspected(shop, access_token)).toEqual({ active: false });
    expect(refusal(await redeem(shop, client, code, { code_verifier: verifier }))).toEqual(unknownGrant);
  });

  test("a scope, a grant type or a method that is taken away is gone at once", async () => {
    const client = await newClient(desk);
    const ask = { ...own, scope: "write" };
    expect((await askToken(shop, client, ask)).status).toBe(200);
    await change(client, { scope: "openid offline read" });
    expect(refusal(await askToken(shop, client, ask))).toEqual([400, "invalid_scope"]);
    await change(client, { scope: "openid offline read write" });
    expect((await askToken(shop, client, ask)).status).toBe(200);
    await change(client, { grant_types: ["authorization_code"] });
    expect(refusal(await askToken(shop, client, ask))).toEqual([400, "unauthorized_client"]);
    await change(client, { grant_types: ["client_credentials"], token_endpoint_auth_method: "client_secret_post" });
    expect(refusal(await askToken(shop, client, ask))).toEqual(unproven);
    const posted = { ...ask, client_id: client.id, client_secret: client.secret };
    expect((await shop.post("/oauth2/token", posted)).status).toBe(200);
  });

  test("a token format that is changed counts from the next token on; both kinds stay good", async () => {
    const client = await newClient(desk);
    const opaque = (await asOwn(client)).body.access_token;
    await change(client, { access_token_strategy: "jwt", redirect_uris: [callback] });
    const jwt = (await asOwn(client)).body.access_token;
    expect([opaque.split(".").length, jwt.split(".").length]).toEqual([1, 3]);
    for (const token of [opaque, jwt]) expect(await introspected(shop, token)).toMatchObject({ active: true });
  });
});
