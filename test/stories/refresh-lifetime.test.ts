/** How long tokens live: by setting, by client, and at most. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { isActive, newClient, obtainTokens, redeem, refresh } from "../support/code-flow.ts";
import { databases } from "../support/database.ts";
import { askToken, claimsOf, expectAlive, freshCode, introspected, refusal } from "../support/grants.ts";
import { startWorld, type World } from "../support/server.ts";

const day = 24 * 3600;

describe.each(databases)("lifetimes on $name", (database) => {
  let world: World;

  beforeAll(async () => {
    world = await startWorld({ dsn: await database.dsn() });
  });
  afterAll(() => world?.close());

  test("a refresh token slides by 30 days with each use, and then expires", async () => {
    const client = await newClient(world);
    const first = await obtainTokens(world, client);
    world.clock.advance(30 * day - 1);
    const second = await refresh(world, client, first.refresh_token);
    expect(second.status).toBe(200);
    world.clock.advance(30 * day - 1);
    expect(await isActive(world, second.body.refresh_token)).toBe(true);
    world.clock.advance(1);
    expect(await introspected(world, second.body.refresh_token)).toEqual({ active: false });
    expect(refusal(await refresh(world, client, second.body.refresh_token))).toEqual([400, "invalid_grant"]);
  });

  test("D45: however often it is used, the last refresh token ends a year after the consent", async () => {
    const client = await newClient(world);
    let { refresh_token: token } = await obtainTokens(world, client);
    const start = world.clock.now().getTime() / 1000;
    for (let month = 0; month < 14; month++) {
      world.clock.advance(26 * day);
      token = (await refresh(world, client, token)).body.refresh_token;
    }
    const { exp } = await introspected(world, token);
    expect(Number(exp)).toBeGreaterThan(start + 365 * day - 60);
    expect(Number(exp)).toBeLessThanOrEqual(start + 365 * day);
    world.clock.advance(day + 1);
    expect(refusal(await refresh(world, client, token))).toEqual([400, "invalid_grant"]);
    expect(await introspected(world, token)).toEqual({ active: false });
  });

  test.each(["opaque", "jwt"])("RFC 6749 §5.1: an %s access token lives as long as it is said to", async (strategy) => {
    const client = await newClient(world, { access_token_strategy: strategy });
    const tokens = await obtainTokens(world, client);
    const now = Math.floor(world.clock.now().getTime() / 1000);
    const { exp, iat, nbf } = await introspected(world, tokens.access_token);
    expect(tokens.expires_in).toBe(3600);
    expect(Math.abs(Number(exp) - now - 3600)).toBeLessThanOrEqual(1);
    expect([iat, nbf]).toEqual([now, now]);
    world.clock.advance(3598);
    await expectAlive(world, { access_token: tokens.access_token });
    world.clock.advance(2);
    expect(await introspected(world, tokens.access_token)).toEqual({ active: false });
    expect((await world.get("/userinfo", { authorization: `Bearer ${tokens.access_token}` })).status).toBe(401);
  });

  test("a client's own lifespans count, grant by grant", async () => {
    const client = await newClient(world, {
      authorization_code_grant_access_token_lifespan: "2m",
      authorization_code_grant_id_token_lifespan: "3m",
      authorization_code_grant_refresh_token_lifespan: "10m",
      refresh_token_grant_access_token_lifespan: "4m",
      refresh_token_grant_id_token_lifespan: "5m",
      refresh_token_grant_refresh_token_lifespan: "20m",
      client_credentials_grant_access_token_lifespan: "90s",
    });
    const now = Math.floor(world.clock.now().getTime() / 1000);
    const life = async (token: string) => Number((await introspected(world, token)).exp) - now;
    const first = await obtainTokens(world, client);
    expect(first.expires_in).toBe(120);
    expect(await life(first.access_token)).toBe(120);
    expect(Number(claimsOf(first.id_token).exp) - now).toBe(180);
    expect(await life(first.refresh_token)).toBe(600);
    const second = (await refresh(world, client, first.refresh_token)).body;
    expect(second.expires_in).toBe(240);
    expect(await life(second.access_token)).toBe(240);
    expect(Number(claimsOf(second.id_token).exp) - now).toBe(300);
    expect(await life(second.refresh_token)).toBe(1200);
    const own = (await askToken(world, client, { grant_type: "client_credentials" })).body;
    expect(own.expires_in).toBe(90);
    expect(await life(own.access_token)).toBe(90);
  });

  test("a lifespan that is set later counts from the next token on", async () => {
    const client = await newClient(world);
    const first = await obtainTokens(world, client);
    const set = { refresh_token_grant_access_token_lifespan: "1m" };
    const current = (await world.admin("GET", `/admin/clients/${client.id}`)).body;
    expect((await world.admin("PUT", `/admin/clients/${client.id}`, { ...current, ...set })).status).toBe(200);
    expect(await isActive(world, first.access_token)).toBe(true);
    expect((await refresh(world, client, first.refresh_token)).body.expires_in).toBe(60);
  });
});

describe("lifetimes by setting", () => {
  test("ttl.refresh_token -1 lifts the sliding limit only: the absolute one stays (D45)", async () => {
    const world = await startWorld({ settings: { "ttl.refresh_token": "-1" } });
    const client = await newClient(world);
    const { refresh_token } = await obtainTokens(world, client);
    const start = world.clock.now().getTime() / 1000;
    world.clock.advance(364 * day);
    const second = await refresh(world, client, refresh_token);
    expect(second.status).toBe(200);
    const { exp } = await introspected(world, second.body.refresh_token);
    expect(Math.abs(Number(exp) - start - 365 * day)).toBeLessThan(60);
    world.clock.advance(day);
    expect(refusal(await refresh(world, client, second.body.refresh_token))).toEqual([400, "invalid_grant"]);
    await world.close();
  });

  test.each(databases)("with neither limit a refresh token never expires ($name)", async (database) => {
    const settings = { "ttl.refresh_token": "-1", "ttl.refresh_token_absolute": "0s" };
    const world = await startWorld({ dsn: await database.dsn(), settings });
    const client = await newClient(world);
    const { refresh_token } = await obtainTokens(world, client);
    expect(await introspected(world, refresh_token)).not.toHaveProperty("exp");
    world.clock.advance(20 * 365 * day);
    expect(await isActive(world, refresh_token)).toBe(true);
    expect((await refresh(world, client, refresh_token)).status).toBe(200);
    await world.close();
  });

  test("the server's own spans count where the client has none", async () => {
    const settings = {
      "ttl.access_token": "7m",
      "ttl.id_token": "8m",
      "ttl.refresh_token": "9m",
      "ttl.auth_code": "5s",
    };
    const world = await startWorld({ settings });
    const client = await newClient(world);
    const now = Math.floor(world.clock.now().getTime() / 1000);
    const tokens = await obtainTokens(world, client);
    expect(tokens.expires_in).toBe(420);
    expect(Number(claimsOf(tokens.id_token).exp) - now).toBe(480);
    expect(Number((await introspected(world, tokens.refresh_token)).exp) - now).toBe(540);
    const { code, verifier } = await freshCode(world, client);
    world.clock.advance(5);
    expect(refusal(await redeem(world, client, code, { code_verifier: verifier }))).toEqual([400, "invalid_grant"]);
    await world.close();
  });
});
