/** How Hydra keeps what is secret: AES-256-GCM under the SHA-256 of `secrets.system`, which signs its tokens as well. */
import { createDecipheriv, hash } from "node:crypto";

export interface HydraCipher {
  /** The text of a sealed cell; undefined when none of the secrets opens it. */
  open(cell: string): string | undefined;
  readonly keys: readonly Uint8Array[];
}

const [nonceLength, tagLength] = [12, 16];

/** All of `secrets.system`, the present one first. */
export function hydraCipher(secrets: readonly string[]): HydraCipher {
  const keys = secrets.map((secret) => hash("sha256", secret, "buffer"));
  return {
    keys,
    open(cell) {
      const bytes = Buffer.from(cell, "base64url");
      if (bytes.length < nonceLength + tagLength) return undefined;
      for (const key of keys) {
        const text = decrypt(bytes, key);
        if (text !== undefined) return text;
      }
      return undefined;
    },
  };
}

/** The cell is nonce, ciphertext and tag, one after the other. */
function decrypt(bytes: Buffer, key: Uint8Array): string | undefined {
  const decipher = createDecipheriv("aes-256-gcm", key, bytes.subarray(0, nonceLength), { authTagLength: tagLength });
  decipher.setAuthTag(bytes.subarray(-tagLength));
  try {
    const plain = [decipher.update(bytes.subarray(nonceLength, -tagLength)), decipher.final()];
    return Buffer.concat(plain).toString("utf8");
  } catch {
    return undefined;
  }
}
