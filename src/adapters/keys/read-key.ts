/** Somebody's own JWK, judged before it is kept: RFC 7517 §4, RFC 7518 §6, RFC 8725 §3.5. */
import { createPrivateKey, createPublicKey, type KeyObject } from "node:crypto";
import { refuse } from "../../protocol/errors.ts";
import type { JsonObject } from "../../protocol/json.ts";
import type { SigningKey } from "../../protocol/key.ts";
import { type Algorithm, isAlgorithm, isOfAlgorithm, isPair } from "./algorithms.ts";
import { decodeBase64url } from "./base64url.ts";

const secretMembers = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];
/** A longer name is nobody's, and a longer number is work for an attacker. */
const maxNameLength = 255;
const [minRsaBits, maxRsaBits] = [2048, 8192];

export function readKey(jwk: JsonObject, set: string, now: Date): SigningKey {
  const kid = textMember(jwk, "kid");
  if (kid === undefined || kid === "") fault("kid", "must be a text");
  const use = textMember(jwk, "use") ?? "sig";
  if (use !== "sig" && use !== "enc") fault("use", "must be 'sig' or 'enc'");
  const algorithm = textMember(jwk, "alg") ?? "";
  const publicJwk = Object.fromEntries(Object.entries(jwk).filter(([name]) => !secretMembers.includes(name)));
  const names = { use, kid };
  if (jwk.kty === "oct") requireSymmetric(jwk);
  else requirePair(jwk, publicJwk, algorithm);
  const times = { createdAt: now, chosenAt: now, signsFrom: now, tokensUntil: null, follows: null };
  return {
    set,
    kid,
    algorithm,
    use,
    ...times,
    publicJwk: { ...publicJwk, ...names },
    privateJwk: { ...jwk, ...names },
  };
}

function requirePair(jwk: JsonObject, publicJwk: JsonObject, algorithm: string): void {
  if (jwk.kty !== "RSA" && jwk.kty !== "EC" && jwk.kty !== "OKP") fault("kty", "must be RSA, EC, OKP or oct");
  if (isAlgorithm(algorithm) && !isOfAlgorithm(jwk, algorithm)) fault("alg", "does not fit the key's type or curve");
  if (jwk.oth !== undefined) fault("oth", "keys of more than two primes are not supported");
  const publicKey = keyObject(() => createPublicKey({ key: { ...publicJwk }, format: "jwk" }));
  requireStrong(publicKey);
  if (!("d" in jwk)) {
    if (secretMembers.some((name) => name in jwk)) fault("d", "is missing from the private key");
    return;
  }
  const privateKey = keyObject(() => createPrivateKey({ key: { ...jwk }, format: "jwk" }));
  const tried = isAlgorithm(algorithm) ? algorithm : trialAlgorithm(privateKey);
  // JWKS-007: Node reads the members of a JWK without comparing them.
  if (tried !== undefined && !isPairOrNot(tried, privateKey, publicKey))
    fault("d", "does not belong to the public key");
}

function requireSymmetric(jwk: JsonObject): void {
  const bytes = typeof jwk.k === "string" ? decodeBase64url(jwk.k) : undefined;
  if (bytes === undefined || bytes.length === 0 || bytes.length > 1024) fault("k", "must be a key in base64url");
}

function requireStrong({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): void {
  if (asymmetricKeyType !== "rsa") return;
  const bits = asymmetricKeyDetails?.modulusLength ?? 0;
  const exponent = asymmetricKeyDetails?.publicExponent ?? 0n;
  if (bits < minRsaBits || bits > maxRsaBits) fault("n", `must have from ${minRsaBits} to ${maxRsaBits} bits`);
  // FIPS 186-5 §5.4.
  if (exponent <= 65_536n || exponent >= 2n ** 64n || exponent % 2n === 0n)
    fault("e", "must be odd, and at least 65537");
}

/** With what a pair is tried that names no algorithm of ours; undefined for keys that sign nothing. */
function trialAlgorithm({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): Algorithm | undefined {
  if (asymmetricKeyType === "rsa") return "RS256";
  if (asymmetricKeyType === "ed25519") return "EdDSA";
  return asymmetricKeyType === "ec" && asymmetricKeyDetails?.namedCurve !== undefined ? "ES256" : undefined;
}

function isPairOrNot(algorithm: Algorithm, privateKey: KeyObject, publicKey: KeyObject): boolean {
  try {
    return isPair(algorithm, privateKey, publicKey);
  } catch {
    return false;
  }
}

function keyObject(create: () => KeyObject): KeyObject {
  try {
    return create();
  } catch {
    return fault("kty", "names a key that is malformed or of an unknown kind");
  }
}

function textMember(jwk: JsonObject, name: string): string | undefined {
  const value = jwk[name];
  if (value === undefined) return undefined;
  if (typeof value !== "string" || value.length > maxNameLength)
    fault(name, `must be a text of at most ${maxNameLength} characters`);
  return value;
}

function fault(member: string, what: string): never {
  refuse("invalid_request", `The member '${member}' of the key ${what}.`, { field: member });
}
