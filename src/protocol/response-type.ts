/** Response types and modes (OAuth 2.0 Multiple Response Type Encoding Practices). */
import type { ResponseMode } from "./authorization-request/request.ts";
import { refuse } from "./errors.ts";

const known = new Set(["code", "token", "id_token", "none"]);

/** Each for the clients that are registered for it; a client that names none has `code` alone (RFC 9700 §2.1.2). */
export const supportedResponseTypes = [
  "code",
  "id_token",
  "id_token token",
  "code id_token",
  "code token",
  "code id_token token",
  "token",
] as const;

/** The words of a response type in alphabetical order: `id_token code` is `code id_token` (§3). */
export function normalizeResponseType(text: string): string {
  return text.split(" ").sort().join(" ");
}

/** Refuses what is no response type, what this server does not answer, and what the client did not register. */
export function requireResponseType(text: string | undefined, registered: readonly string[]): readonly string[] {
  if (text === undefined) {
    refuse("invalid_request", "The parameter 'response_type' is missing.", { field: "response_type" });
  }
  const wanted = normalizeResponseType(text);
  const words = wanted.split(" ");
  if (words.some((word) => !known.has(word)) || new Set(words).size !== words.length) {
    refuse("unsupported_response_type", "The parameter 'response_type' holds a value that is not known.");
  }
  if (!registered.some((type) => normalizeResponseType(type) === wanted)) {
    refuse("unsupported_response_type", `The client is not allowed to request response_type '${text.slice(0, 100)}'.`);
  }
  if (!supportedResponseTypes.some((type) => type === wanted)) {
    refuse("unsupported_response_type", `The authorization server does not answer response_type '${wanted}'.`);
  }
  return words;
}

/** OIDC Registration §2: what a client must be registered for to be answered with these. */
export function grantTypesFor(responseTypes: readonly string[]): readonly string[] {
  const code = responseTypes.includes("code") ? ["authorization_code"] : [];
  return isFrontChannel(responseTypes) ? [...code, "implicit"] : code;
}

/** Whether the browser itself carries a token to the client. */
export function isFrontChannel(responseTypes: readonly string[]): boolean {
  return responseTypes.includes("token") || responseTypes.includes("id_token");
}

/** §2.1: `query` for a code, `fragment` for everything that carries a token. */
export function defaultResponseMode(responseTypes: readonly string[]): ResponseMode {
  return isFrontChannel(responseTypes) ? "fragment" : "query";
}

/** §2.1: a token never travels in a query. */
export function requireResponseMode(mode: string | undefined, responseTypes: readonly string[]): ResponseMode {
  if (mode === undefined) return defaultResponseMode(responseTypes);
  if (mode === "query" && defaultResponseMode(responseTypes) === "fragment") {
    refuse("unsupported_response_mode", "The response_mode 'query' may not carry a token.");
  }
  if (mode === "query" || mode === "fragment" || mode === "form_post") return mode;
  return refuse("unsupported_response_mode", "The 'response_mode' must be query, fragment or form_post.");
}
