import type { LoginSession } from "../../protocol/login-session.ts";
import type { EndedSession, SessionRevocation } from "../../protocol/logout.ts";

export interface SessionEnding {
  readonly sessionIds: readonly string[];
  /** The accepted logout that ends them, which is done with it; without it nothing ends. Null: an administrator's word. */
  readonly logoutId: string | null;
  /** Which authorizations of the sessions end with them. */
  readonly revoke: SessionRevocation;
  /** When clients that cannot be told are given up. */
  readonly giveUpAt: Date;
  readonly now: Date;
}

export interface SessionsEnded {
  /** False when the logout was not accepted, is done or has expired: nothing has changed. */
  readonly done: boolean;
  readonly sessions: readonly EndedSession[];
}

/** Which sessions, after which id, and how many. */
export interface SessionPage {
  readonly by: { readonly subject: string } | { readonly clientId: string } | { readonly sessionId: string };
  /** Null for the first page. */
  readonly after: string | null;
  readonly limit: number;
  readonly now: Date;
}

export interface ListedSession extends LoginSession {
  /** The clients that take part in it. */
  readonly clientIds: readonly string[];
}

export interface LoginSessionStore {
  /** The unexpired session whose cookie secret has this digest. */
  findBySecret(secretDigest: string, now: Date): Promise<LoginSession | undefined>;
  /** The unexpired session of this `sid`. */
  find(id: string, now: Date): Promise<LoginSession | undefined>;
  /** Unexpired ones, in the order of their ids. */
  list(page: SessionPage): Promise<ListedSession[]>;
  /** Ids of the subject's sessions, at most `limit`. */
  ofSubject(subject: string, limit: number): Promise<string[]>;
  /**
   * Ends those that there are. In the same step their authorizations are revoked as asked, what they remember of the
   * user's consent apart, and a delivery is written for every client of theirs that is told over the back channel.
   */
  end(ending: SessionEnding): Promise<SessionsEnded>;
}
