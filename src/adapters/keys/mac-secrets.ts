/** Secrets of clients that sign with them (OIDC Core §10.1): kept sealed, because a hash checks no signature. */
import { createHmac, timingSafeEqual } from "node:crypto";
import type { Seal } from "../../ports/seal.ts";
import type { Client } from "../../protocol/client.ts";
import type { CompactJws } from "./compact-jws.ts";

export interface MacSecrets {
  /** What is stored of the secret, and opens for this client alone. */
  sealClientSecret(clientId: string, secret: string): string;
  /** RFC 7518 §3.2; undefined where the algorithm is none of these, false where the client has no such secret. */
  isMac(client: Client, algorithm: string, jws: CompactJws): boolean | undefined;
}

const hashes: ReadonlyMap<string, string> = new Map([
  ["HS256", "sha256"],
  ["HS384", "sha384"],
  ["HS512", "sha512"],
]);

export function macSecrets(seal: Seal): MacSecrets {
  return {
    sealClientSecret: (clientId, secret) =>
      Buffer.from(seal.seal("clients", "secret", clientId, secret)).toString("base64url"),
    isMac({ id, secretSeal, rotatedSeals }, algorithm, { signed, signature }) {
      const hash = hashes.get(algorithm);
      if (hash === undefined) return undefined;
      if (secretSeal === null) return false;
      return [secretSeal, ...rotatedSeals].some((sealed) => {
        const secret = seal.open("clients", "secret", id, Buffer.from(sealed, "base64url"));
        const expected = createHmac(hash, secret).update(signed).digest();
        return expected.length === signature.length && timingSafeEqual(expected, signature);
      });
    },
  };
}
