import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { judgeRequest, type Policy } from "../../../src/protocol/authorization-request/judge.ts";
import { parseRequest, requireResponseTarget } from "../../../src/protocol/authorization-request/parse.ts";
import type { Client } from "../../../src/protocol/client.ts";
import type { Refusal } from "../../../src/protocol/errors.ts";
import type { JsonObject } from "../../../src/protocol/json.ts";
import { encodePairs } from "../../../src/protocol/redirect-uri.ts";
import { aClient } from "../../support/nouns.ts";
import { cleanText } from "../clean-text.ts";
import { refused } from "../refused.ts";

const challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
const callback = "https://printer.example/callback";
const baseline = {
  client_id: "printer",
  redirect_uri: callback,
  response_type: "code",
  scope: "openid photos.read",
  state: "state-of-the-client",
  nonce: "nonce-of-the-client",
  code_challenge: challenge,
  code_challenge_method: "S256",
};
const defaults: Policy = { scopeStrategy: "wildcard", pkceEnforced: false, pkceEnforcedForPublicClients: true };

interface World {
  readonly client?: Client;
  readonly policy?: Partial<Policy>;
  readonly hint?: JsonObject | null;
}

function judgeText(text: string, { client = aClient({ id: "printer" }), policy = {}, hint = null }: World = {}) {
  const parsed = parseRequest(text);
  const target = requireResponseTarget(client, parsed, false);
  const requestUrl = `https://id.example/oauth2/auth?${text}`;
  return judgeRequest(parsed, { client, target, hint, requestUrl, policy: { ...defaults, ...policy } });
}

/** The baseline with some parameters changed; undefined leaves one out. */
function judge(over: Partial<Record<string, string | undefined>> = {}, world: World = {}) {
  const merged: Partial<Record<string, string | undefined>> = { ...baseline, ...over };
  const pairs = Object.entries(merged).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value] as const],
  );
  return judgeText(encodePairs(pairs), world);
}

const publicClient = aClient({ id: "printer", tokenEndpointAuthMethod: "none" });

describe("RFC 6749 §4.1.1: a request as it should be", () => {
  test("is read whole", () => {
    expect(judge({ audience: "https://photos.example/albums", max_age: "60", prompt: "login consent" })).toEqual({
      clientId: "printer",
      responseTypes: ["code"],
      responseMode: "query",
      redirectUri: callback,
      redirectUriSent: true,
      scope: ["openid", "photos.read"],
      audience: ["https://photos.example/albums"],
      state: "state-of-the-client",
      nonce: "nonce-of-the-client",
      codeChallenge: challenge,
      prompt: ["login", "consent"],
      maxAge: 60,
      hintedSubject: null,
      oidcContext: { acrValues: [], uiLocales: [], display: "", loginHint: "", idTokenHintClaims: null },
      requestUrl: expect.stringMatching(/^https:\/\/id\.example\/oauth2\/auth\?client_id=printer&/),
    });
  });

  test("§3.1: an unknown parameter is ignored", () => {
    expect(judge({ foo: "bar", ["__proto__"]: "x", constructor: "y" })).toEqual({
      ...judge(),
      requestUrl: expect.anything(),
    });
  });

  test.each(["scope", "prompt", "max_age", "nonce", "state", "acr_values", "audience", "request", "registration"])(
    "§3.1: %s without a value is as if it were not there",
    (name) => {
      const { requestUrl: _, ...empty } = judge({ [name]: "" });
      const { requestUrl: __, ...absent } = judge({ [name]: undefined });
      expect(empty).toEqual(absent);
    },
  );

  test("the order of the scope does not matter", () => {
    expect(judge({ scope: "photos.read openid" }).scope.toSorted()).toEqual(judge().scope.toSorted());
  });

  test("OIDC Core §3.1.2.1: what helps the pages is handed on", () => {
    const asked = { acr_values: "2 1", ui_locales: "de  en", display: "popup", login_hint: "anna@mail.example" };
    expect(judge(asked).oidcContext).toEqual({
      acrValues: ["2", "1"],
      uiLocales: ["de", "en"],
      display: "popup",
      loginHint: "anna@mail.example",
      idTokenHintClaims: null,
    });
  });

  test("a state and a nonce of 1 KiB are kept byte for byte", () => {
    const text = '~!"<>&ä😀\r\n'.repeat(100);
    expect(judge({ state: text, nonce: text })).toMatchObject({ state: text, nonce: text });
  });
});

describe("RFC 6749 §4.1.2.1: what is refused, and as what", () => {
  test.each<[string, Record<string, string | undefined>, Refusal]>([
    ["response_type missing", { response_type: undefined }, "invalid_request"],
    ["response_type unknown", { response_type: "magic" }, "unsupported_response_type"],
    ["response_type not the client's", { response_type: "token" }, "unsupported_response_type"],
    ["response_mode unknown", { response_mode: "magic" }, "unsupported_response_mode"],
    ["scope beyond the client's", { scope: "openid mail" }, "invalid_scope"],
    ["scope with a quote", { scope: 'openid "' }, "invalid_scope"],
    ["scope with two spaces", { scope: "openid  photos.read" }, "invalid_scope"],
    ["scope that is not ASCII", { scope: "openid é" }, "invalid_scope"],
    ["RFC 8707 §2: audience beyond the client's", { audience: "https://mail.example" }, "invalid_target"],
    ["RFC 8707 §2: resource that is no URI", { resource: "photos" }, "invalid_target"],
    ["OIDC Core §7.2.1: registration", { registration: "{}" }, "registration_not_supported"],
    ["OIDC Core §5.5: claims that are no JSON", { claims: "[" }, "invalid_request"],
    ["RFC 7636 §4.4.1: plain", { code_challenge_method: "plain" }, "invalid_request"],
    ["RFC 7636 §4.3: no method", { code_challenge_method: undefined }, "invalid_request"],
    ["RFC 7636 §4.3: no method but an empty one", { code_challenge_method: "" }, "invalid_request"],
    ["RFC 7636 §4.3: a method without a challenge", { code_challenge: undefined }, "invalid_request"],
    ["D18: a state of 7 characters", { state: "1234567" }, "invalid_state"],
    ["D18: a nonce of 7 characters", { nonce: "1234567" }, "insufficient_entropy"],
    ["prompt unknown", { prompt: "magic" }, "invalid_request"],
    ["prompt in another case", { prompt: "None" }, "invalid_request"],
    ["prompt=none login", { prompt: "none login" }, "invalid_request"],
    ["prompt=login none", { prompt: "login none" }, "invalid_request"],
    ["max_age negative", { max_age: "-1" }, "invalid_request"],
    ["max_age fractional", { max_age: "1.5" }, "invalid_request"],
    ["max_age not a number", { max_age: "x" }, "invalid_request"],
    ["max_age with a space", { max_age: " 1" }, "invalid_request"],
    ["max_age in hexadecimal", { max_age: "0x10" }, "invalid_request"],
    ["max_age with an exponent", { max_age: "1e3" }, "invalid_request"],
    ["max_age beyond 2^53", { max_age: "9007199254740993" }, "invalid_request"],
  ])("%s", (_, over, code) => {
    expect(() => judge(over)).toThrow(refused(code));
  });

  test.each(["state", "scope", "nonce", "code_challenge", "response_type", "prompt", "max_age", "foo"])(
    "§3.1: %s sent twice is invalid_request, with the same value too",
    (name) => {
      const twice = `${encodePairs(Object.entries({ ...baseline, [name]: "x" }))}&${name}=x`;
      expect(() => judgeText(twice)).toThrow(refused("invalid_request"));
    },
  );

  test("a repeated name that no error_description could carry is told in legal characters", () => {
    const name = encodeURIComponent('"\n😀');
    expect(() => judgeText(`${encodePairs(Object.entries(baseline))}&${name}=1&${name}=2`)).toThrow(
      refused("invalid_request"),
    );
  });

  test("§5.2: a client that is not registered for the code grant is unauthorized_client", () => {
    const client = aClient({ id: "printer", grantTypes: ["client_credentials"] });
    expect(() => judge({}, { client })).toThrow(refused("unauthorized_client"));
  });

  test("RFC 7591 §2: a client that names no grant and response types has the code's", () => {
    const client = aClient({ id: "printer", grantTypes: [], responseTypes: [] });
    expect(judge({}, { client }).responseTypes).toEqual(["code"]);
  });
});

describe("RFC 9700 §2.1.1: who must use PKCE", () => {
  const without = { code_challenge: undefined, code_challenge_method: undefined };
  test.each<[string, World, boolean]>([
    ["a public client", { client: publicClient }, false],
    ["a confidential client", {}, true],
    ["a confidential client, when all must", { policy: { pkceEnforced: true } }, false],
    [
      "a public client, when the operator is lenient",
      { client: publicClient, policy: { pkceEnforcedForPublicClients: false } },
      true,
    ],
    [
      "a public client, when all must",
      { client: publicClient, policy: { pkceEnforced: true, pkceEnforcedForPublicClients: false } },
      false,
    ],
  ])("%s may do without: %#", (_, world, may) => {
    if (may) expect(judge(without, world).codeChallenge).toBeNull();
    else expect(() => judge(without, world)).toThrow(refused("invalid_request"));
    expect(judge({}, world).codeChallenge).toBe(challenge);
  });
});

describe("RFC 9700 §4.7.1: a request without state", () => {
  const noPkce = { code_challenge: undefined, code_challenge_method: undefined };
  test.each<[string, Record<string, string | undefined>, boolean]>([
    ["is accepted with PKCE", { state: undefined, nonce: undefined }, true],
    ["is accepted with a nonce", { state: undefined, ...noPkce }, true],
    ["is refused with neither", { state: undefined, nonce: undefined, ...noPkce }, false],
    ["is refused with neither, when it is empty", { state: "", nonce: "", ...noPkce }, false],
  ])("%s", (_, over, accepted) => {
    if (accepted) expect(judge(over).state).toBeNull();
    else expect(() => judge(over)).toThrow(refused("invalid_state"));
  });

  test("a state of 8 characters is long enough", () => {
    expect(judge({ state: "12345678", nonce: "12345678" })).toMatchObject({ state: "12345678", nonce: "12345678" });
  });
});

describe("OIDC Core §3.1.2.1: prompt, max_age and id_token_hint", () => {
  test.each(["none", "login", "consent", "select_account"])("prompt=%s is known", (prompt) => {
    expect(judge({ prompt }).prompt).toEqual([prompt]);
  });

  test.each([
    ["0", 0],
    ["10000", 10_000],
    ["9007199254740991", Number.MAX_SAFE_INTEGER],
  ])("max_age=%s is %d", (text, seconds) => {
    expect(judge({ max_age: text }).maxAge).toBe(seconds);
  });

  test("the hint's subject is the one that is expected", () => {
    const hint = { sub: "anna", aud: ["another-client"] };
    expect(judge({}, { hint })).toMatchObject({ hintedSubject: "anna", oidcContext: { idTokenHintClaims: hint } });
  });
});

test("any values are judged or refused, never thrown at", () => {
  const value = fc.oneof(cleanText, fc.constantFrom("none", "code", "openid", "1", "S256", challenge));
  const names = [
    "response_type",
    "response_mode",
    "scope",
    "state",
    "nonce",
    "prompt",
    "max_age",
    "audience",
    "resource",
    "code_challenge",
    "code_challenge_method",
    "acr_values",
  ];
  fc.assert(
    fc.property(fc.dictionary(fc.constantFrom(...names), value), (over) => {
      try {
        expect(judge(over).clientId).toBe("printer");
      } catch (error) {
        expect(error).toEqual(
          expect.objectContaining({ name: "OAuthError", status: expect.objectContaining({ http: 400 }) }),
        );
      }
    }),
    { numRuns: 500 },
  );
});
