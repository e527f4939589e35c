/** Keeps secrets out of the log, should an object that carries one ever be logged. */

const secretNames = new Set([
  "authorization",
  "cookie",
  "set-cookie",
  "password",
  "secret",
  "client_secret",
  "clientSecret",
  "token",
  "access_token",
  "accessToken",
  "refresh_token",
  "refreshToken",
  "registration_access_token",
  "registrationAccessToken",
  "id_token",
  "idToken",
  "code",
  "code_verifier",
  "codeVerifier",
  "api_key",
  "apiKey",
  "assertion",
  "client_assertion",
  "dsn",
]);

const deepest = 4;

/** A copy in which every text under the name of a secret reads as the replacement. */
export function redact(fields: Readonly<Record<string, unknown>>, replacement: string): Record<string, unknown> {
  return copy(fields, replacement, 0);
}

function copy(fields: object, replacement: string, depth: number): Record<string, unknown> {
  const clean: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(fields)) {
    if (typeof value === "string") clean[name] = secretNames.has(name) ? replacement : value;
    else if (!isPlain(value)) clean[name] = value;
    else clean[name] = depth < deepest ? copy(value, replacement, depth + 1) : replacement;
  }
  return clean;
}

function isPlain(value: unknown): value is object {
  return typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}
