/** Every RPC: one question in each spelling, what the operation must be asked, and what must come back. */
import { type DescMethodUnary, fromJson, type MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromDate, ValueSchema } from "@bufbuild/protobuf/wkt";
import { expect } from "vitest";
import { ApiKeyService } from "../../src/gen/tessera/admin/v1/api_key_service_pb.js";
import { ClientService } from "../../src/gen/tessera/admin/v1/client_service_pb.js";
import { KeyService } from "../../src/gen/tessera/admin/v1/key_service_pb.js";
import { SessionService } from "../../src/gen/tessera/admin/v1/session_service_pb.js";
import { TokenService } from "../../src/gen/tessera/admin/v1/token_service_pb.js";
import { TrustService } from "../../src/gen/tessera/admin/v1/trust_service_pb.js";
import { ConsentFlowService } from "../../src/gen/tessera/flow/v1/consent_flow_service_pb.js";
import { DeviceFlowService } from "../../src/gen/tessera/flow/v1/device_flow_service_pb.js";
import { LoginFlowService } from "../../src/gen/tessera/flow/v1/login_flow_service_pb.js";
import { LogoutFlowService } from "../../src/gen/tessera/flow/v1/logout_flow_service_pb.js";
import type { ApiKey } from "../../src/protocol/api-key.ts";
import type { DeviceCode } from "../../src/protocol/device-code.ts";
import type { TrustedIssuer } from "../../src/protocol/trusted-issuer.ts";
import { aClient, aFlow, after, aLoginSession, aLogoutRequest, anAuthorization, start } from "./nouns.ts";
import type { Played, Sent } from "./rpc-world.ts";

const client = aClient({
  id: "printer",
  metadata: { floors: [1, null, { deep: "ü" }] },
  skipLogoutConsent: false,
  lifespans: { client_credentials_grant_access_token: 3600 },
});
const flow = aFlow(client, { id: "0123456789abcdef0123456789abcdef", sessionId: "a-session" });

const device: DeviceCode = {
  ...{ digest: "d", clientId: "printer", scope: ["openid"], audience: ["https://photos.example"] },
  ...{ codeChallenge: null, requestedAt: start, expiresAt: after(600) },
};

/** The client as every protocol but REST spells it. */
const clientJson = {
  client_id: "printer",
  client_name: "A photo printer",
  redirect_uris: ["https://printer.example/callback"],
  grant_types: ["authorization_code", "refresh_token", "client_credentials"],
  response_types: ["code"],
  scope: "openid offline_access photos.read",
  audience: ["https://photos.example"],
  subject_type: "public",
  token_endpoint_auth_method: "client_secret_basic",
  userinfo_signed_response_alg: "none",
  created_at: "2026-03-01T12:00:00Z",
  updated_at: "2026-03-01T12:00:00Z",
  metadata: { floors: [1, null, { deep: "ü" }] },
  skip_logout_consent: false,
  client_credentials_grant_access_token_lifespan: "1h0m0s",
};

const flowJson = {
  requested_scope: ["openid", "offline_access", "photos.read"],
  oidc_context: { ui_locales: ["de"], display: "page" },
  client: clientJson,
  request_url: flow.request.requestUrl,
};

const session = {
  ...aLoginSession({
    id: "a-session",
    subject: "anna",
    remember: true,
    authenticatedAt: after(20),
    expiresAt: after(3600),
  }),
  clientIds: ["printer"],
};
const logout = aLogoutRequest({
  clientId: "printer",
  sessionId: "a-session",
  wish: { rpInitiated: true, skip: true, logoutHint: "anna@example", uiLocales: ["de", "en"] },
});
const granted = anAuthorization(flow, {
  grantedScope: ["openid"],
  accessTokenClaims: { tenant: "north" },
  idTokenClaims: { email: "anna@example" },
  facts: {
    ...anAuthorization(flow).facts,
    ...{ requestedScope: ["openid", "photos.read"], requestUrl: flow.request.requestUrl, acr: "2", amr: ["pwd"] },
    ...{ context: ["kept"], loginContext: { from: "login" }, remember: true, rememberFor: 3600, handledAt: after(40) },
  },
});

/** Members that only some keys have travel as they are. */
const jwk = {
  use: "sig",
  kty: "EC",
  kid: "k/1",
  alg: "ES256",
  "x5t#S256": "print",
  x5c: ["chain"],
  extra: { deep: [1, null] },
};

const apiKey: ApiKey = {
  ...{ id: "2f8d0a52-6a4e-4d8c-9d3a-0e5f1b7c8d9e", name: "ops", scopes: ["read", "flow"] },
  ...{ createdAt: start, expiresAt: after(3600) },
};
const apiKeyJson = {
  ...{ id: apiKey.id, name: "ops", scopes: ["read", "flow"] },
  ...{ created_at: "2026-03-01T12:00:00Z", expires_at: "2026-03-01T13:00:00Z" },
};

const trust: TrustedIssuer = {
  ...{ id: "6f1c0f5e-8a53-4a8e-9d0b-6f0b6c1f2a3d", issuer: "https://issuer.example", subject: "anna" },
  ...{ allowAnySubject: false, scope: ["read"], kid: "k/1", publicJwk: { kty: "EC", kid: "k/1" } },
  ...{ createdAt: start, expiresAt: after(3600) },
};
const trustJson = {
  ...{ id: trust.id, issuer: trust.issuer, subject: "anna", scope: ["read"] },
  public_key: { set: trust.issuer, kid: "k/1" },
  ...{ created_at: "2026-03-01T12:00:00Z", expires_at: "2026-03-01T13:00:00Z" },
};

const onward = { redirectTo: "https://id.example/oauth2/auth?login_verifier=v&x=1" };

const introspection = {
  active: true,
  scope: "photos.read",
  clientId: "printer",
  subject: "anna",
  expiresAt: after(3600),
  issuedAt: start,
  notBefore: start,
  audience: [],
  issuer: "https://id.example",
  tokenType: "Bearer",
  tokenUse: "access_token",
  ext: { tenant: "north" },
  obfuscatedSubject: null,
} as const;

export const played: Played = {
  listClients: async () => ({ clients: [client], nextPageToken: "a+token" }),
  createClient: async () => ({ client, secret: "the-secret", registration: null }),
  getClient: async () => client,
  replaceClient: async () => ({ client, secret: null, registration: null }),
  deleteClient: async () => {},
  patchClient: async () => ({ client, secret: null, registration: null }),
  setClientLifespans: async () => ({ client, secret: null, registration: null }),
  rotateClientSecret: async () => ({ client, secret: "the-secret", registration: null }),
  deleteRotatedSecrets: async () => ({ client, secret: null, registration: null }),
  deleteTokens: async () => {},
  introspect: async () => introspection,
  createKey: async () => jwk,
  getKeySet: async () => [jwk, { kty: "OKP" }],
  replaceKeySet: async () => [jwk],
  deleteKeySet: async () => {},
  getKey: async () => jwk,
  replaceKey: async () => jwk,
  deleteKey: async () => {},
  trustIssuer: async () => trust,
  listTrustedIssuers: async () => ({ trusts: [trust], nextPageToken: "a+token" }),
  getTrustedIssuer: async () => trust,
  distrustIssuer: async () => {},
  createApiKey: async () => ({ key: apiKey, secret: "tsr_ak_x" }),
  listApiKeys: async () => ({ keys: [apiKey], nextPageToken: "a+token" }),
  deleteApiKey: async () => {},
  getLogin: async () => ({ challenge: "c", flow, client, skip: true, subject: "anna" }),
  acceptLogin: async () => onward,
  rejectLogin: async () => onward,
  getConsent: async () => ({
    ...{ challenge: "c", flow, client, skip: false, subject: "anna", loginChallenge: "l" },
    ...{ acr: "2", amr: ["pwd"], context: { from: "login" } },
  }),
  acceptConsent: async () => onward,
  rejectConsent: async () => onward,
  getLogout: async () => ({ challenge: "c", request: logout, client }),
  acceptLogout: async () => onward,
  rejectLogout: async () => {},
  listConsents: async () => ({ consents: [{ authorization: granted, client }], nextPageToken: "a+token" }),
  listLoginSessions: async () => ({ sessions: [session], nextPageToken: "a+token" }),
  revokeConsents: async () => {},
  revokeLoginSessions: async () => {},
  getDevice: async () => ({
    challenge: "c",
    requestUrl: "https://id.example/verify",
    device: { code: device, client },
  }),
  acceptDevice: async () => onward,
  rejectDevice: async () => onward,
};

interface Row<M extends DescMethodUnary> {
  readonly method: M;
  readonly input: MessageInitShape<M["input"]>;
  readonly rest: readonly [method: string, path: string, sent?: Sent];
  /** What the operation is asked, however it is spelled. */
  readonly asked: readonly [operation: string, request: object];
  readonly answer: object;
}

const row = <M extends DescMethodUnary>(it: Row<M>) => it;
const json = (value: object): Sent => ({ body: JSON.stringify(value) });
const requests = "/admin/oauth2/auth/requests";
const sessions = "/admin/oauth2/auth/sessions";
const apiKeys = "/admin/api-keys";
const trusts = "/admin/trust/grants/jwt-bearer/issuers";
const newClient = { clientId: "printer", clientName: "A photo printer", metadata: { a: 1 }, skipConsent: true };
const newClientJson = { client_id: "printer", client_name: "A photo printer", metadata: { a: 1 }, skip_consent: true };
const rejection = { error: "access_denied", errorDescription: "no", errorHint: "", errorDebug: "", statusCode: 403 };
const rejectionJson = { error: "access_denied", error_description: "no", status_code: 403 };
const acceptance = {
  ...{ subject: "anna", remember: true, rememberFor: 3600, extendSessionLifespan: false, acr: "2", amr: ["pwd"] },
  ...{ context: { to: ["consent", 1.5, null] }, forceSubjectIdentifier: "", identityProviderSessionId: "idp" },
};

export const rows = [
  row({
    method: ClientService.method.listClients,
    input: { pageSize: 7, pageToken: "t", owner: "ops" },
    rest: ["GET", "/admin/clients?page_size=7&page_token=t&owner=ops"],
    asked: ["listClients", { pageSize: 7, pageToken: "t", name: null, owner: "ops", now: start }],
    answer: { clients: [clientJson], next_page_token: "a+token" },
  }),
  row({
    method: ClientService.method.createClient,
    input: { client: newClient },
    rest: ["POST", "/admin/clients", json(newClientJson)],
    asked: ["createClient", { id: "printer", secret: null, metadata: { skipConsent: true, metadata: { a: 1 } } }],
    answer: { client: { ...clientJson, client_secret: "the-secret" } },
  }),
  row({
    method: ClientService.method.getClient,
    input: { clientId: "a/ü" },
    rest: ["GET", "/admin/clients/a%2F%C3%BC"],
    asked: ["getClient", { id: "a/ü" }],
    answer: { client: clientJson },
  }),
  row({
    method: ClientService.method.replaceClient,
    input: { clientId: "printer", client: { ...newClient, clientId: "another", clientSecret: "a secret" } },
    rest: [
      "PUT",
      "/admin/clients/printer",
      json({ ...newClientJson, client_id: "another", client_secret: "a secret" }),
    ],
    asked: ["replaceClient", { id: "printer", secret: "a secret", metadata: { name: "A photo printer" } }],
    answer: { client: clientJson },
  }),
  row({
    method: ClientService.method.deleteClient,
    input: { clientId: "printer" },
    rest: ["DELETE", "/admin/clients/printer"],
    asked: ["deleteClient", { id: "printer", now: start }],
    answer: {},
  }),
  row({
    method: ClientService.method.patchClient,
    input: {
      clientId: "printer",
      patch: [
        { op: "replace", path: "/skip_logout_consent", value: fromJson(ValueSchema, null) },
        { op: "move", from: "/owner", path: "/metadata/a~1b" },
      ],
    },
    rest: [
      "PATCH",
      "/admin/clients/printer",
      json([
        { op: "replace", path: "/skip_logout_consent", value: null },
        { op: "move", from: "/owner", path: "/metadata/a~1b" },
      ]),
    ],
    asked: ["patchClient", { id: "printer", patch: expect.any(Function), now: start }],
    answer: { client: clientJson },
  }),
  row({
    method: ClientService.method.setClientLifespans,
    input: { clientId: "printer", lifespans: { implicitGrantAccessTokenLifespan: "90m" } },
    rest: ["PUT", "/admin/clients/printer/lifespans", json({ implicit_grant_access_token_lifespan: "90m" })],
    asked: ["setClientLifespans", { id: "printer", lifespans: { implicit_grant_access_token: 5400 }, now: start }],
    answer: { client: clientJson },
  }),
  row({
    method: ClientService.method.rotateClientSecret,
    input: { clientId: "a/ü" },
    rest: ["POST", "/admin/clients/a%2F%C3%BC/secrets/rotate"],
    asked: ["rotateClientSecret", { id: "a/ü", now: start }],
    answer: { client: { ...clientJson, client_secret: "the-secret" } },
  }),
  row({
    method: ClientService.method.deleteRotatedClientSecrets,
    input: { clientId: "printer" },
    rest: ["DELETE", "/admin/clients/printer/secrets/rotate"],
    asked: ["deleteRotatedSecrets", { id: "printer", now: start }],
    answer: { client: clientJson },
  }),
  row({
    method: TokenService.method.deleteTokens,
    input: { clientId: "a/ü" },
    rest: ["DELETE", "/admin/oauth2/tokens?client_id=a%2F%C3%BC"],
    asked: ["deleteTokens", { clientId: "a/ü" }],
    answer: {},
  }),
  row({
    method: KeyService.method.createKeySet,
    input: { set: "a set", alg: "ES256", kid: "k/1" },
    rest: ["POST", "/admin/keys/a%20set", json({ alg: "ES256", kid: "k/1" })],
    asked: ["createKey", { set: "a set", algorithm: "ES256", use: "", kid: "k/1", now: start }],
    answer: { keys: [jwk] },
  }),
  row({
    method: KeyService.method.getKeySet,
    input: { set: "a/b" },
    rest: ["GET", "/admin/keys/a%2Fb"],
    asked: ["getKeySet", { set: "a/b" }],
    answer: { keys: [jwk, { kty: "OKP" }] },
  }),
  row({
    method: KeyService.method.replaceKeySet,
    input: { set: "a set", keySet: { keys: [jwk] } },
    rest: ["PUT", "/admin/keys/a%20set", json({ keys: [jwk] })],
    asked: ["replaceKeySet", { set: "a set", keys: [jwk], now: start }],
    answer: { key_set: { keys: [jwk] } },
  }),
  row({
    method: KeyService.method.deleteKeySet,
    input: { set: "a set" },
    rest: ["DELETE", "/admin/keys/a%20set"],
    asked: ["deleteKeySet", { set: "a set", now: start }],
    answer: {},
  }),
  row({
    method: KeyService.method.getKey,
    input: { set: "a set", kid: "k/1" },
    rest: ["GET", "/admin/keys/a%20set/k%2F1"],
    asked: ["getKey", { set: "a set", kid: "k/1" }],
    answer: { keys: [jwk] },
  }),
  row({
    method: KeyService.method.replaceKey,
    input: { set: "a set", kid: "k/1", key: jwk },
    rest: ["PUT", "/admin/keys/a%20set/k%2F1", json(jwk)],
    asked: ["replaceKey", { set: "a set", kid: "k/1", key: jwk, now: start }],
    answer: { key: jwk },
  }),
  row({
    method: KeyService.method.deleteKey,
    input: { set: "a set", kid: "k/1" },
    rest: ["DELETE", "/admin/keys/a%20set/k%2F1"],
    asked: ["deleteKey", { set: "a set", kid: "k/1", now: start }],
    answer: {},
  }),
  row({
    method: TrustService.method.createTrustedIssuer,
    input: { issuer: trust.issuer, subject: "anna", scope: ["read"], jwk, expiresAt: timestampFromDate(after(3600)) },
    rest: [
      "POST",
      trusts,
      json({ issuer: trust.issuer, subject: "anna", scope: ["read"], jwk, expires_at: "2026-03-01T13:00:00Z" }),
    ],
    asked: [
      "trustIssuer",
      {
        order: {
          ...{ issuer: trust.issuer, subject: "anna", allowAnySubject: false, scope: ["read"], jwk },
          expiresAt: after(3600),
        },
        now: start,
      },
    ],
    answer: { trusted_issuer: trustJson },
  }),
  row({
    method: TrustService.method.listTrustedIssuers,
    input: { issuer: trust.issuer, pageSize: 2, pageToken: "t" },
    rest: ["GET", `${trusts}?issuer=https%3A%2F%2Fissuer.example&page_size=2&page_token=t`],
    asked: ["listTrustedIssuers", { issuer: trust.issuer, pageSize: 2, pageToken: "t", now: start }],
    answer: { trusted_issuers: [trustJson], next_page_token: "a+token" },
  }),
  row({
    method: TrustService.method.getTrustedIssuer,
    input: { id: trust.id },
    rest: ["GET", `${trusts}/${trust.id}`],
    asked: ["getTrustedIssuer", { id: trust.id }],
    answer: { trusted_issuer: trustJson },
  }),
  row({
    method: TrustService.method.deleteTrustedIssuer,
    input: { id: trust.id },
    rest: ["DELETE", `${trusts}/${trust.id}`],
    asked: ["distrustIssuer", { id: trust.id }],
    answer: {},
  }),
  row({
    method: TokenService.method.introspectToken,
    input: { token: "tsr_at_x", scope: "a b" },
    rest: [
      "POST",
      "/admin/oauth2/introspect",
      { body: "token=tsr_at_x&scope=a+b", type: "application/x-www-form-urlencoded" },
    ],
    asked: ["introspect", { token: "tsr_at_x", scope: ["a", "b"], now: start }],
    answer: {
      ...{ active: true, scope: "photos.read", client_id: "printer", sub: "anna", exp: 1772370000, iat: 1772366400 },
      ...{ nbf: 1772366400, iss: "https://id.example", token_type: "Bearer", token_use: "access_token" },
      ext: { tenant: "north" },
    },
  }),
  row({
    method: LoginFlowService.method.getLogin,
    input: { loginChallenge: "c" },
    rest: ["GET", `${requests}/login?login_challenge=c`],
    asked: ["getLogin", { challenge: "c", now: start }],
    answer: { login: { challenge: "c", skip: true, subject: "anna", session_id: "a-session", ...flowJson } },
  }),
  row({
    method: LoginFlowService.method.acceptLogin,
    input: {
      loginChallenge: "c",
      login: {
        ...{ subject: "anna", remember: true, rememberFor: 3600, acr: "2", amr: ["pwd"] },
        identityProviderSessionId: "idp",
        context: fromJson(ValueSchema, { to: ["consent", 1.5, null] }),
      },
    },
    rest: [
      "PUT",
      `${requests}/login/accept?login_challenge=c`,
      json({
        ...{ subject: "anna", remember: true, remember_for: 3600, acr: "2", amr: ["pwd"] },
        ...{ identity_provider_session_id: "idp", context: { to: ["consent", 1.5, null] } },
      }),
    ],
    asked: ["acceptLogin", { challenge: "c", answer: acceptance, now: start }],
    answer: { redirect_to: onward.redirectTo },
  }),
  row({
    method: LoginFlowService.method.rejectLogin,
    input: { loginChallenge: "c", rejection },
    rest: ["PUT", `${requests}/login/reject?login_challenge=c`, json(rejectionJson)],
    asked: ["rejectLogin", { challenge: "c", rejection, now: start }],
    answer: { redirect_to: onward.redirectTo },
  }),
  row({
    method: ConsentFlowService.method.getConsent,
    input: { consentChallenge: "c" },
    rest: ["GET", `${requests}/consent?consent_challenge=c`],
    asked: ["getConsent", { challenge: "c", now: start }],
    answer: {
      consent: {
        ...{ challenge: "c", consent_request_id: flow.id, subject: "anna", login_challenge: "l" },
        ...{ login_session_id: "a-session", acr: "2", amr: ["pwd"], context: { from: "login" }, ...flowJson },
      },
    },
  }),
  row({
    method: ConsentFlowService.method.acceptConsent,
    input: {
      consentChallenge: "c",
      consent: { grantScope: ["openid"], session: { accessToken: { a: 1 }, idToken: { b: [true] } }, remember: true },
    },
    rest: [
      "PUT",
      `${requests}/consent/accept?consent_challenge=c`,
      json({ grant_scope: ["openid"], session: { access_token: { a: 1 }, id_token: { b: [true] } }, remember: true }),
    ],
    asked: [
      "acceptConsent",
      {
        challenge: "c",
        now: start,
        answer: {
          ...{ grantScope: ["openid"], grantAudience: [], accessTokenClaims: { a: 1 }, idTokenClaims: { b: [true] } },
          ...{ remember: true, rememberFor: 0, context: null },
        },
      },
    ],
    answer: { redirect_to: onward.redirectTo },
  }),
  row({
    method: ConsentFlowService.method.rejectConsent,
    input: { consentChallenge: "c", rejection },
    rest: ["PUT", `${requests}/consent/reject?consent_challenge=c`, json(rejectionJson)],
    asked: ["rejectConsent", { challenge: "c", rejection, now: start }],
    answer: { redirect_to: onward.redirectTo },
  }),
  row({
    method: DeviceFlowService.method.getDevice,
    input: { deviceChallenge: "c", userCode: "WDJB-MJHT" },
    rest: ["GET", `${requests}/device?device_challenge=c&user_code=WDJB-MJHT`],
    asked: ["getDevice", { challenge: "c", userCode: "WDJB-MJHT", now: start }],
    answer: {
      device: {
        ...{ challenge: "c", client: clientJson, request_url: "https://id.example/verify" },
        ...{ requested_scope: ["openid"], requested_access_token_audience: ["https://photos.example"] },
      },
    },
  }),
  row({
    method: DeviceFlowService.method.acceptDevice,
    input: { deviceChallenge: "c", device: { userCode: "wdjb mjht" } },
    rest: ["PUT", `${requests}/device/accept?challenge=c`, json({ user_code: "wdjb mjht" })],
    asked: ["acceptDevice", { challenge: "c", userCode: "wdjb mjht", now: start }],
    answer: { redirect_to: onward.redirectTo },
  }),
  row({
    method: DeviceFlowService.method.rejectDevice,
    input: { deviceChallenge: "c", device: { userCode: "WDJB-MJHT" } },
    rest: ["PUT", `${requests}/device/reject?device_challenge=c`, json({ user_code: "WDJB-MJHT" })],
    asked: ["rejectDevice", { challenge: "c", userCode: "WDJB-MJHT", now: start }],
    answer: { redirect_to: onward.redirectTo },
  }),
  row({
    method: LogoutFlowService.method.getLogout,
    input: { logoutChallenge: "c" },
    rest: ["GET", `${requests}/logout?logout_challenge=c`],
    asked: ["getLogout", { challenge: "c", now: start }],
    answer: {
      logout: {
        ...{ challenge: "c", subject: "anna", sid: "a-session", request_url: logout.wish.requestUrl },
        ...{ rp_initiated: true, requested_at: "2026-03-01T12:00:00Z", expires_at: "2026-03-01T12:30:00Z" },
        ...{ client: clientJson, skip: true, logout_hint: "anna@example", ui_locales: ["de", "en"] },
      },
    },
  }),
  row({
    method: LogoutFlowService.method.acceptLogout,
    input: { logoutChallenge: "c" },
    rest: ["PUT", `${requests}/logout/accept?challenge=c`],
    asked: ["acceptLogout", { challenge: "c", now: start }],
    answer: { redirect_to: onward.redirectTo },
  }),
  row({
    method: LogoutFlowService.method.rejectLogout,
    input: { logoutChallenge: "c" },
    rest: ["PUT", `${requests}/logout/reject?logout_challenge=c`],
    asked: ["rejectLogout", { challenge: "c", now: start }],
    answer: {},
  }),
  row({
    method: SessionService.method.listConsentSessions,
    input: { subject: "anna", loginSessionId: "s", pageSize: 2, pageToken: "t" },
    rest: ["GET", `${sessions}/consent?subject=anna&login_session_id=s&page_size=2&page_token=t`],
    asked: ["listConsents", { subject: "anna", sessionId: "s", pageSize: 2, pageToken: "t", now: start }],
    answer: {
      consent_sessions: [
        {
          consent_request: {
            ...{ consent_request_id: flow.id, subject: "anna", login_session_id: "a-session" },
            ...{ requested_scope: ["openid", "photos.read"], oidc_context: { ui_locales: ["de"], display: "page" } },
            ...{ client: clientJson, request_url: flow.request.requestUrl, acr: "2", amr: ["pwd"] },
            context: { from: "login" },
          },
          ...{ consent_request_id: flow.id, context: ["kept"], grant_scope: ["openid"] },
          ...{ handled_at: "2026-03-01T12:00:40Z", remember: true, remember_for: 3600 },
          session: { access_token: { tenant: "north" }, id_token: { email: "anna@example" } },
        },
      ],
      next_page_token: "a+token",
    },
  }),
  row({
    method: SessionService.method.revokeConsentSessions,
    input: { subject: "anna", all: true },
    rest: ["DELETE", `${sessions}/consent?subject=anna&all=true`],
    asked: [
      "revokeConsents",
      { subject: "anna", clientId: "", all: true, consentRequestId: "", sessionId: "", now: start },
    ],
    answer: {},
  }),
  row({
    method: SessionService.method.revokeLoginSessions,
    input: { sid: "a-session" },
    rest: ["DELETE", `${sessions}/login?sid=a-session`],
    asked: ["revokeLoginSessions", { subject: "", clientId: "", sessionId: "a-session", now: start }],
    answer: {},
  }),
  row({
    method: SessionService.method.listLoginSessions,
    input: { client: "printer", pageSize: 2, pageToken: "t" },
    rest: ["GET", `${sessions}/login?client=printer&page_size=2&page_token=t`],
    asked: [
      "listLoginSessions",
      { subject: "", clientId: "printer", sessionId: "", pageSize: 2, pageToken: "t", now: start },
    ],
    answer: {
      login_sessions: [
        {
          ...{ sid: "a-session", subject: "anna", remember: true, client_ids: ["printer"] },
          ...{ authenticated_at: "2026-03-01T12:00:20Z", expires_at: "2026-03-01T13:00:00Z" },
        },
      ],
      next_page_token: "a+token",
    },
  }),
  row({
    method: ApiKeyService.method.createApiKey,
    input: { name: "ops", scopes: ["read", "flow"], expiresAt: timestampFromDate(after(3600)) },
    rest: ["POST", apiKeys, json({ name: "ops", scopes: ["read", "flow"], expires_at: "2026-03-01T13:00:00Z" })],
    asked: ["createApiKey", { order: { name: "ops", scopes: ["read", "flow"], expiresAt: after(3600) }, now: start }],
    answer: { api_key: { ...apiKeyJson, secret: "tsr_ak_x" } },
  }),
  row({
    method: ApiKeyService.method.listApiKeys,
    input: { pageSize: 2, pageToken: "t" },
    rest: ["GET", `${apiKeys}?page_size=2&page_token=t`],
    asked: ["listApiKeys", { pageSize: 2, pageToken: "t", now: start }],
    answer: { api_keys: [apiKeyJson], next_page_token: "a+token" },
  }),
  row({
    method: ApiKeyService.method.deleteApiKey,
    input: { id: apiKey.id },
    rest: ["DELETE", `${apiKeys}/${apiKey.id}`],
    asked: ["deleteApiKey", { id: apiKey.id }],
    answer: {},
  }),
];
