/** How long rows stay beyond their expiry, and what is left of them then. */
import type { AuthorizationRequest } from "./authorization-request/request.ts";

/** RFC 6749 §4.1.2: a code that comes again ends its tokens, so a spent one is remembered for a day. */
export const keptCodeSeconds = 24 * 3600;

/** So long an administrator sees that an issuer was trusted. */
export const keptTrustSeconds = 30 * 24 * 3600;

/** So long an administrator sees that an expired key opened the admin port. */
export const keptApiKeySeconds = 30 * 24 * 3600;

/** What is not known of an authorization: no token that hangs from it lives longer after its last refresh. */
export const unknownTokenSeconds = 30 * 24 * 3600;

/** D46: of an expired flow only the request's own URL is kept, from which it can be started anew. */
export function reducedRequest({ clientId, requestUrl, device }: AuthorizationRequest): AuthorizationRequest {
  return {
    ...(device === undefined ? {} : { device: { ...device, codeDigest: "" } }),
    clientId,
    responseTypes: [],
    responseMode: "query",
    redirectUri: "",
    redirectUriSent: false,
    scope: [],
    audience: [],
    state: null,
    nonce: null,
    codeChallenge: null,
    prompt: [],
    maxAge: null,
    hintedSubject: null,
    oidcContext: { acrValues: [], uiLocales: [], display: "", loginHint: "", idTokenHintClaims: null },
    requestUrl,
  };
}

export function isReduced({ redirectUri, device }: AuthorizationRequest): boolean {
  return device === undefined ? redirectUri === "" : device.codeDigest === "";
}
