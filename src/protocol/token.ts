/** Tokens and codes: how they look, and what is known of one that lives. */
import type { Authorization } from "./authorization.ts";
import type { JsonObject } from "./json.ts";

/** What is stored of an opaque access token: never the token. */
export interface AccessTokenRecord {
  /** By `accessTokenDigest`: in the order of these the rows expire. */
  readonly digest: string;
  /** Null for a token that hangs from its client alone (client credentials, JWT bearer). */
  readonly authorizationId: string | null;
  readonly clientId: string;
  /** The client's epoch at issue. */
  readonly epoch: number;
  /** The refresh family's generation at issue; 0 when it belongs to none: then no refresh ends it. */
  readonly generation: number;
  /** Space-separated; null when it is the authorization's own. */
  readonly scope: string | null;
  /** Null when it is the authorization's own. */
  readonly audience: readonly string[] | null;
  /** Of whom it speaks; null when that is its authorization's subject, or its client. */
  readonly subject: string | null;
  /** What a web hook has it say; null when it says what its authorization says. Sealed at rest. */
  readonly claims: JsonObject | null;
  readonly issuedAt: Date;
  readonly expiresAt: Date;
}

/** A token that was found alive: its client exists, its epoch is the client's, its authorization stands. */
export interface LiveAccessToken extends AccessTokenRecord {
  readonly authorization: Authorization | null;
  /** The client's, as it stands. */
  readonly revision: number;
}

export interface AuthorizationCode {
  /** SHA-256 of the code, base64url. */
  readonly digest: string;
  readonly authorizationId: string;
  readonly clientId: string;
  readonly redirectUri: string;
  /** RFC 6749 §4.1.3: whether the token request must repeat it. */
  readonly redirectUriSent: boolean;
  /** S256 challenge, or null. */
  readonly codeChallenge: string | null;
  readonly expiresAt: Date;
}

/** A code as it stands when it is presented. */
export interface PresentedCode extends AuthorizationCode {
  readonly spentAt: Date | null;
  readonly authorization: Authorization;
  /** Whether the authorization has been revoked. */
  readonly revoked: boolean;
}

/** A refresh family: one per authorization; its id is the authorization's. */
export interface RefreshFamily {
  readonly authorizationId: string;
  readonly clientId: string;
  /** The generation whose token is good now; the first is 1. */
  readonly generation: number;
  /** When the present token expires; `foreverAt` for never. */
  readonly expiresAt: Date;
  readonly rotatedAt: Date;
  readonly authorization: Authorization;
  readonly revoked: boolean;
}
