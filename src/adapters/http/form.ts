/** A form body, and who sends it: read from the body and nowhere else (RFC 6749 §2.3.1, §3.2). */
import { type Credentials, readCredentials } from "../../protocol/credentials.ts";
import { refuse } from "../../protocol/errors.ts";
import { type Parameters, parseParameters, readPairs } from "../../protocol/parameters.ts";
import type { HttpRequest } from "./message.ts";

const formType = "application/x-www-form-urlencoded";

/** What a URL must not carry: it stands in logs, histories and Referer headers. */
const secretParameters: readonly string[] = [
  "client_secret",
  "client_assertion",
  "client_assertion_type",
  "code",
  "code_verifier",
  "refresh_token",
  "access_token",
  "device_code",
  "assertion",
  "password",
  "token",
];

export interface ClientRequest {
  readonly form: Parameters;
  readonly credentials: Credentials;
  readonly now: Date;
}

/** The request of a client to the token or revocation endpoint. */
export function readClientRequest(request: HttpRequest): ClientRequest {
  if (request.query !== "") refuseSecretsInQuery(request.query);
  const form = readForm(request);
  return { form, credentials: readCredentials(request.headers.authorization, form), now: request.now };
}

export function readForm(request: HttpRequest): Parameters {
  requireForm(request);
  return parseParameters(request.body);
}

/** What a browser sends to a page of ours: the query as sent, joined by `&` to a posted form. */
export function readQueryAndForm(request: HttpRequest, maxLength: number): string {
  if (request.method !== "POST") return request.query;
  requireForm(request);
  const parameters = [request.query, request.body].filter((part) => part !== "").join("&");
  if (parameters.length > maxLength) {
    refuse("payload_too_large", `The request must not be longer than ${maxLength} characters.`);
  }
  return parameters;
}

/** 400 without a content type, 415 with another one: a body is never taken for a form by accident. */
export function requireForm(request: HttpRequest): void {
  const type = request.headers["content-type"];
  if (type === formType) return;
  if (type === undefined) refuse("invalid_request", `The request needs a body of content type '${formType}'.`);
  const [essence = "", ...parameters] = type.toLowerCase().split(";");
  if (essence.trim() !== formType) {
    refuse("unsupported_media_type", `The content type of the request must be '${formType}'.`);
  }
  for (const parameter of parameters) {
    const charset = /^\s*charset\s*=\s*"?([^"]*?)"?\s*$/.exec(parameter)?.[1];
    if (charset !== undefined && charset !== "utf-8" && charset !== "utf8") {
      refuse("unsupported_media_type", "The form must be encoded as UTF-8.");
    }
  }
}

// RFC 6749 §3.2 allows the endpoint's URL a query of its own, so what is none of these is left alone.
function refuseSecretsInQuery(query: string): void {
  const { values } = readPairs(query);
  const found = secretParameters.find((name) => values.has(name));
  if (found !== undefined) {
    refuse("invalid_request", `The parameter '${found}' must be sent in the request body, not in the URL.`, {
      field: found,
    });
  }
}
