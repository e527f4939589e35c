/** KeyStore: the keys this server signs with. */
import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { after, aSigningKey } from "../../support/nouns.ts";
import { racing, type StoreOf } from "./world.ts";

export function keysContract(store: StoreOf): void {
  test("a founded key comes back whole", async () => {
    const key = aSigningKey();
    expect(await store().keys.found(key)).toBe(true);
    expect(await store().keys.list([key.set])).toEqual([key]);
  });

  test("a set that has a key is not founded again", async () => {
    const key = aSigningKey();
    await store().keys.found(key);
    expect(await store().keys.found(aSigningKey({ set: key.set }))).toBe(false);
    expect(await store().keys.list([key.set])).toEqual([key]);
  });

  test("only the sets that are asked for are listed", async () => {
    const [one, two, three] = [aSigningKey(), aSigningKey(), aSigningKey()];
    for (const key of [one, two, three]) await store().keys.found(key);
    const found = await store().keys.list([one.set, three.set, randomUUID()]);
    expect(found.map((key) => key.kid).toSorted()).toEqual([one.kid, three.kid].toSorted());
    expect(await store().keys.list([])).toEqual([]);
  });

  test("the oldest key comes first", async () => {
    const keys = [after(20), after(0), after(10)].map((createdAt) => aSigningKey({ createdAt }));
    for (const key of keys) await store().keys.found(key);
    const found = await store().keys.list(keys.map((key) => key.set));
    expect(found.map((key) => key.createdAt)).toEqual([after(0), after(10), after(20)]);
  });

  test("of twenty that found one set, one does", async () => {
    const set = `set-${randomUUID()}`;
    const keys = Array.from({ length: 20 }, () => aSigningKey({ set }));
    const answers = await racing(async (racer) => store().keys.found(keys[racer] ?? aSigningKey({ set })));
    expect(answers.filter(Boolean)).toHaveLength(1);
    expect(await store().keys.list([set])).toEqual([keys[answers.indexOf(true)]]);
  });
}
