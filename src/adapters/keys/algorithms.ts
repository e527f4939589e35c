/** The signature algorithms of JOSE that this server signs with and believes (RFC 7518 §3, RFC 8037 §3.1). */
import { constants, type KeyObject, type SignKeyObjectInput, sign, verify } from "node:crypto";
import type { JsonObject } from "../../protocol/json.ts";

export type Algorithm = keyof typeof algorithms;

type AlgorithmRow =
  | { readonly kty: "RSA"; readonly curve: null; readonly hash: string }
  | { readonly kty: "EC"; readonly curve: string; readonly hash: string }
  | { readonly kty: "OKP"; readonly curve: string; readonly hash: null };

const algorithms = {
  RS256: { kty: "RSA", curve: null, hash: "sha256" },
  RS384: { kty: "RSA", curve: null, hash: "sha384" },
  RS512: { kty: "RSA", curve: null, hash: "sha512" },
  PS256: { kty: "RSA", curve: null, hash: "sha256" },
  PS384: { kty: "RSA", curve: null, hash: "sha384" },
  PS512: { kty: "RSA", curve: null, hash: "sha512" },
  ES256: { kty: "EC", curve: "P-256", hash: "sha256" },
  ES384: { kty: "EC", curve: "P-384", hash: "sha384" },
  ES512: { kty: "EC", curve: "P-521", hash: "sha512" },
  EdDSA: { kty: "OKP", curve: "Ed25519", hash: null },
} as const satisfies Record<string, AlgorithmRow>;

const table: ReadonlyMap<string, AlgorithmRow> = new Map(Object.entries(algorithms));

/** Undefined for `none`, for symmetric algorithms and for names nobody registered. */
export function algorithmOf(name: string): AlgorithmRow | undefined {
  return table.get(name);
}

export function isAlgorithm(name: string): name is Algorithm {
  return table.has(name);
}

/**
 * RFC 9864 §2.2: `Ed25519` says in one word what `EdDSA` leaves to the key. Here all its keys are on that curve, so that
 * clients may write either; registered, and signed with, is `EdDSA`.
 */
export function namedAs(name: unknown): unknown {
  return name === "Ed25519" ? "EdDSA" : name;
}

/** The names that a JWT of the algorithm may bear. */
export function namesOf(algorithm: Algorithm): string[] {
  return algorithm === "EdDSA" ? ["EdDSA", "Ed25519"] : [algorithm];
}

/** Whether a JWK is of the type and on the curve that the algorithm takes (RFC 7518 §3.1). */
export function isOfAlgorithm(jwk: JsonObject, algorithm: Algorithm): boolean {
  const { kty, curve } = algorithms[algorithm];
  return jwk.kty === kty && (curve === null || jwk.crv === curve);
}

/** The signature as JWS wants it: for ECDSA both numbers side by side (RFC 7518 §3.4), not DER. */
export function signBytes(algorithm: Algorithm, key: KeyObject, signed: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    sign(algorithms[algorithm].hash, signed, withOptions(algorithm, key), (error, signature) =>
      error === null ? resolve(signature) : reject(error),
    );
  });
}

/**
 * RSA is checked on the spot (20 us); the curves cost 100 us and go to another thread. A signature of a wrong length,
 * or of zeros, is false (CVE-2022-21449).
 */
export function verifyBytes(
  algorithm: Algorithm,
  key: KeyObject,
  { signed, signature }: { readonly signed: Buffer; readonly signature: Buffer },
): boolean | Promise<boolean> {
  const { kty, hash } = algorithms[algorithm];
  const options = withOptions(algorithm, key);
  if (kty === "RSA") return verify(hash, signed, options, signature);
  return new Promise((resolve, reject) => {
    verify(hash, signed, options, signature, (error, valid) => (error === null ? resolve(valid) : reject(error)));
  });
}

/** Whether what the private half signs holds under the public half: node reads a JWK's members without comparing them. */
export function isPair(algorithm: Algorithm, privateKey: KeyObject, publicKey: KeyObject): boolean {
  const { hash } = algorithms[algorithm];
  const probe = Buffer.from("Do these two belong together?");
  const signature = sign(hash, probe, withOptions(algorithm, privateKey));
  return verify(hash, probe, withOptions(algorithm, publicKey), signature);
}

function withOptions(algorithm: Algorithm, key: KeyObject): SignKeyObjectInput {
  if (algorithm.startsWith("PS")) {
    return { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST };
  }
  return algorithm.startsWith("ES") ? { key, dsaEncoding: "ieee-p1363" } : { key };
}
