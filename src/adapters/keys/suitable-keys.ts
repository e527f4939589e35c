/** Which keys of a client's set may check a signature, before any mathematics: RFC 7517 §4, RFC 8725 §3.5. */
import { isJsonObject, type JsonObject } from "../../protocol/json.ts";
import { type Algorithm, isOfAlgorithm, namedAs } from "./algorithms.ts";
import { decodeBase64url } from "./base64url.ts";

/** Sets of more keys than this are read as far as this. */
const maxKeys = 100;

/** Members of private and symmetric keys: a secret that was published is nobody's proof (D38). */
const secretMembers = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

/** The entries of a JWK set that are objects (RFC 7517 §5: others are ignored). */
export function keysOf(set: JsonObject): JsonObject[] {
  const keys = set.keys;
  return Array.isArray(keys) ? keys.slice(0, maxKeys).filter(isJsonObject) : [];
}

/** With a `kid`, the keys of that name (several may bear it); without one, every suitable key. */
export function suitableKeys(keys: readonly JsonObject[], algorithm: Algorithm, kid: string | undefined): JsonObject[] {
  return keys.filter((key) => (kid === undefined || key.kid === kid) && isSuitable(key, algorithm));
}

function isSuitable(key: JsonObject, algorithm: Algorithm): boolean {
  if (!isOfAlgorithm(key, algorithm) || secretMembers.some((member) => member in key)) return false;
  if (key.use !== undefined && key.use !== "sig") return false;
  const operations = key.key_ops;
  if (operations !== undefined && !(Array.isArray(operations) && operations.includes("verify"))) return false;
  if (key.alg !== undefined && namedAs(key.alg) !== algorithm) return false;
  return key.kty !== "RSA" || isStrongRsa(key);
}

/**
 * A modulus of 2048 to 8192 bits (RFC 7518 §3.3; beyond that it is work for an attacker), and FIPS 186-5 §5.4's odd
 * exponent above 2^16.
 */
function isStrongRsa({ n, e }: JsonObject): boolean {
  if (typeof n !== "string" || typeof e !== "string") return false;
  const modulus = parseUnsigned(n);
  const exponent = parseUnsigned(e);
  if (modulus === undefined || exponent === undefined) return false;
  const bits = modulus.toString(2).length;
  return bits >= 2048 && bits <= 8192 && exponent > 65_536n && exponent < 2n ** 64n && exponent % 2n === 1n;
}

function parseUnsigned(text: string): bigint | undefined {
  const bytes = decodeBase64url(text);
  return bytes === undefined || bytes.length === 0 ? undefined : BigInt(`0x${bytes.toString("hex")}`);
}
