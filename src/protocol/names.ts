/** The registered names this server speaks (IANA OAuth parameters registry). */

/** RFC 8628 §3.4. */
export const deviceCodeGrantType = "urn:ietf:params:oauth:grant-type:device_code";

/** RFC 7523 §2.1. */
export const jwtBearerGrantType = "urn:ietf:params:oauth:grant-type:jwt-bearer";

/** `implicit` is asked for at the authorization endpoint alone. */
export const grantTypes = [
  "authorization_code",
  "implicit",
  "refresh_token",
  "client_credentials",
  deviceCodeGrantType,
  jwtBearerGrantType,
] as const;

export const clientAuthenticationMethods = [
  "client_secret_basic",
  "client_secret_post",
  "client_secret_jwt",
  "private_key_jwt",
  "none",
] as const;

/** OIDC Core §3.1.2.1, and Hydra's word for a sign-up. */
export const promptValues = ["none", "login", "consent", "select_account", "registration"] as const;

/** RFC 7523 §2.2. */
export const jwtBearerAssertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/** Signature algorithms of key pairs; symmetric ones and `none` are not among them. */
export const asymmetricAlgorithms = [
  "RS256",
  "RS384",
  "RS512",
  "PS256",
  "PS384",
  "PS512",
  "ES256",
  "ES384",
  "ES512",
  "EdDSA",
] as const;

/** Signature algorithms of clients that sign with their secret (RFC 7518 §3.2), where one registers for it. */
export const symmetricAlgorithms = ["HS256", "HS384", "HS512"] as const;

/** The key sets this server signs with (D21), and the names Hydra gives them. */
export const idTokenKeySet = "openid.id-token";
export const accessTokenKeySet = "oauth2.access-token";

export const ownKeySets: readonly string[] = [idTokenKeySet, accessTokenKeySet];

const keySetAliases: ReadonlyMap<string, string> = new Map([
  ["hydra.openid.id-token", idTokenKeySet],
  ["hydra.jwt.access-token", accessTokenKeySet],
]);

/** The set's own name, by whichever name it was called. */
export function canonicalKeySet(name: string): string {
  return keySetAliases.get(name) ?? name;
}
