/** Hydra 2.3, the last that Go's module proxy can build: what it has not yet, of what the endpoint table is made of. */
import type { Row, Said } from "./row.ts";

const laterEndpoints: ReadonlySet<string> = new Set([
  "GET /.well-known/oauth-authorization-server",
  "POST /oauth2/device/auth",
  "GET /oauth2/device/verify",
  "GET /oauth2/fallbacks/device",
  "GET /oauth2/fallbacks/device/done",
  "POST /admin/clients/{id}/secrets/rotate",
  "DELETE /admin/clients/{id}/secrets/rotate",
  "PUT /admin/oauth2/auth/requests/device/accept",
]);

const laterMembers: ReadonlySet<string> = new Set([
  "consent_request_id",
  "device_authorization_endpoint",
  "device_authorization_grant_access_token_lifespan",
  "device_authorization_grant_id_token_lifespan",
  "device_authorization_grant_refresh_token_lifespan",
]);

/** Headers that it writes in a way of its own, which nobody reads: page sizes in links, the spelling of metrics' names. */
const otherHeaders: ReadonlyMap<string, string> = new Map([
  ["POST /oauth2/register", "location"],
  ["GET /admin/clients", "link"],
  ["GET /admin/oauth2/auth/sessions/consent", "link"],
  ["GET /admin/trust/grants/jwt-bearer/issuers", "link"],
  ["GET /admin/metrics/prometheus", "content-type"],
]);

const nameOf = ({ method, path }: Row) => `${method} ${path}`;

export function isLater(row: Row): boolean {
  return laterEndpoints.has(nameOf(row));
}

/** What both versions say alike. */
export function ofEither(said: Said, row: Row): Said {
  const other = otherHeaders.get(nameOf(row));
  const headers = Object.entries(said.headers).filter(([name]) => name !== other);
  const keys = said.keys?.filter((key) => !laterMembers.has(key));
  return { status: said.status, ...(keys === undefined ? {} : { keys }), headers: Object.fromEntries(headers) };
}
