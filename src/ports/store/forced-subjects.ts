/** Under which identifier a pairwise client knows a user whose login application chose it. */
export interface ForcedSubjectStore {
  find(clientId: string, subject: string): Promise<string | undefined>;
  /** The last one counts. A client that is gone has none. */
  keep(clientId: string, subject: string, presented: string): Promise<void>;
}
