import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseParameters } from "../../src/protocol/parameters.ts";
import {
  type HookFacts,
  readHookClaims,
  refreshHookQuestion,
  tokenHookQuestion,
  withHookClaims,
} from "../../src/protocol/token-hook.ts";
import { aClient, aFlow, anAuthorization } from "../support/nouns.ts";

const nothing = { accessToken: {}, idToken: {} };
const facts: HookFacts = {
  issuer: "https://id.example/",
  clientId: "printer",
  grantType: "client_credentials",
  authorization: null,
  subject: "printer",
  scope: [],
  audience: [],
  claims: nothing,
  form: parseParameters(""),
  style: {
    scopeClaim: "list",
    excludeNotBefore: true,
    topLevelClaims: ["tenant"],
    mirrorTopLevelClaims: false,
    preserveExtClaims: true,
  },
};

describe("the question", () => {
  test("holds of the form only what is known to be harmless", () => {
    const names = ["client_secret", "client_assertion", "code", "code_verifier", "refresh_token", "device_code"];
    const name = fc.oneof(
      fc.constantFrom(...names, "password", "token", "audience"),
      fc.stringMatching(/^[a-z_]{1,9}$/),
    );
    fc.assert(
      fc.property(fc.uniqueArray(name), (sent) => {
        const form = parseParameters(
          new URLSearchParams(Object.fromEntries(sent.map((one) => [one, "secret!"]))).toString(),
        );
        const told = ["grant_type", "response_type", "scope", "client_id", "assertion"].filter((one) => form.has(one));
        const payload = Object.fromEntries(told.map((one) => [one, ["secret!"]]));
        expect(tokenHookQuestion({ ...facts, form }).request).toEqual(expect.objectContaining({ payload }));
        expect(JSON.stringify(refreshHookQuestion({ ...facts, form }))).not.toContain("secret!");
      }),
    );
  });

  test("names the user twice where the client knows them by another name", () => {
    const plain = anAuthorization(aFlow(aClient()));
    const authorization = { ...plain, facts: { ...plain.facts, pairwiseSubject: "an-alias" } };
    const question = refreshHookQuestion({ ...facts, authorization });
    expect(question).toMatchObject({
      subject: authorization.subject,
      session: { id_token: { subject: authorization.subject, id_token_claims: { sub: "an-alias" } } },
    });
  });

  test("says how claims are shown", () => {
    expect(tokenHookQuestion(facts)).toMatchObject({
      session: {
        exclude_not_before_claim: true,
        allowed_top_level_claims: ["tenant"],
        mirror_top_level_claims: false,
        preserve_ext_claims: true,
      },
    });
  });
});

describe("the answer", () => {
  test.each([
    ["{}", nothing],
    ['{"session":null}', nothing],
    ['{"session":{"id_token":null,"more":1},"more":[]}', nothing],
    ['{"session":{"access_token":{"a":[1]},"id_token":{"b":null}}}', { accessToken: { a: [1] }, idToken: { b: null } }],
  ])("%s is one", (text, claims) => {
    expect(readHookClaims(text)).toEqual(claims);
  });

  test.each([
    "",
    "null",
    "[]",
    "1",
    '"{}"',
    '{"session":[]}',
    '{"session":{"id_token":"x"}}',
    '{"a":1e400}',
    '{"a":1,"a":2}',
  ])("%s is none", (text) => {
    expect(() => readHookClaims(text)).toThrow();
  });

  test("D39: is added to what stands, and takes its place at a refresh", () => {
    const present = { accessToken: { a: 1, b: 1 }, idToken: { c: 1 } };
    const said = { accessToken: { b: 2 }, idToken: { d: 2 } };
    const added = { accessToken: { a: 1, b: 2 }, idToken: { c: 1, d: 2 } };
    expect(withHookClaims(present, said, "authorization_code")).toEqual(added);
    expect(withHookClaims(present, said, "refresh_token")).toEqual(said);
  });

  test("has no way to a prototype", () => {
    const said = readHookClaims('{"session":{"access_token":{"__proto__":{"tenant":"t1"}}}}');
    const { accessToken } = withHookClaims(nothing, said, "client_credentials");
    expect(Object.getPrototypeOf(accessToken)).toBe(Object.prototype);
    expect(accessToken).not.toHaveProperty("tenant");
  });
});
