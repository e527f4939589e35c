/** The rules of ending a session: what a request may ask, and what the clients are told. */
import { toNumericDate } from "./claims.ts";
import type { Client } from "./client.ts";
import { refuse } from "./errors.ts";
import type { JsonObject } from "./json.ts";
import type { Parameters } from "./parameters.ts";
import { withQuery } from "./redirect-uri.ts";

/** What a valid `id_token_hint` says. */
export interface LogoutHint {
  readonly subject: string;
  readonly sessionId: string;
  readonly audience: readonly string[];
}

/** Seconds that the clocks of two processes of ours may differ. */
const clockSkewSeconds = 60;

const field = "id_token_hint";

/** OIDC RP-Initiated Logout §2: an ID token of ours; that it has expired does not matter. The signature is the caller's. */
export function requireLogoutHint(claims: JsonObject, issuer: string, now: Date): LogoutHint {
  const { iss, sub, sid, aud, iat } = claims;
  if (iss !== issuer) refuse("invalid_request", "The 'id_token_hint' was issued by another server.", { field });
  if (typeof sub !== "string" || sub === "" || typeof sid !== "string" || sid === "") {
    refuse("invalid_request", "The 'id_token_hint' names no session: 'sub' or 'sid' is missing.", { field });
  }
  if (typeof iat !== "number" || iat > toNumericDate(now) + clockSkewSeconds) {
    refuse("invalid_request", "The 'id_token_hint' was issued in the future.", { field });
  }
  const audience = (Array.isArray(aud) ? aud : [aud]).filter((one) => typeof one === "string");
  return { subject: sub, sessionId: sid, audience };
}

/** The client that the request speaks for, by its hint or by its `client_id`; null when it names none. */
export function namedClient(parameters: Parameters, hint: LogoutHint | null): string | null {
  const clientId = parameters.get("client_id");
  if (hint === null) return clientId ?? null;
  // OIDC RP-Initiated Logout §2: when both are there, the token must have been issued to the client that is named.
  if (clientId !== undefined && !hint.audience.includes(clientId)) {
    refuse("invalid_request", "The 'id_token_hint' was not issued to the client that 'client_id' names.", {
      field: "client_id",
    });
  }
  return clientId ?? hint.audience[0] ?? null;
}

/** Where the browser may go afterwards: an address of the client, byte for byte, or null for the server's own page. */
export function postLogoutTarget(parameters: Parameters, client: Client | null): string | null {
  const uri = parameters.get("post_logout_redirect_uri");
  if (uri === undefined) return null;
  // OIDC RP-Initiated Logout §2, §3: without a client there is nobody whose address it could be.
  if (client === null) {
    refuse("invalid_request", "The 'post_logout_redirect_uri' needs an 'id_token_hint' or a 'client_id'.", {
      field: "post_logout_redirect_uri",
    });
  }
  if (!client.postLogoutRedirectUris.includes(uri)) {
    refuse("invalid_request", "The 'post_logout_redirect_uri' is not registered for the client.", {
      field: "post_logout_redirect_uri",
    });
  }
  return uri;
}

/** OIDC Front-Channel Logout §2: the registered address; `iss` and `sid` always, as in Hydra. */
export function frontChannelUrl(uri: string, issuer: string, sessionId: string): string {
  return withQuery(uri, [
    ["iss", issuer],
    ["sid", sessionId],
  ]);
}

export interface LogoutTokenFacts {
  readonly issuer: string;
  readonly clientId: string;
  /** As this client knows the user. */
  readonly subject: string;
  readonly sessionId: string;
  readonly tokenId: string;
  readonly now: Date;
}

/** OIDC Back-Channel Logout §4: short, for it is sent at once. */
const logoutTokenSeconds = 120;

/** OIDC Back-Channel Logout §2.4: never a `nonce`, so that it cannot pass for an ID token. */
export function logoutTokenClaims(facts: LogoutTokenFacts): JsonObject {
  const issuedAt = toNumericDate(facts.now);
  return {
    iss: facts.issuer,
    sub: facts.subject,
    aud: [facts.clientId],
    iat: issuedAt,
    exp: issuedAt + logoutTokenSeconds,
    jti: facts.tokenId,
    sid: facts.sessionId,
    events: { "http://schemas.openid.net/event/backchannel-logout": {} },
  };
}

/** What becomes of a notification, by the status that the client answered (OIDC Back-Channel Logout §2.8). */
export function isToldBy(status: number): "told" | "refused" | "failed" {
  // 204 is not of the text; many clients answer it.
  if (status === 200 || status === 204) return "told";
  return status === 400 ? "refused" : "failed";
}

/** Seconds until the next try: soon at first, then hourly. */
export function retrySeconds(attempts: number): number {
  return Math.min(5 * 4 ** (attempts - 1), 3600);
}

/** Nobody is told a day later. */
export const deliverySeconds = 24 * 3600;
