/** Two processes on one PostgreSQL are one server: whatever one was told, the other knows at once. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  acceptConsent,
  acceptLogin,
  authorizationRequest,
  challengeOf,
  isActive,
  landing,
  newClient,
  redeem,
  refresh,
  type TestClient,
  type Tokens,
} from "../support/code-flow.ts";
import { hasPostgres, postgresDatabase, type TestDatabase } from "../support/database.ts";
import { askToken, expectAlive, expectDead, refusal, revokeToken, userinfo } from "../support/grants.ts";
import { type ServerProcess, startProcess } from "../support/process.ts";
import { type Callable, newBrowser } from "../support/server.ts";

describe.runIf(hasPostgres)("two processes on one PostgreSQL", () => {
  let database: TestDatabase;
  let one: ServerProcess;
  let two: ServerProcess;

  beforeAll(async () => {
    database = await postgresDatabase();
    one = await startProcess({ dsn: database.dsn });
    two = await startProcess({ dsn: database.dsn, publicUrl: one.publicUrl });
  });
  afterAll(async () => {
    await Promise.all([one?.kill(), two?.kill()]);
    await database?.drop();
  });

  /** A browser's URL at the other process. */
  const at = (place: Callable, url: string) => url.replace(one.publicUrl, place.publicUrl);

  /** The whole job, with every request at the other process than the one before. */
  async function alternatingFlow(client: TestClient): Promise<Tokens> {
    const browser = newBrowser();
    const asked = authorizationRequest(one, client);
    const login = challengeOf(await landing(browser, asked.url), "login_challenge");
    const toConsent = (await acceptLogin(two, login, { remember: true })).body.redirect_to;
    const consent = challengeOf(await landing(browser, at(one, toConsent)), "consent_challenge");
    const back = (await acceptConsent(two, consent)).body.redirect_to;
    const place = await landing(browser, at(one, back));
    const code = place.searchParams.get("code") ?? "";
    const answer = await redeem(two, client, code, { code_verifier: asked.verifier });
    expect(answer.status).toBe(200);
    return answer.body;
  }

  test.each(["opaque", "jwt"])("a browser's whole flow goes through both, with %s tokens", async (strategy) => {
    const client = await newClient(one, { access_token_strategy: strategy });
    const tokens = await alternatingFlow(client);
    expect(tokens.access_token.split(".")).toHaveLength(strategy === "jwt" ? 3 : 1);
    await expectAlive(one, tokens);
    await expectAlive(two, tokens);

    const refreshed = await refresh(one, client, tokens.refresh_token);
    expect(refreshed.status).toBe(200);
    await expectAlive(two, refreshed.body);
    // D43: the access token before it ended with the refresh.
    expect(await isActive(two, tokens.access_token)).toBe(false);
    expect(refusal(await userinfo(two, tokens.access_token))).toEqual([401, "invalid_token"]);

    expect((await revokeToken(two, client, refreshed.body.access_token)).status).toBe(200);
    await expectDead(one, client, refreshed.body);
    await expectDead(two, client, refreshed.body);
  });

  test("RFC 9700 §4.14.2: a refresh token that was used at one is a theft at the other", async () => {
    const client = await newClient(one);
    const tokens = await alternatingFlow(client);
    const refreshed = await refresh(one, client, tokens.refresh_token);
    expect(refusal(await refresh(two, client, tokens.refresh_token))).toEqual([400, "invalid_grant"]);
    await expectDead(one, client, refreshed.body);
  });

  const machine = { grant_type: "client_credentials", scope: "read" };

  /** A client that both processes remember. */
  async function rememberedClient(over: Record<string, unknown> = {}): Promise<TestClient> {
    const client = await newClient(one, over);
    for (const place of [one, two, one, two]) expect((await askToken(place, client, machine)).status).toBe(200);
    return client;
  }

  const replace = (place: Callable, client: TestClient, over: Record<string, unknown>) =>
    place.admin("PUT", `/admin/clients/${client.id}`, {
      redirect_uris: ["http://127.0.0.1:9/callback"],
      grant_types: ["authorization_code", "refresh_token", "client_credentials"],
      response_types: ["code"],
      scope: "openid offline read",
      ...over,
    });

  test.each(["opaque", "jwt"])("a scope taken away at one counts at once at the other (%s)", async (strategy) => {
    const client = await rememberedClient({ access_token_strategy: strategy });
    expect((await replace(two, client, { scope: "openid", access_token_strategy: strategy })).status).toBe(200);
    expect(refusal(await askToken(one, client, machine))).toEqual([400, "invalid_scope"]);
    expect((await replace(one, client, { access_token_strategy: strategy })).status).toBe(200);
    expect((await askToken(two, client, machine)).status).toBe(200);
  });

  test.each(["opaque", "jwt"])("a secret replaced at one counts at once at the other (%s)", async (strategy) => {
    const client = await rememberedClient({ access_token_strategy: strategy });
    const changed = { ...client, secret: "a secret that somebody chose" };
    const replaced = await replace(two, client, { client_secret: changed.secret, access_token_strategy: strategy });
    expect(replaced.status).toBe(200);
    expect(refusal(await askToken(one, client, machine))).toEqual([401, "invalid_client"]);
    expect((await askToken(one, changed, machine)).status).toBe(200);
    expect(refusal(await revokeToken(one, client, "anything"))).toEqual([401, "invalid_client"]);
    expect((await revokeToken(one, changed, "anything")).status).toBe(200);
  });

  test("a redirect URI taken away at one is refused at once by the other", async () => {
    const client = await rememberedClient();
    const asked = authorizationRequest(one, client);
    expect((await landing(newBrowser(), asked.url)).searchParams.has("login_challenge")).toBe(true);
    await replace(two, client, { redirect_uris: ["http://127.0.0.1:9/other"] });
    const page = await newBrowser().visit(asked.url);
    expect([page.status, page.hops.length]).toEqual([400, 1]);
  });

  test.each(["opaque", "jwt"])("a client deleted at one is unknown at once to the other (%s)", async (strategy) => {
    const client = await rememberedClient({ access_token_strategy: strategy });
    const tokens = await alternatingFlow(client);
    expect((await two.admin("DELETE", `/admin/clients/${client.id}`)).status).toBe(204);
    expect(refusal(await askToken(one, client, machine))).toEqual([401, "invalid_client"]);
    expect(refusal(await refresh(one, client, tokens.refresh_token))).toEqual([401, "invalid_client"]);
    expect(await isActive(one, tokens.access_token)).toBe(false);
    expect(await isActive(one, tokens.refresh_token)).toBe(false);
    expect(refusal(await userinfo(one, tokens.access_token))).toEqual([401, "invalid_token"]);
    const page = await newBrowser().visit(authorizationRequest(one, client).url);
    expect([page.status, page.hops.length]).toEqual([401, 1]);
  });

  test("a client made again under its old id is not taken for the one that is remembered", async () => {
    const client = await rememberedClient();
    await one.admin("DELETE", `/admin/clients/${client.id}`);
    const again = await newClient(one, { client_id: client.id });
    expect(refusal(await askToken(two, client, machine))).toEqual([401, "invalid_client"]);
    expect((await askToken(two, again, machine)).status).toBe(200);
  });

  test("a secret rotated at one works at once at the other, and so does the end of those before it", async () => {
    const client = await rememberedClient();
    const rotated = await one.admin("POST", `/admin/clients/${client.id}/secrets/rotate`);
    const next = { ...client, secret: rotated.body.client_secret };
    expect((await askToken(two, next, machine)).status).toBe(200);
    expect((await askToken(two, client, machine)).status).toBe(200);
    await one.admin("DELETE", `/admin/clients/${client.id}/secrets/rotate`);
    expect(refusal(await askToken(two, client, machine))).toEqual([401, "invalid_client"]);
    expect((await askToken(two, next, machine)).status).toBe(200);
  });

  test.each(["opaque", "jwt"])("access tokens ended at one are dead at once at the other (%s)", async (strategy) => {
    const client = await rememberedClient({ access_token_strategy: strategy });
    const tokens = await alternatingFlow(client);
    expect((await one.admin("DELETE", `/admin/oauth2/tokens?client_id=${client.id}`)).status).toBe(204);
    expect(await isActive(two, tokens.access_token)).toBe(false);
    // The other process remembers the old epoch, and issues by the new one all the same.
    for (const place of [two, one]) {
      const answer = await askToken(place, client, machine);
      expect(await isActive(one, answer.body.access_token)).toBe(true);
    }
    expect((await refresh(two, client, tokens.refresh_token)).status).toBe(200);
  });

  test("D51: of patches at both neither is lost", async () => {
    const client = await rememberedClient();
    const patch = (place: Callable, name: string) =>
      place.admin("PATCH", `/admin/clients/${client.id}`, [{ op: "add", path: `/metadata/${name}`, value: 1 }]);
    const answers = await Promise.all([patch(one, "one"), patch(two, "two")]);
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    for (const place of [one, two]) {
      const { metadata } = (await place.admin("GET", `/admin/clients/${client.id}`)).body;
      expect(metadata).toEqual({ one: 1, two: 1 });
    }
  });

  test("a client made again under its old id has none of the old one's tokens", async () => {
    const client = await rememberedClient();
    const tokens = await alternatingFlow(client);
    await one.admin("DELETE", `/admin/clients/${client.id}`);
    await newClient(one, { client_id: client.id, client_secret: client.secret });
    for (const place of [one, two]) {
      expect(await isActive(place, tokens.access_token)).toBe(false);
      expect(await isActive(place, tokens.refresh_token)).toBe(false);
      expect(refusal(await refresh(place, client, tokens.refresh_token))).toEqual([400, "invalid_grant"]);
    }
  });
});
