/** A logout in progress: who asked, which session is to end, and whether the user agreed (OIDC RP-Initiated Logout 1.0). */
import type { CookieChange } from "./browser.ts";

export const logoutStates = ["asked", "accepted", "rejected", "done"] as const;

export type LogoutState = (typeof logoutStates)[number];

/** What was asked; sealed at rest. */
export interface LogoutWish {
  /** The whole URL with every parameter, as it was requested. */
  readonly requestUrl: string;
  /** A registered address of the client to go to afterwards; null for the server's own. */
  readonly redirectUri: string | null;
  readonly state: string | null;
  /** Whether a valid `id_token_hint` proves that the client asked. */
  readonly rpInitiated: boolean;
  /** Whether the user counts as having agreed (D14). */
  readonly skip: boolean;
  readonly logoutHint: string;
  readonly uiLocales: readonly string[];
}

export interface LogoutRequest {
  /** 32 hex digits. */
  readonly id: string;
  readonly state: LogoutState;
  /** Whose address `redirectUri` is; null when no client is known. */
  readonly clientId: string | null;
  /** The session that is to end. */
  readonly sessionId: string;
  readonly subject: string;
  /** Digest of the value of the cookie that binds the logout to the browser that began it. */
  readonly cookieDigest: string;
  readonly requestedAt: Date;
  readonly expiresAt: Date;
  readonly wish: LogoutWish;
}

/** What the logout endpoint tells a browser, without HTTP. */
export type LogoutAnswer =
  | { readonly kind: "redirect"; readonly location: string; readonly cookies: readonly CookieChange[] }
  /** A page that opens these addresses in frames and then goes on (OIDC Front-Channel Logout 1.0 §3). */
  | {
      readonly kind: "notify";
      readonly frames: readonly string[];
      readonly location: string;
      readonly cookies: readonly CookieChange[];
    };

/** Which authorizations end with their session (D44): none, those without offline access, or all. */
export type SessionRevocation = "none" | "session" | "all";

/** A session that has ended, and the clients that it had signed in to. */
export interface EndedSession {
  readonly id: string;
  readonly subject: string;
  readonly identityProviderSessionId: string;
  readonly clientIds: readonly string[];
}

/** A client that is to be told of a session's end (OIDC Back-Channel Logout 1.0). */
export interface LogoutDelivery {
  readonly sessionId: string;
  readonly clientId: string;
  readonly subject: string;
  /** How often it has been tried, this time included. */
  readonly attempts: number;
  /** When nobody tries any more. */
  readonly expiresAt: Date;
}
