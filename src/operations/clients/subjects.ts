/** Under which identifier a client knows a user (OIDC Core §8), and whether it may have such identifiers. */
import type { Config } from "../../config/settings.ts";
import type { Ports } from "../../ports/ports.ts";
import { type Client, type ClientMetadata, emptyClientMetadata } from "../../protocol/client.ts";
import { fault } from "../../protocol/client-metadata/fault.ts";
import { OAuthError, refuse } from "../../protocol/errors.ts";
import type { AcceptedLogin } from "../../protocol/flow.ts";
import {
  isPairwise,
  pairwiseSubject,
  requireListedRedirects,
  requireSector,
} from "../../protocol/subject-identifier.ts";

/** At registration. What was there before and has not changed is not fetched again. */
export async function requireSubjects(
  metadata: ClientMetadata,
  before: ClientMetadata | null,
  ports: Ports,
): Promise<void> {
  const supported: readonly string[] = ports.config["oidc.subject_identifiers.supported_types"];
  const type = metadata.subjectType === "" ? "public" : metadata.subjectType;
  if (!supported.includes(type)) fault("subject_type", `must be one of: ${supported.join(", ")}`);
  requireSector(metadata);
  if (metadata.sectorIdentifierUri === "" || isSameSector(metadata, before ?? emptyClientMetadata)) return;
  requireListedRedirects(metadata, await fetchSector(metadata.sectorIdentifierUri, ports));
}

function isSameSector(metadata: ClientMetadata, before: ClientMetadata): boolean {
  return (
    metadata.sectorIdentifierUri === before.sectorIdentifierUri &&
    metadata.redirectUris.every((uri) => before.redirectUris.includes(uri))
  );
}

async function fetchSector(url: string, { outbound }: Ports): Promise<readonly unknown[]> {
  try {
    return await outbound.fetchJsonArray(url);
  } catch (error) {
    if (!(error instanceof OAuthError)) throw error;
    // DCR-010: one sentence, whatever went wrong.
    return fault("sector_identifier_uri", "could not be fetched as a JSON array");
  }
}

/** "" where the client knows the user as everybody does. What the login application once forced stays (D53). */
export async function pairwiseFor(client: Client, subject: string, ports: Ports): Promise<string> {
  if (!isPairwise(client)) return "";
  return (await ports.store.forcedSubjects.find(client.id, subject)) ?? computed(client, subject, ports.config);
}

function computed(client: Client, subject: string, config: Config): string {
  const salt = config["oidc.subject_identifiers.pairwise.salt"];
  // The operator has withdrawn what the client is registered for: no other identifier may take its place.
  if (salt === null) refuse("unauthorized_client", "This server no longer has pairwise subject identifiers.");
  return pairwiseSubject(client, subject, salt);
}

/** For an authorization that is made now: the login application may choose the identifier, and it is kept. */
export async function choosePairwise(client: Client, login: AcceptedLogin, ports: Ports): Promise<string> {
  const { subject, forceSubjectIdentifier: forced } = login;
  if (!isPairwise(client) || forced === "") return pairwiseFor(client, subject, ports);
  await ports.store.forcedSubjects.keep(client.id, subject, forced);
  return forced;
}

/** Whether an ID token that says `claimed` is about the subject: by its own name, or by the one the client knows. */
export async function isKnownAs(client: Client, subject: string, claimed: string, ports: Ports): Promise<boolean> {
  if (claimed === subject) return true;
  if (!isPairwise(client)) return false;
  return claimed === computed(client, subject, ports.config) || claimed === (await pairwiseFor(client, subject, ports));
}
