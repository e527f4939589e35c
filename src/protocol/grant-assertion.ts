/** JWTs of trusted issuers that a client trades for tokens: RFC 7523 §2.1 and §3. */
import type { UsableAssertion } from "./assertion.ts";
import { fromNumericDate } from "./claims.ts";
import { digest } from "./digest.ts";
import { refuse } from "./errors.ts";
import type { JsonObject } from "./json.ts";
import { isCleanText } from "./text.ts";

/** Clocks of honest issuers differ by this many seconds at most. */
const skewSeconds = 10;
const longestText = 1024;

/** What an assertion says of itself, before anybody believes it. */
export interface AssertionClaim {
  readonly issuer: string;
  readonly subject: string;
  /** The key that is said to have signed it. */
  readonly kid: string | null;
}

export function readAssertionClaim(header: JsonObject, claims: JsonObject): AssertionClaim {
  // RFC 8725 §3.11: what says that it is something else is nothing for us. RFC 7523 itself asks for no type.
  const type = typeof header.typ === "string" ? header.typ.toLowerCase() : header.typ;
  if (type !== undefined && type !== "jwt" && type !== "authorization-grant+jwt") {
    invalid("The assertion is of a type that is no authorization grant.");
  }
  const kid = header.kid ?? null;
  if (kid !== null && !isName(kid)) invalid("The 'kid' header of the assertion must be a name.");
  return { issuer: requireName(claims.iss, "iss"), subject: requireName(claims.sub, "sub"), kid };
}

export interface AssertionRules {
  readonly audiences: readonly string[];
  readonly maxSeconds: number;
  readonly idOptional: boolean;
  readonly issuedAtOptional: boolean;
  readonly now: Date;
}

/** RFC 7523 §3, once the signature holds. Null where it may be used again, because it has no `jti` and needs none. */
export function requireGrantAssertion(claims: JsonObject, rules: AssertionRules): UsableAssertion | null {
  const audience = audiencesOf(claims);
  if (!audience.some((value) => rules.audiences.includes(value))) {
    invalid("The 'aud' claim of the assertion must be the issuer or the URL of the token endpoint.");
  }
  const now = rules.now.getTime() / 1000;
  const expiry = requireTime(claims.exp, "exp");
  if (expiry <= now - skewSeconds) invalid("The assertion has expired.");
  const issuedAt = optionalTime(claims.iat, "iat");
  if (issuedAt === undefined && !rules.issuedAtOptional) invalid("The assertion needs an 'iat' claim.");
  const notBefore = optionalTime(claims.nbf, "nbf");
  if (Math.max(issuedAt ?? 0, notBefore ?? 0) > now + skewSeconds) invalid("The assertion is not valid yet.");
  if (expiry - Math.min(issuedAt ?? now, now) > rules.maxSeconds) invalid("The assertion is valid for too long.");
  if (claims.jti === undefined && rules.idOptional) return null;
  if (!isName(claims.jti)) invalid("The assertion needs a 'jti' claim.");
  return {
    // In three parts: what a client proves itself by is another kind of assertion, and counts apart.
    digest: digest(JSON.stringify(["grant", claims.iss, claims.jti])),
    expiresAt: fromNumericDate(Math.ceil(expiry) + skewSeconds),
  };
}

/** The `aud` claim: one text or a list of them (RFC 7519 §4.1.3). */
export function audiencesOf({ aud }: JsonObject): readonly string[] {
  const values = Array.isArray(aud) ? aud : [aud];
  return values.filter((value) => typeof value === "string");
}

function requireName(value: unknown, name: string): string {
  if (!isName(value)) invalid(`The assertion needs an '${name}' claim, which is a text of at most 1024 characters.`);
  return value;
}

function isName(value: unknown): value is string {
  return typeof value === "string" && value !== "" && value.length <= longestText && isCleanText(value);
}

function optionalTime(value: unknown, name: string): number | undefined {
  return value === undefined ? undefined : requireTime(value, name);
}

function requireTime(value: unknown, name: string): number {
  if (typeof value !== "number" || !Number.isFinite(value) || value < 0) {
    invalid(`The '${name}' claim of the assertion must be a number of seconds since the epoch.`);
  }
  return value;
}

function invalid(message: string): never {
  refuse("invalid_grant", message);
}
