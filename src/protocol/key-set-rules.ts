/** What may lie in a key set: more is asked of the two that sign tokens (RFC 7517 §4, JWKS-007, ADM-017). */
import { refuse } from "./errors.ts";
import type { JsonObject } from "./json.ts";
import type { SigningKey } from "./key.ts";
import { asymmetricAlgorithms } from "./names.ts";

/** What everybody fetches must stay small; what nobody sees is bounded too. */
const maxShownKeys = 100;
const maxKeys = 1000;

export function requireRoom(count: number, isShown: boolean): void {
  const most = isShown ? maxShownKeys : maxKeys;
  if (count > most) refuse("invalid_request", `A key set must not have more than ${most} keys.`);
}

export function requireUse(use: string, signs: boolean): void {
  if (use === "sig" || (use === "enc" && !signs)) return;
  const what = signs ? "must be 'sig' in a set that signs" : "must be 'sig' or 'enc'";
  refuse("invalid_request", `The value of 'use' ${what}.`, { field: "use" });
}

/** A key for a set that signs tokens: RFC 8725 §3.1 wants it to be for one algorithm, D38 for no symmetric one. */
export function requireSigning({ use, algorithm }: SigningKey): void {
  requireUse(use, true);
  const known: readonly string[] = asymmetricAlgorithms;
  if (known.includes(algorithm)) return;
  refuse("invalid_request", "The member 'alg' of the key must name an asymmetric algorithm that signs.", {
    field: "alg",
  });
}

/** Whether both are one key, whatever else is said of it. */
export function isSameKey(a: SigningKey, b: SigningKey): boolean {
  return a.algorithm === b.algorithm && a.use === b.use && printOf(a.publicJwk) === printOf(b.publicJwk);
}

/** RFC 7638 §3.2: what a public key consists of. */
function printOf({ kty, crv, x, y, n, e, k }: JsonObject): string {
  return JSON.stringify([kty, crv, x, y, n, e, k]);
}
