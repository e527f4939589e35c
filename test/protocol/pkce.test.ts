import { describe, expect, test } from "vitest";
import { digest } from "../../src/protocol/digest.ts";
import { readChallenge, requireVerifier } from "../../src/protocol/pkce.ts";
import { refused } from "./refused.ts";

/** RFC 7636 Appendix B. */
const verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

describe("RFC 7636 §4.3: the authorization request", () => {
  test("an S256 challenge is kept as it was sent", () => {
    expect(readChallenge(challenge, "S256")).toBe(challenge);
  });

  test("without challenge and method there is none", () => {
    expect(readChallenge(undefined, undefined)).toBeNull();
  });

  test.each<[string | undefined, string]>([
    ["plain", "the method 'plain'"],
    [undefined, "no method, which would mean 'plain'"],
    ["s256", "the method in another case"],
    ["S512", "an unknown method"],
    ["S256 ", "a method with a space"],
  ])("§4.4.1: %s (%s) is refused", (method) => {
    expect(() => readChallenge(challenge, method)).toThrow(refused("invalid_request", "code_challenge_method"));
  });

  test("a method without a challenge is refused", () => {
    expect(() => readChallenge(undefined, "S256")).toThrow(refused("invalid_request"));
  });

  test.each([
    ["42 characters", challenge.slice(1)],
    ["44 characters", `${challenge}A`],
    ["129 characters", "a".repeat(129)],
    ["padding", `${challenge}=`],
    ["a plus sign", `+${challenge.slice(1)}`],
    ["a slash", `/${challenge.slice(1)}`],
    ["a newline at the end", `${challenge}\n`],
    ["a letter that is not ASCII", `é${challenge.slice(1)}`],
  ])("§4.2: a challenge with %s is refused", (_, text) => {
    expect(() => readChallenge(text, "S256")).toThrow(refused("invalid_request", "code_challenge"));
  });
});

describe("RFC 7636 §4.6: the token request", () => {
  test("the verifier of the challenge is accepted", () => {
    expect(() => requireVerifier(challenge, verifier)).not.toThrow();
  });

  test("a wrong verifier is refused", () => {
    expect(() => requireVerifier(challenge, `${verifier.slice(1)}x`)).toThrow(refused("invalid_grant"));
  });

  test("§7.2: the challenge itself is no verifier, there is no falling back to plain", () => {
    expect(() => requireVerifier(challenge, challenge)).toThrow(refused("invalid_grant"));
  });

  test("a missing verifier is refused when there was a challenge", () => {
    expect(() => requireVerifier(challenge, undefined)).toThrow(refused("invalid_grant"));
  });

  test("RFC 9700 §4.8.2: a verifier is refused when there was no challenge", () => {
    expect(() => requireVerifier(null, verifier)).toThrow(refused("invalid_grant"));
  });

  test("neither challenge nor verifier is a request without PKCE", () => {
    expect(() => requireVerifier(null, undefined)).not.toThrow();
  });

  test.each([43, 128])("§4.1: a verifier of %i characters is accepted", (length) => {
    const text = "a".repeat(length);
    expect(() => requireVerifier(digest(text), text)).not.toThrow();
  });

  test("§4.1: every unreserved character is accepted", () => {
    const text = "ABCXYZabcxyz0123456789-._~ABCXYZabcxyz0123456789-._~";
    expect(() => requireVerifier(digest(text), text)).not.toThrow();
  });

  test.each([
    ["42 characters", "a".repeat(42)],
    ["129 characters", "a".repeat(129)],
    ["a plus sign", `+${"a".repeat(43)}`],
    ["a space", ` ${"a".repeat(43)}`],
    ["a newline at the end", `${"a".repeat(43)}\n`],
    ["no characters", ""],
  ])("§4.1: a verifier of %s is refused even when its digest is the challenge", (_, text) => {
    expect(() => requireVerifier(digest(text), text)).toThrow(refused("invalid_grant"));
  });
});
