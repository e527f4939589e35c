/** The subkeys of `secrets.system`, one per purpose (D52): the secrets themselves sign and seal nothing. */
import { createSecretKey, hkdfSync, type KeyObject } from "node:crypto";

export type Purpose = "seal" | "handle" | "refresh" | "page" | "user code";

export interface Subkey {
  /** Four bytes that name the key and give nothing of it away. */
  readonly id: Buffer;
  readonly key: KeyObject;
}

/** The first makes, all prove: so a new secret is put in front of the old ones. */
export type Subkeys = (purpose: Purpose) => readonly [Subkey, ...Subkey[]];

const keyLength = 32;
const idLength = 4;

export function subkeys(secrets: readonly string[]): Subkeys {
  const [first, ...older] = [...new Set(secrets)];
  if (first === undefined) throw new Error("The setting 'secrets.system' holds no secret.");
  return (purpose) => [derive(first, purpose), ...older.map((secret) => derive(secret, purpose))];
}

// RFC 5869: outputs for different `info`, and the parts of one output, say nothing about each other.
function derive(secret: string, purpose: Purpose): Subkey {
  const bytes = Buffer.from(hkdfSync("sha256", secret, "", `tessera v1 ${purpose}`, keyLength + idLength));
  return { id: bytes.subarray(keyLength), key: createSecretKey(bytes.subarray(0, keyLength)) };
}
