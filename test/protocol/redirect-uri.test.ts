import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseParameters } from "../../src/protocol/parameters.ts";
import {
  encodePairs,
  isRegisteredRedirectUri,
  isVerifiableRedirectUri,
  withQuery,
} from "../../src/protocol/redirect-uri.ts";
import { cleanText } from "./clean-text.ts";

describe("RFC 9700 §2.1: a requested URI is compared byte for byte", () => {
  const registered = "https://printer.example/callback?tenant=a";
  test("the registered one matches, whichever place it has", () => {
    expect(isRegisteredRedirectUri(["https://other.example/", registered], registered)).toBe(true);
    expect(isRegisteredRedirectUri([registered, "https://other.example/"], registered)).toBe(true);
  });

  test.each([
    ["one more parameter", `${registered}&x=y`],
    ["another value", "https://printer.example/callback?tenant=b"],
    ["no query", "https://printer.example/callback"],
    ["another case of the path", "https://printer.example/Callback?tenant=a"],
    ["another case of the scheme", "HTTPS://printer.example/callback?tenant=a"],
    ["another case of the host", "https://Printer.example/callback?tenant=a"],
    ["the default port", "https://printer.example:443/callback?tenant=a"],
    ["a trailing dot", "https://printer.example./callback?tenant=a"],
    ["a trailing slash", "https://printer.example/callback/?tenant=a"],
    ["a path suffix", "https://printer.example/callback/x?tenant=a"],
    ["dot segments", "https://printer.example/x/../callback?tenant=a"],
    ["encoded dot segments", "https://printer.example/x/%2e%2e/callback?tenant=a"],
    ["doubly encoded dot segments", "https://printer.example/x/%252e%252e/callback?tenant=a"],
    ["a path parameter", "https://printer.example/callback;x?tenant=a"],
    ["encoded line ends", "https://printer.example/%0d%0a/../callback?tenant=a"],
    ["an encoded letter", "https://printer.example/c%61llback?tenant=a"],
    ["a longer host", "https://printer.example.evil.example/callback?tenant=a"],
    ["a host in front", "https://evil-printer.example/callback?tenant=a"],
    ["user-info", "https://printer.example@evil.example/callback?tenant=a"],
    ["a fragment", `${registered}#x`],
    ["an empty fragment", `${registered}#`],
    ["an encoded fragment", `${registered}%23x`],
    ["http", "http://printer.example/callback?tenant=a"],
    ["nothing", ""],
  ])("%s does not match", (_, requested) => {
    expect(isRegisteredRedirectUri([registered], requested)).toBe(false);
  });

  test("a client without redirect URIs has none", () => {
    expect(isRegisteredRedirectUri([], "https://printer.example/")).toBe(false);
  });
});

describe("RFC 8252 §7.3: loopback IP literals match with any port", () => {
  test.each([
    ["http://127.0.0.1/cb", "http://127.0.0.1:53682/cb", true],
    ["http://127.0.0.1:1234/cb", "http://127.0.0.1:53682/cb", true],
    ["http://127.0.0.1:1234/cb", "http://127.0.0.1/cb", true],
    ["http://[::1]/cb?a=b", "http://[::1]:53682/cb?a=b", true],
    ["http://127.0.0.1", "http://127.0.0.1:53682", true],
    ["http://127.0.0.1/cb", "http://127.0.0.1:53682/other", false],
    ["http://127.0.0.1/cb", "http://127.0.0.1:53682/cb?x=y", false],
    ["http://127.0.0.1/cb", "http://127.0.0.1:53682/cb#x", false],
    ["http://127.0.0.1/cb", "https://127.0.0.1:53682/cb", false],
    ["http://127.0.0.1/cb", "http://[::1]:53682/cb", false],
    ["http://127.0.0.1/cb", "http://localhost:53682/cb", false],
    ["http://localhost/cb", "http://localhost:53682/cb", false],
    ["http://127.0.0.1/cb", "http://127.0.0.2:53682/cb", false],
    ["http://127.0.0.1/cb", "http://127.1:53682/cb", false],
    ["http://127.0.0.1/cb", "http://127.0.0.1:/cb", false],
    ["http://127.0.0.1/cb", "http://127.0.0.1:0/cb", false],
    ["http://127.0.0.1/cb", "http://127.0.0.1:65536/cb", false],
    ["http://127.0.0.1/cb", "http://127.0.0.1:80@evil.example/cb", false],
    ["http://127.0.0.1", "http://127.0.0.1.evil.example", false],
    ["http://127.0.0.1/cb", "http://127.0.0.1:80\\@evil.example/cb", false],
    ["https://127.0.0.1/cb", "https://127.0.0.1:53682/cb", false],
    ["https://printer.example/cb", "https://printer.example:8443/cb", false],
  ])("'%s' registered, '%s' requested: %s", (registered, requested, matches) => {
    expect(isRegisteredRedirectUri([registered], requested)).toBe(matches);
  });

  test("a match is the same text, or differs in nothing but the port of a loopback IP", () => {
    const piece = fc.constantFrom(
      "http://",
      "https://",
      "127.0.0.1",
      "[::1]",
      "localhost",
      ":80",
      ":81",
      "/",
      "cb",
      "?",
      "#",
      "@",
      "\\",
      "..",
      ".",
    );
    const uri = fc.array(piece, { maxLength: 6 }).map((pieces) => pieces.join(""));
    const withoutPort = (text: string) => text.replace(/^(http:\/\/(?:127\.0\.0\.1|\[::1\])):8[01](?=[/?]|$)/, "$1");
    fc.assert(
      fc.property(fc.array(uri, { maxLength: 3 }), uri, (registered, requested) => {
        const matches = isRegisteredRedirectUri(registered, requested);
        expect(isRegisteredRedirectUri([...registered].reverse(), requested)).toBe(matches);
        if (!matches) return;
        expect(registered.map(withoutPort)).toContain(withoutPort(requested));
      }),
      { numRuns: 2000 },
    );
  });
});

test.each([
  ["https://printer.example/cb", true],
  ["http://127.0.0.1:53682/cb", true],
  ["http://[::1]/cb", true],
  ["http://localhost/cb", true],
  ["http://printer.example/cb", false],
  ["com.example.printer:/cb", false],
  ["urn:ietf:wg:oauth:2.0:oob", false],
  ["nonsense", false],
])("RFC 8252 §8.6: that only the client receives at '%s' can be relied on: %s", (uri, verifiable) => {
  expect(isVerifiableRedirectUri(uri)).toBe(verifiable);
});

describe("RFC 6749 §3.1.2: the answer is appended to the URI as text", () => {
  test.each([
    ["https://a.example", "https://a.example?code=x"],
    ["https://a.example/cb", "https://a.example/cb?code=x"],
    ["https://a.example/cb?", "https://a.example/cb?code=x"],
    ["https://a.example/cb?b=%2F+c", "https://a.example/cb?b=%2F+c&code=x"],
    ["https://a.example/cb?b=c&", "https://a.example/cb?b=c&code=x"],
    ["https://a.example/cb#frag", "https://a.example/cb?code=x#frag"],
    ["com.example.printer:/cb", "com.example.printer:/cb?code=x"],
  ])("%s becomes %s", (uri, answer) => {
    expect(withQuery(uri, [["code", "x"]])).toBe(answer);
  });

  test("CWE-113: no value leaves its parameter, and every value is read back", () => {
    fc.assert(
      fc.property(cleanText, (state) => {
        const uri = "https://a.example/cb?tenant=%41";
        const location = withQuery(uri, [
          ["state", state],
          ["iss", "https://id.example"],
        ]);
        expect(location.startsWith(`${uri}&`)).toBe(true);
        expect(location).toMatch(/^[!-~]+$/);
        expect(parseParameters(new URL(location).search.slice(1)).get("state") ?? "").toBe(state);
        expect([...new URL(location).searchParams.keys()]).toEqual(["tenant", "state", "iss"]);
      }),
    );
  });

  test("a text that is not well-formed Unicode is encoded, not thrown at", () => {
    expect(encodePairs([["a", "x\ud800"]])).toBe("a=x%EF%BF%BD");
  });
});
