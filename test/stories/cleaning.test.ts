/** What has expired goes by itself, and nothing else does. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { assertion, assertionType, newKeyPair, newSigningClient } from "../support/assertions.ts";
import {
  acceptLogin,
  authorizationRequest,
  challengeOf,
  isActive,
  landing,
  newClient,
  obtainTokens,
  redeem,
  refresh,
} from "../support/code-flow.ts";
import { type OpenData, openDatas } from "../support/data.ts";
import { askToken, expectAlive, freshCode, introspected, refusal, revokeToken } from "../support/grants.ts";
import { newBrowser, startWorld, type World } from "../support/server.ts";

const day = 24 * 3600;
/** What nobody but its owner ends. */
const lasting = new Set(["clients", "keys", "leases", "schema_migrations"]);

describe.each(openDatas)("cleaning on $name", ({ open }) => {
  let data: OpenData;
  let world: World;

  beforeAll(async () => {
    data = await open();
    world = await startWorld({ dsn: data.dsn });
  });
  afterAll(async () => {
    await world?.close();
    data?.close();
  });

  const later = async (seconds: number) => {
    world.clock.advance(seconds);
    await world.server.runChores();
  };
  const countOf = async (table: string) => Number((await data.sql(`select count(*) as n from ${table}`))[0]?.n);

  test("REL-29: of a busy day nothing is left when all of it has expired", async () => {
    const client = await newClient(world);
    const browser = newBrowser();
    await obtainTokens(world, client, {}, { browser, login: { remember: true, remember_for: 3600 } });
    await obtainTokens(world, client, { scope: "openid read" });
    await obtainTokens(world, client, {}, { consent: { remember: true, remember_for: 3600 } });
    await freshCode(world, client);
    await landing(newBrowser(), authorizationRequest(world, client).url);
    await askToken(world, client, { grant_type: "client_credentials" });
    const jwt = await newClient(world, { access_token_strategy: "jwt" });
    const own = (await askToken(world, jwt, { grant_type: "client_credentials" })).body;
    expect((await revokeToken(world, jwt, own.access_token)).status).toBe(200);
    const signing = await newSigningClient(world, await newKeyPair("ES256", "a key"), {});
    const proof = { client_assertion_type: assertionType, client_assertion: await assertion(world, signing) };
    await world.post("/oauth2/token", { grant_type: "client_credentials", ...proof });

    const counted = ["flows", "authorizations", "codes", "access_tokens", "refresh_families", "login_sessions"];
    for (const table of [...counted, "used_assertions", "revoked_tokens"]) {
      expect([table, (await countOf(table)) > 0]).toEqual([table, true]);
    }
    // The refresh tokens' 30 days, and once more what a token may live; each day its chores.
    for (let days = 0; days < 62; days += 1) await later(day);
    const left = await Promise.all(
      (await data.tables()).filter((table) => !lasting.has(table)).map(async (name) => [name, await countOf(name)]),
    );
    // The last event stays, so that no later one gets its number.
    expect(left.filter(([table, rows]) => Number(rows) > (table === "events" ? 1 : 0))).toEqual([]);
    expect((await world.admin("GET", `/admin/clients/${client.id}`)).status).toBe(200);
  });

  test("what lives is not touched: a refresh token for its whole year, an hour's token for its hour", async () => {
    const client = await newClient(world);
    let tokens = await obtainTokens(world, client);
    for (let month = 0; month < 12; month += 1) {
      await later(29 * day);
      expect(refusal(await refresh(world, client, "tsr_rt_nonsense"))).toEqual([400, "invalid_grant"]);
      const answer = await refresh(world, client, tokens.refresh_token);
      expect(answer.status).toBe(200);
      tokens = answer.body;
      await later(3599);
      await expectAlive(world, tokens);
    }
    await later(31 * day);
    expect(await introspected(world, tokens.refresh_token)).toEqual({ active: false });
    await later(2 * day);
    expect([await countOf("authorizations"), await countOf("refresh_families")]).toEqual([0, 0]);
  });

  test("a token that outlives its refresh token is not cut short, nor is an older one brought back to life", async () => {
    const lifespans = {
      refresh_token_grant_refresh_token_lifespan: "1h",
      authorization_code_grant_refresh_token_lifespan: "1h",
      refresh_token_grant_access_token_lifespan: "200h",
      authorization_code_grant_access_token_lifespan: "200h",
    };
    const client = await newClient(world, lifespans);
    const first = await obtainTokens(world, client);
    await later(60);
    const second = (await refresh(world, client, first.refresh_token)).body;
    await later(4 * day);
    expect(await isActive(world, second.access_token)).toBe(true);
    expect(await isActive(world, first.access_token)).toBe(false);
  });

  test("a client that may have longer tokens since keeps what they hang from", async () => {
    const client = await newClient(world, { access_token_strategy: "jwt" });
    const { code, verifier } = await freshCode(world, client, { scope: "openid read" });
    const current = (await world.admin("GET", `/admin/clients/${client.id}`)).body;
    const longer = { ...current, authorization_code_grant_access_token_lifespan: "200h" };
    expect((await world.admin("PUT", `/admin/clients/${client.id}`, longer)).status).toBe(200);
    const tokens = (await redeem(world, client, code, { code_verifier: verifier })).body;
    await later(5 * day);
    expect(await isActive(world, tokens.access_token)).toBe(true);
    await later(5 * day);
    expect(await isActive(world, tokens.access_token)).toBe(false);
  });

  test("D46: a flow that has expired forgets who signed in at once, and starts anew for a day", async () => {
    const client = await newClient(world);
    const browser = newBrowser();
    const asked = authorizationRequest(world, client);
    const challenge = challengeOf(await landing(browser, asked.url), "login_challenge");
    const verifying = (await acceptLogin(world, challenge)).body.redirect_to;
    await later(31 * 60);
    const [row] = await data.sql("select login, consent from flows where state = 'login_answered'");
    expect(row).toEqual({ login: null, consent: null });
    const stale = await world.admin("GET", `/admin/oauth2/auth/requests/login?login_challenge=${challenge}`);
    expect([stale.status, stale.body.redirect_to]).toEqual([410, asked.url]);
    const anew = await landing(browser, verifying);
    expect(challengeOf(anew, "login_challenge")).not.toBe(challenge);
    await later(day);
    const over = await world.admin("GET", `/admin/oauth2/auth/requests/login?login_challenge=${challenge}`);
    expect(over.status).toBe(401);
  });

  test("RFC 6749 §4.1.2: a code that comes again hours later still ends its tokens", async () => {
    const client = await newClient(world, { authorization_code_grant_access_token_lifespan: "20h" });
    const { code, verifier } = await freshCode(world, client);
    const tokens = (await redeem(world, client, code, { code_verifier: verifier })).body;
    await later(12 * 3600);
    expect(await isActive(world, tokens.access_token)).toBe(true);
    expect(refusal(await redeem(world, client, code, { code_verifier: verifier }))).toEqual([400, "invalid_grant"]);
    expect(await isActive(world, tokens.access_token)).toBe(false);
  });
});
