/** A remembered consent, as far as the next step needs it. */
export interface RememberedConsent {
  readonly id: string;
  readonly grantedScope: readonly string[];
  readonly grantedAudience: readonly string[];
}

export interface AuthorizationStore {
  /** Unrevoked, remembered beyond `now`, not skipped; the newest first, at most 20. */
  remembered(subject: string, clientId: string, now: Date): Promise<RememberedConsent[]>;
  /** Ends it, with every code and token that hangs from it. False when it had ended or is not known. */
  revoke(id: string, now: Date): Promise<boolean>;
}
