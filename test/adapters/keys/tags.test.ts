import { describe, expect, test } from "vitest";
import { type Subkey, subkeys } from "../../../src/adapters/keys/subkeys.ts";
import { tags } from "../../../src/adapters/keys/tags.ts";

/** Subkeys that count how often each is taken in hand. */
function countedKeys() {
  const uses = [0, 0, 0];
  const [a, b, c] = subkeys(["the first secret ...", "the second secret ..", "the third secret ..."])("handle");
  if (b === undefined || c === undefined) throw new Error("three secrets have three subkeys");
  const counted = ({ id, key }: Subkey, place: number): Subkey => ({
    id,
    get key() {
      uses[place] = (uses[place] ?? 0) + 1;
      return key;
    },
  });
  return { uses, plain: [a, b, c] as const, keys: [counted(a, 0), counted(b, 1), counted(c, 2)] as const };
}

describe("a tag", () => {
  test.each([0, 1, 2])("costs the same work whichever secret made it: %i", (place) => {
    const { uses, plain, keys } = countedKeys();
    const maker = plain[place];
    if (maker === undefined) throw new Error("no such key");
    const body = Buffer.from("a body");
    expect(tags([...keys], 16).prove(body, tags([maker], 16).make(body))).toBe(true);
    expect(uses).toEqual([1, 1, 1]);
  });

  test("costs the same work when nobody made it", () => {
    const { uses, keys } = countedKeys();
    expect(tags([...keys], 16).prove(Buffer.from("a body"), Buffer.alloc(16))).toBe(false);
    expect(uses).toEqual([1, 1, 1]);
  });

  test("of another length is none, and nothing is thrown", () => {
    const { plain } = countedKeys();
    const made = tags([...plain], 16).make(Buffer.from("a body"));
    for (const length of [0, 1, 15]) {
      expect(tags([...plain], 16).prove(Buffer.from("a body"), made.subarray(0, length))).toBe(false);
    }
    expect(tags([...plain], 16).prove(Buffer.from("a body"), Buffer.concat([made, made]))).toBe(false);
  });
});
