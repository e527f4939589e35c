/** A bearer token in the Authorization header (RFC 6750 §2.1), and the places where none may be. */
import { refuse } from "../../protocol/errors.ts";
import { readPairs } from "../../protocol/parameters.ts";
import type { HttpRequest } from "./message.ts";

/** Undefined when there is none. */
export function readBearer({ headers }: HttpRequest): string | undefined {
  const { authorization } = headers;
  if (authorization === undefined || !/^bearer(\s|$)/i.test(authorization)) return undefined;
  const token = /^bearer +([\w.~+/-]+=*) *$/i.exec(authorization)?.[1];
  if (token === undefined) refuse("invalid_request", "The Authorization header holds no well-formed bearer token.");
  return token;
}

/** RFC 9700 §4.3.2: a token in a URL is read by too many. */
export function requireNoTokenInUrl({ query }: HttpRequest): void {
  if (query !== "" && readPairs(query).values.has("access_token")) {
    refuse("invalid_request", "The access token must not be sent in the URL.", { field: "access_token" });
  }
}
