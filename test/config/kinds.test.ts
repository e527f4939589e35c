import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { hook, lifetime, span } from "../../src/config/settings/kinds.ts";

describe("durations", () => {
  it("are Go's notation: the sum of their parts, in seconds", () => {
    const parts = fc.record({ h: fc.nat(1000), m: fc.nat(100000), s: fc.nat(100000), ms: fc.nat(100000) });
    fc.assert(
      fc.property(parts, ({ h, m, s, ms }) => {
        const seconds = span.schema.parse(`${h}h${m}m${s}s${ms}ms`);
        expect(seconds).toBeCloseTo(h * 3600 + m * 60 + s + ms / 1000, 6);
      }),
    );
  });

  it("no other text is one", () => {
    const notation = /^(\d+(\.\d+)?(ns|us|µs|ms|s|m|h))+$/;
    const texts = fc.oneof(fc.string(), fc.stringMatching(/^[0-9hms. -]{0,8}$/), fc.constantFrom("", "5", "1d", "-1s"));
    fc.assert(
      fc.property(texts, (text) => {
        fc.pre(!notation.test(text));
        expect(span.schema.safeParse(text).success).toBe(false);
      }),
    );
  });

  it("a lifetime is at least a second and fits a 32-bit count of seconds", () => {
    const isLifetime = (text: string) => lifetime.schema.safeParse(text).success;
    expect(["1s", "596523h", "1000ms"].map(isLifetime)).toEqual([true, true, true]);
    expect(["0s", "999ms", "596524h", "1000000000h", "99999999999999999999h"].map(isLifetime)).not.toContain(true);
  });

  it.each([1, null, ["1s"], { s: 1 }, true])("%j is none", (value) => {
    expect(span.schema.safeParse(value).success).toBe(false);
  });
});

describe("the key of a web hook", () => {
  const accepts = (where: string, name: string, value: string) => {
    const config = { in: where, name, value };
    return hook.schema.safeParse({ url: "https://hook.example", auth: { type: "api_key", config } }).success;
  };

  it.each([
    ["header", "X-Api-Key", "a secret; with signs"],
    ["cookie", "key", "a secret, with signs"],
  ])("is what a %s can carry", (where, name, value) => {
    expect(accepts(where, name, value)).toBe(true);
  });

  it.each([
    ["header", "X Key", "a"],
    ["header", "X-Key", "a\r\nb"],
    ["header", "X-Key", "\u2028"],
    ["cookie", "key", "a;b"],
    ["cookie", "k=y", "a"],
    ["query", "key", "a"],
  ])("nothing else: a %s named %j with %j is refused at the start", (where, name, value) => {
    expect(accepts(where, name, value)).toBe(false);
  });
});
