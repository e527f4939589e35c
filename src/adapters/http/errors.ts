/** A refusal as OAuth's endpoints speak it: JSON with `WWW-Authenticate` (RFC 6749 §5.2, RFC 6750 §3). */
import { OAuthError } from "../../protocol/errors.ts";
import type { HttpReply } from "./message.ts";
import { oauthReply } from "./reply.ts";

/** Refusals of a bearer token rather than of a client. */
const bearerCodes: ReadonlySet<string> = new Set(["invalid_token", "insufficient_scope", "request_unauthorized"]);

/** The RFC JSON answer. `dev` tells what happened underneath, which is nobody's business otherwise (D26). */
export function errorReply(error: OAuthError, dev: boolean): HttpReply {
  return oauthReply(error.status.http, errorBody(error, dev), { ...challenge(error, dev), ...retryAfter(error) });
}

/** RFC 6750 §3: a protected resource names the fault in `WWW-Authenticate` too, with any status. */
export function bearerErrorReply(error: OAuthError, dev: boolean): HttpReply {
  const reply = errorReply(error, dev);
  return { ...reply, headers: { ...reply.headers, "www-authenticate": bearerChallenge(error, dev) } };
}

/** RFC 6750 §3.1: who has sent no token at all is told no error code. */
export function noTokenReply(): HttpReply {
  const body = { error: "invalid_token", error_description: "The request carries no access token." };
  return oauthReply(401, body, { "www-authenticate": "Bearer" });
}

export function errorBody(error: OAuthError, dev: boolean): { error: string; error_description: string } {
  return { error: legalText(error.error), error_description: describe(error, dev) };
}

/** Whatever is not a refusal is our fault and says nothing of itself. */
export function toOAuthError(thrown: unknown): OAuthError {
  if (thrown instanceof OAuthError) return thrown;
  return new OAuthError("server_error", "The server met an unexpected condition and cannot answer the request.", {
    cause: thrown,
  });
}

/** A fault of ours whose answer the endpoint has worded itself, as a page; it is logged like any other. */
export class WordedFault extends Error {
  readonly error: OAuthError;
  readonly reply: HttpReply;

  constructor(error: OAuthError, reply: HttpReply) {
    super(error.message, { cause: error });
    this.name = "WordedFault";
    this.error = error;
    this.reply = reply;
  }
}

/** The message, in dev mode with its cause, in legal characters. */
export function describe(error: OAuthError, dev: boolean): string {
  const cause = error.details.cause;
  const hint = dev && cause instanceof Error ? ` (dev: ${cause.name}: ${cause.message})` : "";
  return legalText(error.message + hint);
}

/** RFC 6749 §5.2: printable ASCII without `"` and `\`; a double quote becomes a single one, as in Hydra. */
export function legalText(text: string): string {
  return text
    .replaceAll('"', "'")
    .replaceAll(/\s+/g, " ")
    .replaceAll(/[^\x20-\x21\x23-\x5b\x5d-\x7e]/g, "?");
}

function challenge(error: OAuthError, dev: boolean): HttpReply["headers"] {
  // RFC 6749 §5.2 asks for it when the Authorization header was used; RFC 9110 §11.6.1 with every 401.
  if (error.code === "invalid_client") return { "www-authenticate": 'Basic realm="oauth2", charset="UTF-8"' };
  if (bearerCodes.has(error.code)) return { "www-authenticate": bearerChallenge(error, dev) };
  return {};
}

function bearerChallenge(error: OAuthError, dev: boolean): string {
  const { error: code, error_description: description } = errorBody(error, dev);
  return `Bearer error="${code}", error_description="${description}"`;
}

function retryAfter(error: OAuthError): HttpReply["headers"] {
  const seconds = error.details.retryAfterSeconds;
  return seconds === undefined ? {} : { "retry-after": String(Math.max(1, Math.ceil(seconds))) };
}
