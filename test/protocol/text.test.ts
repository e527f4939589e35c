import { describe, expect, test } from "vitest";
import { isCleanText, parseDigits, requireCleanText } from "../../src/protocol/text.ts";
import { refused } from "./refused.ts";

test.each([
  ["", true],
  ["a\n\tä😀\ufffd", true],
  ["a\u0000", false],
  ["\ud800", false],
  ["\udc00\ud800", false],
])("%j is clean text: %s", (text, clean) => {
  expect(isCleanText(text)).toBe(clean);
});

test("a text that is not clean is refused by its name", () => {
  expect(requireCleanText("x", "subject")).toBe("x");
  expect(() => requireCleanText("\u0000", "subject")).toThrow(refused("invalid_request", "subject"));
});

describe("a number of digits", () => {
  test.each([
    ["0", 0],
    ["007", 7],
    ["9007199254740991", Number.MAX_SAFE_INTEGER],
  ])("%s is %d", (text, value) => {
    expect(parseDigits(text)).toBe(value);
  });

  test.each(["", " 1", "1 ", "1\n", "-1", "+1", "1.0", "1e3", "0x1", "١", "NaN", "9007199254740992", "9".repeat(17)])(
    "'%s' is none",
    (text) => {
      expect(parseDigits(text)).toBeUndefined();
    },
  );
});
