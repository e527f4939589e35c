import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { bytePool } from "../../../src/adapters/keys/random.ts";
import { seal } from "../../../src/adapters/keys/seal.ts";
import { subkeys } from "../../../src/adapters/keys/subkeys.ts";

const oldSecret = "the secret of last year";
const newSecret = "the secret of this year";

function sealWith(...secrets: string[]) {
  return seal(subkeys(secrets), bytePool());
}

describe("a sealed column", () => {
  test("opens to what was sealed, whatever that is", () => {
    const seals = sealWith(newSecret);
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), fc.string(), (plain, row) => {
        expect(seals.open("flows", "request", row, seals.seal("flows", "request", row, plain))).toBe(plain);
      }),
    );
  });

  test("SIDE-005: shows nothing of what was sealed, not even that it is the same again", () => {
    const seals = sealWith(newSecret);
    const [once, again] = [
      seals.seal("keys", "private_jwk", "k1", "private"),
      seals.seal("keys", "private_jwk", "k1", "private"),
    ];
    expect(Buffer.from(once).includes("private")).toBe(false);
    expect(Buffer.from(once).equals(Buffer.from(again))).toBe(false);
  });

  test("SIDE-007: does not open when any one bit was flipped", () => {
    const seals = sealWith(newSecret);
    const sealed = seals.seal("flows", "request", "r1", "the plain text");
    fc.assert(
      fc.property(fc.nat(sealed.length * 8 - 1), (bit) => {
        const flipped = Uint8Array.from(sealed);
        flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        expect(() => seals.open("flows", "request", "r1", flipped)).toThrow("flows.request");
      }),
      { numRuns: 400 },
    );
  });

  test.each([
    ["row", "flows", "request", "r2"],
    ["column", "flows", "context", "r1"],
    ["table", "flow", "srequest", "r1"],
  ])("SIDE-007: does not open in another %s", (_name, table, column, row) => {
    const seals = sealWith(newSecret);
    const sealed = seals.seal("flows", "request", "r1", "the plain text");
    expect(() => seals.open(table, column, row, sealed)).toThrow("was altered, or belongs to another row");
  });

  test("is not opened when it is cut short, empty, or of another version", () => {
    const seals = sealWith(newSecret);
    const sealed = seals.seal("flows", "request", "r1", "");
    for (const length of [0, 1, 17, sealed.length - 1]) {
      expect(() => seals.open("flows", "request", "r1", sealed.subarray(0, length))).toThrow("flows.request");
    }
    expect(() => seals.open("flows", "request", "r1", Uint8Array.from([2, ...sealed.subarray(1)]))).toThrow(
      "not sealed text",
    );
  });

  test("opens after a new secret was put in front", () => {
    const sealed = sealWith(oldSecret).seal("flows", "request", "r1", "the plain text");
    expect(sealWith(newSecret, oldSecret).open("flows", "request", "r1", sealed)).toBe("the plain text");
  });

  test("is sealed under the first secret only", () => {
    const sealed = sealWith(newSecret, oldSecret).seal("flows", "request", "r1", "the plain text");
    expect(sealWith(newSecret).open("flows", "request", "r1", sealed)).toBe("the plain text");
  });

  test("SIDE-008: names the missing secret, and neither the plain text nor the row", () => {
    const sealed = sealWith(oldSecret).seal("keys", "private_jwk", "r1", "the plain text");
    expect(() => sealWith(newSecret).open("keys", "private_jwk", "r1", sealed)).toThrow(
      /^The secret that sealed 'keys.private_jwk' is missing from the setting 'secrets.system'\.$/,
    );
  });

  test("SIDE-010: without randomness nothing is sealed", () => {
    const failing = seal(
      subkeys([newSecret]),
      bytePool(() => {
        throw new Error("no entropy");
      }),
    );
    expect(() => failing.seal("flows", "request", "r1", "text")).toThrow("no entropy");
  });
});
