/** Issuers that the server trusts, and the assertions they sign for users. */
import { SignJWT } from "jose";
import type { KeyPair } from "./assertions.ts";
import { newClient, type TestClient } from "./code-flow.ts";
import { askToken } from "./grants.ts";
import type { Answer, Callable, World } from "./server.ts";

export const issuersPath = "/admin/trust/grants/jwt-bearer/issuers";
export const jwtBearer = "urn:ietf:params:oauth:grant-type:jwt-bearer";

let made = 0;

/** A name that nobody had before. */
export function aName(word: string): string {
  made += 1;
  return `${word}-${made}`;
}

/** The body that trusts the key for `alice` and the scopes `read` and `write`, for an hour. */
export function trustBody(world: World, issuer: string, key: KeyPair, over: Record<string, unknown> = {}) {
  return {
    issuer,
    subject: "alice",
    scope: ["read", "write"],
    jwk: key.publicJwk,
    expires_at: new Date(world.clock.now().getTime() + 3_600_000).toISOString(),
    ...over,
  };
}

/** Trusts the key; answers the trust's id. */
export async function trust(world: World, issuer: string, key: KeyPair, over: Record<string, unknown> = {}) {
  const answer = await world.admin("POST", issuersPath, trustBody(world, issuer, key, over));
  if (answer.status !== 201) throw new Error(`trust: ${answer.status} ${answer.text}`);
  return String(answer.body.id);
}

export function bearerClient(world: Callable, over: Record<string, unknown> = {}): Promise<TestClient> {
  return newClient(world, { grant_types: [jwtBearer], scope: "openid offline_access read write admin", ...over });
}

/** Over the usual claims and header; an undefined one is left out. */
export interface GrantParts {
  readonly claims?: Record<string, unknown>;
  readonly header?: Record<string, unknown>;
}

export function grantClaims(world: World, issuer: string, over: Record<string, unknown> = {}): Record<string, unknown> {
  const now = Math.floor(world.clock.now().getTime() / 1000);
  const usual = { iss: issuer, sub: "alice", aud: `${world.publicUrl}/oauth2/token`, iat: now, exp: now + 60 };
  const claims = { ...usual, jti: aName("jti"), ...over };
  return Object.fromEntries(Object.entries(claims).filter(([, value]) => value !== undefined));
}

export function grantAssertion(world: World, issuer: string, key: KeyPair, parts: GrantParts = {}): Promise<string> {
  const header = { alg: key.algorithm, kid: key.kid, ...parts.header };
  return new SignJWT(grantClaims(world, issuer, parts.claims)).setProtectedHeader(header).sign(key.privateKey);
}

export function trade(
  world: Callable,
  client: TestClient,
  assertion: string,
  over: Record<string, string> = {},
): Promise<Answer> {
  return askToken(world, client, { grant_type: jwtBearer, assertion, scope: "read", ...over });
}
