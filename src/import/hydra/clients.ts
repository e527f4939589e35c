/** Hydra's clients: one column for each member, lists as JSON, lifespans as nanoseconds. */
import { parseSecretHash } from "../../adapters/keys/secret-hash.ts";
import type { ForeignClient } from "../../ports/import-source.ts";
import { type ClientMetadata, emptyClientMetadata, type LifespanName, lifespanNames } from "../../protocol/client.ts";
import { isJsonObject, type JsonObject } from "../../protocol/json.ts";
import { grantTypes } from "../../protocol/names.ts";
import { flagOf, instantOf, jsonOf, listOf, numberOf, objectOf, type Row, textOf } from "./cells.ts";
import type { Selection } from "./database.ts";

export const clientSelection: Selection = { table: "hydra_client", key: "id", where: "1 = 1" };

const knownGrants = new Set<string>(grantTypes);

export function toForeignClient(
  row: Row,
  { now, salt }: { readonly now: Date; readonly salt: string | null },
): ForeignClient {
  const hashes = [textOf(row, "client_secret"), ...listOf(row, "rotated_secrets")].filter((hash) => hash !== "");
  const secretHashes = hashes.filter((hash) => parseSecretHash(hash) !== undefined);
  const granted = listOf(row, "grant_types");
  const lostGrants = granted.filter((type) => !knownGrants.has(type));
  const createdAt = instantOf(row, "created_at") ?? now;
  return {
    id: textOf(row, "id"),
    metadata: toMetadata(row),
    secretHashes,
    createdAt,
    updatedAt: instantOf(row, "updated_at") ?? createdAt,
    losses: [
      ...lostGrants.map((type) => `the grant type '${type}' is not there any more`),
      ...(secretHashes.length < hashes.length
        ? ["a secret does not come along: its hash is of no known form, or too dear to check"]
        : []),
      ...(textOf(row, "subject_type") === "pairwise" && salt === null
        ? ["it will know its users by other identifiers, unless oidc.subject_identifiers.pairwise.salt is Hydra's"]
        : []),
    ],
  };
}

function toMetadata(row: Row): ClientMetadata {
  const text = (column: string) => textOf(row, column);
  const list = (column: string) => listOf(row, column);
  return {
    ...emptyClientMetadata,
    name: text("client_name"),
    owner: text("owner"),
    redirectUris: list("redirect_uris"),
    grantTypes: list("grant_types").filter((type) => knownGrants.has(type)),
    responseTypes: list("response_types"),
    scope: text("scope").trim().replace(/ +/g, " "),
    audience: list("audience"),
    policyUri: text("policy_uri"),
    tosUri: text("tos_uri"),
    clientUri: text("client_uri"),
    logoUri: text("logo_uri"),
    contacts: list("contacts"),
    allowedCorsOrigins: list("allowed_cors_origins"),
    subjectType: text("subject_type"),
    sectorIdentifierUri: text("sector_identifier_uri"),
    jwksUri: text("jwks_uri"),
    jwks: toKeys(objectOf(row, "jwks")),
    tokenEndpointAuthMethod: text("token_endpoint_auth_method"),
    tokenEndpointAuthSigningAlg: text("token_endpoint_auth_signing_alg"),
    requestUris: list("request_uris"),
    requestObjectSigningAlg: text("request_object_signing_alg"),
    userinfoSignedResponseAlg: text("userinfo_signed_response_alg"),
    frontchannelLogoutUri: text("frontchannel_logout_uri"),
    frontchannelLogoutSessionRequired: flagOf(row, "frontchannel_logout_session_required"),
    backchannelLogoutUri: text("backchannel_logout_uri"),
    backchannelLogoutSessionRequired: flagOf(row, "backchannel_logout_session_required"),
    postLogoutRedirectUris: list("post_logout_redirect_uris"),
    metadata: toObject(jsonOf(row, "metadata")),
    accessTokenStrategy: text("access_token_strategy"),
    skipConsent: flagOf(row, "skip_consent"),
    skipLogoutConsent: row.skip_logout_consent == null ? null : flagOf(row, "skip_logout_consent"),
    lifespans: toLifespans(row),
  };
}

function toKeys(jwks: JsonObject): JsonObject | null {
  return Array.isArray(jwks.keys) && jwks.keys.length > 0 ? jwks : null;
}

/** Hydra takes any JSON. */
function toObject(value: unknown): JsonObject {
  return isJsonObject(value) ? value : {};
}

function toLifespans(row: Row): Partial<Record<LifespanName, number>> {
  const lifespans: Partial<Record<LifespanName, number>> = {};
  for (const name of lifespanNames) {
    const nanoseconds = numberOf(row, `${name}_lifespan`);
    if (nanoseconds !== null) lifespans[name] = nanoseconds / 1e9;
  }
  return lifespans;
}
