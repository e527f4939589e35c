import { describe, expect, test } from "vitest";
import { isDoubleSubmit, judgeGeneration } from "../../src/protocol/refresh-rotation.ts";

describe("RFC 9700 §4.14.2: refresh token rotation", () => {
  test.each([
    ["the present token is current", 3, 3, "current"],
    ["the token before it is a reuse", 2, 3, "reused"],
    ["a token long gone is a reuse", 1, 3, "reused"],
    ["a token of a restored database's future is unknown, not stolen", 4, 3, "unknown"],
  ])("%s", (_, presented, current, presentation) => {
    expect(judgeGeneration(presented, current)).toBe(presentation);
  });
});

describe("RFC 6749 §4.1.2: a code presented again", () => {
  const spentAt = new Date("2026-03-01T12:00:00.000Z");
  test.each([
    ["at once, with the right verifier", 0, true, true],
    ["after two seconds, with the right verifier", 2000, true, true],
    ["later, with the right verifier", 2001, true, false],
    ["at once, without a verifier", 0, false, false],
  ])("%s (%i ms, %s): a double submit is %s", (_, milliseconds, proven, double) => {
    expect(isDoubleSubmit(spentAt, new Date(spentAt.getTime() + milliseconds), proven)).toBe(double);
  });
});
