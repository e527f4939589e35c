import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { emptyClientMetadata } from "../../src/protocol/client.ts";
import { earlier, lifespanOf, parseDuration, renderDuration, after as wait } from "../../src/protocol/lifespan.ts";

describe("Go's notation of durations", () => {
  test.each([
    ["1h", 3600],
    ["1h0m0s", 3600],
    ["30s", 30],
    ["1h30m5s", 5405],
    ["1.5h", 5400],
    ["1.5s", 1.5],
    ["500ms", 0.5],
    ["2us", 2e-6],
    ["2µs", 2e-6],
    ["5ns", 5e-9],
    ["5m5ms", 300.005],
    ["0s", 0],
    ["720h", 2_592_000],
    ["2562047h", 9_223_369_200],
  ])("%s is %d seconds", (text, seconds) => {
    expect(parseDuration(text)).toBe(seconds);
  });

  test.each([
    "",
    "1",
    "h",
    "1d",
    "-1h",
    "+1h",
    "1 h",
    " 1h",
    "1h ",
    "1h\n",
    "1.h",
    ".5h",
    "1..5h",
    "1H",
    "1e3s",
    "Infinitys",
    "١s",
    "1hh",
    "toString",
    "1constructor",
    "2562048h",
    `${"9".repeat(15)}h`,
    "1s".repeat(33),
    "1".repeat(16),
  ])("%j is none", (text) => {
    expect(parseDuration(text)).toBeUndefined();
  });

  test("the refusal of a long text takes no time", () => {
    expect(parseDuration("1m".repeat(1_000_000))).toBeUndefined();
  });

  test.each([
    [3600, "1h0m0s"],
    [90, "1m30s"],
    [1.5, "1.5s"],
    [0.5, "500ms"],
    [2e-6, "2µs"],
    [5e-9, "5ns"],
    [0, "0s"],
    [59, "59s"],
    [86_400, "24h0m0s"],
    [5405.25, "1h30m5.25s"],
    [3600.000000001, "1h0m0.000000001s"],
  ])("%d seconds are written %s", (seconds, text) => {
    expect(renderDuration(seconds)).toBe(text);
  });

  test("whatever is read is written so that it reads the same", () => {
    const unit = fc.constantFrom("h", "m", "s", "ms", "us", "ns");
    const part = fc.tuple(fc.integer({ min: 0, max: 5000 }), fc.option(fc.integer({ min: 0, max: 999_999_999 })), unit);
    const duration = fc
      .array(part, { minLength: 1, maxLength: 3 })
      .map((parts) =>
        parts.map(([whole, fraction, name]) => `${whole}${fraction === null ? "" : `.${fraction}`}${name}`).join(""),
      );
    fc.assert(
      fc.property(duration, (text) => {
        const seconds = parseDuration(text);
        expect(seconds).toBeDefined();
        expect(parseDuration(renderDuration(seconds ?? -1))).toBeCloseTo(seconds ?? -2, 8);
        const written = renderDuration(seconds ?? -1);
        expect(renderDuration(parseDuration(written) ?? -1)).toBe(written);
      }),
      { numRuns: 1000 },
    );
  });

  test("any text is a duration or none", () => {
    const soup = fc.string({ unit: fc.constantFrom("1", "9", ".", "h", "m", "s", "n", "u", "µ", "-", " ") });
    fc.assert(
      fc.property(soup, (text) => {
        const seconds = parseDuration(text);
        if (seconds === undefined) return;
        expect(seconds).toBeGreaterThanOrEqual(0);
        expect(seconds).toBeLessThanOrEqual(2 ** 63 / 1e9);
      }),
      { numRuns: 1000 },
    );
  });
});

test("a client's own span is found by grant and token", () => {
  const lifespans = { refresh_token_grant_id_token: 60, authorization_code_grant_access_token: 0.5 };
  const client = { ...emptyClientMetadata, lifespans };
  expect(lifespanOf(client, "refresh_token", "id")).toBe(60);
  expect(lifespanOf(client, "authorization_code", "access")).toBe(0.5);
  expect(lifespanOf(client, "client_credentials", "access")).toBeUndefined();
});

describe("instants", () => {
  const now = new Date("2026-03-01T12:00:00.000Z");

  test("fractions of a second count", () => {
    expect(wait(now, 1.5).toISOString()).toBe("2026-03-01T12:00:01.500Z");
  });

  test.each([1e12, Number.MAX_SAFE_INTEGER, Infinity])("%d seconds end before the year 10000", (seconds) => {
    expect(wait(now, seconds).getUTCFullYear()).toBe(9999);
  });

  test("the earlier of two is found in either order", () => {
    const later = wait(now, 1);
    expect(earlier(now, later)).toBe(now);
    expect(earlier(later, now)).toBe(now);
  });
});
