import { describe, expect, test } from "vitest";
import { after as later } from "../../support/nouns.ts";
import { aKey, aRing } from "./ring-world.ts";

describe("the key ring", () => {
  test("asks the database once, however many sign", async () => {
    const { world, ring } = aRing([await aKey("id"), await aKey("at")]);
    await Promise.all(Array.from({ length: 20 }, (_, turn) => ring.signing(turn % 2 === 0 ? "id" : "at")));
    expect(world.lists).toBe(1);
  });

  test("is never older than its staleness, and looks again half-way without making anyone wait", async () => {
    const { world, ring } = aRing([await aKey("id")]);
    const old = await ring.signing("id");
    world.keys = [await aKey("id", "EdDSA", later(1))];
    world.ms = 14_999;
    expect(await ring.signing("id")).toBe(old);
    expect(world.lists).toBe(1);
    world.ms = 15_000;
    expect(await ring.signing("id")).toBe(old);
    expect(world.lists).toBe(2);
    await new Promise(setImmediate);
    expect((await ring.signing("id")).kid).toBe(world.keys[0]?.kid);
    world.ms = 60_000;
    world.keys = [await aKey("id", "EdDSA", later(2))];
    expect((await ring.signing("id")).kid).toBe(world.keys[0]?.kid);
  });

  test("a database that is away for less than the staleness is not noticed; after it, nothing is signed", async () => {
    const { world, ring } = aRing([await aKey("id")]);
    const key = await ring.signing("id");
    world.broken = new Error("the database is away");
    world.ms = 29_999;
    expect(await ring.signing("id")).toBe(key);
    world.ms = 30_000;
    await expect(ring.signing("id")).rejects.toThrow("the database is away");
    world.broken = undefined;
    await expect(ring.signing("id")).resolves.toBeDefined();
  });

  test("SIDE-008: keys that do not unseal fail closed, with the reason", async () => {
    const { world, ring } = aRing([]);
    world.broken = new Error("The secret that sealed 'keys.private_jwk' is missing from the setting 'secrets.system'.");
    await expect(ring.signing("id")).rejects.toThrow("secrets.system");
    await expect(ring.find("id", "any")).rejects.toThrow("secrets.system");
    await expect(ring.published()).rejects.toThrow("secrets.system");
  });

  test("JWKS-003: an unknown kid is looked for at once, but at most once a second", async () => {
    const { world, ring } = aRing([await aKey("id")]);
    await ring.signing("id");
    const made = await aKey("id");
    world.keys = [...world.keys, made];
    world.ms = 999;
    expect(await ring.find("id", made.kid)).toBeUndefined();
    world.ms = 1000;
    const found = await Promise.all(Array.from({ length: 20 }, () => ring.find("id", made.kid)));
    expect(found.every((key) => key?.kid === made.kid)).toBe(true);
    expect(world.lists).toBe(2);
    await Promise.all(Array.from({ length: 20 }, (_, turn) => ring.find("id", `invented ${turn}`)));
    expect(world.lists).toBe(2);
  });

  test("a key of one set is none of another's", async () => {
    const key = await aKey("id");
    const { ring } = aRing([key, await aKey("at")]);
    expect(await ring.find("at", key.kid)).toBeUndefined();
    expect((await ring.find("id", key.kid))?.source).toBe(key);
  });

  test("a set without a key says so, and signs as soon as it has one", async () => {
    const { world, ring } = aRing([]);
    await expect(ring.signing("id")).rejects.toThrow("The key set 'id' has no key that may sign.");
    world.keys = [await aKey("id")];
    await expect(ring.signing("id")).resolves.toBeDefined();
  });

  test("shows every key, those that sign first", async () => {
    const [old, newer, other] = [await aKey("id"), await aKey("id", "EdDSA", later(1)), await aKey("at")];
    const { ring } = aRing([old, newer, other]);
    expect((await ring.published()).map(({ kid }) => kid)).toEqual([newer.kid, other.kid, old.kid]);
  });

  test("a key that is to come is shown, and signs from its time on", async () => {
    const [old, next] = [await aKey("id"), { ...(await aKey("id")), signsFrom: later(100_000) }];
    const world = { now: later(99_999) };
    const { ring } = aRing([old, next], { now: () => world.now });
    expect((await ring.signing("id")).kid).toBe(old.kid);
    expect((await ring.published()).map(({ kid }) => kid)).toEqual([old.kid, next.kid]);
    world.now = later(100_000);
    expect((await ring.signing("id")).kid).toBe(next.kid);
    expect((await ring.published()).map(({ kid }) => kid)).toEqual([next.kid, old.kid]);
  });

  test("one algorithm may be asked for; a set that has it not says so", async () => {
    const [eddsa, es256] = [await aKey("id", "EdDSA", later(1)), await aKey("id", "ES256")];
    const { ring } = aRing([eddsa, es256]);
    expect((await ring.signing("id")).kid).toBe(eddsa.kid);
    expect((await ring.signing("id", { algorithm: "ES256" })).kid).toBe(es256.kid);
    await expect(ring.signing("id", { algorithm: "ES512" })).rejects.toThrow("has no key that may sign");
  });

  test("JWKS-005: of other sets those are shown that are named, whatever their use; they sign nothing", async () => {
    const [own, shown, hidden] = [await aKey("id"), await aKey("theirs"), await aKey("secret")];
    const { ring } = aRing([own, { ...shown, use: "enc" }, hidden], { shownSets: ["theirs"] });
    expect((await ring.published()).map(({ kid }) => kid)).toEqual([own.kid, shown.kid]);
  });

  test("what has changed is told, once", async () => {
    const { world, ring } = aRing([await aKey("id")]);
    await ring.signing("id");
    world.ms = 30_000;
    await ring.signing("id");
    expect(world.changes).toBe(0);
    world.keys = [...world.keys, await aKey("id")];
    world.ms = 60_000;
    await ring.signing("id");
    expect(world.changes).toBe(1);
  });

  test("what is forgotten is read again, even while it is being read", async () => {
    const { world, ring } = aRing([await aKey("id", "EdDSA", later(5))]);
    const first = ring.signing("id");
    world.keys = [await aKey("id")];
    ring.forget();
    expect((await ring.signing("id")).kid).toBe(world.keys[0]?.kid);
    await first;
    expect((await ring.signing("id")).kid).toBe(world.keys[0]?.kid);
  });
});

describe("how long a key's tokens live", () => {
  test("is written before the first that lives longer, an hour ahead, once for any number", async () => {
    const key = await aKey("id");
    const { world, ring } = aRing([key]);
    await Promise.all(Array.from({ length: 20 }, () => ring.signing("id", { until: later(3600) })));
    expect(world.extended).toEqual([[key.kid, later(7200)]]);
    await ring.signing("id", { until: later(7200) });
    await ring.signing("id");
    expect(world.extended).toHaveLength(1);
    await ring.signing("id", { until: later(7201) });
    expect(world.extended).toEqual([
      [key.kid, later(7200)],
      [key.kid, later(10_801)],
    ]);
  });

  test("is known from the row", async () => {
    const { world, ring } = aRing([{ ...(await aKey("id")), tokensUntil: later(3600) }]);
    await ring.signing("id", { until: later(3600) });
    expect(world.extended).toEqual([]);
  });

  test("of two at once each is covered", async () => {
    const { world, ring } = aRing([await aKey("id")]);
    await Promise.all([60, 99_999].map((seconds) => ring.signing("id", { until: later(seconds) })));
    expect(world.extended.map(([, until]) => until)).toEqual([later(3660), later(103_599)]);
  });

  test("a key that has gone since signs nothing more", async () => {
    const [old, newer] = [await aKey("id"), await aKey("id", "EdDSA", later(1))];
    const { world, ring } = aRing([old, newer]);
    await ring.signing("id");
    world.keys = [old];
    expect((await ring.signing("id", { until: later(60) })).kid).toBe(old.kid);
  });
});
