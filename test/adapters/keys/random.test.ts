import { describe, expect, test } from "vitest";
import { bytePool, random } from "../../../src/adapters/keys/random.ts";

/** A source that counts: 0, 1, 2, ... 255, 0, ... */
function counting() {
  let next = 0;
  return bytePool((pool) => {
    for (let at = 0; at < pool.length; at += 1) pool[at] = next++ % 256;
  });
}

describe("randomness", () => {
  test("no byte is given twice, also where a pool ends", () => {
    const bytes = counting();
    const drawn = Buffer.concat(Array.from({ length: 500 }, () => bytes(32)));
    expect(drawn.every((byte, at) => byte === at % 256)).toBe(true);
  });

  test("what was given does not change when more is drawn", () => {
    const bytes = counting();
    const first = bytes(4);
    for (let draw = 0; draw < 2000; draw += 1) bytes(4);
    expect([...first]).toEqual([0, 1, 2, 3]);
  });

  test("SIDE-010: a source that fails gives nothing, and nothing old", () => {
    let fills = 0;
    const bytes = bytePool((pool) => {
      fills += 1;
      if (fills > 1) throw new Error("no entropy");
      pool.fill(7);
    });
    bytes(4096);
    expect(() => bytes(1)).toThrow("no entropy");
    expect(() => bytes(1)).toThrow("no entropy");
  });

  test("a word is of its alphabet, each character as likely as the others", () => {
    const alphabet = Array.from("BCDFGHJKLMNPQRSTVWXZ");
    const made = random(counting());
    const drawn = Array.from({ length: 50 }, () => made.word(alphabet, 240)).join("");
    const counts = alphabet.map((character) => drawn.split(character).length - 1);
    expect(new Set(counts)).toEqual(new Set([600]));
    expect(random(bytePool()).word(["ab", "c"], 5)).toMatch(/^(ab|c){5}$/);
    for (const odd of [[], Array.from({ length: 257 }, String)]) {
      expect(() => random(bytePool()).word(odd, 1)).toThrow("An alphabet has");
    }
  });

  test("an id is 32 hex digits, a text base64url of so many bytes, a number 31 bits", () => {
    const made = random(bytePool());
    expect(made.id()).toMatch(/^[\da-f]{32}$/);
    expect(Buffer.from(made.text(32), "base64url").length).toBe(32);
    const numbers = Array.from({ length: 200 }, () => made.integer());
    expect(numbers.every((number) => Number.isInteger(number) && number >= 0 && number < 2 ** 31)).toBe(true);
    expect(new Set(numbers).size).toBeGreaterThan(190);
  });

  test("RFC 9562 §5.4: a UUID is of version 4 and variant 10", () => {
    const made = random(bytePool());
    const uuids = Array.from({ length: 200 }, () => made.uuid());
    for (const uuid of uuids) expect(uuid).toMatch(/^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/);
    expect(new Set(uuids).size).toBe(200);
  });

  test("D28: a client secret is 26 characters of Hydra's alphabet", () => {
    expect(random(bytePool()).clientSecret()).toMatch(/^[a-zA-Z0-9_\-.~]{26}$/);
  });

  test("every character of a client secret is equally likely", () => {
    // All 256 bytes come equally often, so a fair choice uses every one of the 66 characters equally often, too.
    const made = random(counting());
    const counts = new Map<string, number>();
    for (let secret = 0; secret < 1980; secret += 1) {
      for (const character of made.clientSecret()) counts.set(character, (counts.get(character) ?? 0) + 1);
    }
    expect(counts.size).toBe(66);
    expect(Math.max(...counts.values()) - Math.min(...counts.values())).toBeLessThanOrEqual(4);
  });
});
