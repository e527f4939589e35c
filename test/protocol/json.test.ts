import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isJsonObject, parseJson, requireBounded } from "../../src/protocol/json.ts";
import { isCleanText } from "../../src/protocol/text.ts";
import { refused } from "./refused.ts";

function nested(depth: number): string {
  return `${"[".repeat(depth)}${"]".repeat(depth)}`;
}

describe("JSON from outside", () => {
  test.each([
    '{"a":[1,-2.5,"x",true,null]}',
    "[]",
    '"x"',
    "0",
    "null",
    '{"":""}',
    "9007199254740991",
    "-9007199254740991",
    "1e3",
    "1e-9",
    "0.1",
  ])("%s is read as JSON.parse reads it", (text) => {
    expect(parseJson(text)).toEqual(JSON.parse(text));
  });

  test.each([
    ["nothing", ""],
    ["a cut document", '{"a":'],
    ["a comma too many", "[1,]"],
    ["single quotes", "{'a':1}"],
    ["NaN", "NaN"],
    ["two documents", "{}{}"],
    ["a byte order mark", "\ufeff{}"],
    ["an integer beyond 2^53", "9007199254740993"],
    ["a negative integer beyond 2^53", "-9007199254740993"],
    ["an integer beyond 2^53 with a fraction", "9007199254740993.0"],
    ["an integer beyond 2^53 with an exponent", "9.007199254740993e15"],
    ["an integer of 10 000 digits", "1".repeat(10_000)],
    ["a number that is infinite", "1e400"],
    ["a negative number that is infinite", "-1e400"],
    ["such a number deep within", '{"a":[{"b":18446744073709551615}]}'],
    ["NUL", '"\\u0000"'],
    ["a lone surrogate", '"\\ud800"'],
    ["a lone surrogate in a name", '{"\\udc00":1}'],
    ["34 levels", nested(34)],
    ["100 000 levels", nested(100_000)],
    ["100 000 levels of objects", `${'{"a":'.repeat(100_000)}1${"}".repeat(100_000)}`],
    ["20 001 values", `[${Array.from({ length: 20_001 }, () => 1).join()}]`],
    ["the same name twice", '{"a":1,"a":2}'],
    ["the same name in two spellings", '{"a":1,"\\u0061":2}'],
    ["the same name twice deep within", '[{"b":{"a":1,"c":[],"a":2}}]'],
    ["__proto__ twice", '{"__proto__":1,"__proto__":2}'],
  ])("%s is invalid_request", (_, text) => {
    expect(() => parseJson(text)).toThrow(refused("invalid_request"));
  });

  test.each([
    '[{"a":1},{"a":2}]',
    '{"a":{"a":{"a":1}},"b":"a","c":["a","a"]}',
    '{"a\\"":1,"a":"\\"a\\":1"}',
    '{"a":"{\\"b\\":1,\\"b\\":2}"}',
  ])("RFC 8259 §4: names are unique within their object only: %s", (text) => {
    expect(parseJson(text)).toEqual(JSON.parse(text));
  });

  test("what is wrong is said, and in what", () => {
    expect(() => parseJson("9007199254740993", "patch")).toThrow(/patch.*2\^53/);
    expect(() => parseJson(nested(100_000))).toThrow(/request body.*nested/);
    expect(() => parseJson("{")).toThrow(/request body is not valid JSON/);
  });

  test("32 levels below the root and 20 000 values are allowed", () => {
    expect(() => parseJson(nested(33))).not.toThrow();
    expect(() => parseJson(`[${Array.from({ length: 19_999 }, () => 1).join()}]`)).not.toThrow();
  });

  test("names of Object.prototype become members, never a prototype", () => {
    const value = parseJson('{"__proto__":{"admin":true},"constructor":1}');
    if (!isJsonObject(value)) throw new Error("an object was sent");
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
    expect(Object.keys(value)).toEqual(["__proto__", "constructor"]);
    expect(value.admin).toBeUndefined();
  });

  test("whatever is accepted is accepted again as it is written", () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        let value: ReturnType<typeof parseJson>;
        try {
          value = parseJson(text);
        } catch (error) {
          expect(error).toEqual(refused("invalid_request"));
          return;
        }
        expect(JSON.stringify(value)).toBe(JSON.stringify(JSON.parse(text)));
        expect(parseJson(JSON.stringify(value))).toEqual(value);
      }),
    );
  });

  test("any text is read or invalid_request", () => {
    const soup = fc.array(
      fc.constantFrom("{", "}", "[", "]", '"', "a", ":", ",", "1", "e9", "\\", "\\u0000", "null", " "),
    );
    fc.assert(
      fc.property(soup, (pieces) => {
        try {
          expect(parseJson(pieces.join(""))).toEqual(JSON.parse(pieces.join("")));
        } catch (error) {
          expect(error).toEqual(refused("invalid_request"));
        }
      }),
      { numRuns: 2000 },
    );
  });
});

test("bounds hold for values that came another way", () => {
  expect(() => requireBounded({ a: ["x"] }, "context")).not.toThrow();
  expect(() => requireBounded({ a: ["x\u0000"] }, "context")).toThrow(refused("invalid_request"));
  expect(() => requireBounded(JSON.parse(nested(40)), "context")).toThrow(refused("invalid_request"));
  for (const number of [2 ** 53, Number.NaN, Infinity]) {
    expect(() => requireBounded({ a: number }, "context")).toThrow(refused("invalid_request"));
  }
});

test("an array, null and a text are no objects", () => {
  expect([{}, [], null, "x", undefined].map(isJsonObject)).toEqual([true, false, false, false, false]);
});

test("clean text is well-formed and without NUL", () => {
  fc.assert(
    fc.property(
      fc.string({ unit: fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)) }),
      (text) => {
        expect(isCleanText(text)).toBe(Buffer.from(text).toString() === text && !text.includes("\u0000"));
      },
    ),
  );
});
