import { describe, expect, test } from "vitest";
import type { Authorization } from "../../src/protocol/authorization.ts";
import {
  type AccessTokenFacts,
  accessTokenClaims,
  type ClaimStyle,
  claimsShown,
  fromNumericDate,
  idTokenClaims,
  toNumericDate,
  userinfoClaims,
} from "../../src/protocol/claims.ts";
import type { JsonObject } from "../../src/protocol/json.ts";
import { aClient, aFlow, anAuthorization, after as at, start } from "../support/nouns.ts";

/** FLOW-014 of the security catalogue: names that only the server may give a value. */
const reserved = [
  "iss", "sub", "aud", "exp", "iat", "nbf", "jti", "nonce", "auth_time", "acr", "amr", "azp", "at_hash", "c_hash",
  "sid", "client_id", "scope", "cnf", "act",
]; // biome-ignore format: a list of words
const forged: JsonObject = Object.fromEntries(reserved.map((name) => [name, "forged"]));
const issuer = "https://id.example/";
const style: ClaimStyle = {
  scopeClaim: "list",
  excludeNotBefore: false,
  topLevelClaims: [],
  mirrorTopLevelClaims: true,
  preserveExtClaims: false,
};

function authorization(over: Partial<Authorization> = {}, facts: Partial<Authorization["facts"]> = {}): Authorization {
  const plain = anAuthorization(aFlow(aClient()), over);
  return { ...plain, facts: { ...plain.facts, ...facts } };
}

function idToken(given: Authorization, accessTokenHash: string | null = null): JsonObject {
  return idTokenClaims({
    issuer,
    subject: "anna",
    authorization: given,
    now: at(60),
    expiresAt: at(3660),
    tokenId: "an-id",
    accessTokenHash,
    codeHash: null,
  });
}

function accessToken(over: Partial<Omit<AccessTokenFacts, "style">>, styled: Partial<ClaimStyle> = {}): JsonObject {
  return accessTokenClaims({
    claims: over.authorization?.accessTokenClaims ?? {},
    issuer,
    subject: "anna",
    clientId: "printer",
    audience: ["https://photos.example"],
    scope: ["openid", "photos.read"],
    now: at(60),
    expiresAt: at(3660),
    tokenId: "an-id",
    authorization: authorization(),
    ...over,
    style: { ...style, ...styled },
  });
}

describe("OIDC Core §2: the ID token", () => {
  test("says who, for whom, by whom and when", () => {
    const given = authorization({}, { acr: "2", amr: ["pwd", "otp"] });
    expect(idToken(given, "half-a-hash")).toEqual({
      iss: issuer,
      sub: "anna",
      aud: [given.clientId],
      iat: toNumericDate(at(60)),
      exp: toNumericDate(at(3660)),
      auth_time: toNumericDate(at(20)),
      rat: toNumericDate(start),
      jti: "an-id",
      sid: given.sessionId,
      nonce: given.facts.nonce,
      acr: "2",
      amr: ["pwd", "otp"],
      at_hash: "half-a-hash",
    });
  });

  test("the nonce is the request's, unchanged, and absent when none was sent", () => {
    const nonce = "n".repeat(1024);
    expect(idToken(authorization({}, { nonce })).nonce).toBe(nonce);
    expect(idToken(authorization({}, { nonce: null }))).not.toHaveProperty("nonce");
  });

  test("an acr that was asked for and not reached is '0'", () => {
    const oidcContext = { acrValues: ["2"], uiLocales: [], display: "", loginHint: "", idTokenHintClaims: null };
    expect(idToken(authorization({}, { oidcContext })).acr).toBe("0");
    expect(idToken(authorization({}, { oidcContext, acr: "1" })).acr).toBe("1");
    expect(idToken(authorization())).not.toHaveProperty("acr");
  });

  test("carries the consent application's claims", () => {
    expect(idToken(authorization({ idTokenClaims: { email: "a@b.example", roles: ["x"] } }))).toMatchObject({
      email: "a@b.example",
      roles: ["x"],
    });
  });

  test("CWE-915: no reserved claim is the consent application's", () => {
    const honest = authorization({}, { nonce: null });
    const lying = { ...honest, idTokenClaims: { ...forged, s_hash: "forged", rat: "forged" } };
    expect(idToken(lying)).toEqual(idToken(honest));
    expect(userinfoClaims(issuer, "anna", lying)).toEqual(userinfoClaims(issuer, "anna", honest));
  });

  test("a claim named __proto__ is a claim and changes no prototype", () => {
    const claims = idToken(authorization({ idTokenClaims: JSON.parse('{"__proto__":{"admin":true}}') }));
    expect(Object.getPrototypeOf(claims)).toBe(Object.prototype);
    expect(claims.admin).toBeUndefined();
  });
});

test("OIDC Core §5.3.2: userinfo tells the user's claims, without what is about one ID token alone", () => {
  const given = authorization({ idTokenClaims: { email: "a@b.example" } }, { acr: "2", amr: ["pwd"] });
  expect(userinfoClaims(issuer, "anna", given)).toEqual({
    iss: issuer,
    sub: "anna",
    aud: [given.clientId],
    auth_time: toNumericDate(at(20)),
    iat: toNumericDate(at(60)),
    rat: toNumericDate(start),
    acr: "2",
    amr: ["pwd"],
    email: "a@b.example",
  });
});

describe("RFC 9068 §2.2: the JWT access token", () => {
  test("says what it must", () => {
    expect(accessToken({})).toEqual({
      iss: issuer,
      sub: "anna",
      aud: ["https://photos.example"],
      client_id: "printer",
      iat: toNumericDate(at(60)),
      nbf: toNumericDate(at(60)),
      exp: toNumericDate(at(3660)),
      auth_time: toNumericDate(at(20)),
      jti: "an-id",
      scp: ["openid", "photos.read"],
      ext: {},
    });
  });

  test("§3: without a requested audience it is for the issuer", () => {
    expect(accessToken({ audience: [] }).aud).toEqual([issuer]);
  });

  test("a token that hangs from its client alone has no auth_time", () => {
    expect(accessToken({ authorization: null })).not.toHaveProperty("auth_time");
  });

  test.each<[ClaimStyle["scopeClaim"], JsonObject]>([
    ["list", { scp: ["openid", "photos.read"] }],
    ["string", { scope: "openid photos.read" }],
    ["both", { scp: ["openid", "photos.read"], scope: "openid photos.read" }],
  ])("§2.2.3: the scope is told as %s", (scopeClaim, told) => {
    const { scp, scope } = accessToken({}, { scopeClaim });
    expect({ ...(scp === undefined ? {} : { scp }), ...(scope === undefined ? {} : { scope }) }).toEqual(told);
  });

  test("nbf can be left out", () => {
    expect(accessToken({}, { excludeNotBefore: true })).not.toHaveProperty("nbf");
  });

  test("CWE-915: no reserved claim is lifted to the top, whatever the operator allows", () => {
    const topLevelClaims = [...reserved, "scp", "ext", "tenant"];
    const claims = { ...forged, scp: "forged", ext: "forged", tenant: "t" };
    const { ext, ...top } = accessToken(
      { authorization: authorization({ accessTokenClaims: claims }) },
      { topLevelClaims },
    );
    const { ext: _, ...honest } = accessToken({});
    expect(top).toEqual({ ...honest, tenant: "t" });
    expect(ext).toEqual(claims);
  });

  describe("where the consent application's claims stand", () => {
    const given = authorization({ accessTokenClaims: { tenant: "t", role: "r" } });
    test.each<[string, Partial<ClaimStyle>, JsonObject]>([
      ["in ext", {}, { ext: { tenant: "t", role: "r" } }],
      ["lifted and in ext", { topLevelClaims: ["tenant"] }, { tenant: "t", ext: { tenant: "t", role: "r" } }],
      ["lifted only", { topLevelClaims: ["tenant"], mirrorTopLevelClaims: false }, { tenant: "t" }],
      [
        "lifted, and the rest in ext",
        { topLevelClaims: ["tenant"], mirrorTopLevelClaims: false, preserveExtClaims: true },
        { tenant: "t", ext: { role: "r" } },
      ],
    ])("%s", (_, styled, told) => {
      const { tenant, ext } = accessToken({ authorization: given }, styled);
      expect({ ...(tenant === undefined ? {} : { tenant }), ...(ext === undefined ? {} : { ext }) }).toEqual(told);
    });

    test("claims named as members of Object.prototype are not lost", () => {
      const named = { toString: 1, constructor: 2, hasOwnProperty: 3 };
      const styled = { mirrorTopLevelClaims: false, preserveExtClaims: true };
      expect(accessToken({ authorization: authorization({ accessTokenClaims: named }) }, styled).ext).toEqual(named);
    });
  });
});

test("RFC 7519 §2: instants are whole seconds since the epoch", () => {
  expect(toNumericDate(new Date("2026-03-01T12:00:00.999Z"))).toBe(1772366400);
  expect(fromNumericDate(1772366400).toISOString()).toBe("2026-03-01T12:00:00.000Z");
});

describe("what a JWT access token shows of the claims it was given", () => {
  const claims = { tenant: "t1", roles: ["a"] };
  test.each([
    ["all of them in `ext`", {}, claims, true],
    ["all, some of them lifted beside it", { topLevelClaims: ["tenant"] }, claims, true],
    [
      "all, some of them lifted out of it",
      { topLevelClaims: ["tenant"], mirrorTopLevelClaims: false, preserveExtClaims: true },
      claims,
      true,
    ],
    ["only what is lifted", { topLevelClaims: ["tenant"], mirrorTopLevelClaims: false }, { tenant: "t1" }, false],
    ["none", { mirrorTopLevelClaims: false }, {}, false],
  ])("%s", (_, styled, shown, isAll) => {
    expect(claimsShown(accessToken({ claims }, styled))).toEqual({ claims: shown, isAll });
  });
});
