/** The claims of ID tokens, JWT access tokens and userinfo, made of what is known. */
import type { Authorization } from "./authorization.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "./json.ts";

/** Names that neither the consent application nor a hook may set in an ID token (OIDC Core §2). */
const reservedInIdToken = new Set([
  "iss", "sub", "aud", "exp", "iat", "nbf", "jti", "nonce", "auth_time", "acr", "amr", "azp", "at_hash", "c_hash",
  "s_hash", "rat", "sid", "client_id", "scope", "cnf", "act",
]); // biome-ignore format: a list of words

/** Names an access token keeps for itself (RFC 9068 §2.2, RFC 8693 §4, RFC 7800 §3). */
const reservedInAccessToken = new Set([
  "iss", "sub", "aud", "exp", "iat", "nbf", "jti", "client_id", "scope", "scp", "ext", "cnf", "act", "auth_time",
  "acr", "amr", "sid", "nonce", "azp", "at_hash", "c_hash",
]); // biome-ignore format: a list of words

export interface IdTokenFacts {
  readonly issuer: string;
  readonly subject: string;
  readonly authorization: Authorization;
  readonly now: Date;
  readonly expiresAt: Date;
  readonly tokenId: string;
  /** `at_hash` of the access token issued beside it (OIDC Core §3.1.3.6). */
  readonly accessTokenHash: string | null;
  /** `c_hash` of the code issued beside it (OIDC Core §3.3.2.11). */
  readonly codeHash: string | null;
}

/** OIDC Core §2. */
export function idTokenClaims(facts: IdTokenFacts): JsonObject {
  const { authorization } = facts;
  const { acr, amr, nonce, oidcContext, authenticatedAt, requestedAt } = authorization.facts;
  // As Hydra: a requested acr that the login did not reach is said by "0".
  const reached = acr !== "" ? acr : oidcContext.acrValues.length > 0 ? "0" : "";
  return {
    ...without(authorization.idTokenClaims, reservedInIdToken),
    iss: facts.issuer,
    sub: facts.subject,
    aud: [authorization.clientId],
    iat: toNumericDate(facts.now),
    exp: toNumericDate(facts.expiresAt),
    auth_time: toNumericDate(authenticatedAt),
    rat: toNumericDate(requestedAt),
    jti: facts.tokenId,
    sid: authorization.sessionId,
    ...(nonce === null ? {} : { nonce }),
    ...(reached === "" ? {} : { acr: reached }),
    ...(amr.length === 0 ? {} : { amr: [...amr] }),
    ...(facts.accessTokenHash === null ? {} : { at_hash: facts.accessTokenHash }),
    ...(facts.codeHash === null ? {} : { c_hash: facts.codeHash }),
  };
}

/** OIDC Core §5.3.2: what the ID token says of the user, without what is about that token alone. */
export function userinfoClaims(issuer: string, subject: string, authorization: Authorization): JsonObject {
  const { acr, amr, authenticatedAt, requestedAt } = authorization.facts;
  return {
    ...without(authorization.idTokenClaims, reservedInIdToken),
    iss: issuer,
    sub: subject,
    aud: [authorization.clientId],
    auth_time: toNumericDate(authenticatedAt),
    iat: toNumericDate(authorization.createdAt),
    rat: toNumericDate(requestedAt),
    ...(acr === "" ? {} : { acr }),
    ...(amr.length === 0 ? {} : { amr: [...amr] }),
  };
}

export interface AccessTokenFacts {
  readonly issuer: string;
  readonly subject: string;
  readonly clientId: string;
  readonly audience: readonly string[];
  readonly scope: readonly string[];
  readonly now: Date;
  readonly expiresAt: Date;
  readonly tokenId: string;
  readonly authorization: Authorization | null;
  /** What it says beyond the protocol's own claims. */
  readonly claims: JsonObject;
  readonly style: ClaimStyle;
}

/** The settings that shape a JWT access token, as Hydra has them. */
export interface ClaimStyle {
  readonly scopeClaim: "list" | "string" | "both";
  readonly excludeNotBefore: boolean;
  readonly topLevelClaims: readonly string[];
  readonly mirrorTopLevelClaims: boolean;
  readonly preserveExtClaims: boolean;
}

/** RFC 9068 §2.2. */
export function accessTokenClaims(facts: AccessTokenFacts): JsonObject {
  const { style, authorization } = facts;
  const extra = facts.claims;
  const lifted = pick(extra, (name) => style.topLevelClaims.includes(name) && !reservedInAccessToken.has(name));
  const ext = style.mirrorTopLevelClaims ? extra : pick(extra, (name) => !Object.hasOwn(lifted, name));
  const showExt = style.mirrorTopLevelClaims || (style.preserveExtClaims && Object.keys(ext).length > 0);
  return {
    ...lifted,
    iss: facts.issuer,
    sub: facts.subject,
    // RFC 9068 §3: a request that names no resource gets the default one; ours is the issuer itself.
    aud: facts.audience.length > 0 ? [...facts.audience] : [facts.issuer],
    client_id: facts.clientId,
    iat: toNumericDate(facts.now),
    exp: toNumericDate(facts.expiresAt),
    jti: facts.tokenId,
    ...(style.excludeNotBefore ? {} : { nbf: toNumericDate(facts.now) }),
    ...(style.scopeClaim === "string" ? {} : { scp: [...facts.scope] }),
    ...(style.scopeClaim === "list" ? {} : { scope: facts.scope.join(" ") }),
    ...(showExt ? { ext } : {}),
    // RFC 9068 §2.2.1: how the user signed in, where a user did.
    ...(authorization === null ? {} : { auth_time: toNumericDate(authorization.facts.authenticatedAt) }),
  };
}

/** What a JWT access token was made to say beyond the protocol's own claims; without `ext` that may not be all of it. */
export function claimsShown(token: JsonObject): { readonly claims: JsonObject; readonly isAll: boolean } {
  const ext = isJsonObject(token.ext) ? token.ext : null;
  const isAll = ext !== null;
  if (isAll && Object.keys(token).every((name) => reservedInAccessToken.has(name))) return { claims: ext, isAll };
  return { claims: { ...ext, ...without(token, reservedInAccessToken) }, isAll };
}

/** RFC 7519 §2: seconds since the epoch. */
export function toNumericDate(instant: Date): number {
  return Math.floor(instant.getTime() / 1000);
}

export function fromNumericDate(seconds: number): Date {
  return new Date(seconds * 1000);
}

function without(claims: JsonObject, names: ReadonlySet<string>): JsonObject {
  return pick(claims, (name) => !names.has(name));
}

function pick(claims: JsonObject, keep: (name: string) => boolean): JsonObject {
  return Object.fromEntries(Object.entries(claims).filter(([name]) => keep(name))) as Record<string, JsonValue>;
}
