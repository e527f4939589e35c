/** A client's registered keys: public, of a known kind and strong enough (RFC 7517, RFC 8725 §3.5). */
import type { ClientMetadata } from "../client.ts";
import { isJsonObject, type JsonObject } from "../json.ts";
import { fault } from "./fault.ts";

const maxKeys = 50;
/** Members that only a private or symmetric key has (RFC 7518 §6). */
const privateMembers = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];
const curves: ReadonlyMap<unknown, number> = new Map([
  ["P-256", 32],
  ["P-384", 48],
  ["P-521", 66],
]);

export function requireKeys(metadata: ClientMetadata): void {
  const { jwks, jwksUri, tokenEndpointAuthMethod } = metadata;
  const keys = jwks === null ? [] : jwks.keys;
  if (!Array.isArray(keys)) {
    if (jwks !== null && Object.keys(jwks).length > 0) fault("jwks", "must be an object with a list 'keys'");
    requireSomeKeys(metadata, 0);
    return;
  }
  // RFC 7591 §2: they must not both be present, be it with no key.
  if (jwks !== null && jwksUri !== "") fault("jwks", "must not be used together with jwks_uri");
  if (keys.length > maxKeys) fault("jwks", `must not have more than ${maxKeys} keys`);
  for (const key of keys) requirePublicKey(key);
  if (tokenEndpointAuthMethod === "private_key_jwt") requireSomeKeys(metadata, keys.length);
}

function requireSomeKeys(metadata: ClientMetadata, count: number): void {
  if (metadata.tokenEndpointAuthMethod === "private_key_jwt" && count === 0 && metadata.jwksUri === "") {
    fault("jwks", "or jwks_uri must be set for token_endpoint_auth_method private_key_jwt");
  }
}

function requirePublicKey(key: unknown): void {
  if (!isJsonObject(key)) fault("jwks", "must hold JSON Web Keys");
  // D38: a private or symmetric key is refused wherever a public one is expected.
  if (isSecret(key)) fault("jwks", "must hold public keys only");
  if (!isSound(key)) fault("jwks", "holds a key that is malformed, of an unknown type or too weak");
}

/** What is wrong with a single key where a public one is expected; null when nothing is. */
export function publicKeyFault(key: JsonObject): string | null {
  if (isSecret(key)) return "must be a public key";
  return isSound(key) ? null : "is a key that is malformed, of an unknown type or too weak";
}

function isSecret(key: JsonObject): boolean {
  return privateMembers.some((member) => Object.hasOwn(key, member)) || key.kty === "oct";
}

function isSound(key: JsonObject): boolean {
  if (key.kty === "RSA") {
    const [modulus, exponent] = [magnitudeOf(key.n), magnitudeOf(key.e)];
    return modulus >= 2048 && modulus <= 16_384 && exponent >= 17 && exponent <= 64;
  }
  if (key.kty === "EC") {
    const size = curves.get(key.crv);
    return size !== undefined && bytesOf(key.x) === size && bytesOf(key.y) === size;
  }
  return key.kty === "OKP" && key.crv === "Ed25519" && bytesOf(key.x) === 32;
}

function bytesOf(member: unknown): number {
  if (typeof member !== "string" || !/^[A-Za-z0-9_-]+$/.test(member)) return 0;
  return Math.floor((member.length * 3) / 4);
}

/** The bits of a number; zeros in front, which would make a weak key look strong, do not count. */
function magnitudeOf(member: unknown): number {
  if (typeof member !== "string" || bytesOf(member) === 0 || member.length > 4096) return 0;
  const hex = Buffer.from(member, "base64url").toString("hex").replace(/^0+/, "");
  return hex === "" ? 0 : hex.length * 4 - Math.clz32(Number.parseInt(hex.slice(0, 1), 16)) + 28;
}
