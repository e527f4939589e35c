import { describe, expect, test } from "vitest";
import { isSameKey, requireRoom, requireSigning, requireUse } from "../../src/protocol/key-set-rules.ts";
import { aSigningKey } from "../support/nouns.ts";
import { refused } from "./refused.ts";

describe("the room in a set", () => {
  test.each([
    [100, true],
    [1000, false],
  ])("JWKS-006: %i keys, shown: %s", (most, isShown) => {
    expect(() => requireRoom(most, isShown)).not.toThrow();
    expect(() => requireRoom(most + 1, isShown)).toThrow(refused("invalid_request"));
  });
});

describe("the use of a key", () => {
  test.each([
    ["sig", true],
    ["sig", false],
    ["enc", false],
  ])("may be %j, where the set signs: %s", (use, signs) => {
    expect(() => requireUse(use, signs)).not.toThrow();
  });

  test.each([
    ["enc", true],
    ["", false],
    ["signature", false],
  ])("must not be %j, where the set signs: %s", (use, signs) => {
    expect(() => requireUse(use, signs)).toThrow(refused("invalid_request", "use"));
  });
});

describe("RFC 8725 §3.1: a key that signs tokens is for one asymmetric algorithm", () => {
  test.each(["RS256", "PS512", "ES384", "EdDSA"])("%s", (algorithm) => {
    expect(() => requireSigning(aSigningKey({ algorithm }))).not.toThrow();
  });

  test.each(["", "none", "HS256", "A256GCM", "ECDH-ES", "rs256"])("not %j", (algorithm) => {
    expect(() => requireSigning(aSigningKey({ algorithm }))).toThrow(refused("invalid_request", "alg"));
  });
});

describe("RFC 7638 §3.2: two keys are one", () => {
  const key = aSigningKey();

  test("whatever else is said of them", () => {
    const told = { ...key, publicJwk: { x5c: ["chain"], ...key.publicJwk, kid: "another" }, privateJwk: {} };
    expect(isSameKey(key, told)).toBe(true);
  });

  test("but not with another number, algorithm or use", () => {
    expect(isSameKey(key, { ...key, publicJwk: { ...key.publicJwk, x: "another" } })).toBe(false);
    expect(isSameKey(key, { ...key, algorithm: "ES256" })).toBe(false);
    expect(isSameKey(key, { ...key, use: "enc" })).toBe(false);
  });
});
