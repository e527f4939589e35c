import { describe, expect, test } from "vitest";
import { requireClientAssertion } from "../../src/protocol/assertion.ts";
import { audiencesOf, readAssertionClaim, requireGrantAssertion } from "../../src/protocol/grant-assertion.ts";
import type { JsonObject } from "../../src/protocol/json.ts";
import { refused } from "./refused.ts";

const now = new Date("2026-03-01T12:00:00.000Z");
const seconds = now.getTime() / 1000;
const usual = { audiences: ["https://id.example/"], maxSeconds: 3600, idOptional: false, issuedAtOptional: false, now };

function claims(over: JsonObject = {}): JsonObject {
  return {
    ...{ iss: "https://issuer.example", sub: "alice", aud: "https://id.example/" },
    ...{ exp: seconds + 60, iat: seconds, jti: "an-id" },
    ...over,
  };
}

function without(...names: string[]): JsonObject {
  return Object.fromEntries(Object.entries(claims()).filter(([name]) => !names.includes(name)));
}

const invalid = refused("invalid_grant");

describe("RFC 7523 §3: what an assertion claims", () => {
  test("issuer, subject and key are read as they are", () => {
    const claim = { issuer: "https://issuer.example", subject: "alice" };
    expect(readAssertionClaim({ kid: "k" }, claims())).toEqual({ ...claim, kid: "k" });
    for (const typ of ["JWT", "jwt", "authorization-grant+jwt"]) {
      expect(readAssertionClaim({ typ }, claims())).toEqual({ ...claim, kid: null });
    }
  });

  test.each(["at+jwt", "logout+jwt", "client-authentication+jwt", "", 7, null])(
    "RFC 8725 §3.11: the type %j is no grant",
    (typ) => {
      expect(() => readAssertionClaim({ typ }, claims())).toThrow(invalid);
    },
  );

  test.each(["", 7, "x".repeat(1025), "a\u0000", "\ud800"])("(1), (2): %j names no one", (name) => {
    for (const member of ["iss", "sub"])
      expect(() => readAssertionClaim({}, claims({ [member]: name }))).toThrow(invalid);
    expect(() => readAssertionClaim({ kid: name }, claims())).toThrow(invalid);
  });
});

describe("RFC 7523 §3: whether an assertion is good now", () => {
  test.each<[string, JsonObject]>([
    ["us as its audience", claims()],
    ["a list that names us", claims({ aud: ["https://other.example/", "https://id.example/"] })],
    ["an nbf 10 seconds ahead", claims({ nbf: seconds + 10 })],
    ["an iat 10 seconds ahead", claims({ iat: seconds + 10 })],
    ["an exp 9 seconds ago", claims({ exp: seconds - 9 })],
    ["a life as long as may be", claims({ iat: seconds - 1800, exp: seconds + 1800 })],
  ])("it is with %s", (_name, assertion) => {
    expect(requireGrantAssertion(assertion, usual)).toMatchObject({ digest: expect.any(String) });
  });

  test.each<[string, JsonObject]>([
    ["(3) no audience", without("aud")],
    ["(3) another audience", claims({ aud: ["https://id.example"] })],
    ["(4) no exp", without("exp")],
    ["(4) an exp 10 seconds ago", claims({ exp: seconds - 10 })],
    ["(4) a life that is too long", claims({ iat: seconds - 1800, exp: seconds + 1801 })],
    ["(4) a life that begins too late to be short", claims({ iat: seconds + 10, exp: seconds + 3601 })],
    ["(5) an nbf 11 seconds ahead", claims({ nbf: seconds + 11 })],
    ["(6) no iat", without("iat")],
    ["(6) an iat 11 seconds ahead", claims({ iat: seconds + 11 })],
    ["(7) no jti", without("jti")],
    ["(7) an empty jti", claims({ jti: "" })],
  ])("it is not with %s", (_name, assertion) => {
    expect(() => requireGrantAssertion(assertion, usual)).toThrow(invalid);
  });

  test.each(["exp", "nbf", "iat"])("RFC 7519 §4.1: %s is a number of seconds", (name) => {
    for (const value of ["1", null, -1, [1], {}]) {
      expect(() => requireGrantAssertion(claims({ [name]: value }), usual)).toThrow(invalid);
    }
  });

  test("what may be left out may be left out, and is judged where it is not", () => {
    const lenient = { ...usual, idOptional: true, issuedAtOptional: true };
    expect(requireGrantAssertion(without("jti", "iat"), lenient)).toBeNull();
    expect(requireGrantAssertion(claims(), lenient)).toEqual(requireGrantAssertion(claims(), usual));
    const long = { ...without("iat"), exp: seconds + 3601 };
    for (const bad of [long, claims({ iat: seconds + 11 }), claims({ jti: 7 })]) {
      expect(() => requireGrantAssertion(bad, lenient)).toThrow(invalid);
    }
  });

  test("an assertion is remembered by issuer and jti until it is over, apart from a client's", () => {
    const usable = requireGrantAssertion(claims(), usual);
    expect(usable?.expiresAt).toEqual(new Date((seconds + 70) * 1000));
    expect(requireGrantAssertion(claims({ sub: "bob", exp: seconds + 90 }), usual)?.digest).toBe(usable?.digest);
    expect(requireGrantAssertion(claims({ iss: "other" }), usual)?.digest).not.toBe(usable?.digest);
    const client = { clientId: "printer", audiences: usual.audiences, now };
    const proof = claims({ iss: "printer", sub: "printer" });
    expect(requireGrantAssertion(proof, usual)?.digest).not.toBe(requireClientAssertion(proof, client).digest);
  });

  test("RFC 7519 §4.1.3: the audience is one text or a list of texts", () => {
    expect(audiencesOf({ aud: "a" })).toEqual(["a"]);
    expect(audiencesOf({ aud: ["a", 1, "b"] })).toEqual(["a", "b"]);
    expect(audiencesOf({ aud: { a: 1 } })).toEqual([]);
    expect(audiencesOf({})).toEqual([]);
  });
});
