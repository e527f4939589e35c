/** The URIs of a registration: each with the scheme it needs (RFC 7591 §2, OIDC Registration §2). */
import type { ClientMetadata } from "../client.ts";
import { isLoopback } from "../loopback.ts";
import { redirectUriFault, requireRegistrableRedirectUri } from "../redirect-uri.ts";
import { fault } from "./fault.ts";

export function requireUris(metadata: ClientMetadata, dev: boolean): void {
  for (const uri of metadata.redirectUris) {
    requireRegistrableRedirectUri(uri, dev);
    requireApplicationUri(uri, metadata.applicationType, dev);
  }
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
  if (metadata.initiateLoginUri !== "") requireInitiateUri(metadata.initiateLoginUri, dev);
  requireSectorUri(metadata.sectorIdentifierUri, dev);
  for (const origin of metadata.allowedCorsOrigins) requireOrigin(origin);
  requireLogoutUris(metadata, dev);
}

/** OIDC Registration §2, `application_type`; RFC 8252 §7 adds the https URIs that a native application may claim. */
function requireApplicationUri(uri: string, type: string, dev: boolean): void {
  const { protocol, hostname } = new URL(uri);
  if (type === "web" && protocol !== "https:" && !(dev && protocol === "http:")) {
    fault("redirect_uris", "must use https for the application_type 'web'");
  }
  if (type === "native" && protocol === "http:" && !isLoopback(hostname)) {
    fault("redirect_uris", "must lead to the loopback interface, for http and the application_type 'native'");
  }
}

// OIDC Registration §2: it must use https.
function requireInitiateUri(uri: string, dev: boolean): void {
  requireWebUri("initiate_login_uri", uri);
  if (!dev && !/^https:/i.test(uri)) fault("initiate_login_uri", "must use https");
}

// OIDC Registration §2: https, for whoever answers there decides who is of the sector.
function requireSectorUri(uri: string, dev: boolean): void {
  if (uri === "") return;
  requireWebUri("sector_identifier_uri", uri);
  if (!dev && !/^https:/i.test(uri)) fault("sector_identifier_uri", "must be a https URL");
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
