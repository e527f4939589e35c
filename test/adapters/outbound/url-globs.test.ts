import { describe, expect, test } from "vitest";
import { urlGlob } from "../../../src/adapters/outbound/url-globs.ts";

describe("a pattern of private_ip_exception_urls", () => {
  test.each([
    ["http://localhost:8080/jwks", "http://localhost:8080/jwks"],
    ["https://*.internal.example/jwks", "https://keys.internal.example/jwks"],
    ["https://keys.internal/**", "https://keys.internal/a/b.json"],
    ["https://keys.internal/**", "https://keys.internal/"],
    ["https://keys-?.internal/", "https://keys-1.internal/"],
    ["https://{a,b}.internal/{jwks,keys/*}", "https://b.internal/keys/1"],
    ["https://keys-[0-9].internal/", "https://keys-7.internal/"],
    ["https://keys-[!ab].internal/", "https://keys-c.internal/"],
    ["https://a.internal/1,2", "https://a.internal/1,2"],
    ["https://a.internal/\\*", "https://a.internal/*"],
    ["https://a.internal/(x)+$^|", "https://a.internal/(x)+$^|"],
  ])("%s matches %s", (pattern, url) => {
    expect(urlGlob(pattern)(url)).toBe(true);
  });

  test.each([
    ["a longer URL", "https://keys.internal/jwks", "https://keys.internal/jwks/more"],
    ["a URL that holds it", "https://keys.internal/", "https://evil.example/?https://keys.internal/"],
    ["another host where only one label may differ", "https://*.internal/jwks", "https://evil.example/x.internal/jwks"],
    ["two labels for one star", "https://*.internal/", "https://a.b.internal/"],
    ["a dot that is any character", "https://a.internal/", "https://axinternal/"],
    ["another scheme", "https://keys.internal/", "http://keys.internal/"],
    ["another port", "https://keys.internal/", "https://keys.internal:8443/"],
    ["a line break", "https://keys.internal/**", "https://keys.internal/\n"],
    ["an excluded character", "https://keys-[!ab].internal/", "https://keys-a.internal/"],
    ["what a class might mean to a regular expression", "https://[\\w]/", "https://a/"],
    ["nothing at all", "", "https://keys.internal/"],
  ])("does not match %s", (_name, pattern, url) => {
    expect(urlGlob(pattern)(url)).toBe(false);
  });

  test.each(["https://{a,b/", "https://a}b/"])("%s is refused when the server starts", (pattern) => {
    expect(() => urlGlob(pattern)).toThrow("braces that do not match");
  });
});
