/** A client that never got its answer may ask again, where the operator allows it (D3; Hydra's grace period). */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { newClient, obtainTokens, refresh } from "../support/code-flow.ts";
import { databases } from "../support/database.ts";
import { countStatuses, expectAlive, expectDead, introspected, refusal, revokeToken } from "../support/grants.ts";
import { startWorld, type World } from "../support/server.ts";

const graceOf = (period: string, count = 0) => ({
  "oauth2.grant.refresh_token.rotation_grace_period": period,
  "oauth2.grant.refresh_token.rotation_grace_reuse_count": count,
});

describe.each(databases)("a grace period on $name", (database) => {
  let world: World;

  beforeAll(async () => {
    world = await startWorld({ dsn: await database.dsn(), settings: graceOf("30s") });
  });
  afterAll(() => world?.close());

  test.each(["opaque", "jwt"])(
    "asked again, the same refresh token is answered: nothing forks (%s)",
    async (strategy) => {
      const client = await newClient(world, { access_token_strategy: strategy });
      const first = await obtainTokens(world, client);
      const second = (await refresh(world, client, first.refresh_token)).body;
      world.clock.advance(30);
      const again = await refresh(world, client, first.refresh_token);
      expect(again.status).toBe(200);
      expect(again.body.refresh_token).toBe(second.refresh_token);
      expect(again.body.access_token).not.toBe(second.access_token);
      await expectAlive(world, second);
      await expectAlive(world, again.body);
      const third = (await refresh(world, client, second.refresh_token)).body;
      for (const token of [second.access_token, again.body.access_token]) {
        expect(await introspected(world, token)).toEqual({ active: false });
      }
      await expectAlive(world, third);
      expect(world.log.join("\n")).toContain("refresh_token_retried");
    },
  );

  test("RFC 9700 §4.14.2: after the period it is a theft, and the grant ends", async () => {
    const client = await newClient(world);
    const first = await obtainTokens(world, client);
    const second = (await refresh(world, client, first.refresh_token)).body;
    expect((await refresh(world, client, first.refresh_token)).status).toBe(200);
    world.clock.advance(30.001);
    expect(refusal(await refresh(world, client, first.refresh_token))).toEqual([400, "invalid_grant"]);
    await expectDead(world, client, second);
  });

  test("RFC 9700 §4.14.2: once the child was used, its parent is a theft, also within the period", async () => {
    const client = await newClient(world);
    const first = await obtainTokens(world, client);
    const second = (await refresh(world, client, first.refresh_token)).body;
    const third = (await refresh(world, client, second.refresh_token)).body;
    expect(refusal(await refresh(world, client, first.refresh_token))).toEqual([400, "invalid_grant"]);
    await expectDead(world, client, third);
  });

  test("of 30 that ask at once, each is answered the same refresh token and a token that works", async () => {
    const client = await newClient(world);
    const { refresh_token } = await obtainTokens(world, client);
    const answers = await Promise.all(Array.from({ length: 30 }, () => refresh(world, client, refresh_token)));
    expect(countStatuses(answers)).toEqual({ 200: 30 });
    expect(new Set(answers.map(({ body }) => body.refresh_token)).size).toBe(1);
    for (const { body } of answers) await expectAlive(world, body);
  });

  test("D4: the period is its own client's alone, and widens nothing", async () => {
    const [client, other] = [await newClient(world), await newClient(world)];
    const first = await obtainTokens(world, client);
    const second = (await refresh(world, client, first.refresh_token)).body;
    expect(refusal(await refresh(world, other, first.refresh_token))).toEqual([400, "invalid_grant"]);
    const wider = await refresh(world, client, first.refresh_token, { scope: "openid offline read write" });
    expect(refusal(wider)).toEqual([400, "invalid_scope"]);
    const narrow = await refresh(world, client, first.refresh_token, { scope: "read" });
    expect(narrow.body.scope).toBe("read");
    await expectAlive(world, second);
  });

  test("a revoked grant and an expired child are not asked for again", async () => {
    const brief = await newClient(world, { refresh_token_grant_refresh_token_lifespan: "10s" });
    const [ended, late] = [await obtainTokens(world, brief), await obtainTokens(world, brief)];
    const second = (await refresh(world, brief, ended.refresh_token)).body;
    await refresh(world, brief, late.refresh_token);
    expect((await revokeToken(world, brief, second.access_token)).status).toBe(200);
    expect(refusal(await refresh(world, brief, ended.refresh_token))).toEqual([400, "invalid_grant"]);
    world.clock.advance(10);
    expect(refusal(await refresh(world, brief, late.refresh_token))).toEqual([400, "invalid_grant"]);
  });
});

test.each(databases)("as in Hydra, the period may be long when the uses are counted ($name)", async (database) => {
  const world = await startWorld({ dsn: await database.dsn(), settings: graceOf("720h", 2) });
  const client = await newClient(world);
  const first = await obtainTokens(world, client);
  const second = (await refresh(world, client, first.refresh_token)).body;
  for (let use = 0; use < 2; use++) {
    world.clock.advance(24 * 3600);
    const again = await refresh(world, client, first.refresh_token);
    expect(again.body.refresh_token).toBe(second.refresh_token);
  }
  expect(refusal(await refresh(world, client, first.refresh_token))).toEqual([400, "invalid_grant"]);
  expect(refusal(await refresh(world, client, second.refresh_token))).toEqual([400, "invalid_grant"]);
  await world.close();
});
