/** Proof Key for Code Exchange (RFC 7636), `S256` only (D1). */
import { digest, isSame } from "./digest.ts";
import { refuse } from "./errors.ts";

/** RFC 7636 §4.2: the challenge, or null when none was sent. Method and challenge come together or not at all. */
export function readChallenge(challenge: string | undefined, method: string | undefined): string | null {
  if (challenge === undefined) {
    if (method !== undefined) {
      refuse("invalid_request", "The parameter 'code_challenge_method' was sent without a 'code_challenge'.");
    }
    return null;
  }
  // RFC 7636 §4.3: without a method it would mean `plain`, which is refused as well.
  if (method !== "S256") {
    refuse("invalid_request", "Clients must use code_challenge_method=S256, plain is not allowed.", {
      field: "code_challenge_method",
    });
  }
  if (!/^[A-Za-z0-9_-]{43}$/.test(challenge)) {
    refuse("invalid_request", "The 'code_challenge' must be the base64url form of a SHA-256: 43 characters.", {
      field: "code_challenge",
    });
  }
  return challenge;
}

/** RFC 7636 §4.6. A verifier without a challenge is a downgrade attempt (RFC 9700 §4.8.2). */
export function requireVerifier(challenge: string | null, verifier: string | undefined): void {
  if (challenge === null) {
    if (verifier === undefined) return;
    refuse("invalid_grant", "A 'code_verifier' was sent, but the authorization request had no 'code_challenge'.");
  }
  if (verifier === undefined) {
    refuse("invalid_grant", "The PKCE code verifier is missing: the authorization request had a 'code_challenge'.");
  }
  if (!/^[A-Za-z0-9\-._~]{43,128}$/.test(verifier)) {
    refuse("invalid_grant", "The PKCE code verifier must be 43 to 128 unreserved characters (RFC 7636 section 4.1).");
  }
  if (!isSame(digest(verifier), challenge)) {
    refuse("invalid_grant", "The PKCE code challenge did not match the code verifier.");
  }
}
