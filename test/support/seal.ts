/** A seal for the worlds of tests: AES-256-GCM under a fixed key, bound to table, column and row. */
import { createCipheriv, createDecipheriv, createHash, randomBytes } from "node:crypto";
import type { Seal } from "../../src/ports/seal.ts";

export function testSeal(secret = "a secret of the tests"): Seal {
  const key = createHash("sha256").update(secret).digest();
  const place = (...names: string[]) => Buffer.from(JSON.stringify(names));
  return {
    seal(table, column, row, plain) {
      const nonce = randomBytes(12);
      const cipher = createCipheriv("aes-256-gcm", key, nonce).setAAD(place(table, column, row));
      const body = Buffer.concat([cipher.update(plain, "utf8"), cipher.final()]);
      return Buffer.concat([nonce, cipher.getAuthTag(), body]);
    },
    open(table, column, row, sealed) {
      const decipher = createDecipheriv("aes-256-gcm", key, sealed.subarray(0, 12))
        .setAAD(place(table, column, row))
        .setAuthTag(sealed.subarray(12, 28));
      return Buffer.concat([decipher.update(sealed.subarray(28)), decipher.final()]).toString("utf8");
    },
  };
}
