/** What a registration may say (RFC 7591 §2, OIDC Registration §2), checked member by member. */
import type { ClientMetadata } from "../client.ts";
import { authenticationMethodOf, grantTypesOf } from "../client.ts";
import { asymmetricAlgorithms, clientAuthenticationMethods, grantTypes, symmetricAlgorithms } from "../names.ts";
import { parseScope } from "../scope.ts";
import { isCleanText, quotable } from "../text.ts";
import { fault } from "./fault.ts";
import { requireKeys } from "./keys.ts";
import { requireUris } from "./uris.ts";

const maxListLength = 100;
const maxTextLength = 2048;
/** As the contract of the admin API bounds them, so that what was registered can be written again there. */
const longestTexts: Readonly<Record<string, number>> = { name: 255, owner: 255, scope: 8192 };

/** Other grant and response types may be registered: what the server does not do yet is refused when it is asked. */
const registrableGrantTypes = new Set<string>(grantTypes);

/** Refuses with `invalid_client_metadata` (or `invalid_redirect_uri`) and names the member. */
export function requireMetadata(metadata: ClientMetadata, dev: boolean): void {
  requireBounds(metadata);
  requireChoices(metadata);
  requireUris(metadata, dev);
  requireKeys(metadata);
  requireScope(metadata.scope);
  requireLifespans(metadata.lifespans);
}

export function requireLifespans(lifespans: ClientMetadata["lifespans"]): void {
  for (const [name, seconds] of Object.entries(lifespans)) {
    if (!(seconds > 0)) fault(`${name}_lifespan`, "must be a positive duration");
  }
}

function requireScope(scope: string): void {
  try {
    parseScope(scope);
  } catch {
    fault("scope", "must be printable ASCII words separated by single spaces");
  }
}

function requireBounds(metadata: ClientMetadata): void {
  for (const [name, value] of Object.entries(metadata)) {
    const field = toSnakeCase(name);
    if (typeof value === "string") requireText(field, value, longestTexts[name] ?? maxTextLength);
    if (!Array.isArray(value)) continue;
    if (value.length > maxListLength) fault(field, `must not have more than ${maxListLength} entries`);
    // Redirect URIs are judged whole, further on.
    if (name === "redirectUris") continue;
    for (const item of value) if (typeof item === "string") requireText(field, item, maxTextLength);
  }
}

function requireText(field: string, value: string, longest: number): void {
  if (value.length > longest) fault(field, `must not be longer than ${longest} characters`);
  if (!isCleanText(value)) fault(field, "must be well-formed Unicode without NUL characters");
}

function requireChoices(metadata: ClientMetadata): void {
  const method = authenticationMethodOf(metadata);
  requireOneOf("token_endpoint_auth_method", method, clientAuthenticationMethods);
  // RFC 8725 §3.1, §3.2: an algorithm is for one kind of key.
  const signing = method === "client_secret_jwt" ? symmetricAlgorithms : asymmetricAlgorithms;
  requireOneOf("token_endpoint_auth_signing_alg", metadata.tokenEndpointAuthSigningAlg, signing);
  requireOneOf("application_type", metadata.applicationType, ["web", "native"]);
  // OIDC Core §6.1: a secret signs as well, where there is one.
  const forObjects = method.startsWith("client_secret_") ? symmetricAlgorithms : [];
  const objects = [...asymmetricAlgorithms, ...forObjects, "none"];
  requireOneOf("request_object_signing_alg", metadata.requestObjectSigningAlg, objects);
  requireOneOf("access_token_strategy", metadata.accessTokenStrategy, ["opaque", "jwt"]);
  requireOneOf("subject_type", metadata.subjectType, ["public", "pairwise"]);
  requireOneOf("userinfo_signed_response_alg", metadata.userinfoSignedResponseAlg, ["none", ...asymmetricAlgorithms]);
  // OIDC Registration §2 allows `none` where no ID token comes through the browser; RFC 9700 would not.
  requireOneOf("id_token_signed_response_alg", metadata.idTokenSignedResponseAlg, asymmetricAlgorithms);
  for (const type of metadata.grantTypes) {
    if (!registrableGrantTypes.has(type)) fault("grant_types", `must not hold '${quotable(type)}'`);
  }
  for (const type of metadata.responseTypes) {
    const words = type.split(" ");
    if (words.some((word) => !["code", "token", "id_token"].includes(word))) {
      fault("response_types", `must not hold '${quotable(type)}'`);
    }
  }
  // RFC 6749 §4.4: client credentials are only for clients that have some.
  if (method === "none" && grantTypesOf(metadata).includes("client_credentials")) {
    fault("grant_types", "must not hold 'client_credentials' for a client without authentication");
  }
}

function requireOneOf(field: string, value: string, choices: readonly string[]): void {
  if (value !== "" && !choices.includes(value)) fault(field, `must be one of: ${choices.join(", ")}`);
}

function toSnakeCase(name: string): string {
  return name === "name" ? "client_name" : name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
