/** Issuers whose JWTs are worth tokens (RFC 7523 §2.1), as an administrator trusts them: key by key, subject by subject. */
import { publicKeyFault } from "./client-metadata/keys.ts";
import { refuse } from "./errors.ts";
import { isJsonObject, type JsonObject } from "./json.ts";
import { asymmetricAlgorithms } from "./names.ts";

export interface TrustedIssuer {
  /** A dashed UUID. */
  readonly id: string;
  readonly issuer: string;
  /** "" where it is any subject. */
  readonly subject: string;
  readonly allowAnySubject: boolean;
  /** No assertion of this issuer is worth more. */
  readonly scope: readonly string[];
  /** The name of the key. */
  readonly kid: string;
  /** Public members only. */
  readonly publicJwk: JsonObject;
  readonly createdAt: Date;
  /** From then on its assertions are worth nothing. */
  readonly expiresAt: Date;
}

/** What an administrator asks for; `jwk` and `expiresAt` are null where they were left out. */
export interface TrustOrder {
  readonly issuer: string;
  readonly subject: string;
  readonly allowAnySubject: boolean;
  readonly scope: readonly string[];
  readonly jwk: JsonObject | null;
  readonly expiresAt: Date | null;
}

/** Members that say which public key it is and what it is for (RFC 7517 §4, RFC 7518 §6); no other is kept. */
const publicMembers = ["kty", "kid", "alg", "use", "crv", "x", "y", "n", "e"];

/** The order as it is stored, or a refusal in Hydra's words. */
export function requireTrustOrder(order: TrustOrder, now: Date): Omit<TrustedIssuer, "id" | "createdAt"> {
  const { issuer, subject, allowAnySubject, scope, jwk, expiresAt } = order;
  if (issuer === "") missing("issuer", "Field 'issuer' is required.");
  if (subject === "" && !allowAnySubject) {
    missing("subject", "One of 'subject' or 'allow_any_subject' field must be set.");
  }
  if (subject !== "" && allowAnySubject) {
    missing("subject", "Both 'subject' and 'allow_any_subject' fields cannot be set at the same time.");
  }
  if (expiresAt === null) missing("expires_at", "Field 'expires_at' is required.");
  if (expiresAt <= now) refuse("invalid_request", "Field 'expires_at' must lie ahead.", { field: "expires_at" });
  const odd = scope.find((value) => !/^[\x21\x23-\x5b\x5d-\x7e]+$/.test(value));
  // RFC 6749 §3.3.
  if (odd !== undefined) refuse("invalid_request", "Field 'scope' must hold scope names.", { field: "scope" });
  const { kid, publicJwk } = requireTrustedKey(jwk);
  return { issuer, subject, allowAnySubject, scope: [...new Set(scope)], kid, publicJwk, expiresAt };
}

function requireTrustedKey(jwk: JsonObject | null): Pick<TrustedIssuer, "kid" | "publicJwk"> {
  const kid = isJsonObject(jwk) ? jwk.kid : undefined;
  if (!isJsonObject(jwk) || typeof kid !== "string" || kid === "") {
    missing("jwk", "Field 'jwk' must contain JWK with kid header.");
  }
  const fault = kid.length > 255 ? "has a 'kid' of more than 255 characters" : publicKeyFault(jwk);
  // D38: a private key that travelled is nobody's proof any more.
  if (fault !== null) refuse("invalid_request", `Field 'jwk' ${fault}.`, { field: "jwk" });
  const fits = jwk.alg === undefined || asymmetricAlgorithms.some((algorithm) => algorithm === jwk.alg);
  if (!fits || (jwk.use !== undefined && jwk.use !== "sig")) {
    refuse("invalid_request", "Field 'jwk' must be a key for signatures, of an algorithm that this server knows.", {
      field: "jwk",
    });
  }
  return { kid, publicJwk: publicPart(jwk) };
}

function publicPart(jwk: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(jwk).filter(([name]) => publicMembers.includes(name)));
}

/** As Hydra calls it (D55), also where it is one parameter too many. */
function missing(field: string, message: string): never {
  refuse("invalid_request", message, { field, spoken: "missing_required_parameter" });
}
