/** The URIs of a registration: each with the scheme it needs (RFC 7591 §2, OIDC Registration §2). */
import type { ClientMetadata } from "../client.ts";
import { redirectUriFault, requireRegistrableRedirectUri } from "../redirect-uri.ts";
import { fault } from "./fault.ts";

export function requireUris(metadata: ClientMetadata, dev: boolean): void {
  for (const uri of metadata.redirectUris) requireRegistrableRedirectUri(uri, dev);
  const pages = {
    policy_uri: metadata.policyUri,
    tos_uri: metadata.tosUri,
    client_uri: metadata.clientUri,
    logo_uri: metadata.logoUri,
    frontchannel_logout_uri: metadata.frontchannelLogoutUri,
    backchannel_logout_uri: metadata.backchannelLogoutUri,
    jwks_uri: metadata.jwksUri,
  };
  for (const [field, uri] of Object.entries(pages)) if (uri !== "") requireWebUri(field, uri);
  for (const uri of metadata.requestUris) requireWebUri("request_uris", uri);
  if (metadata.sectorIdentifierUri !== "") {
    fault("sector_identifier_uri", "is only for pairwise subjects, which this server does not offer");
  }
  for (const origin of metadata.allowedCorsOrigins) requireOrigin(origin);
  requireLogoutUris(metadata, dev);
}

function requireWebUri(field: string, uri: string): void {
  if (!/^https?:\/\/[^/?#\\@\s]+([/?#][A-Za-z0-9\-._~:/?#[\]@!$&'()*+,;=%]*)?$/i.test(uri) || !URL.canParse(uri)) {
    fault(field, "must be a http or https URL without user-info");
  }
}

// Fetch §3.2: an origin is scheme, host and port.
function requireOrigin(origin: string): void {
  // As for the server's own list, a wildcard may stand for whole labels in front of a domain of at least two.
  const wellFormed = /^https?:\/\/(\*\.(?=[^.:]+\.[^.:]))?[^/?#\\@\s*]+$/i.test(origin) && URL.canParse(origin);
  if (!wellFormed) fault("allowed_cors_origins", "must hold origins: scheme, host and port only");
}

// As Hydra: where the browser goes after logout must be a place that is already the client's.
function requireLogoutUris(metadata: ClientMetadata, dev: boolean): void {
  const origins = new Set(metadata.redirectUris.map(originOf));
  for (const uri of metadata.postLogoutRedirectUris) {
    const wrong = redirectUriFault(uri, dev);
    if (wrong !== undefined) fault("post_logout_redirect_uris", wrong);
    if (!origins.has(originOf(uri))) {
      fault("post_logout_redirect_uris", "must share scheme, host and port with one of the redirect_uris");
    }
  }
}

function originOf(uri: string): string {
  const url = new URL(uri);
  return `${url.protocol}//${url.host}`;
}
