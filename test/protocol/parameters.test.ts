import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseParameters, readPairs } from "../../src/protocol/parameters.ts";
import { encodePairs } from "../../src/protocol/redirect-uri.ts";
import { cleanText } from "./clean-text.ts";
import { refused } from "./refused.ts";

const pairs = fc.uniqueArray(fc.tuple(cleanText, cleanText), { maxLength: 20, selector: ([name]) => name });

describe("RFC 6749 §3.1: parameters are read strictly", () => {
  test("names and values are decoded, a plus sign is a space", () => {
    const form = parseParameters("a=1+2%20%2B&%C3%A9=%F0%9F%98%80&flag");
    expect(form.get("a")).toBe("1 2 +");
    expect(form.get("é")).toBe("😀");
    expect(form.has("flag")).toBe(true);
  });

  test("a value may hold further equals signs", () => {
    expect(parseParameters("state=a=b==").get("state")).toBe("a=b==");
  });

  test.each(["a=", "a", "", "&&"])("a parameter without a value is as if it were not there: '%s'", (text) => {
    expect(parseParameters(text).get("a")).toBeUndefined();
    expect(() => parseParameters(text).require("a")).toThrow(refused("invalid_request", "a"));
  });

  test.each([
    ["the same value", "state=x&state=x"],
    ["another value", "state=x&state=y"],
    ["without a value", "state=x&state="],
    ["in another encoding", "state=x&st%61te=y"],
    ["far behind", `state=x&${Array.from({ length: 150 }, (_, i) => `p${i}=`).join("&")}&state=y`],
  ])("a parameter sent twice, %s, is refused", (_, text) => {
    expect(() => parseParameters(text)).toThrow(refused("invalid_request", "state"));
  });

  test("an error_description may repeat a parameter's name in legal characters only", () => {
    const name = encodeURIComponent(`"\\\n\u{1f600}${"x".repeat(500)}`);
    expect(() => parseParameters(`${name}=1&${name}=2`)).toThrow(refused("invalid_request"));
    expect(() => parseParameters(`${name}=1&${name}=2`)).toThrow(/^.{1,200}$/);
  });

  test("RFC 8707 §2: resource, and Hydra's audience, may be repeated; empty ones do not count", () => {
    const form = parseParameters("resource=a&audience=c&resource=&resource=b&audience=d");
    expect(form.all("resource")).toEqual(["a", "b"]);
    expect(form.all("audience")).toEqual(["c", "d"]);
  });

  test.each([
    ["broken percent-encoding", "a=%"],
    ["half a percent sequence", "a=%4"],
    ["percent and no hex", "a=%zz"],
    ["an overlong sequence", "a=%C0%AF"],
    ["an encoded surrogate", "a=%ED%A0%80"],
    ["a truncated sequence", "a=%E2%82"],
    ["NUL", "a=%00"],
    ["NUL in a name", "%00=a"],
    ["a raw lone surrogate", "a=\ud800"],
    ["pairs joined by semicolons", "a=1;b=2"],
    ["201 parameters", Array.from({ length: 201 }, (_, i) => `p${i}=1`).join("&")],
  ])("%s is refused", (_, text) => {
    expect(() => parseParameters(text)).toThrow(refused("invalid_request"));
  });

  test("200 parameters are read", () => {
    const text = Array.from({ length: 200 }, (_, i) => `p${i}=1`).join("&");
    expect([...parseParameters(text).names()]).toHaveLength(200);
  });

  test("names of Object.prototype are names like others", () => {
    const form = parseParameters("__proto__=a&constructor=b");
    expect(form.get("__proto__")).toBe("a");
    expect(form.get("constructor")).toBe("b");
    expect(form.get("toString")).toBeUndefined();
    expect(({} as Record<string, unknown>).a).toBeUndefined();
  });

  test("brackets and dots nest nothing", () => {
    const form = parseParameters("a[b]=1&a.c=2");
    expect([...form.names()]).toEqual(["a[b]", "a.c"]);
  });

  test("whatever is encoded is read back", () => {
    fc.assert(
      fc.property(pairs, (sent) => {
        const form = parseParameters(encodePairs(sent));
        expect([...form.names()].sort()).toEqual(sent.map(([name]) => name).sort());
        for (const [name, value] of sent) expect(form.get(name)).toBe(value === "" ? undefined : value);
      }),
    );
  });

  test("any text is read as URLSearchParams reads it, or refused", () => {
    const soup = fc.string({ unit: fc.constantFrom("a", "b", "=", "&", "%", "4", "1", "c", "+", ";", "é") });
    fc.assert(
      fc.property(soup, (text) => {
        let form: ReturnType<typeof parseParameters>;
        try {
          form = parseParameters(text);
        } catch (error) {
          expect(error).toEqual(refused("invalid_request"));
          return;
        }
        const reference = new URLSearchParams(text);
        expect([...form.names()]).toEqual([...reference.keys()]);
        for (const [name, value] of reference) expect(form.get(name) ?? "").toBe(value);
      }),
      { numRuns: 1000 },
    );
  });
});

describe("the authorization endpoint judges a repeated parameter itself", () => {
  test("the first repeated name is told, with every value", () => {
    const { values, repeated } = readPairs("a=1&b=2&b=3&a=4&resource=x&resource=y");
    expect(repeated).toBe("b");
    expect(values.get("a")).toEqual(["1", "4"]);
  });

  test("repeatable names are not told", () => {
    expect(readPairs("resource=x&resource=y").repeated).toBeUndefined();
  });
});
