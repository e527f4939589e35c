import type { Client } from "../../protocol/client.ts";
import type { ClientChange } from "../../protocol/told-event.ts";

/** How a list is cut: after the row with this id, at most `limit` rows, in the order of the ids. */
export interface ClientPage {
  readonly after: string | null;
  readonly limit: number;
  /** Exact matches, or null. */
  readonly name: string | null;
  readonly owner: string | null;
}

export interface ClientStore {
  /** False when the id is taken. */
  create(client: Client): Promise<boolean>;
  /** As it stands now. */
  find(id: string): Promise<Client | undefined>;
  /** Perhaps a moment old: only for what a later write proves with the client's `revision`. */
  recall(id: string): Promise<Client | undefined>;
  /** Whether this is still the client's revision. */
  isCurrent(id: string, revision: number): Promise<boolean>;
  list(page: ClientPage): Promise<Client[]>;
  /**
   * Writes the client's metadata, secrets and `updatedAt`; raises the stored revision and keeps epoch and `createdAt`.
   * With `expected`, only if that is the stored revision. Answers the client as stored, or undefined. What is told of it
   * is `change`: a replacement unless something else is said.
   */
  replace(client: Client, expected: number | null, change?: ClientChange): Promise<Client | undefined>;
  /**
   * Ends every access token of the client, opaque or JWT, by another epoch; and raises the revision, so that nobody who
   * remembers the client issues one of the old epoch. False when there is none.
   */
  endAccessTokens(id: string): Promise<boolean>;
  /** Ends every authorization of the client with it. False when there is none. */
  delete(id: string, now: Date): Promise<boolean>;
}
