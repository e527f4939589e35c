/** The public keys of clients: registered with them, or fetched from their `jwks_uri` and kept for an hour. */
import { type CryptoKey, importJWK } from "jose";
import type { Outbound } from "../../ports/ports.ts";
import type { Client } from "../../protocol/client.ts";
import type { JsonObject } from "../../protocol/json.ts";
import type { Algorithm } from "./algorithms.ts";
import { recent } from "./recent.ts";
import { keysOf, suitableKeys } from "./suitable-keys.ts";

// OIDC Core §10.1.1: a key that its owner took away is believed for an hour at most.
const keptMs = 3_600_000;
const askedAgainMs = 60_000;
/** After a failed fetch: soon enough for an honest client, too seldom to use us against its server. */
const triedAgainMs = 5_000;
const maxClients = 1_000;
/** A JWT without a `kid` is tried against so many keys. */
const maxCandidates = 8;

/** The keys of one client as they were at one time. */
export interface ClientKeySet {
  candidates(algorithm: Algorithm, kid: string | undefined): Promise<CryptoKey[]>;
}

export interface ClientKeys {
  /** Undefined: the client has none, or they cannot be fetched. */
  current(client: Client): Promise<ClientKeySet | undefined>;
  /** Newer than what `current` gave, for a `kid` it did not have: at most one fetch a minute and client. */
  newer(client: Client): Promise<ClientKeySet | undefined>;
}

interface Fetched {
  readonly at: number;
  readonly keys: Promise<ClientKeySet | undefined>;
  readonly failed: () => boolean;
}

type Fetcher = Pick<Outbound, "fetchJson">;

export function clientKeys(outbound: Fetcher, elapsed: () => number = () => performance.now()): ClientKeys {
  const registered = recent<ClientKeySet>(maxClients);
  const fetched = recent<Fetched>(maxClients);

  const fromClient = (client: Client, jwks: JsonObject): ClientKeySet => {
    const name = JSON.stringify([client.id, client.revision]);
    const known = registered.get(name);
    if (known !== undefined) return known;
    const made = clientKeySet(jwks);
    registered.set(name, made);
    return made;
  };
  const fetchAfter = (client: Client, restMs: (known: Fetched) => number): Fetched => {
    const name = JSON.stringify([client.id, client.jwksUri]);
    const known = fetched.get(name);
    if (known !== undefined && elapsed() - known.at < restMs(known)) return known;
    // Kept before it is answered: whoever else asks meanwhile waits for the same answer.
    const started = startFetch(outbound, client.jwksUri, elapsed());
    fetched.set(name, started);
    return started;
  };

  return {
    async current(client) {
      if (client.jwksUri !== "") return fetchAfter(client, ({ failed }) => (failed() ? triedAgainMs : keptMs)).keys;
      return client.jwks === null ? undefined : fromClient(client, client.jwks);
    },
    async newer(client) {
      if (client.jwksUri === "") return undefined;
      return fetchAfter(client, ({ failed }) => (failed() ? triedAgainMs : askedAgainMs)).keys;
    },
  };
}

function startFetch(outbound: Fetcher, url: string, at: number): Fetched {
  let failed = false;
  const keys = outbound.fetchJson(url).then(clientKeySet, () => {
    failed = true;
    return undefined;
  });
  return { at, keys, failed: () => failed };
}

export function clientKeySet(jwks: JsonObject): ClientKeySet {
  const keys = keysOf(jwks);
  const imported = new Map<JsonObject, Map<Algorithm, Promise<CryptoKey | undefined>>>();
  const importOnce = (jwk: JsonObject, algorithm: Algorithm): Promise<CryptoKey | undefined> => {
    const ofKey = imported.get(jwk) ?? new Map<Algorithm, Promise<CryptoKey | undefined>>();
    imported.set(jwk, ofKey);
    const known = ofKey.get(algorithm) ?? importPublic(jwk, algorithm);
    ofKey.set(algorithm, known);
    return known;
  };
  return {
    async candidates(algorithm, kid) {
      const suitable = suitableKeys(keys, algorithm, kid).slice(0, maxCandidates);
      const ready = await Promise.all(suitable.map((jwk) => importOnce(jwk, algorithm)));
      return ready.filter((key) => key !== undefined);
    },
  };
}

/** Undefined for a point that is not on its curve and for numbers that are none. */
async function importPublic(jwk: JsonObject, algorithm: Algorithm): Promise<CryptoKey | undefined> {
  const { kty, crv, x, y, n, e } = jwk;
  const publicOnly: JsonObject = {};
  for (const [name, value] of Object.entries({ kty, crv, x, y, n, e }))
    if (value !== undefined) publicOnly[name] = value;
  try {
    const key = await importJWK(publicOnly, algorithm);
    return key instanceof Uint8Array ? undefined : key;
  } catch {
    return undefined;
  }
}
