/** Clients that send their authorization requests as JWTs, and the JWTs they sign (RFC 9101). */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { SignJWT } from "jose";
import { type KeyPair, newKeyPair } from "./assertions.ts";
import { authorizationRequest, newClient, type TestClient } from "./code-flow.ts";
import type { Answer, World } from "./server.ts";

export interface ObjectClient extends TestClient {
  readonly key: KeyPair;
}

export async function newObjectClient(
  world: World,
  over: Record<string, unknown> = {},
  algorithm = "ES256",
): Promise<ObjectClient> {
  const key = await newKeyPair(algorithm, "a-key");
  const client = await newClient(world, { jwks: { keys: [key.publicJwk] }, ...over });
  return { ...client, key };
}

export interface ObjectParts {
  /** Over the usual claims; an undefined one is left out. */
  readonly claims?: Record<string, unknown>;
  readonly header?: Record<string, unknown>;
  readonly key?: KeyPair;
}

export interface ObjectRequest {
  readonly jwt: string;
  readonly state: string;
  readonly nonce: string;
  readonly verifier: string;
}

/** The claims of a good request object: all parameters of a usual request. */
export function objectClaims(world: World, client: TestClient, over: Record<string, unknown> = {}) {
  const { url, state, nonce, verifier } = authorizationRequest(world, client);
  const now = Math.floor(world.clock.now().getTime() / 1000);
  const claims = {
    ...Object.fromEntries(new URL(url).searchParams),
    ...{ iss: client.id, aud: world.publicUrl, iat: now, nbf: now, exp: now + 60, jti: state },
    ...over,
  };
  return { claims: defined(claims), state, nonce, verifier };
}

/** A good request object, except for what `parts` say. */
export async function objectRequest(
  world: World,
  client: ObjectClient,
  parts: ObjectParts = {},
): Promise<ObjectRequest> {
  const { claims, ...rest } = objectClaims(world, client, parts.claims);
  const key = parts.key ?? client.key;
  const header = defined({ alg: key.algorithm, kid: key.kid, typ: "oauth-authz-req+jwt", ...parts.header });
  const jwt = await new SignJWT(claims).setProtectedHeader({ alg: key.algorithm, ...header }).sign(key.privateKey);
  return { jwt, ...rest };
}

function defined(record: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined));
}

/** The URL that sends it; an undefined member of `outside` leaves the parameter out. */
export function objectUrl(world: World, client: TestClient, outside: Record<string, string | undefined> = {}): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries({ client_id: client.id, ...outside })) {
    if (value !== undefined) query.append(name, value);
  }
  return `${world.publicUrl}/oauth2/auth?${query.toString()}`;
}

export function visit(world: World, url: string): Promise<Answer> {
  return world.get(url.slice(world.publicUrl.length));
}

export interface Host {
  readonly url: string;
  readonly requests: ReadonlyArray<{ readonly path: string; readonly headers: IncomingMessage["headers"] }>;
  close(): void;
}

/** A client's own web server, where its request objects lie. */
export async function host(answer: (response: ServerResponse, path: string) => void): Promise<Host> {
  const requests: Array<{ path: string; headers: IncomingMessage["headers"] }> = [];
  const server = createServer((request, response) => {
    requests.push({ path: request.url ?? "", headers: request.headers });
    answer(response, request.url ?? "");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a server on TCP has such an address
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
