/** Under which identifiers Hydra's pairwise clients know their users. */
import type { KnownSubject } from "../../ports/import-source.ts";
import { hexDigest } from "../../protocol/digest.ts";
import { listOf, type Row, textOf } from "./cells.ts";
import { clientSelection } from "./clients.ts";
import { type HydraDatabase, pages, type Selection } from "./database.ts";

export interface PairwiseClients {
  has(clientId: string): boolean;
  /** Null when nobody can tell: the salt is not known, or the client has no sector. */
  computed(clientId: string, subject: string): string | null;
}

/** Few clients are pairwise, so all of them are held. */
export async function readPairwiseClients(
  db: HydraDatabase,
  network: string,
  salt: string | null,
): Promise<PairwiseClients> {
  const sectors = new Map<string, string | null>();
  const selection = { ...clientSelection, where: "subject_type = 'pairwise'" };
  for await (const rows of pages(db, network, selection)) {
    for (const row of rows) {
      sectors.set(textOf(row, "id"), sectorOf(textOf(row, "sector_identifier_uri"), listOf(row, "redirect_uris")));
    }
  }
  return {
    has: (clientId) => sectors.has(clientId),
    computed(clientId, subject) {
      const sector = sectors.get(clientId) ?? null;
      // Hydra's formula, which joins its parts without a mark between them.
      return sector === null || salt === null ? null : hexDigest(sector + subject + salt);
    },
  };
}

function sectorOf(uri: string, redirectUris: readonly string[]): string | null {
  if (uri !== "") return uri;
  const [first] = redirectUris;
  return first === undefined || redirectUris.length > 1 || !URL.canParse(first) ? null : new URL(first).host;
}

/** What login applications forced. */
export const forcedSelection: Selection = {
  table: "hydra_oauth2_obfuscated_authentication_session",
  key: "length(client_id) || '/' || client_id || subject",
  where: "1 = 1",
};

export function toForcedSubject(row: Row): KnownSubject {
  const [clientId, subject] = [textOf(row, "client_id"), textOf(row, "subject")];
  return { clientId, subject, presented: textOf(row, "subject_obfuscated") };
}

/** Null for a client that knows its users as everybody does, and where there is nothing to keep. */
export function knownSubject(
  pairwise: PairwiseClients,
  { clientId, subject, presented }: { clientId: string; subject: string; presented: string | null },
): KnownSubject | null {
  if (!pairwise.has(clientId) || presented === null || presented === "") return null;
  return { clientId, subject, presented };
}
