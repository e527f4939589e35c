import type { AccessTokenRecord, LiveAccessToken, PresentedCode, RefreshFamily } from "../../protocol/token.ts";

/** What a write that rests on a remembered client and a single-use credential may answer. */
export type Outcome = "done" | "lost" | "stale";

export interface NewFamily {
  readonly authorizationId: string;
  readonly clientId: string;
  readonly expiresAt: Date;
}

/** A code spent for tokens: one atomic step. */
export interface Redemption {
  readonly digest: string;
  readonly authorizationId: string;
  readonly clientId: string;
  readonly revision: number;
  /** Null for a JWT: nothing is stored. */
  readonly accessToken: AccessTokenRecord | null;
  /** Null when no refresh token is issued. Its first generation is 1. */
  readonly family: NewFamily | null;
  readonly now: Date;
}

export interface CodeStore {
  /** Whatever its state; undefined when it is not known or its client is gone. */
  find(digest: string): Promise<PresentedCode | undefined>;
  /**
   * Spends an unspent, unexpired code of an unrevoked authorization and stores what it buys. `lost`: somebody else spent
   * it, it expired or was revoked. `stale`: the client has another revision. An unknown outcome (the connection died) is
   * cleared up inside, or thrown as unavailable; it never looks like a replay.
   */
  redeem(redemption: Redemption): Promise<Outcome>;
}

/** One rotation: the family's generation goes up by one and the new access token is stored. */
export interface Rotation {
  readonly authorizationId: string;
  readonly clientId: string;
  readonly revision: number;
  /** The generation that was presented. */
  readonly generation: number;
  readonly expiresAt: Date;
  readonly accessToken: AccessTokenRecord | null;
  readonly now: Date;
}

/** A used token that is answered again in its grace period: the generation stays, another access token is stored. */
export interface Retry {
  readonly authorizationId: string;
  readonly clientId: string;
  readonly revision: number;
  /** The generation that is good now: the child of the one that was presented. */
  readonly generation: number;
  /** How often this may happen before the child is used; null: any number of times. */
  readonly most: number | null;
  readonly accessToken: AccessTokenRecord | null;
  readonly now: Date;
}

export interface RefreshFamilyStore {
  find(authorizationId: string): Promise<RefreshFamily | undefined>;
  rotate(rotation: Rotation): Promise<Outcome>;
  /** `lost`: the child was used meanwhile, it has happened too often, or the family ended. */
  retry(retry: Retry): Promise<Outcome>;
}

/** What a JWT access token says of itself (`jti` and claims), to be held against the database. */
export interface JwtStanding {
  readonly jti: string;
  /** 32 hex digits, or null for a token that hangs from its client alone. */
  readonly authorizationId: string | null;
  readonly clientId: string;
  readonly epoch: number;
  readonly generation: number;
}

export interface AccessTokenStore {
  /** False when the client's revision is no longer `revision`: nothing is stored. */
  issue(token: AccessTokenRecord, revision: number): Promise<boolean>;
  /** An opaque token that lives at `now`. */
  find(digest: string, now: Date): Promise<LiveAccessToken | undefined>;
  /** A JWT that lives (its signature and times are the caller's to check); the authorization, or null where it has none. */
  stands(token: JwtStanding): Promise<Pick<LiveAccessToken, "authorization" | "revision"> | undefined>;
  /** Ends one opaque token that has no authorization. */
  delete(digest: string): Promise<boolean>;
  /** Ends one JWT; kept until the token's own expiry. */
  revokeJwt(jti: string, expiresAt: Date, clientId: string): Promise<void>;
}
