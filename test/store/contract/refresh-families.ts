/** RefreshFamilyStore: one generation is good at a time, and turning it over ends the token before. */
import { expect, test } from "vitest";
import type { Retry } from "../../../src/ports/store/tokens.ts";
import { foreverAt } from "../../../src/protocol/authorization.ts";
import { after, anId } from "../../support/nouns.ts";
import { aRotation, type Granted, refreshable, type StoreOf } from "./world.ts";

export function refreshFamiliesContract(store: StoreOf): void {
  test("an unknown family is undefined", async () => {
    expect(await store().refreshFamilies.find(anId())).toBeUndefined();
    expect(
      await store().refreshFamilies.rotate({ ...aRotation(await refreshable(store()), 1), authorizationId: anId() }),
    ).toBe("lost");
  });

  test("a rotation raises the generation, moves the expiry and ends the access token before it", async () => {
    const story = await refreshable(store());
    const rotation = aRotation(story, 1, { expiresAt: foreverAt });
    expect(await store().refreshFamilies.rotate(rotation)).toBe("done");
    expect(await store().refreshFamilies.find(story.authorization.id)).toEqual({
      authorizationId: story.authorization.id,
      clientId: story.client.id,
      generation: 2,
      expiresAt: foreverAt,
      rotatedAt: rotation.now,
      authorization: story.authorization,
      revoked: false,
    });
    expect(await store().accessTokens.find(story.firstToken, after(700))).toBeUndefined();
    const live = await store().accessTokens.find(rotation.accessToken?.digest ?? "", after(700));
    expect(live).toEqual({
      ...rotation.accessToken,
      authorization: story.authorization,
      revision: story.client.revision,
    });
  });

  test("a rotation for a JWT stores no token and still ends the one before", async () => {
    const story = await refreshable(store());
    expect(await store().refreshFamilies.rotate(aRotation(story, 1, { accessToken: null }))).toBe("done");
    expect(await store().accessTokens.find(story.firstToken, after(700))).toBeUndefined();
  });

  test("RFC 9700 §4.14.2: a lower or a higher generation does not rotate and stores nothing", async () => {
    const story = await refreshable(store());
    await store().refreshFamilies.rotate(aRotation(story, 1));
    for (const generation of [1, 3]) {
      const rotation = aRotation(story, generation, { now: after(700) });
      expect(await store().refreshFamilies.rotate(rotation)).toBe("lost");
    }
    expect(await store().refreshFamilies.find(story.authorization.id)).toMatchObject({
      generation: 2,
      rotatedAt: after(600),
    });
  });

  test("an expired generation does not rotate", async () => {
    const story = await refreshable(store());
    expect(await store().refreshFamilies.rotate(aRotation(story, 1, { now: after(3600) }))).toBe("lost");
    expect((await store().refreshFamilies.find(story.authorization.id))?.generation).toBe(1);
  });

  test("under another revision of its client a rotation is stale and changes nothing", async () => {
    const story = await refreshable(store());
    await store().clients.replace(story.client, null);
    expect(await store().refreshFamilies.rotate(aRotation(story, 1))).toBe("stale");
    expect((await store().refreshFamilies.find(story.authorization.id))?.generation).toBe(1);
    expect(await store().accessTokens.find(story.firstToken, after(700))).toBeDefined();
    const retried = aRotation(story, 1, { revision: story.client.revision + 1 });
    expect(await store().refreshFamilies.rotate(retried)).toBe("done");
  });

  test("a family does not rotate for another client", async () => {
    const story = await refreshable(store());
    const other = await refreshable(store());
    const rotation = aRotation(story, 1, { clientId: other.client.id });
    expect(await store().refreshFamilies.rotate(rotation)).toBe("lost");
    expect((await store().refreshFamilies.find(story.authorization.id))?.generation).toBe(1);
  });

  test("of twenty that present one generation, one rotates and its token alone lives", async () => {
    const story = await refreshable(store());
    const rotations = Array.from({ length: 20 }, () => aRotation(story, 1));
    const outcomes = await Promise.all(rotations.map((rotation) => store().refreshFamilies.rotate(rotation)));
    expect(outcomes.filter((outcome) => outcome === "done")).toHaveLength(1);
    expect(outcomes.filter((outcome) => outcome === "lost")).toHaveLength(19);
    expect((await store().refreshFamilies.find(story.authorization.id))?.generation).toBe(2);
    const live = await Promise.all(
      rotations.map(({ accessToken }) => store().accessTokens.find(accessToken?.digest ?? "", after(700))),
    );
    expect(live.flatMap((token, racer) => (token === undefined ? [] : [racer]))).toEqual([outcomes.indexOf("done")]);
  });

  test("a retry leaves the generation and its expiry, and its token lives beside the one that is good now", async () => {
    const story = await refreshable(store());
    const rotation = aRotation(story, 1);
    await store().refreshFamilies.rotate(rotation);
    const before = await store().refreshFamilies.find(story.authorization.id);
    const retry = aRetry(story, 2);
    expect(await store().refreshFamilies.retry(retry)).toBe("done");
    expect(await store().refreshFamilies.find(story.authorization.id)).toEqual(before);
    for (const token of [rotation.accessToken, retry.accessToken]) {
      expect(await store().accessTokens.find(token?.digest ?? "", after(700))).toBeDefined();
    }
    expect(await store().refreshFamilies.retry({ ...aRetry(story, 2), accessToken: null })).toBe("done");
  });

  test("retries are counted up to their number, anew with each rotation", async () => {
    const story = await refreshable(store());
    await store().refreshFamilies.rotate(aRotation(story, 1));
    const racers = Array.from({ length: 10 }, () => aRetry(story, 2, { most: 3 }));
    const outcomes = await Promise.all(racers.map((racer) => store().refreshFamilies.retry(racer)));
    expect(outcomes.filter((outcome) => outcome === "done")).toHaveLength(3);
    expect(outcomes.filter((outcome) => outcome === "lost")).toHaveLength(7);
    const live = await Promise.all(
      racers.map(({ accessToken }) => store().accessTokens.find(accessToken?.digest ?? "", after(700))),
    );
    expect(live.map((token) => (token === undefined ? "lost" : "done"))).toEqual(outcomes);
    expect(await store().refreshFamilies.retry(aRetry(story, 2, { most: null }))).toBe("done");
    await store().refreshFamilies.rotate(aRotation(story, 2));
    expect(await store().refreshFamilies.retry(aRetry(story, 3, { most: 1 }))).toBe("done");
    expect(await store().refreshFamilies.retry(aRetry(story, 3, { most: 1 }))).toBe("lost");
  });

  test("a retry is lost when its child was used, its family expired or ended, and for another client", async () => {
    const story = await refreshable(store());
    const other = await refreshable(store());
    await store().refreshFamilies.rotate(aRotation(story, 1));
    for (const over of [{ generation: 1 }, { generation: 3 }, { now: after(7200) }, { clientId: other.client.id }]) {
      const retry = aRetry(story, 2, over);
      expect(await store().refreshFamilies.retry(retry)).toBe("lost");
      expect(await store().accessTokens.find(retry.accessToken?.digest ?? "", after(700))).toBeUndefined();
    }
    const stale = { ...aRetry(story, 2), revision: story.client.revision + 1 };
    expect(await store().refreshFamilies.retry(stale)).toBe("stale");
    await store().authorizations.revoke(story.authorization.id, after(650));
    expect(await store().refreshFamilies.retry(aRetry(story, 2))).toBe("lost");
  });
}

/** What answers once more beside the story's family of this generation. */
function aRetry(story: Granted, generation: number, over: Partial<Retry> = {}): Retry {
  const { expiresAt: _, ...rotation } = aRotation(story, generation - 1, { now: after(650) });
  return { ...rotation, generation, most: null, ...over };
}
