import { describe, expect, test } from "vitest";
import { newestSigningKey } from "../../../src/adapters/keys/key-ring.ts";
import { after as later, start } from "../../support/nouns.ts";
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
    await expect(ring.all()).rejects.toThrow("secrets.system");
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
    expect((await ring.all()).map(({ kid }) => kid)).toEqual([newer.kid, other.kid, old.kid]);
  });

  test("a rule decides which key signs", async () => {
    const [old, newer] = [await aKey("id"), await aKey("id", "EdDSA", later(1))];
    const { ring } = aRing([old, newer], { choose: (keys) => keys[0] });
    expect((await ring.signing("id")).kid).toBe(old.kid);
  });
});

describe("the newest key signs", () => {
  test("of those that are for signatures and have a private half", async () => {
    const old = await aKey("id");
    const newer = await aKey("id", "EdDSA", later(1));
    const { d: _, ...publicOnly } = newer.privateJwk;
    expect(newestSigningKey([old, newer])).toBe(newer);
    expect(newestSigningKey([newer, old])).toBe(newer);
    expect(newestSigningKey([old, { ...newer, use: "enc" }])).toBe(old);
    expect(newestSigningKey([old, { ...newer, privateJwk: publicOnly }])).toBe(old);
    expect(newestSigningKey([])).toBeUndefined();
  });

  test("of two of one instant, the later in the list", async () => {
    const [first, second] = [await aKey("id", "EdDSA", start), await aKey("id", "EdDSA", start)];
    expect(newestSigningKey([first, second])).toBe(second);
  });
});
