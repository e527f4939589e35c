/** One key of the ring, ready for use: what is made from its JWK is made when it is first asked for, and once. */
import { createPrivateKey, createPublicKey, type KeyObject } from "node:crypto";
import type { JsonObject } from "../../protocol/json.ts";
import type { SigningKey } from "../../protocol/key.ts";
import { type Algorithm, isAlgorithm, isOfAlgorithm, isPair } from "./algorithms.ts";

export interface RingKey {
  readonly kid: string;
  readonly source: SigningKey;
  algorithm(): Algorithm;
  privateKey(): KeyObject;
  publicKey(): KeyObject;
  /** The encoded JWS header for this `typ`. */
  header(typ: string): string;
}

export function ringKey(source: SigningKey): RingKey {
  const { kid } = source;
  const headers = new Map<string, string>();
  const algorithm = (): Algorithm => {
    // RFC 8725 §3.1: a key is for one algorithm, and of its kind.
    if (!isAlgorithm(source.algorithm) || !isOfAlgorithm(source.publicJwk, source.algorithm)) throw unusable(source);
    return source.algorithm;
  };
  const publicKey = once(() => read(source, () => createPublicKey({ key: { ...source.publicJwk }, format: "jwk" })));
  const privateKey = once(() => {
    const key = read(source, () => createPrivateKey({ key: { ...source.privateJwk }, format: "jwk" }));
    if (!isPair(algorithm(), key, publicKey())) throw unusable(source);
    return key;
  });
  return {
    kid,
    source,
    algorithm,
    privateKey,
    publicKey,
    header(typ) {
      const known = headers.get(typ);
      if (known !== undefined) return known;
      const made = Buffer.from(JSON.stringify({ alg: source.algorithm, typ, kid })).toString("base64url");
      headers.set(typ, made);
      return made;
    },
  };
}

/** RFC 7517 §9.2: what may be shown of a key; never d, p, q, dp, dq, qi, oth or k. */
const publicMembers = ["kty", "crv", "x", "y", "n", "e", "x5c", "x5t", "x5t#S256"];

/** The JWK that relying parties get. */
export function publishedJwk({ kid, use, algorithm, publicJwk }: SigningKey): JsonObject {
  const shown: JsonObject = { use, kid, ...(algorithm === "" ? {} : { alg: algorithm }) };
  for (const name of publicMembers) {
    const value = publicJwk[name];
    if (value !== undefined) shown[name] = value;
  }
  return shown;
}

function read(source: SigningKey, create: () => KeyObject): KeyObject {
  try {
    return create();
  } catch (cause) {
    throw unusable(source, cause);
  }
}

function unusable({ set, kid, algorithm }: SigningKey, cause?: unknown): Error {
  return new Error(`The key '${kid}' of the set '${set}' cannot be used with ${algorithm}.`, { cause });
}

function once(make: () => KeyObject): () => KeyObject {
  let made: KeyObject | undefined;
  return () => {
    made ??= make();
    return made;
  };
}
