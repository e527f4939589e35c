/** ApiKeyStore: keys by digest, found until they are deleted, listed by age. */
import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import type { ApiKey } from "../../../src/protocol/api-key.ts";
import { aDigest, after, start } from "../../support/nouns.ts";
import type { StoreOf } from "./world.ts";

function aKey(over: Partial<ApiKey> = {}): ApiKey {
  return { id: randomUUID(), name: "a key", scopes: ["read", "flow"], createdAt: start, expiresAt: null, ...over };
}

export function apiKeysContract(store: StoreOf): void {
  const keys = () => store().apiKeys;
  const kept = async (over: Partial<ApiKey> = {}) => {
    const [key, digest] = [aKey(over), aDigest()];
    await keys().create(key, digest);
    return { key, digest };
  };

  test("a key is found by its digest as it was made, until it is deleted", async () => {
    const one = await kept({ name: "Schlüssel „1“", scopes: ["admin"], expiresAt: after(60) });
    const other = await kept();
    expect(await keys().find(one.digest)).toEqual(one.key);
    expect(await keys().find(other.digest)).toEqual(other.key);
    expect(await keys().delete(one.key.id)).toBe(true);
    expect(await keys().delete(one.key.id)).toBe(false);
    expect(await keys().find(one.digest)).toBeUndefined();
    expect(await keys().find(other.digest)).toEqual(other.key);
    for (const id of ["", "no-uuid", randomUUID()]) expect(await keys().delete(id)).toBe(false);
    expect(await keys().find(aDigest())).toBeUndefined();
  });

  test("callers who ask together each hear of their own key, and of its deletion by whoever asks after it", async () => {
    const [one, other] = [await kept(), await kept({ scopes: ["read"] })];
    const asked = [one.digest, other.digest, aDigest(), one.digest, one.digest, other.digest];
    const found = await Promise.all(asked.map((digest) => keys().find(digest)));
    expect(found).toEqual([one.key, other.key, undefined, one.key, one.key, other.key]);
    // Lookups are under way all the time: none that begins after the deletion may share an older answer.
    const ended = new AbortController();
    const busy = Promise.all(
      Array.from({ length: 8 }, async () => {
        while (!ended.signal.aborted) {
          await keys().find(one.digest);
          await new Promise(setImmediate);
        }
      }),
    );
    try {
      for (let round = 0; round < 20; round += 1) {
        const { key, digest } = await kept();
        await keys().find(digest);
        await keys().delete(key.id);
        expect(await keys().find(digest)).toBeUndefined();
      }
    } finally {
      ended.abort();
      await busy;
    }
  });

  test("the list goes by age and id, page by page", async () => {
    const first = await kept({ createdAt: after(1) });
    const rest = [];
    for (const name of ["a", "b", "c"]) rest.push(await kept({ name, createdAt: after(2) }));
    const expected = [first.key.id, ...rest.map(({ key }) => key.id).toSorted()];
    const paged: string[] = [];
    for (let last: ApiKey | null = null; ; ) {
      const page: ApiKey[] = await keys().list({ after: last, limit: 3 });
      paged.push(...page.map(({ id }) => id));
      last = page.at(-1) ?? null;
      if (last === null) break;
    }
    expect(paged.filter((id) => expected.includes(id))).toEqual(expected);
    expect(new Set(paged).size).toBe(paged.length);
  });

  test("one that has expired is kept for thirty days, one that never expires for ever", async () => {
    const [mortal, lasting] = [await kept({ expiresAt: after(60) }), await kept()];
    const listed = async () =>
      (await keys().list({ after: null, limit: 1000 }))
        .map(({ id }) => id)
        .filter((id) => id === mortal.key.id || id === lasting.key.id)
        .toSorted();
    const sweep = store().cleaning.sweeps.find(({ name }) => name === "api_keys");
    await sweep?.step(after(30 * 86_400 + 59), 1000);
    expect(await listed()).toEqual([mortal.key.id, lasting.key.id].toSorted());
    await sweep?.step(after(30 * 86_400 + 60), 1000);
    expect(await listed()).toEqual([lasting.key.id]);
    expect(await keys().find(mortal.digest)).toBeUndefined();
  });
}
