/** CleaningStore: what has expired goes, in bounded steps, and nothing else does. */
import { beforeAll, describe, expect, test } from "vitest";
import type { Swept } from "../../../src/ports/store/cleaning.ts";
import type { Authorization } from "../../../src/protocol/authorization.ts";
import { aClient, aDigest, anAccessToken, anId, after as at } from "../../support/nouns.ts";
import { aRedemption, aRotation, begun, consented, granted, refreshable, type StoreOf, stored } from "./world.ts";

const day = 86_400;

export function cleaningContract(store: StoreOf): void {
  const step = (name: string, now: Date, most: number): Promise<Swept> => {
    const sweep = store().cleaning.sweeps.find((one) => one.name === name);
    if (sweep === undefined) throw new Error(`Nothing sweeps ${name}.`);
    return sweep.step(now, most);
  };
  /** To the end, in steps of seven; the rows that went. */
  const swept = async (name: string, now: Date): Promise<number> => {
    for (let rows = 0; ; ) {
      const done = await step(name, now, 7);
      rows += done.rows;
      if (!done.more) return rows;
    }
  };
  /** Rests of other tests, which would be counted. */
  const sweptBefore = async (now: Date) => {
    for (const { name } of store().cleaning.sweeps) await swept(name, now);
  };

  test("every kind is bounded: twenty rows go in steps of seven", async () => {
    const client = await stored(store(), aClient());
    await sweptBefore(at(2 * day));
    for (let count = 0; count < 20; count += 1) {
      const expiresAt = at(3 * day - count);
      await store().accessTokens.issue(anAccessToken(client, { expiresAt }), client.revision);
      await store().usedAssertions.use(aDigest(), expiresAt);
    }
    for (const name of ["access_tokens", "used_assertions"]) {
      const steps = [];
      for (let count = 0; count < 4; count += 1) steps.push(await step(name, at(3 * day), 7));
      expect(steps.map(({ rows }) => rows)).toEqual([7, 7, 6, 0]);
      expect(steps.map(({ more }) => more)).toEqual([true, true, false, false]);
    }
  });

  test("an access token stays until it expires", async () => {
    const client = await stored(store(), aClient());
    await sweptBefore(at(0));
    const [old, young] = [at(60), at(61)].map((expiresAt) => anAccessToken(client, { expiresAt }));
    for (const token of [old, young]) if (token) await store().accessTokens.issue(token, client.revision);
    expect(await swept("access_tokens", at(60))).toBe(1);
    expect(await store().accessTokens.find(young?.digest ?? "", at(60))).toBeDefined();
    expect(await swept("access_tokens", at(61))).toBe(1);
  });

  test("an assertion may not come again before it has expired", async () => {
    const assertion = aDigest();
    await store().usedAssertions.use(assertion, at(60));
    await swept("used_assertions", at(59));
    expect(await store().usedAssertions.use(assertion, at(60))).toBe(false);
    await swept("used_assertions", at(60));
    expect(await store().usedAssertions.use(assertion, at(120))).toBe(true);
  });

  test("a JWT that was ended stays ended until it has expired", async () => {
    const client = await stored(store(), aClient());
    const standing = { jti: aDigest(), authorizationId: null, clientId: client.id, epoch: client.epoch, generation: 0 };
    await store().accessTokens.revokeJwt(standing.jti, at(60), client.id);
    await swept("revoked_tokens", at(59));
    expect(await store().accessTokens.stands(standing)).toBeUndefined();
    await swept("revoked_tokens", at(60));
    expect(await store().accessTokens.stands(standing)).toBeDefined();
  });

  test("a login session goes when it has ended, not before", async () => {
    const { session } = await consented(store());
    const secret = session.secretDigest ?? "";
    await swept("login_sessions", at(3599));
    expect(await store().loginSessions.findBySecret(secret, at(0))).toBeDefined();
    await swept("login_sessions", at(3600 + day));
    expect(await store().loginSessions.findBySecret(secret, at(0))).toBeUndefined();
  });

  describe("flows", () => {
    test("RFC 6749 §4.1.2: a spent code is known for a day", async () => {
      const story = await granted(store());
      await store().codes.redeem(aRedemption(story));
      await swept("codes", at(120 + day - 1));
      expect(await store().codes.find(story.code.digest)).toMatchObject({ spentAt: at(70) });
      await swept("codes", at(120 + day));
      expect(await store().codes.find(story.code.digest)).toBeUndefined();
    });

    test("D46: of an expired flow only its request's URL is left, and after a day nothing", async () => {
      const { flow } = await consented(store());
      const young = (await begun(store(), { expiresAt: at(1801) })).flow;
      await swept("flows_reduced", at(1800));
      const reduced = (await store().flows.find(flow.id))?.flow;
      expect(reduced).toMatchObject({ state: "consent_answered", login: null, consent: null });
      expect(reduced).toMatchObject({ cookieDigest: flow.cookieDigest, expiresAt: flow.expiresAt });
      expect(reduced?.request).toMatchObject({ requestUrl: flow.request.requestUrl, redirectUri: "", scope: [] });
      expect((await store().flows.find(young.id))?.flow).toEqual(young);
      await swept("flows", at(1800 + day - 1));
      expect(await store().flows.find(flow.id)).toBeDefined();
      await swept("flows", at(1800 + day));
      expect(await store().flows.find(flow.id)).toBeUndefined();
    });

    test("flows that expire together are all reduced, and none twice", async () => {
      await sweptBefore(at(10 * day));
      const expiresAt = at(11 * day);
      const flows = await Promise.all(Array.from({ length: 20 }, () => begun(store(), { expiresAt })));
      expect(await swept("flows_reduced", expiresAt)).toBe(20);
      expect(await swept("flows_reduced", expiresAt)).toBe(0);
      const found = await Promise.all(flows.map(({ flow }) => store().flows.find(flow.id)));
      expect(found.map((one) => one?.flow.request.redirectUri)).toEqual(Array.from({ length: 20 }, () => ""));
      // Another process begins at yesterday's flows: what is reduced stays as it is.
      await swept("flows_reduced", at(9 * day));
      expect(await swept("flows_reduced", expiresAt)).toBe(0);
    });
  });

  describe("authorizations", () => {
    const isThere = async ({ id, subject, clientId }: Authorization) => {
      const found = await store().authorizations.remembered(subject, clientId, at(0));
      return found.some((one) => one.id === id);
    };
    /** Kept for as long as asked; `rememberUntil` makes it findable. */
    const lasting = (seconds: number) => ({
      expiresAt: at(seconds),
      rememberUntil: at(seconds),
      subject: anId(),
    });

    beforeAll(async () => sweptBefore(at(0)));

    test("one without tokens goes when its time is over", async () => {
      const { authorization } = await granted(store(), lasting(2 * day));
      await swept("authorizations", at(2 * day - 1));
      expect(await isThere(authorization)).toBe(true);
      await swept("authorizations", at(3 * day));
      expect(await isThere(authorization)).toBe(false);
    });

    test("one whose refresh family lives on outlives its own time, however often it is refreshed", async () => {
      const story = await refreshable(store(), { ...lasting(2 * day), tokenSeconds: 3600 });
      const { id } = story.authorization;
      const rotated = await store().refreshFamilies.rotate(aRotation(story, 1, { expiresAt: at(20 * day) }));
      expect(rotated).toBe("done");
      await swept("authorizations", at(15 * day));
      expect(await store().refreshFamilies.find(id)).toBeDefined();
      const again = { now: at(16 * day), expiresAt: at(40 * day) };
      expect(await store().refreshFamilies.rotate(aRotation(story, 2, again))).toBe("done");
      await swept("authorizations", at(35 * day));
      expect(await store().refreshFamilies.find(id)).toMatchObject({ generation: 3 });
      await swept("authorizations", at(42 * day));
      expect(await store().refreshFamilies.find(id)).toBeUndefined();
      expect(await isThere(story.authorization)).toBe(false);
    });

    test("one whose family has ended stays for as long as a token of the last refresh may live", async () => {
      const story = await refreshable(store(), { ...lasting(day), tokenSeconds: 9 * day });
      const last = { now: at(3000), expiresAt: at(7200) };
      await store().refreshFamilies.rotate(aRotation(story, 1, last));
      const jwt = { jti: aDigest(), authorizationId: story.authorization.id, clientId: story.client.id };
      const standing = { ...jwt, epoch: story.client.epoch, generation: 2 };
      await swept("authorizations", at(9 * day));
      expect(await store().accessTokens.stands(standing)).toBeDefined();
      await swept("authorizations", at(11 * day));
      expect(await store().accessTokens.stands(standing)).toBeUndefined();
    });

    test("a remembered consent stays though its tokens are gone", async () => {
      const story = await refreshable(store(), { ...lasting(9 * day), tokenSeconds: 60 });
      await swept("authorizations", at(8 * day));
      expect(await isThere(story.authorization)).toBe(true);
    });

    test("tokens of longer lives put its end off, and what is known of them", async () => {
      const story = await refreshable(store(), { ...lasting(day), rememberUntil: null, tokenSeconds: 60 });
      const { id, clientId, subject } = story.authorization;
      await store().authorizations.prolong({ id, tokenSeconds: 9 * day, until: at(9 * day) });
      await store().authorizations.prolong({ id, tokenSeconds: 30, until: at(60) });
      await swept("authorizations", at(8 * day));
      const page = { subject, sessionId: null, after: null, limit: 10, now: at(8 * day) };
      expect(await store().authorizations.list(page)).toMatchObject([{ id, clientId, tokenSeconds: 9 * day }]);
    });

    test("of three that sweep at once, each row goes once", async () => {
      await sweptBefore(at(50 * day));
      for (let count = 0; count < 9; count += 1) await granted(store(), lasting(51 * day));
      const rows = await Promise.all([1, 2, 3].map(() => swept("authorizations", at(53 * day))));
      expect(rows.reduce((sum, one) => sum + one, 0)).toBe(9);
    });
  });
}
