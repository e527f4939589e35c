import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  admitsScope,
  asksOffline,
  parseScope,
  requireAdmittedScope,
  type ScopeStrategy,
} from "../../src/protocol/scope.ts";
import { refused } from "./refused.ts";

const segment = fc.constantFrom("", "a", "b", "*", "a*");
const scope = fc.array(segment, { minLength: 1, maxLength: 4 }).map((parts) => parts.join("."));
const strategies: ScopeStrategy[] = ["exact", "wildcard"];

describe("RFC 6749 §3.3: the syntax of a scope", () => {
  test("words are separated by single spaces, duplicates go, the order stays", () => {
    expect(parseScope("b a b c")).toEqual(["b", "a", "c"]);
  });

  test.each([undefined, ""])("%j asks for nothing", (text) => {
    expect(parseScope(text)).toEqual([]);
  });

  test.each([
    ["two spaces", "a  b"],
    ["a space in front", " a"],
    ["a space behind", "a "],
    ["a tab", "a\tb"],
    ["a newline behind", "a\n"],
    ["a quote", 'a"b'],
    ["a backslash", "a\\b"],
    ["a control character", "a\u0001"],
    ["DEL", "a\u007f"],
    ["a letter that is not ASCII", "é"],
    ["201 words", Array.from({ length: 201 }, (_, i) => `s${i}`).join(" ")],
    ["10 000 words", Array.from({ length: 10_000 }, (_, i) => `s${i}`).join(" ")],
    ["a word of 64 KiB", "a".repeat(65_536)],
  ])("Appendix A.4: %s is invalid_scope", (_, text) => {
    expect(() => parseScope(text)).toThrow(refused("invalid_scope"));
  });

  test("every allowed character is allowed", () => {
    const all = Array.from({ length: 94 }, (_, i) => String.fromCharCode(0x21 + i))
      .join("")
      .replace(/["\\]/g, "");
    expect(parseScope(all)).toEqual([all]);
  });

  test("any text is parsed to words that print as words, or is invalid_scope", () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom("a", "b", ".", " ", '"', "\\", "\t", "é") }), (text) => {
        try {
          const scopes = parseScope(text);
          expect(parseScope(scopes.join(" "))).toEqual(scopes);
          expect(new Set(scopes)).toEqual(new Set(text === "" ? [] : text.split(" ")));
        } catch (error) {
          expect(error).toEqual(refused("invalid_scope"));
        }
      }),
    );
  });
});

describe("which scopes a client may ask for", () => {
  test.each<[ScopeStrategy, string, string, boolean]>([
    ["exact", "a b", "b", true],
    ["exact", "a b", "a b", false],
    ["exact", "photos.*", "photos.read", false],
    ["exact", "photos.*", "photos.*", true],
    ["exact", "", "", false],
    ["exact", "openid", "OpenID", false],
    ["wildcard", "photos.*", "photos.read", true],
    ["wildcard", "photos.*", "photos.read.all", true],
    ["wildcard", "photos.*", "photos", false],
    ["wildcard", "photos.*", "photos.", false],
    ["wildcard", "photos.*", "photos..x", false],
    ["wildcard", "photos.*", "photosx.read", false],
    ["wildcard", "photos.*.read", "photos.mine.read", true],
    ["wildcard", "photos.*.read", "photos.a.b.read", false],
    ["wildcard", "photos.*.read", "photos.mine.write", false],
    ["wildcard", "*", "anything", true],
    ["wildcard", "*", "any.thing", true],
    ["wildcard", "*.read", "photos.read", true],
    ["wildcard", "pho*", "photos", false],
    ["wildcard", "photos", "photos.read", false],
    ["wildcard", "photos.*", "photos.*", true],
    ["wildcard", "photos.*", "photos.x.*", false],
    ["wildcard", "*", "photos.*", false],
    ["wildcard", "photos.read", "photos.*", false],
  ])("%s: '%s' and the request '%s': %s", (strategy, registered, requested, admitted) => {
    expect(admitsScope(strategy, registered, requested)).toBe(admitted);
  });

  test("§3.3: a scope beyond the client's is invalid_scope, never trimmed", () => {
    expect(() => requireAdmittedScope("wildcard", "openid photos.*", ["openid", "mail.read"])).toThrow(
      refused("invalid_scope", "scope"),
    );
    expect(() => requireAdmittedScope("wildcard", "openid photos.*", ["photos.read", "openid"])).not.toThrow();
    expect(() => requireAdmittedScope("exact", "", [])).not.toThrow();
  });

  test("what is registered word for word is always admitted, and exact is the narrower strategy", () => {
    fc.assert(
      fc.property(fc.array(scope), scope, (registered, requested) => {
        const text = registered.join(" ");
        const exact = admitsScope("exact", text, requested);
        expect(exact).toBe(requested !== "" && registered.includes(requested));
        if (exact) expect(admitsScope("wildcard", text, requested)).toBe(true);
      }),
    );
  });

  test("registering one more scope never takes one away", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...strategies),
        fc.array(scope),
        scope,
        scope,
        (strategy, registered, more, asked) => {
          if (!admitsScope(strategy, registered.join(" "), asked)) return;
          expect(admitsScope(strategy, [...registered, more].join(" "), asked)).toBe(true);
        },
      ),
    );
  });

  test("a requested wildcard means itself: what it would admit in turn is never more than was registered", () => {
    fc.assert(
      fc.property(scope, scope, scope, (registered, granted, asked) => {
        if (!admitsScope("wildcard", registered, granted) || !admitsScope("wildcard", granted, asked)) return;
        expect(admitsScope("wildcard", registered, asked)).toBe(true);
        if (granted.split(".").includes("*")) expect(granted).toBe(registered);
      }),
      { numRuns: 2000 },
    );
  });
});

test("OIDC Core §11: offline_access asks for a refresh token, and so does Hydra's 'offline'", () => {
  expect(asksOffline(["openid", "offline_access"])).toBe(true);
  expect(asksOffline(["offline"])).toBe(true);
  expect(asksOffline(["openid", "offline.access"])).toBe(false);
});
