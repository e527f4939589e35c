/** The authorization request, judged: everything that can be known before anybody signs in (D33). */

import { readAudience, requireAdmittedAudience } from "../audience.ts";
import type { Client } from "../client.ts";
import { grantTypesOf, isPublic, responseTypesOf } from "../client.ts";
import { refuse } from "../errors.ts";
import type { JsonObject } from "../json.ts";
import { promptValues } from "../names.ts";
import type { Parameters } from "../parameters.ts";
import { readChallenge } from "../pkce.ts";
import { grantTypesFor, requireResponseMode, requireResponseType } from "../response-type.ts";
import { parseScope, requireAdmittedScope, type ScopeStrategy } from "../scope.ts";
import { parseDigits, quotable } from "../text.ts";
import type { ParsedRequest, ResponseTarget } from "./parse.ts";
import type { AuthorizationRequest } from "./request.ts";
import { type RequestedClaims, readRequestedClaims } from "./requested-claims.ts";

export interface Policy {
  readonly scopeStrategy: ScopeStrategy;
  readonly pkceEnforced: boolean;
  readonly pkceEnforcedForPublicClients: boolean;
}

export interface Circumstances {
  readonly client: Client;
  readonly target: ResponseTarget;
  /** Claims of the `id_token_hint`, verified; null when none was sent. */
  readonly hint: JsonObject | null;
  readonly requestUrl: string;
  readonly policy: Policy;
}

/** Hydra's minimum for `state` and `nonce` (D18). */
const minEntropy = 8;
const prompts: ReadonlySet<string> = new Set(promptValues);

export function judgeRequest(parsed: ParsedRequest, circumstances: Circumstances): AuthorizationRequest {
  const { parameters, repeated } = parsed;
  const { client, target, hint, policy } = circumstances;
  // RFC 6749 §3.1: request parameters must not be included more than once.
  if (repeated !== undefined) {
    refuse("invalid_request", `The parameter '${quotable(repeated)}' was sent more than once.`);
  }
  requireSupported(parameters);
  const responseTypes = requireResponseType(parameters.get("response_type"), responseTypesOf(client));
  const mode = requireResponseMode(parameters.get("response_mode"), responseTypes);
  const scope = parseScope(parameters.get("scope"));
  const audience = readAudience(parameters);
  requireAllowed(client, { responseTypes, scope, audience }, policy.scopeStrategy);
  const codeChallenge = requireChallenge(client, responseTypes, parameters, policy);
  const nonce = parameters.get("nonce") ?? null;
  requireIdTokenPossible(responseTypes, scope, nonce);
  const claimsLocales = words(parameters.get("claims_locales"));
  const claims = readRequestedClaims(parameters.get("claims"));
  const acrValues = [...new Set([...words(parameters.get("acr_values")), ...(claims?.acrValues ?? [])])];
  requireEntropy(parameters, isBoundOtherwise(responseTypes, codeChallenge, nonce));
  return {
    clientId: client.id,
    responseTypes,
    responseMode: mode,
    redirectUri: target.redirectUri,
    redirectUriSent: target.redirectUriSent,
    scope,
    audience,
    state: target.state,
    nonce,
    codeChallenge,
    prompt: readPrompt(parameters.get("prompt")),
    maxAge: readMaxAge(parameters.get("max_age")) ?? client.defaultMaxAge,
    hintedSubject: readHintedSubject(hint, claims),
    ...(claims?.isAcrEssential === true ? { requiredAcr: claims.acrValues } : {}),
    oidcContext: {
      acrValues: acrValues.length === 0 ? client.defaultAcrValues : acrValues,
      uiLocales: words(parameters.get("ui_locales")),
      display: parameters.get("display") ?? "",
      loginHint: parameters.get("login_hint") ?? "",
      idTokenHintClaims: hint,
      ...(claims === null || Object.keys(claims.asked).length === 0 ? {} : { claims: claims.asked }),
      ...(claimsLocales.length === 0 ? {} : { claimsLocales }),
    },
    requestUrl: circumstances.requestUrl,
  };
}

/** What the client must be registered for: judged first, and again whenever its user comes back. */
export function requireAllowed(
  client: Client,
  { responseTypes, scope, audience }: Pick<AuthorizationRequest, "responseTypes" | "scope" | "audience">,
  strategy: ScopeStrategy,
): void {
  requireResponseType(responseTypes.join(" "), responseTypesOf(client));
  const missing = grantTypesFor(responseTypes).find((type) => !grantTypesOf(client).includes(type));
  if (missing !== undefined) {
    refuse("unauthorized_client", `The OAuth 2.0 Client is not allowed to use the authorization grant '${missing}'.`);
  }
  requireAdmittedScope(strategy, client.scope, scope);
  requireAdmittedAudience(client.audience, audience);
}

// OIDC Core §3.1.2.6: what is not supported is said, not skipped.
function requireSupported(parameters: Parameters): void {
  if (parameters.get("registration") !== undefined) {
    refuse("registration_not_supported", "The parameter 'registration' is not supported.");
  }
}

// RFC 9700 §2.1.1: public clients must use PKCE for their codes; others as the operator says.
function requireChallenge(
  client: Client,
  responseTypes: readonly string[],
  parameters: Parameters,
  policy: Policy,
): string | null {
  const challenge = readChallenge(parameters.get("code_challenge"), parameters.get("code_challenge_method"));
  const enforced = policy.pkceEnforced || (policy.pkceEnforcedForPublicClients && isPublic(client));
  if (challenge === null && enforced && responseTypes.includes("code")) {
    refuse(
      "invalid_request",
      "Clients must include a 'code_challenge' when performing the authorize code flow (RFC 7636); send it with code_challenge_method=S256.",
    );
  }
  return challenge;
}

// OIDC Core §3.2.2.1, §3.3.2.11: what comes through the browser is bound to the session of the client by its nonce.
function requireIdTokenPossible(responseTypes: readonly string[], scope: readonly string[], nonce: string | null) {
  if (!responseTypes.includes("id_token")) return;
  if (!scope.includes("openid")) {
    refuse("invalid_request", "A response_type with 'id_token' needs the scope 'openid'.", { field: "scope" });
  }
  if (nonce === null) {
    refuse("invalid_request", "The parameter 'nonce' is required for a response_type with 'id_token'.", {
      field: "nonce",
    });
  }
}

/** RFC 9700 §4.7.1: by PKCE or a nonce; neither says whose an access token is that comes alone. */
function isBoundOtherwise(responseTypes: readonly string[], codeChallenge: string | null, nonce: string | null) {
  if (responseTypes.includes("code")) return codeChallenge !== null || nonce !== null;
  return responseTypes.includes("id_token");
}

function requireEntropy(parameters: Parameters, protectedOtherwise: boolean): void {
  const state = parameters.get("state");
  if (state === undefined && !protectedOtherwise) {
    refuse("invalid_state", advice("state", 0));
  }
  if (state !== undefined && state.length < minEntropy) refuse("invalid_state", advice("state", state.length));
  const nonce = parameters.get("nonce");
  if (nonce !== undefined && nonce.length < minEntropy) refuse("insufficient_entropy", advice("nonce", nonce.length));
}

function advice(name: string, length: number): string {
  return `The parameter '${name}' must be at least ${minEntropy} characters long to ensure sufficient entropy, but it has ${length}. Use a random value that your application remembers.`;
}

// OIDC Core §5.5.1: a `sub` that is asked for by value is a hint that must hold.
function readHintedSubject(hint: JsonObject | null, claims: RequestedClaims | null): string | null {
  const hinted = typeof hint?.sub === "string" ? hint.sub : null;
  const asked = claims?.subject ?? null;
  if (hinted !== null && asked !== null && hinted !== asked) {
    refuse("invalid_request", "The 'id_token_hint' and the 'claims' name different users.", { field: "claims" });
  }
  return hinted ?? asked;
}

function readPrompt(text: string | undefined): readonly string[] {
  const values = words(text);
  const unknown = values.find((value) => !prompts.has(value));
  if (unknown !== undefined) refuse("invalid_request", "The parameter 'prompt' holds a value that is not known.");
  if (values.includes("none") && values.length > 1) {
    refuse("invalid_request", "The 'prompt' value 'none' must not be combined with others.");
  }
  return values;
}

// OIDC Core §3.1.2.1. A value that cannot be read must never come to mean that there is no limit.
function readMaxAge(text: string | undefined): number | null {
  if (text === undefined) return null;
  const seconds = parseDigits(text);
  if (seconds === undefined) refuse("invalid_request", "The parameter 'max_age' must be a number of seconds.");
  return seconds;
}

function words(text: string | undefined): readonly string[] {
  return (text ?? "").split(" ").filter((word) => word !== "");
}
