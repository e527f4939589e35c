/** Hashing for the rules; the only door from `protocol/` to cryptography. */
import { createHmac, hash, timingSafeEqual } from "node:crypto";

/** SHA-256 of a text, base64url without padding: 43 characters. */
export function digest(text: string): string {
  return hash("sha256", text, "base64url");
}

/** SHA-256 of a text, lower-case hex. */
export function hexDigest(text: string): string {
  return hash("sha256", text, "hex");
}

/** The left half of a SHA-256, base64url: `at_hash` and `c_hash` (OIDC Core §3.1.3.6) of a token signed with *256. */
export function leftHalf(text: string, algorithm: "sha256" | "sha384" | "sha512"): string {
  const whole = hash(algorithm, text, "buffer");
  return whole.subarray(0, whole.length / 2).toString("base64url");
}

/** HMAC with SHA-512/256 (FIPS 180-4 §5.3.6), base64url. */
export function hmac512of256(key: Uint8Array, data: Uint8Array): string {
  return createHmac("sha512-256", key).update(data).digest("base64url");
}

/** Equality in time that depends on the lengths only. */
export function isSame(a: string, b: string): boolean {
  const left = Buffer.from(a);
  const right = Buffer.from(b);
  return left.length === right.length && timingSafeEqual(left, right);
}
