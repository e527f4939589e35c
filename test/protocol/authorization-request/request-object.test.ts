import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  isRegisteredRequestUri,
  readRequestObject,
} from "../../../src/protocol/authorization-request/request-object.ts";
import { OAuthError } from "../../../src/protocol/errors.ts";
import type { JsonObject } from "../../../src/protocol/json.ts";
import { Parameters } from "../../../src/protocol/parameters.ts";
import { cleanText } from "../clean-text.ts";
import { refused } from "../refused.ts";

const now = new Date("2026-03-01T12:00:00.000Z");
const seconds = now.getTime() / 1000;
const expected = { clientId: "printer", issuer: "https://id.example/", now };
const good = { client_id: "printer", response_type: "code", state: "state-inside" };

function read(claims: JsonObject, outside: Record<string, string> = {}, header: JsonObject = {}): Parameters {
  const sent = new Map(Object.entries({ client_id: "printer", ...outside }).map(([name, value]) => [name, [value]]));
  return readRequestObject({ header, claims }, new Parameters(sent), expected);
}

const all = (parameters: Parameters) =>
  Object.fromEntries([...parameters.names()].map((name) => [name, parameters.all(name)]));

describe("RFC 9101 §6.3: what a request object stands for", () => {
  test("its own parameters, and none of its claims about itself", () => {
    const claims = { iss: "printer", aud: expected.issuer, exp: seconds + 60, iat: seconds, nbf: seconds, jti: "j" };
    expect(all(read({ ...good, ...claims }))).toEqual({
      client_id: ["printer"],
      response_type: ["code"],
      state: ["state-inside"],
    });
  });

  test("values that are no texts become what would have been sent", () => {
    const claims = {
      max_age: 60,
      claims: { id_token: { email: null } },
      registration: {},
      audience: ["a", "b"],
      resource: ["https://api.example"],
    };
    expect(all(read({ ...good, ...claims }))).toMatchObject({
      max_age: ["60"],
      claims: ['{"id_token":{"email":null}}'],
      registration: ["{}"],
      audience: ["a", "b"],
      resource: ["https://api.example"],
    });
  });

  test("what this server does not know is left alone, whatever it is", () => {
    expect(all(read({ ...good, custom: "text", vtr: ["x"], deep: { a: 1 }, none: null }))).toMatchObject({
      custom: ["text"],
    });
  });

  test("what stands outside alone means nothing, but for what OIDC Core §6.1 has sent there", () => {
    const { response_type: _, ...bare } = good;
    const outside = { response_type: "code", scope: "openid", nonce: "outside", redirect_uri: "https://evil.example" };
    expect(all(read(bare, outside))).toEqual({
      client_id: ["printer"],
      state: ["state-inside"],
      response_type: ["code"],
      scope: ["openid"],
    });
    expect(read({ ...good, scope: "openid mail" }, outside).get("scope")).toBe("openid mail");
  });

  test.each([
    [undefined, "login", "login"],
    ["consent", "login", "login consent"],
    ["consent", "login consent", "login consent"],
    ["login", "login", "login"],
    ["none", "login", "none"],
    [undefined, "none", undefined],
    ["consent", "none", "consent"],
  ])("prompt: %s inside and %s outside is %s", (inside, outside, prompt) => {
    const claims = inside === undefined ? good : { ...good, prompt: inside };
    expect(read(claims, { prompt: outside }).get("prompt")).toBe(prompt);
  });

  test("the order of a response type's words may differ", () => {
    expect(
      read({ ...good, response_type: "id_token code" }, { response_type: "code id_token" }).get("response_type"),
    ).toBe("id_token code");
  });
});

describe("RFC 9101 §4, §10.8: what a request object must be", () => {
  test.each<[string, JsonObject]>([
    ["no claims about itself", {}],
    ["the issuer as audience", { aud: "https://id.example/" }],
    ["the issuer without its last slash", { aud: "https://id.example" }],
    ["the issuer among others", { aud: ["https://other.example", "https://id.example/"] }],
    ["a clock that is ten seconds ahead", { iat: seconds + 10, nbf: seconds + 9.5 }],
    ["an end that was nine seconds ago", { exp: seconds - 9 }],
    ["another subject", { sub: "anna" }],
  ])("%s is good", (_, claims) => {
    expect(read({ ...good, ...claims }).get("state")).toBe("state-inside");
  });

  test.each([undefined, "JWT", "jwt", "oauth-authz-req+jwt", "application/oauth-authz-req+jwt"])(
    "typ %s is good",
    (typ) => {
      expect(read(good, {}, typ === undefined ? {} : { typ }).get("state")).toBe("state-inside");
    },
  );

  test.each(["at+jwt", "", "JWT ", "logout+jwt", 1, null, ["JWT"]])("typ %j is invalid_request_object", (typ) => {
    expect(() => read(good, {}, { typ })).toThrow(refused("invalid_request_object"));
  });

  test.each<[string, JsonObject]>([
    ["another issuer", { iss: "scanner" }],
    ["an issuer that is no text", { iss: ["printer"] }],
    ["another audience", { aud: "https://id.example/x" }],
    ["no audience at all", { aud: [] }],
    ["null as audience", { aud: null }],
    ["the client as its subject", { sub: "printer" }],
    ["an end that has come", { exp: seconds - 10 }],
    ["an end that is a text", { exp: `${seconds + 60}` }],
    ["an end that is null", { exp: null }],
    ["a beginning to come", { nbf: seconds + 11 }],
    ["a birth to come", { iat: seconds + 11 }],
    ["a negative time", { nbf: -1 }],
    ["another client", { client_id: "scanner" }],
    ["an empty client", { client_id: "" }],
    ["a nested object", { request: "a.b.c" }],
    ["a nested reference, even an empty one", { request_uri: "" }],
    ["null as state", { state: null }],
    ["a number as redirect_uri", { redirect_uri: 1 }],
    ["an object as scope", { scope: {} }],
    ["a list as prompt", { prompt: ["none"] }],
    ["a text and a number as audience", { audience: ["a", 1] }],
    ["an object as resource", { resource: {} }],
    ["true as max_age", { max_age: true }],
    ["a number as claims", { claims: 1 }],
  ])("%s is invalid_request_object", (_, claims) => {
    expect(() => read({ ...good, ...claims })).toThrow(refused("invalid_request_object"));
  });

  test("another response type than the one outside is invalid_request_object", () => {
    expect(() => read(good, { response_type: "token" })).toThrow(refused("invalid_request_object"));
  });

  test("any claims are read or refused, never thrown at", () => {
    const name = fc.oneof(
      fc.constantFrom("aud", "exp", "state", "max_age", "claims", "audience", "__proto__"),
      cleanText,
    );
    fc.assert(
      fc.property(fc.dictionary(name, fc.jsonValue()), fc.jsonValue(), (claims, typ) => {
        try {
          // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- any JSON is meant
          const parameters = read({ ...good, ...claims }, {}, { typ } as JsonObject);
          for (const value of Object.values(all(parameters)).flat()) expect(value).toBeTypeOf("string");
        } catch (error) {
          expect(error).toBeInstanceOf(OAuthError);
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe("OIDC Core §6.2: which URLs are the client's", () => {
  const hash = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
  const registered = ["https://printer.example/request", `https://printer.example/version#${hash}`];

  test.each([
    ["https://printer.example/request", true],
    [`https://printer.example/request#${hash}`, true],
    [`https://printer.example/version#${hash}`, true],
    ["https://printer.example/version", false],
    [`https://printer.example/version#${hash.replace("E", "F")}`, false],
    ["https://printer.example/request#other", false],
    [`https://printer.example/request##${hash}`, false],
    ["https://printer.example/request?x", false],
    ["https://printer.example/request/", false],
    ["HTTPS://printer.example/request", false],
    ["https://printer.example:443/request", false],
    ["https://evil.example/?https://printer.example/request", false],
    ["urn:ietf:params:oauth:request_uri:x", false],
  ])("%s: %s", (uri, isOne) => {
    expect(isRegisteredRequestUri(registered, uri)).toBe(isOne);
    expect(isRegisteredRequestUri([], uri)).toBe(false);
  });
});
