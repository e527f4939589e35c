/** How clients know a user: all by one identifier, or those of each sector by one of their own (OIDC Core §8). */
import type { Client, ClientMetadata } from "./client.ts";
import { fault } from "./client-metadata/fault.ts";
import { hexDigest } from "./digest.ts";

/** More than any client has redirect URIs. */
const maxListed = 10_000;

export function isPairwise(client: ClientMetadata): boolean {
  return client.subjectType === "pairwise";
}

/** OIDC Core §8.1: without a `sector_identifier_uri`, the sector is the one host of the redirect URIs. */
export function requireSector(metadata: ClientMetadata): void {
  if (!isPairwise(metadata) || metadata.sectorIdentifierUri !== "") return;
  const hosts = hostsOf(metadata);
  if (hosts.size === 1 && !hosts.has("")) return;
  fault("sector_identifier_uri", "is needed for pairwise subjects unless the redirect_uris have one host between them");
}

function sectorOf(client: ClientMetadata): string {
  // D53: the whole URI, as in Hydra.
  if (client.sectorIdentifierUri !== "") return client.sectorIdentifierUri;
  return [...hostsOf(client)].sort().join(" ");
}

function hostsOf({ redirectUris }: ClientMetadata): ReadonlySet<string> {
  return new Set(redirectUris.map((uri) => new URL(uri).hostname));
}

/** D53: Hydra's formula with its parts kept apart, so that no two of them meet (a hash cannot be turned back). */
export function pairwiseSubject(client: Client, subject: string, salt: string): string {
  return hexDigest(JSON.stringify([sectorOf(client), subject, salt]));
}

/** OIDC Registration §5: every redirect URI must be in the document at the `sector_identifier_uri`. */
export function requireListedRedirects(metadata: ClientMetadata, document: readonly unknown[]): void {
  const listed = new Set(document);
  if (document.length > maxListed || !document.every((entry) => typeof entry === "string")) {
    fault("sector_identifier_uri", `must lead to a JSON array of at most ${maxListed} strings`);
  }
  if (!metadata.redirectUris.every((uri) => listed.has(uri))) {
    fault("sector_identifier_uri", "must lead to a JSON array that holds every redirect URI of the client");
  }
}
