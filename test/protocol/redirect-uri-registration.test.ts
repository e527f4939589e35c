import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { requireRegistrableRedirectUri } from "../../src/protocol/redirect-uri.ts";
import { refused } from "./refused.ts";

describe("RFC 7591 §5, RFC 9700 §2.1: what may be registered", () => {
  test.each([
    "https://printer.example",
    "https://printer.example/",
    "https://printer.example:8443/callback?a=b&c=%20d",
    "https://PRINTER.example/Callback;v=1",
    "https://printer.example./callback",
    "https://192.0.2.1/callback",
    "https://[2001:db8::1]:8443/callback",
    "https://xn--mnchen-3ya.example/callback",
    "http://localhost/callback",
    "http://localhost:3000/callback",
    "http://app.localhost:3000/callback",
    "http://127.0.0.1/callback",
    "http://127.0.0.1:53682/callback",
    "http://[::1]:53682/callback",
    "com.example.printer:/callback",
    "com.example.printer://callback/path",
  ])("%s is", (uri) => {
    expect(() => requireRegistrableRedirectUri(uri, false)).not.toThrow();
  });

  test.each([
    ["nothing", ""],
    ["a relative URI", "/callback"],
    ["a URI without a scheme", "printer.example/callback"],
    ["a protocol-relative URI", "//printer.example/callback"],
    ["a fragment", "https://printer.example/#a"],
    ["an empty fragment", "https://printer.example/#"],
    ["javascript:", "javascript:alert(1)"],
    ["javascript: in another case", "JaVaScRiPt:alert(1)"],
    ["javascript: with an authority", "javascript://printer.example/%0aalert(1)"],
    ["data:", "data:text/html,x"],
    ["vbscript:", "vbscript:x"],
    ["file:", "file:///etc/passwd"],
    ["blob:", "blob:https://printer.example/x"],
    ["about:", "about:blank"],
    ["filesystem:", "filesystem:https://printer.example/x"],
    ["ftp:", "ftp://printer.example/x"],
    ["a wildcard host", "https://*.printer.example/callback"],
    ["a wildcard path", "https://printer.example/*"],
    ["a user name", "https://a@printer.example/"],
    ["a user name and password", "https://a:b@printer.example/"],
    ["empty user-info", "https://@printer.example/"],
    ["no host", "https:///callback"],
    ["one slash", "https:/printer.example/callback"],
    ["no slash", "https:printer.example"],
    ["http to the world", "http://printer.example/callback"],
    ["http to a private network", "http://10.0.0.1/callback"],
    ["http to a name that begins like loopback", "http://localhost.printer.example/"],
    ["http to a name that ends like loopback", "http://notlocalhost/"],
    ["http to an address that begins like loopback", "http://127.0.0.1.printer.example/"],
    ["a short spelling of loopback", "http://127.1/callback"],
    ["loopback as one number", "http://2130706433/callback"],
    ["loopback in hexadecimal", "http://0x7f.0.0.1/callback"],
    ["a percent-encoded host", "http://%6cocalhost/callback"],
    ["a percent-encoded dot in the host", "https://printer%2eexample/callback"],
    ["a space", "https://printer.example/a b"],
    ["a tab", "https://printer.example/\tcallback"],
    ["a newline", "https://printer.example/callback\n"],
    ["a tab in the scheme", "java\tscript:alert(1)"],
    ["NUL", "https://printer.example/\u0000"],
    ["a backslash", "https://printer.example\\@evil.example/"],
    ["a quote", 'https://printer.example/"'],
    ["an angle bracket", "https://printer.example/<script>"],
    ["a brace", "https://printer.example/{id}"],
    ["letters that are not ASCII", "https://münchen.example/"],
    ["a dot look-alike", "https://printer。example/"],
    ["a port out of range", "https://printer.example:65536/"],
    ["a port that is none", "https://printer.example:a/"],
    ["4 KiB", `https://printer.example/${"a".repeat(4096)}`],
  ])("%s is refused with invalid_redirect_uri", (_, uri) => {
    expect(() => requireRegistrableRedirectUri(uri, false)).toThrow(refused("invalid_redirect_uri", "redirect_uris"));
  });

  test("in dev mode http may lead anywhere, and nothing else is laxer", () => {
    expect(() => requireRegistrableRedirectUri("http://printer.test/callback", true)).not.toThrow();
    expect(() => requireRegistrableRedirectUri("javascript:alert(1)", true)).toThrow(refused("invalid_redirect_uri"));
    expect(() => requireRegistrableRedirectUri("http://a@printer.test/", true)).toThrow(
      refused("invalid_redirect_uri"),
    );
  });

  test("what is registered reads the same for a strict reader and for a browser", () => {
    const piece = fc.constantFrom(
      "https:",
      "http:",
      "com.a:",
      "javascript:",
      "/",
      "//",
      "a.example",
      "localhost",
      "127.1",
      "[::1]",
      ":80",
      "@",
      "?",
      "#",
      "\\",
      "\t",
      " ",
      "%2e",
      "%6c",
      "*",
      "..",
      "é",
      "x",
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
        const uri = pieces.join("");
        try {
          requireRegistrableRedirectUri(uri, false);
        } catch (error) {
          expect(error).toEqual(refused("invalid_redirect_uri"));
          return;
        }
        expect(uri).toMatch(/^[!-~]+$/);
        expect(uri).not.toMatch(/[#*\\]/);
        const url = new URL(uri);
        expect(uri.toLowerCase().startsWith(url.protocol)).toBe(true);
        // RFC 3986 Appendix B.
        const [, , , , authority = ""] = /^(([^:/?#]+):)?(\/\/([^/?#]*))?/.exec(uri) ?? [];
        if (/^https?:/i.test(uri)) expect(authority.toLowerCase().replace(/:\d+$/, "")).toBe(url.hostname);
      }),
      { numRuns: 3000 },
    );
  });
});
