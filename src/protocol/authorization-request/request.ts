/** An authorization request that has been parsed and judged (RFC 6749 §4.1.1, OIDC Core §3.1.2.1). */
import type { JsonObject } from "../json.ts";

export type ResponseMode = "query" | "fragment" | "form_post";

/** What the login and consent applications may use to make their pages fit (OIDC Core §3.1.2.1). */
export interface OidcContext {
  readonly acrValues: readonly string[];
  readonly uiLocales: readonly string[];
  readonly display: string;
  readonly loginHint: string;
  /** The claims of a valid `id_token_hint`, or null. */
  readonly idTokenHintClaims: JsonObject | null;
  /** There when the client asked for something: members `userinfo` and `id_token` of the `claims` parameter (§5.5). */
  readonly claims?: JsonObject;
  /** There when the client named some: languages the claims' values should be in (§5.2). */
  readonly claimsLocales?: readonly string[];
}

export interface AuthorizationRequest {
  readonly clientId: string;
  readonly responseTypes: readonly string[];
  readonly responseMode: ResponseMode;
  readonly redirectUri: string;
  /** RFC 6749 §4.1.3: the token request must repeat it only if it was sent here. */
  readonly redirectUriSent: boolean;
  readonly scope: readonly string[];
  readonly audience: readonly string[];
  readonly state: string | null;
  readonly nonce: string | null;
  /** The S256 code challenge (RFC 7636 §4.2), or null. */
  readonly codeChallenge: string | null;
  readonly prompt: readonly string[];
  /** Seconds, or null when there is no limit. */
  readonly maxAge: number | null;
  /** Subject of a valid `id_token_hint`, or the one that the `claims` parameter asks for; or null. */
  readonly hintedSubject: string | null;
  /** There when the login must reach one of these authentication contexts (OIDC Core §5.5.1.1). */
  readonly requiredAcr?: readonly string[];
  readonly oidcContext: OidcContext;
  /** The whole URL as it was requested, every parameter included; a device's user code is hidden. */
  readonly requestUrl: string;
  /** There when a device asks (RFC 8628): it gets tokens, and the browser is sent to no client. */
  readonly device?: DeviceRequest;
}

export interface DeviceRequest {
  readonly codeDigest: string;
  /** Begins the browser's way anew, for the device whose user code was entered. */
  readonly restartUrl: string;
}

/** Where a request that was lost or came too late begins anew (D46). */
export function restartUrlOf({ device, requestUrl }: AuthorizationRequest): string {
  return device?.restartUrl ?? requestUrl;
}
