import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readRequestedClaims } from "../../../src/protocol/authorization-request/requested-claims.ts";
import { OAuthError } from "../../../src/protocol/errors.ts";
import { refused } from "../refused.ts";

const read = (claims: unknown) => readRequestedClaims(JSON.stringify(claims));

describe("OIDC Core §5.5: what a client asks to be told", () => {
  test("its own example is read whole", () => {
    const userinfo = { given_name: { essential: true }, nickname: null, "http://example.info/claims/groups": null };
    const id_token = { auth_time: { essential: true }, acr: { values: ["urn:mace:incommon:iap:silver"] } };
    expect(read({ userinfo, id_token })).toEqual({
      asked: { userinfo, id_token },
      acrValues: ["urn:mace:incommon:iap:silver"],
      isAcrEssential: false,
      subject: null,
    });
  });

  test("nothing, when nothing is sent", () => {
    expect(readRequestedClaims(undefined)).toBeNull();
    expect(read({})).toMatchObject({ asked: {}, acrValues: [], subject: null });
    expect(read({ id_token: null, userinfo: null })?.asked).toEqual({});
  });

  test("members that are not understood are ignored, and so are members of a wish", () => {
    expect(read({ verified_claims: 7, id_token: { email: { purpose: "mail" } } })?.asked).toEqual({
      id_token: { email: { purpose: "mail" } },
    });
  });

  test.each<[string, unknown, Partial<ReturnType<typeof read>>]>([
    [
      "essential by values",
      { acr: { essential: true, values: ["2", "1"] } },
      { acrValues: ["2", "1"], isAcrEssential: true },
    ],
    ["essential by value", { acr: { essential: true, value: "2" } }, { acrValues: ["2"], isAcrEssential: true }],
    ["essential, but any will do", { acr: { essential: true } }, { acrValues: [], isAcrEssential: false }],
    ["voluntary", { acr: { essential: false, values: ["2"] } }, { acrValues: ["2"], isAcrEssential: false }],
    ["null", { acr: null }, { acrValues: [], isAcrEssential: false }],
  ])("§5.5.1.1: acr, %s", (_, id_token, expected) => {
    expect(read({ id_token })).toMatchObject({ ...expected });
  });

  test("§5.5.1.1: an acr that is asked of userinfo binds no login", () => {
    expect(read({ userinfo: { acr: { essential: true, value: "2" } } })).toMatchObject({ isAcrEssential: false });
  });

  test.each([
    [{ id_token: { sub: { value: "anna" } } }],
    [{ userinfo: { sub: { value: "anna" } } }],
    [{ id_token: { sub: { values: ["anna"] } }, userinfo: { sub: { essential: true, value: "anna" } } }],
  ])("§5.5.1: whom it must be about: %j", (claims) => {
    expect(read(claims)?.subject).toBe("anna");
  });

  test.each([
    ["no JSON", "{"],
    ["a list", "[]"],
    ["a text", '"x"'],
    ["null", "null"],
    ["a member twice", '{"id_token":{},"id_token":{}}'],
    ["a text for id_token", '{"id_token":"email"}'],
    ["a list for userinfo", '{"userinfo":["email"]}'],
    ["a text for a claim", '{"id_token":{"email":"yes"}}'],
    ["true for a claim", '{"id_token":{"email":true}}'],
    ["essential that is a text", '{"id_token":{"email":{"essential":"true"}}}'],
    ["values that are no list", '{"id_token":{"email":{"values":"a"}}}'],
    ["acr that is a number", '{"id_token":{"acr":{"value":1}}}'],
    ["sub that is an object", '{"id_token":{"sub":{"value":{}}}}'],
    ["sub that is empty", '{"id_token":{"sub":{"value":""}}}'],
    ["two subs", '{"id_token":{"sub":{"values":["anna","bob"]}}}'],
    ["one sub here and another there", '{"id_token":{"sub":{"value":"a"}},"userinfo":{"sub":{"value":"b"}}}'],
    ["an integer beyond 2^53", '{"id_token":{"n":{"value":9007199254740993}}}'],
    ["a nest", `{"id_token":{"n":{"value":${"[".repeat(100)}${"]".repeat(100)}}}}`],
    [
      "1000 claims",
      JSON.stringify({ id_token: Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [i, null])) }),
    ],
  ])("AUTH-059: %s is invalid_request", (_, text) => {
    expect(() => readRequestedClaims(text)).toThrow(refused("invalid_request"));
  });

  test("any JSON is read or refused, never thrown at", () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (id_token, userinfo) => {
        try {
          expect(read({ id_token, userinfo })).toHaveProperty("asked");
        } catch (error) {
          expect(error).toBeInstanceOf(OAuthError);
        }
      }),
    );
  });

  test("names of Object.prototype are names like any other", () => {
    const claims = '{"id_token":{"__proto__":null,"constructor":{"essential":true}}}';
    expect(readRequestedClaims(claims)).toMatchObject({ acrValues: [], subject: null });
  });
});
