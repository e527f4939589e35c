/** The authorization request, read: where an answer may go first, and only then what is asked (RFC 6749 §4.1.2.1). */
import type { Client } from "../client.ts";
import { responseTypesOf } from "../client.ts";
import { OAuthError, refuse } from "../errors.ts";
import { Parameters, readPairs } from "../parameters.ts";
import { isRegisteredRedirectUri, requireRegistrableRedirectUri } from "../redirect-uri.ts";
import { defaultResponseMode, normalizeResponseType } from "../response-type.ts";
import type { ResponseMode } from "./request.ts";

export interface ParsedRequest {
  readonly parameters: Parameters;
  /** The first parameter that was sent twice though it may not be, or undefined. */
  readonly repeated: string | undefined;
}

/** Where the client waits for the answer, known to be the client's own. */
export interface ResponseTarget {
  readonly redirectUri: string;
  readonly redirectUriSent: boolean;
  readonly mode: ResponseMode;
  /** Echoed byte for byte; null when absent or sent twice. */
  readonly state: string | null;
}

export function parseRequest(text: string): ParsedRequest {
  const { values, repeated } = readPairs(text);
  for (const name of ["client_id", "redirect_uri", "login_verifier", "consent_verifier"]) {
    if ((values.get(name)?.length ?? 0) > 1) {
      refuse("invalid_request", `The parameter '${name}' was sent more than once.`, { field: name });
    }
  }
  return { parameters: new Parameters(values), repeated };
}

/** Refused here, nothing is sent anywhere but to our own error page. */
export function requireResponseTarget(client: Client, parsed: ParsedRequest, dev: boolean): ResponseTarget {
  const { parameters } = parsed;
  const sent = parameters.get("redirect_uri");
  const redirectUri = sent ?? onlyRedirectUri(client, parameters);
  if (!isRegisteredRedirectUri(client.redirectUris, redirectUri)) {
    refuse(
      "invalid_request",
      "The 'redirect_uri' parameter does not match any of the OAuth 2.0 Client's pre-registered redirect urls.",
    );
  }
  requireSafe(redirectUri, dev);
  // Form Post Response Mode §2: a form is posted to a web page; a form's action can even be a script.
  if (parameters.get("response_mode") === "form_post" && !/^https?:/i.test(redirectUri)) {
    refuse("invalid_request", "The response_mode 'form_post' needs an http or https redirect URI.");
  }
  return {
    redirectUri,
    redirectUriSent: sent !== undefined,
    mode: errorMode(client, parameters),
    state: isRepeated(parsed, "state") ? null : (parameters.get("state") ?? null),
  };
}

/** The target that was sent in so many words, if it is the client's: for what is refused before all of the request is read. */
export function sentTarget(client: Client, parsed: ParsedRequest, dev: boolean): ResponseTarget | undefined {
  if (parsed.parameters.get("redirect_uri") === undefined) return undefined;
  try {
    return requireResponseTarget(client, parsed, dev);
  } catch (error) {
    if (error instanceof OAuthError) return undefined;
    throw error;
  }
}

// `repeated` tells the first only.
function isRepeated({ parameters, repeated }: ParsedRequest, name: string): boolean {
  return repeated === name || parameters.all(name).length > 1;
}

// RFC 6749 §3.1.2.3: it may be left out when there is one; OIDC Core §3.1.2.1 requires it.
function onlyRedirectUri(client: Client, parameters: Parameters): string {
  const [only, ...others] = client.redirectUris;
  if ((parameters.get("scope") ?? "").split(" ").includes("openid")) {
    refuse("invalid_request", "The 'redirect_uri' parameter is required when using OpenID Connect 1.0.");
  }
  if (only === undefined || others.length > 0) {
    refuse("invalid_request", "The 'redirect_uri' parameter is required: the client has not registered exactly one.");
  }
  return only;
}

// A URI that was registered under laxer rules is judged again by those in force.
function requireSafe(redirectUri: string, dev: boolean): void {
  try {
    requireRegistrableRedirectUri(redirectUri, dev);
  } catch (error) {
    if (error instanceof OAuthError) refuse("invalid_request", error.message);
    throw error;
  }
}

/** How an error is delivered before the request is judged: as asked if that can be read, or as the type implies. */
function errorMode(client: Client, parameters: Parameters): ResponseMode {
  const type = parameters.get("response_type");
  const registered = responseTypesOf(client).some(
    (known) => normalizeResponseType(known) === normalizeResponseType(type ?? "code"),
  );
  const implied = registered ? defaultResponseMode((type ?? "code").split(" ")) : "query";
  const asked = parameters.get("response_mode");
  // Multiple Response Types §2.1: `query` is nothing to ask for where a token was.
  return asked === "form_post" || asked === "fragment" ? asked : implied;
}
