/** AuthorizationStore: remembered consents, and the one update that ends everything below an authorization. */
import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { foreverAt } from "../../../src/protocol/authorization.ts";
import { after, anId } from "../../support/nouns.ts";
import { aRedemption, aRotation, granted, racing, refreshable, type StoreOf } from "./world.ts";

export function authorizationsContract(store: StoreOf): void {
  test("a remembered consent says what it covers", async () => {
    const subject = randomUUID();
    const story = await granted(store(), {
      subject,
      rememberUntil: foreverAt,
      grantedScope: ["openid", "photos.read"],
      grantedAudience: ["https://photos.example"],
    });
    expect(await store().authorizations.remembered(subject, story.client.id, after(100))).toEqual([
      {
        id: story.authorization.id,
        grantedScope: ["openid", "photos.read"],
        grantedAudience: ["https://photos.example"],
      },
    ]);
  });

  test("remembered consents that cover nothing cover nothing", async () => {
    const subject = randomUUID();
    const over = { subject, rememberUntil: foreverAt, grantedScope: [], grantedAudience: [] };
    const story = await granted(store(), over);
    expect(await store().authorizations.remembered(subject, story.client.id, after(100))).toEqual([
      { id: story.authorization.id, grantedScope: [], grantedAudience: [] },
    ]);
  });

  test("what was not remembered, was skipped, is revoked or is past does not count", async () => {
    const subject = randomUUID();
    const { client } = await granted(store(), { subject, rememberUntil: null });
    await granted(store(), { subject, rememberUntil: foreverAt, skipped: true, basedOn: anId() }, client);
    await granted(store(), { subject, rememberUntil: after(100) }, client);
    const revoked = await granted(store(), { subject, rememberUntil: foreverAt }, client);
    await store().authorizations.revoke(revoked.authorization.id, after(90));
    expect(await store().authorizations.remembered(subject, client.id, after(100))).toEqual([]);
    expect(await store().authorizations.remembered(subject, client.id, after(99))).toHaveLength(1);
  });

  test("another user's or another client's consent does not count", async () => {
    const subject = randomUUID();
    const story = await granted(store(), { subject, rememberUntil: foreverAt });
    expect(await store().authorizations.remembered("berta", story.client.id, after(100))).toEqual([]);
    expect(await store().authorizations.remembered(subject, randomUUID(), after(100))).toEqual([]);
  });

  test("the newest come first, at most twenty", async () => {
    const subject = randomUUID();
    const { client } = await granted(store(), { subject, rememberUntil: foreverAt, createdAt: after(1) });
    for (let second = 2; second <= 21; second += 1) {
      await granted(store(), { subject, rememberUntil: foreverAt, createdAt: after(second) }, client);
    }
    const newest = await granted(store(), { subject, rememberUntil: foreverAt, createdAt: after(90) }, client);
    const found = await store().authorizations.remembered(subject, client.id, after(100));
    expect(found).toHaveLength(20);
    expect(found[0]?.id).toBe(newest.authorization.id);
  });

  test("revoking ends the code that waits", async () => {
    const story = await granted(store());
    expect(await store().authorizations.revoke(story.authorization.id, after(65))).toBe(true);
    expect((await store().codes.find(story.code.digest))?.revoked).toBe(true);
    expect(await store().codes.redeem(aRedemption(story))).toBe("lost");
  });

  test("revoking ends access and refresh tokens, opaque or JWT", async () => {
    const story = await refreshable(store());
    expect(await store().accessTokens.find(story.firstToken, after(100))).toBeDefined();
    expect(await store().authorizations.revoke(story.authorization.id, after(100))).toBe(true);
    expect(await store().accessTokens.find(story.firstToken, after(100))).toBeUndefined();
    expect((await store().refreshFamilies.find(story.authorization.id))?.revoked).toBe(true);
    expect(await store().refreshFamilies.rotate(aRotation(story, 1))).toBe("lost");
  });

  test("revoking one authorization leaves the user's others alone", async () => {
    const one = await refreshable(store());
    const other = await refreshable(store());
    await store().authorizations.revoke(one.authorization.id, after(100));
    expect(await store().accessTokens.find(other.firstToken, after(100))).toBeDefined();
  });

  test("an authorization is revoked once", async () => {
    const { authorization } = await granted(store());
    const answers = await racing(() => store().authorizations.revoke(authorization.id, after(100)));
    expect(answers.filter(Boolean)).toHaveLength(1);
    expect(await store().authorizations.revoke(anId(), after(100))).toBe(false);
  });
}
