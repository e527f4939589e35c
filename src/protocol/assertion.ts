/** JWT assertions by which clients authenticate (RFC 7521 §5, RFC 7523 §3). */
import { fromNumericDate } from "./claims.ts";
import { digest } from "./digest.ts";
import { refuse } from "./errors.ts";
import type { JsonObject } from "./json.ts";

/** Clocks of honest clients differ by this many seconds at most. */
const skewSeconds = 10;
/** RFC 7523 §3 (4): an unreasonably far `exp` is refused; the replay memory is bounded by it. */
const longestLifeSeconds = 24 * 3600;

/** An assertion that may be used once: what the replay memory keeps. */
export interface UsableAssertion {
  readonly digest: string;
  readonly expiresAt: Date;
}

/** RFC 7523 §3 for a client (§2.2): issuer and subject are the client, the audience is us, fresh, and named. */
export function requireClientAssertion(
  claims: JsonObject,
  expected: { readonly clientId: string; readonly audiences: readonly string[]; readonly now: Date },
): UsableAssertion {
  if (claims.iss !== expected.clientId || claims.sub !== expected.clientId) {
    invalid("The 'iss' and 'sub' claims of the client assertion must be the client_id.");
  }
  requireAudience(claims.aud, expected.audiences);
  const now = expected.now.getTime() / 1000;
  const expiry = requireNumber(claims.exp, "exp");
  if (expiry <= now - skewSeconds) invalid("The client assertion has expired.");
  if (expiry > now + longestLifeSeconds) invalid("The client assertion is valid for too long.");
  for (const name of ["nbf", "iat"]) {
    if (claims[name] !== undefined && requireNumber(claims[name], name) > now + skewSeconds) {
      invalid(`The '${name}' claim of the client assertion lies in the future.`);
    }
  }
  const id = claims.jti;
  // OIDC Core §9: required, so that it can be used only once.
  if (typeof id !== "string" || id === "" || id.length > 512) invalid("The client assertion needs a 'jti' claim.");
  return {
    digest: digest(JSON.stringify([expected.clientId, id])),
    expiresAt: fromNumericDate(Math.ceil(expiry) + skewSeconds),
  };
}

// D12: the issuer, or the URL of the endpoint that was called; alone or in a list.
function requireAudience(audience: unknown, accepted: readonly string[]): void {
  const values = Array.isArray(audience) ? audience : [audience];
  if (!values.some((value) => typeof value === "string" && accepted.includes(value))) {
    invalid("The 'aud' claim of the client assertion must be the issuer or the URL of this endpoint.");
  }
}

function requireNumber(value: unknown, name: string): number {
  if (typeof value !== "number" || !Number.isFinite(value) || value < 0) {
    invalid(`The '${name}' claim of the client assertion must be a number of seconds since the epoch.`);
  }
  return value;
}

function invalid(message: string): never {
  refuse("invalid_client", message);
}
