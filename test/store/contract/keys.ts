/** KeyStore: the keys this server signs with. */
import { randomUUID } from "node:crypto";
import { describe, expect, test } from "vitest";
import type { KeyRemoval } from "../../../src/ports/store/keys.ts";
import type { SigningKey } from "../../../src/protocol/key.ts";
import { aSigningKey, after as at, start } from "../../support/nouns.ts";
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
    const keys = [at(20), at(0), at(10)].map((createdAt) => aSigningKey({ createdAt }));
    for (const key of keys) await store().keys.found(key);
    const found = await store().keys.list(keys.map((key) => key.set));
    expect(found.map((key) => key.createdAt)).toEqual([at(0), at(10), at(20)]);
  });

  test("of twenty that found one set, one does", async () => {
    const set = `set-${randomUUID()}`;
    const keys = Array.from({ length: 20 }, () => aSigningKey({ set }));
    const answers = await racing(async (racer) => store().keys.found(keys[racer] ?? aSigningKey({ set })));
    expect(answers.filter(Boolean)).toHaveLength(1);
    expect(await store().keys.list([set])).toEqual([keys[answers.indexOf(true)]]);
  });

  test("a key's times come back with it", async () => {
    const key = aSigningKey({ chosenAt: at(5), signsFrom: at(60), tokensUntil: at(600), follows: "another" });
    expect(await store().keys.add(key)).toBe(true);
    expect(await store().keys.list([key.set])).toEqual([key]);
  });

  test("a name is given once in a set", async () => {
    const key = aSigningKey();
    expect(await store().keys.add(key)).toBe(true);
    expect(await store().keys.add({ ...aSigningKey({ set: key.set }), kid: key.kid })).toBe(false);
    expect(await store().keys.add(aSigningKey({ kid: key.kid }))).toBe(true);
    expect(await store().keys.list([key.set])).toEqual([key]);
  });

  test("of twenty successors of one key, one is added", async () => {
    const old = aSigningKey();
    await store().keys.found(old);
    const answers = await racing(() => store().keys.add(aSigningKey({ set: old.set, follows: old.kid })));
    expect(answers.filter(Boolean)).toHaveLength(1);
    expect(await store().keys.list([old.set])).toHaveLength(2);
    // Another set's key of the same name has a successor of its own.
    expect(await store().keys.add(aSigningKey({ follows: old.kid }))).toBe(true);
  });

  test("what is put is written over what was there, except for how long its tokens live", async () => {
    const key = aSigningKey({ tokensUntil: at(900) });
    await store().keys.put(key);
    const other = { ...aSigningKey({ set: key.set, algorithm: "ES256" }), kid: key.kid };
    await store().keys.put({ ...other, tokensUntil: null });
    expect(await store().keys.list([key.set])).toEqual([{ ...other, tokensUntil: at(900) }]);
  });

  test("a set is replaced as a whole, and another set is not touched", async () => {
    const [one, two, other] = [aSigningKey(), aSigningKey(), aSigningKey()];
    const three = aSigningKey({ set: one.set });
    for (const key of [one, { ...two, set: one.set }, other]) await store().keys.add(key);
    await store().keys.replace(one.set, [three, { ...one, signsFrom: at(9) }]);
    const kids = (await store().keys.list([one.set])).map(({ kid, signsFrom }) => [kid, signsFrom] as const);
    expect(new Map(kids)).toEqual(
      new Map([
        [one.kid, at(9)],
        [three.kid, start],
      ]),
    );
    expect(await store().keys.list([other.set])).toEqual([other]);
    await store().keys.replace(one.set, []);
    expect(await store().keys.list([one.set])).toEqual([]);
    await store().keys.removeSet(other.set);
    expect(await store().keys.list([other.set])).toEqual([]);
  });

  test("how long a key's tokens live only grows", async () => {
    const key = aSigningKey();
    await store().keys.found(key);
    const until = async () => (await store().keys.list([key.set]))[0]?.tokensUntil;
    for (const [seconds, kept] of [
      [600, 600],
      [300, 600],
      [900, 900],
    ] as const) {
      expect(await store().keys.extend(key.set, key.kid, at(seconds))).toBe(true);
      expect(await until()).toEqual(at(kept));
    }
    expect(await store().keys.extend(key.set, "another", at(60))).toBe(false);
  });

  test("a key that has signed since is not over", async () => {
    const key = aSigningKey();
    await store().keys.found(key);
    await store().keys.extend(key.set, key.kid, at(60));
    expect(await store().keys.expire(key)).toBe(false);
    expect(await store().keys.expire({ ...key, tokensUntil: at(60) })).toBe(true);
    expect(await store().keys.list([key.set])).toEqual([]);
    expect(await store().keys.expire(key)).toBe(false);
  });

  describe("mechanisms §10: when a key is removed", () => {
    const removing = async (keys: readonly SigningKey[], over: Partial<KeyRemoval> = {}) => {
      for (const key of keys) await store().keys.add(key);
      const { set = "", kid = "" } = keys[0] ?? {};
      const gone = await store().keys.remove({ set, kid, successor: null, now: at(100), ...over });
      const left = (await store().keys.list([set])).map((key) => [key.kid, key.signsFrom] as const);
      return { gone, left: new Map(left) };
    };
    const aSet = () => `set-${randomUUID()}`;

    test("another that signs goes on, and nothing else changes", async () => {
      const set = aSet();
      const [old, next, coming] = [
        aSigningKey({ set }),
        aSigningKey({ set }),
        aSigningKey({ set, signsFrom: at(500) }),
      ];
      const { gone, left } = await removing([next, old, coming], { successor: aSigningKey({ set }) });
      expect(gone).toBe(true);
      expect(left).toEqual(
        new Map([
          [old.kid, start],
          [coming.kid, at(500)],
        ]),
      );
    });

    test("the first that was to come signs at once", async () => {
      const set = aSet();
      const [one, two] = [at(500), at(600)].map((signsFrom) => aSigningKey({ set, signsFrom }));
      const { left } = await removing([aSigningKey({ set }), ...[two, one].flatMap((key) => key ?? [])]);
      expect(left).toEqual(
        new Map([
          [one?.kid, at(100)],
          [two?.kid, at(600)],
        ]),
      );
    });

    test("one of another algorithm does not take its place before its time", async () => {
      const set = aSet();
      const [same, other] = ["EdDSA", "ES256"].map((algorithm) => aSigningKey({ set, algorithm, signsFrom: at(500) }));
      const signing = aSigningKey({ set, algorithm: "ES256" });
      const { left } = await removing([aSigningKey({ set }), signing, ...[same, other].flatMap((key) => key ?? [])]);
      expect(left).toEqual(
        new Map([
          [signing.kid, start],
          [same?.kid, at(100)],
          [other?.kid, at(500)],
        ]),
      );
    });

    test("the last one is succeeded; those that cannot sign do not count", async () => {
      const set = aSet();
      const successor = aSigningKey({ set, signsFrom: at(100) });
      const publicOnly = aSigningKey({ set, privateJwk: { kty: "OKP" } });
      const { left } = await removing([aSigningKey({ set }), publicOnly], { successor });
      expect(left).toEqual(
        new Map([
          [publicOnly.kid, start],
          [successor.kid, at(100)],
        ]),
      );
    });

    test("one that is not there changes nothing", async () => {
      const set = aSet();
      const coming = aSigningKey({ set, signsFrom: at(500) });
      const { gone, left } = await removing([coming], { kid: "another", successor: aSigningKey({ set }) });
      expect(gone).toBe(false);
      expect(left).toEqual(new Map([[coming.kid, at(500)]]));
    });

    test("of twenty that remove the last two keys at once, some leave a successor", async () => {
      const set = aSet();
      const keys = [aSigningKey({ set }), aSigningKey({ set })];
      for (const key of keys) await store().keys.add(key);
      await racing((racer) =>
        store().keys.remove({ set, kid: keys[racer % 2]?.kid ?? "", successor: aSigningKey({ set }), now: at(100) }),
      );
      expect(await store().keys.list([set])).toHaveLength(1);
    });
  });
}
