/** Where the public endpoints are; discovery, assertions and redirects name them. */
export const paths = {
  authorization: "/oauth2/auth",
  token: "/oauth2/token",
  revocation: "/oauth2/revoke",
  userinfo: "/userinfo",
  endSession: "/oauth2/sessions/logout",
  checkSession: "/oauth2/sessions/check",
  deviceAuthorization: "/oauth2/device/auth",
  deviceVerification: "/oauth2/device/verify",
  registration: "/oauth2/register",
  jwks: "/.well-known/jwks.json",
  openidConfiguration: "/.well-known/openid-configuration",
  authorizationServer: "/.well-known/oauth-authorization-server",
} as const;

/** A path below a base URL that may or may not end in a slash. */
export function below(base: string, path: string): string {
  return (base.endsWith("/") ? base.slice(0, -1) : base) + path;
}

/** RFC 7592 §1.3: where a client reads and changes its own registration. */
export function registrationUrl(publicUrl: string, clientId: string): string {
  return below(publicUrl, `${paths.registration}/${encodeURIComponent(clientId)}`);
}
