/** The client: an application that asks for tokens (RFC 6749 §2), and what it may do. */
import type { JsonObject } from "./json.ts";

/** Per client and grant, how long a token lives; the names are Hydra's without `_lifespan`. */
export const lifespanNames = [
  "authorization_code_grant_access_token",
  "authorization_code_grant_id_token",
  "authorization_code_grant_refresh_token",
  "client_credentials_grant_access_token",
  "implicit_grant_access_token",
  "implicit_grant_id_token",
  "jwt_bearer_grant_access_token",
  "refresh_token_grant_access_token",
  "refresh_token_grant_id_token",
  "refresh_token_grant_refresh_token",
  "device_authorization_grant_access_token",
  "device_authorization_grant_id_token",
  "device_authorization_grant_refresh_token",
] as const;

export type LifespanName = (typeof lifespanNames)[number];

/** What is registered about a client (RFC 7591 §2, OIDC Registration §2, and Hydra's additions). Empty means unset. */
export interface ClientMetadata {
  readonly name: string;
  readonly owner: string;
  readonly redirectUris: readonly string[];
  /** As written; `grantTypesOf` and `responseTypesOf` give the defaults. */
  readonly grantTypes: readonly string[];
  readonly responseTypes: readonly string[];
  /** Space-separated. */
  readonly scope: string;
  readonly audience: readonly string[];
  readonly policyUri: string;
  readonly tosUri: string;
  readonly clientUri: string;
  readonly logoUri: string;
  readonly contacts: readonly string[];
  readonly allowedCorsOrigins: readonly string[];
  readonly subjectType: string;
  readonly sectorIdentifierUri: string;
  readonly jwksUri: string;
  readonly jwks: JsonObject | null;
  readonly tokenEndpointAuthMethod: string;
  readonly tokenEndpointAuthSigningAlg: string;
  readonly requestUris: readonly string[];
  readonly requestObjectSigningAlg: string;
  /** `none` or empty: the claims come as plain JSON. */
  readonly userinfoSignedResponseAlg: string;
  /** Empty: the server's own. */
  readonly idTokenSignedResponseAlg: string;
  readonly frontchannelLogoutUri: string;
  readonly frontchannelLogoutSessionRequired: boolean;
  readonly backchannelLogoutUri: string;
  readonly backchannelLogoutSessionRequired: boolean;
  readonly postLogoutRedirectUris: readonly string[];
  /** `web`, `native` or empty, which binds to neither's redirect URIs. */
  readonly applicationType: string;
  readonly initiateLoginUri: string;
  readonly defaultAcrValues: readonly string[];
  readonly metadata: JsonObject;
  readonly accessTokenStrategy: string;
  /** Seconds that count where a request names no `max_age`; null is no limit. */
  readonly defaultMaxAge: number | null;
  /** Whether `auth_time` is wanted in ID tokens: it is always there. */
  readonly requireAuthTime: boolean;
  readonly skipConsent: boolean;
  readonly skipLogoutConsent: boolean | null;
  /** Seconds, possibly fractional. */
  readonly lifespans: Readonly<Partial<Record<LifespanName, number>>>;
}

export interface Client extends ClientMetadata {
  readonly id: string;
  /** Hashes of the secrets that work, the newest first. */
  readonly secretHashes: readonly string[];
  /** The newest secret, sealed, of a client that signs with it; null of all others. */
  readonly secretSeal: string | null;
  /** Sealed likewise: the secrets before it that still work, the newest first. */
  readonly rotatedSeals: readonly string[];
  /** Digest of the token that opens the client's own registration (RFC 7592 §2); null when there is none. */
  readonly registrationDigest: string | null;
  /** A stranger's: it registered itself, and no administrator has written it since. */
  readonly selfRegistered: boolean;
  /** Raised by every change; a write proves that the client it rests on is not stale. */
  readonly revision: number;
  /** Changed when the client's access tokens are ended; starts at random, so a client made anew revives none. */
  readonly epoch: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

export const emptyClientMetadata: ClientMetadata = {
  name: "",
  owner: "",
  redirectUris: [],
  grantTypes: [],
  responseTypes: [],
  scope: "",
  audience: [],
  policyUri: "",
  tosUri: "",
  clientUri: "",
  logoUri: "",
  contacts: [],
  allowedCorsOrigins: [],
  subjectType: "",
  sectorIdentifierUri: "",
  jwksUri: "",
  jwks: null,
  tokenEndpointAuthMethod: "",
  tokenEndpointAuthSigningAlg: "",
  requestUris: [],
  requestObjectSigningAlg: "",
  userinfoSignedResponseAlg: "",
  idTokenSignedResponseAlg: "",
  frontchannelLogoutUri: "",
  frontchannelLogoutSessionRequired: false,
  backchannelLogoutUri: "",
  backchannelLogoutSessionRequired: false,
  postLogoutRedirectUris: [],
  applicationType: "",
  initiateLoginUri: "",
  defaultAcrValues: [],
  metadata: {},
  accessTokenStrategy: "",
  defaultMaxAge: null,
  requireAuthTime: false,
  skipConsent: false,
  skipLogoutConsent: null,
  lifespans: {},
};

/** RFC 7591 §2: a client that names no grant type has `authorization_code`. */
export function grantTypesOf(client: ClientMetadata): readonly string[] {
  return client.grantTypes.length === 0 ? ["authorization_code"] : client.grantTypes;
}

/** RFC 7591 §2: a client that names no response type has `code`. */
export function responseTypesOf(client: ClientMetadata): readonly string[] {
  return client.responseTypes.length === 0 ? ["code"] : client.responseTypes;
}

/** RFC 7591 §2: `client_secret_basic` unless registered otherwise. */
export function authenticationMethodOf(client: ClientMetadata): string {
  return client.tokenEndpointAuthMethod === "" ? "client_secret_basic" : client.tokenEndpointAuthMethod;
}

/** OIDC Core §10.1: what it signs can be checked only by whoever has the secret itself. */
export function signsWithSecret(client: ClientMetadata): boolean {
  return authenticationMethodOf(client) === "client_secret_jwt" || client.requestObjectSigningAlg.startsWith("HS");
}

/** RFC 6749 §2.1: a client that cannot keep a secret. */
export function isPublic(client: ClientMetadata): boolean {
  return authenticationMethodOf(client) === "none";
}
