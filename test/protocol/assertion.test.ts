import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { requireClientAssertion } from "../../src/protocol/assertion.ts";
import type { JsonObject } from "../../src/protocol/json.ts";
import { refused } from "./refused.ts";

const now = new Date("2026-03-01T12:00:00.000Z");
const seconds = now.getTime() / 1000;
const audiences = ["https://id.example/", "https://id.example/oauth2/token"];

function claims(over: JsonObject = {}): JsonObject {
  return {
    iss: "printer",
    sub: "printer",
    aud: "https://id.example/",
    exp: seconds + 60,
    iat: seconds,
    jti: "an-id",
    ...over,
  };
}

function without(...names: string[]): JsonObject {
  return Object.fromEntries(Object.entries(claims()).filter(([name]) => !names.includes(name)));
}

function judge(assertion: JsonObject, clientId = "printer") {
  return requireClientAssertion(assertion, { clientId, audiences, now });
}

describe("RFC 7523 §3: a client's assertion", () => {
  test.each<[string, JsonObject]>([
    ["the issuer as its audience", claims()],
    ["the endpoint as its audience", claims({ aud: "https://id.example/oauth2/token" })],
    ["a list that names us", claims({ aud: ["https://other.example/", "https://id.example/"] })],
    ["no iat", without("iat")],
    ["an nbf that has come", claims({ nbf: seconds - 1 })],
    ["an nbf 8 seconds ahead", claims({ nbf: seconds + 8 })],
    ["an exp 8 seconds ago", claims({ exp: seconds - 8 })],
    ["RFC 7519 §2: an exp with a fraction", claims({ exp: seconds + 59.5 })],
    ["an exp a day ahead", claims({ exp: seconds + 86_400 })],
    ["claims that mean nothing here", claims({ foo: { bar: [1] } })],
  ])("with %s is accepted", (_, assertion) => {
    expect(judge(assertion).digest).toMatch(/^[A-Za-z0-9_-]{43}$/);
  });

  test.each<[string, JsonObject]>([
    ["another issuer", claims({ iss: "evil" })],
    ["no issuer", without("iss")],
    ["a list of issuers", claims({ iss: ["printer"] })],
    ["another subject", claims({ sub: "evil" })],
    ["no subject", without("sub")],
    ["a list of subjects", claims({ sub: ["printer"] })],
    ["no audience", without("aud")],
    ["an empty audience", claims({ aud: "" })],
    ["another audience", claims({ aud: "https://evil.example/" })],
    ["an audience that begins like ours", claims({ aud: "https://id.example/oauth2/token/x" })],
    ["an audience without our slash", claims({ aud: "https://id.example" })],
    ["an empty list of audiences", claims({ aud: [] })],
    ["a list within a list", claims({ aud: [["https://id.example/"]] })],
    ["an audience that is an object", claims({ aud: { "0": "https://id.example/" } })],
    ["no exp", without("exp")],
    ["an exp of null", claims({ exp: null })],
    ["an exp that is text", claims({ exp: String(seconds + 60) })],
    ["a negative exp", claims({ exp: -1 })],
    ["an exp in milliseconds", claims({ exp: (seconds + 60) * 1000 })],
    ["an exp five minutes ago", claims({ exp: seconds - 300 })],
    ["an exp beyond a day", claims({ exp: seconds + 86_401 })],
    ["an exp of 1e308", claims({ exp: 1e308 })],
    ["an nbf a minute ahead", claims({ nbf: seconds + 60 })],
    ["an nbf that is text", claims({ nbf: "0" })],
    ["an nbf of null", claims({ nbf: null })],
    ["an iat a minute ahead", claims({ iat: seconds + 60 })],
    ["an iat that is an object", claims({ iat: {} })],
    ["OIDC Core §9: no jti", without("jti")],
    ["an empty jti", claims({ jti: "" })],
    ["a jti that is a number", claims({ jti: 1 })],
    ["a jti of 513 characters", claims({ jti: "x".repeat(513) })],
    ["nothing", {}],
  ])("with %s is invalid_client", (_, assertion) => {
    expect(() => judge(assertion)).toThrow(refused("invalid_client"));
  });

  test("the same jti of the same client is one and the same, of another client another", () => {
    const other = claims({ iss: "other", sub: "other" });
    expect(judge(claims({ exp: seconds + 90 })).digest).toBe(judge(claims()).digest);
    expect(judge(claims({ jti: "another" })).digest).not.toBe(judge(claims()).digest);
    expect(judge(other, "other").digest).not.toBe(judge(claims()).digest);
  });

  test("client and jti do not run into one another", () => {
    const first = judge(claims({ iss: "ab", sub: "ab", jti: "c" }), "ab");
    const second = judge(claims({ iss: "a", sub: "a", jti: "bc" }), "a");
    expect(first.digest).not.toBe(second.digest);
  });

  test("it is remembered for as long as it would be accepted", () => {
    const { expiresAt } = judge(claims({ exp: seconds + 59.5 }));
    const later = { clientId: "printer", audiences, now: expiresAt };
    expect(() => requireClientAssertion(claims({ exp: seconds + 59.5 }), later)).toThrow(refused("invalid_client"));
  });

  test("claims of any kind are accepted or invalid_client", () => {
    const value = fc.oneof(fc.jsonValue(), fc.constant("printer"), fc.integer({ min: 1, max: 2 ** 33 }));
    const any = fc.record({ iss: value, sub: value, aud: value, exp: value, iat: value, nbf: value, jti: value });
    fc.assert(
      fc.property(any, fc.boolean(), (record, honest) => {
        const sent = { ...record, ...(honest ? { iss: "printer", sub: "printer" } : {}) };
        try {
          expect(judge(JSON.parse(JSON.stringify(sent))).expiresAt.getTime()).toBeGreaterThan(now.getTime());
        } catch (error) {
          expect(error).toEqual(refused("invalid_client"));
        }
      }),
    );
  });
});
