/** A code or refresh token that is presented many times at once: one wins, or nobody does. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { newClient, obtainTokens, redeem, refresh, type TestClient } from "../support/code-flow.ts";
import { databases } from "../support/database.ts";
import {
  countStatuses,
  expectAlive,
  expectDead,
  freshCode,
  introspected,
  refusal,
  revokeToken,
  withoutPkce,
} from "../support/grants.ts";
import { type Answer, startWorld, type World } from "../support/server.ts";

describe.each(databases)("races on $name", (database) => {
  let first: World;
  /** Another process on the same database, where the database allows one. */
  let second: World;

  beforeAll(async () => {
    const dsn = await database.dsn();
    first = await startWorld({ dsn });
    second = database.name === "sqlite" ? first : await startWorld({ dsn, clock: first.clock, settings: sameIssuer() });
  });
  afterAll(async () => {
    await first?.close();
    if (second !== first) await second?.close();
  });

  const sameIssuer = () => ({ "urls.self.issuer": first.publicUrl, "urls.self.public": first.publicUrl });
  const atOnce = (count: number, one: (world: World) => Promise<Answer>) =>
    Promise.all(Array.from({ length: count }, (_, index) => one(index % 2 === 0 ? first : second)));
  const winner = (answers: readonly Answer[]) => answers.find(({ status }) => status === 200)?.body;

  test("RFC 6749 §10.5: of 50 proven redemptions at once, one is answered and its tokens live (D3)", async () => {
    const client = await newClient(first);
    const { code, verifier } = await freshCode(first, client);
    const answers = await atOnce(50, (world) => redeem(world, client, code, { code_verifier: verifier }));
    expect(countStatuses(answers)).toEqual({ 200: 1, 400: 49 });
    for (const { status, body } of answers) if (status === 400) expect(body.error).toBe("invalid_grant");
    await expectAlive(first, winner(answers));
    await expectAlive(second, winner(answers));
  });

  test("RFC 6749 §4.1.2: without PKCE, of 20 redemptions at once one is answered and nothing stays alive", async () => {
    const client = await newClient(first);
    const { code } = await freshCode(first, client, withoutPkce);
    const answers = await atOnce(20, (world) => redeem(world, client, code));
    expect(countStatuses(answers)).toEqual({ 200: 1, 400: 19 });
    await expectDead(second, client, winner(answers));
  });

  test("RFC 9700 §4.14.2: of 50 refreshes at once at most one is answered, and the family is dead", async () => {
    const client = await newClient(first);
    const tokens = await obtainTokens(first, client);
    const answers = await atOnce(50, (world) => refresh(world, client, tokens.refresh_token));
    expect(countStatuses(answers)).toEqual({ 200: 1, 400: 49 });
    for (const { status, body } of answers) if (status === 400) expect(body.error).toBe("invalid_grant");
    await expectDead(first, client, tokens);
    await expectDead(second, client, winner(answers));
  });

  test("RFC 7009 §2.1: after a revocation that raced with a refresh, nothing is alive", async () => {
    const client = await newClient(first);
    for (let round = 0; round < 5; round++) {
      const tokens = await obtainTokens(first, client);
      const [refreshed, revoked] = await Promise.all([
        refresh(first, client, tokens.refresh_token),
        revokeToken(second, client, tokens.refresh_token),
      ]);
      expect(revoked.status).toBe(200);
      await expectDead(second, client, tokens);
      if (refreshed.status === 200) await expectDead(first, client, refreshed.body);
      else expect(refusal(refreshed)).toEqual([400, "invalid_grant"]);
    }
  });

  test("RFC 6749 §4.1.2: a code is redeemed or its client deleted, and nothing of it is left", async () => {
    for (let round = 0; round < 3; round++) {
      const client = await newClient(first);
      const { code, verifier } = await freshCode(first, client);
      const [redeemed, deleted] = await Promise.all([
        redeem(second, client, code, { code_verifier: verifier }),
        first.admin("DELETE", `/admin/clients/${client.id}`),
      ]);
      expect(deleted.status).toBe(204);
      expect([200, 400, 401]).toContain(redeemed.status);
      if (redeemed.status === 200) await expectGone(client, redeemed.body.access_token);
    }
  });

  async function expectGone(client: TestClient, token: string): Promise<void> {
    expect(await introspected(second, token)).toEqual({ active: false });
    expect(refusal(await refresh(second, client, "tsr_rt_x"))).toEqual([401, "invalid_client"]);
  }

  test("a token that one process issued is known to the other at once", async () => {
    const client = await newClient(first);
    const tokens = await obtainTokens(first, client);
    await expectAlive(second, tokens);
    const refreshed = await refresh(second, client, tokens.refresh_token);
    await expectAlive(first, refreshed.body);
    expect((await revokeToken(first, client, refreshed.body.access_token)).status).toBe(200);
    await expectDead(second, client, refreshed.body);
  });
});
