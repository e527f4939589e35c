/** Clients that authenticate with private_key_jwt, and the assertions they sign. */
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, SignJWT } from "jose";
import { newClient } from "./code-flow.ts";
import type { Answer, World } from "./server.ts";

export const assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

export interface KeyPair {
  readonly kid: string;
  readonly algorithm: string;
  readonly privateKey: CryptoKey;
  readonly publicKey: CryptoKey;
  readonly publicJwk: JWK;
}

export interface SigningClient {
  readonly id: string;
  readonly key: KeyPair;
}

export async function newKeyPair(algorithm: string, kid: string): Promise<KeyPair> {
  const { privateKey, publicKey } = await generateKeyPair(algorithm, { extractable: true });
  const publicJwk = { ...(await exportJWK(publicKey)), kid, use: "sig" };
  return { kid, algorithm, privateKey, publicKey, publicJwk };
}

/** A client whose only proof is its key. */
export async function newSigningClient(
  world: World,
  key: KeyPair,
  over: Record<string, unknown> = {},
): Promise<SigningClient> {
  const { id } = await newClient(world, {
    token_endpoint_auth_method: "private_key_jwt",
    token_endpoint_auth_signing_alg: key.algorithm,
    jwks: { keys: [key.publicJwk] },
    ...over,
  });
  return { id, key };
}

export interface AssertionParts {
  /** Over the usual claims; an undefined one is left out. */
  readonly claims?: Record<string, unknown>;
  readonly header?: Record<string, unknown>;
  readonly key?: KeyPair;
}

let made = 0;

/** A good assertion, except for what `parts` say. */
export async function assertion(world: World, client: SigningClient, parts: AssertionParts = {}): Promise<string> {
  const key = parts.key ?? client.key;
  const header = { alg: key.algorithm, kid: key.kid, ...parts.header };
  return new SignJWT(assertionClaims(world, client, parts.claims)).setProtectedHeader(header).sign(key.privateKey);
}

export function assertionClaims(
  world: World,
  client: { readonly id: string },
  over: Record<string, unknown> = {},
): Record<string, unknown> {
  const now = Math.floor(world.clock.now().getTime() / 1000);
  made += 1;
  const claims = { iss: client.id, sub: client.id, aud: world.publicUrl, iat: now, exp: now + 60, jti: `a${made}` };
  return Object.fromEntries(Object.entries({ ...claims, ...over }).filter(([, value]) => value !== undefined));
}

/** Client credentials for an assertion. */
export function present(world: World, jwt: string, over: Record<string, string> = {}): Promise<Answer> {
  const form = {
    grant_type: "client_credentials",
    client_assertion_type: assertionType,
    client_assertion: jwt,
    ...over,
  };
  return world.post("/oauth2/token", form);
}

/** A compact JWS of any parts whatever. */
export function compact(header: unknown, payload: unknown, signature = ""): string {
  const encode = (part: unknown) => Buffer.from(JSON.stringify(part)).toString("base64url");
  return `${encode(header)}.${encode(payload)}.${signature}`;
}
