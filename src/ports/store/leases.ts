export interface LeaseStore {
  /** Takes the chore, or keeps it for longer. False while somebody else's lease of it runs. */
  take(chore: string, holder: string, now: Date, until: Date): Promise<boolean>;
  /** Lets the chore go, if it is this holder's. */
  release(chore: string, holder: string): Promise<void>;
}
