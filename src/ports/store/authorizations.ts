import type { Authorization } from "../../protocol/authorization.ts";
import type { JsonObject } from "../../protocol/json.ts";
import type { RevocationReason } from "../../protocol/told-event.ts";

/** A remembered consent, as far as the next step needs it. */
export interface RememberedConsent {
  readonly id: string;
  readonly grantedScope: readonly string[];
  readonly grantedAudience: readonly string[];
}

/** Which consents of a user to list: the newest first, after the one that is named. */
export interface ConsentPage {
  readonly subject: string;
  /** Only those of one login session, or null. */
  readonly sessionId: string | null;
  readonly after: { readonly createdAt: Date; readonly id: string } | null;
  readonly limit: number;
  readonly now: Date;
}

/** A token is to be issued that lives longer than was foreseen. */
export interface Prolongation {
  readonly id: string;
  readonly tokenSeconds: number;
  readonly until: Date;
}

/** What its tokens are to say from now on. */
export interface NewClaims {
  readonly id: string;
  readonly accessTokenClaims: JsonObject;
  readonly idTokenClaims: JsonObject;
}

export interface AuthorizationStore {
  /**
   * What the user decided and what still stands: not skipped, not past, and not revoked, or remembered although its
   * tokens ended with their session.
   */
  list(page: ConsentPage): Promise<Authorization[]>;
  /** Ends every one that the user gave, to one client or (null) to all, with all that hangs from them. */
  revokeGranted(subject: string, clientId: string | null, now: Date): Promise<void>;
  /** Ends every one that was given in this login session, with all that hangs from them. */
  revokeOfSession(sessionId: string, now: Date): Promise<void>;
  /** Unrevoked, remembered beyond `now`, not skipped; the newest first, at most 20. */
  remembered(subject: string, clientId: string, now: Date): Promise<RememberedConsent[]>;
  /** Puts its end off, and what is known of its tokens' lives: never shortens either. */
  prolong(prolongation: Prolongation): Promise<void>;
  /** Puts other claims in the place of its own. */
  setClaims(claims: NewClaims): Promise<void>;
  /**
   * Ends it, with every code and token that hangs from it. False when it had ended or is not known. What is told of it is
   * why: a user's or an administrator's word unless something else is said.
   */
  revoke(id: string, now: Date, because?: RevocationReason): Promise<boolean>;
}
