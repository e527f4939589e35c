/** A browser that is signed in. */
export interface LoginSession {
  /** The `sid` of ID tokens (a dashed UUID); never what the cookie holds. */
  readonly id: string;
  readonly subject: string;
  readonly authenticatedAt: Date;
  /** Whether a later flow may skip the login page because of it. */
  readonly remember: boolean;
  readonly expiresAt: Date;
  /** The session at the identity provider behind the login application, or "". */
  readonly identityProviderSessionId: string;
  /** Digest of the cookie's own 256-bit secret (D41); null when no cookie was given. */
  readonly secretDigest: string | null;
}
