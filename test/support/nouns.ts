/** The nouns of the protocol as tests need them: whole, valid, each with an id of its own; a test names what matters. */
import { randomBytes, randomUUID } from "node:crypto";
import type { FlowEnd } from "../../src/ports/store/flows.ts";
import { accessTokenBytes, accessTokenDigest, opaqueAccessToken } from "../../src/protocol/access-token.ts";
import type { Authorization } from "../../src/protocol/authorization.ts";
import type { AuthorizationRequest } from "../../src/protocol/authorization-request/request.ts";
import { type Client, emptyClientMetadata } from "../../src/protocol/client.ts";
import type { AcceptedConsent, AcceptedLogin, Flow, Rejection } from "../../src/protocol/flow.ts";
import type { SigningKey } from "../../src/protocol/key.ts";
import type { LoginSession } from "../../src/protocol/login-session.ts";
import type { LogoutRequest, LogoutWish } from "../../src/protocol/logout.ts";
import type { AccessTokenRecord, AuthorizationCode } from "../../src/protocol/token.ts";

/** The instant at which every noun is made. */
export const start = new Date("2026-03-01T12:00:00.000Z");

/** The instant so many seconds after `start`. */
export function after(seconds: number): Date {
  return new Date(start.getTime() + seconds * 1000);
}

export function anId(): string {
  return randomBytes(16).toString("hex");
}

export function aDigest(): string {
  return randomBytes(32).toString("base64url");
}

export function aClient(over: Partial<Client> = {}): Client {
  return {
    ...emptyClientMetadata,
    id: randomUUID(),
    name: "A photo printer",
    redirectUris: ["https://printer.example/callback"],
    grantTypes: ["authorization_code", "refresh_token", "client_credentials"],
    responseTypes: ["code"],
    scope: "openid offline_access photos.read",
    audience: ["https://photos.example"],
    secretHashes: [`hash-of-${aDigest()}`],
    registrationDigest: null,
    selfRegistered: false,
    secretSeal: null,
    rotatedSeals: [],
    revision: 1,
    epoch: randomBytes(4).readUInt32BE() >>> 1,
    createdAt: start,
    updatedAt: start,
    ...over,
  };
}

export function aRequest(clientId: string, over: Partial<AuthorizationRequest> = {}): AuthorizationRequest {
  return {
    clientId,
    responseTypes: ["code"],
    responseMode: "query",
    redirectUri: "https://printer.example/callback",
    redirectUriSent: true,
    scope: ["openid", "offline_access", "photos.read"],
    audience: [],
    state: "a-state-of-the-client",
    nonce: "a-nonce-of-the-client",
    codeChallenge: aDigest(),
    prompt: [],
    maxAge: null,
    hintedSubject: null,
    oidcContext: { acrValues: [], uiLocales: ["de"], display: "page", loginHint: "", idTokenHintClaims: null },
    requestUrl: `https://id.example/oauth2/auth?client_id=${clientId}&scope=openid`,
    ...over,
  };
}

export function aFlow(client: Client, over: Partial<Flow> = {}): Flow {
  return {
    id: anId(),
    clientId: client.id,
    state: "login_asked",
    cookieDigest: aDigest(),
    request: aRequest(client.id),
    requestedAt: start,
    expiresAt: after(1800),
    loginSkipped: null,
    sessionId: randomUUID(),
    login: null,
    consentAsked: null,
    consent: null,
    ...over,
  };
}

export function anAcceptedLogin(over: Partial<AcceptedLogin> = {}): AcceptedLogin {
  return {
    subject: "anna",
    remember: false,
    rememberFor: 0,
    extendSessionLifespan: false,
    acr: "",
    amr: [],
    context: null,
    forceSubjectIdentifier: "",
    identityProviderSessionId: "",
    authenticatedAt: after(20),
    ...over,
  };
}

export function anAcceptedConsent(over: Partial<AcceptedConsent> = {}): AcceptedConsent {
  return {
    grantedScope: ["openid", "offline_access", "photos.read"],
    grantedAudience: [],
    accessTokenClaims: {},
    idTokenClaims: {},
    remember: false,
    rememberFor: 0,
    context: null,
    handledAt: after(40),
    ...over,
  };
}

export function aRejection(over: Partial<Rejection> = {}): Rejection {
  return {
    error: "access_denied",
    errorDescription: "The user said no.",
    errorHint: "",
    errorDebug: "",
    statusCode: 403,
    ...over,
  };
}

export function aLoginSession(over: Partial<LoginSession> = {}): LoginSession {
  return {
    id: randomUUID(),
    subject: "anna",
    authenticatedAt: after(20),
    remember: true,
    expiresAt: after(3600),
    identityProviderSessionId: "",
    secretDigest: aDigest(),
    ...over,
  };
}

/** What the flow's consent gives. */
export function anAuthorization(flow: Flow, over: Partial<Authorization> = {}): Authorization {
  return {
    id: flow.id,
    clientId: flow.clientId,
    subject: "anna",
    sessionId: flow.sessionId,
    grantedScope: flow.request.scope,
    grantedAudience: flow.request.audience,
    createdAt: after(60),
    rememberUntil: null,
    basedOn: null,
    skipped: false,
    expiresAt: after(30 * 86_400),
    tokenSeconds: 3600,
    facts: {
      requestedScope: flow.request.scope,
      requestedAudience: flow.request.audience,
      authenticatedAt: after(20),
      requestedAt: flow.requestedAt,
      acr: "",
      amr: [],
      nonce: flow.request.nonce,
      oidcContext: flow.request.oidcContext,
      requestUrl: flow.request.requestUrl,
      context: null,
      loginContext: null,
      remember: false,
      rememberFor: 0,
      handledAt: after(40),
      forcedSubject: "",
      pairwiseSubject: "",
    },
    accessTokenClaims: {},
    idTokenClaims: {},
    ...over,
  };
}

export function aCode(authorization: Authorization, over: Partial<AuthorizationCode> = {}): AuthorizationCode {
  return {
    digest: aDigest(),
    authorizationId: authorization.id,
    clientId: authorization.clientId,
    redirectUri: "https://printer.example/callback",
    redirectUriSent: true,
    codeChallenge: aDigest(),
    expiresAt: after(120),
    ...over,
  };
}

/** A flow that ends in a code. */
export function endsIn(code: AuthorizationCode): FlowEnd {
  return { code, accessToken: null, deviceCode: null };
}

/** A token that hangs from its client alone, unless the test names an authorization. */
export function anAccessToken(client: Client, over: Partial<AccessTokenRecord> = {}): AccessTokenRecord {
  const expiresAt = over.expiresAt ?? after(3660);
  return {
    digest: anAccessTokenDigest(expiresAt),
    authorizationId: null,
    clientId: client.id,
    epoch: client.epoch,
    generation: 0,
    scope: "photos.read",
    audience: [],
    subject: null,
    claims: null,
    issuedAt: after(60),
    expiresAt,
    ...over,
  };
}

function anAccessTokenDigest(expiresAt: Date): string {
  return accessTokenDigest(opaqueAccessToken("tsr", expiresAt, randomBytes(accessTokenBytes).toString("base64url")));
}

/** Shaped like a key; nothing can be signed with it. */
export function aSigningKey(over: Partial<SigningKey> = {}): SigningKey {
  const kid = randomUUID();
  const publicJwk = { kty: "OKP", crv: "Ed25519", kid, alg: "EdDSA", use: "sig", x: aDigest() };
  return {
    set: `set-${randomUUID()}`,
    kid,
    algorithm: "EdDSA",
    use: "sig",
    createdAt: start,
    chosenAt: start,
    signsFrom: start,
    tokensUntil: null,
    follows: null,
    publicJwk,
    privateJwk: { ...publicJwk, d: aDigest() },
    ...over,
  };
}

/** A logout that is being asked for; `wish` names only what matters. */
export function aLogoutRequest(
  over: Partial<Omit<LogoutRequest, "wish">> & { readonly wish?: Partial<LogoutWish> } = {},
): LogoutRequest {
  const { wish, ...rest } = over;
  return {
    id: anId(),
    state: "asked",
    clientId: null,
    sessionId: randomUUID(),
    subject: "anna",
    cookieDigest: aDigest(),
    requestedAt: start,
    expiresAt: after(1800),
    ...rest,
    wish: {
      ...{ requestUrl: "https://id.example/oauth2/sessions/logout", redirectUri: null, state: null },
      ...{ rpInitiated: false, skip: false, logoutHint: "", uiLocales: [] },
      ...wish,
    },
  };
}
