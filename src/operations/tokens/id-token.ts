/** Makes the ID token: who signed in, told to the client (OIDC Core §2). */
import type { Ports } from "../../ports/ports.ts";
import { type Authorization, presentedSubject } from "../../protocol/authorization.ts";
import { idTokenClaims } from "../../protocol/claims.ts";
import type { Client } from "../../protocol/client.ts";
import { leftHalf } from "../../protocol/digest.ts";
import { idTokenKeySet } from "../../protocol/names.ts";
import { requireSigningKey } from "../keys/algorithm-keys.ts";

export interface IdTokenOrder {
  readonly client: Client;
  readonly authorization: Authorization;
  /** The access token issued beside it, or null. */
  readonly accessToken: string | null;
  /** The code issued beside it, or null. */
  readonly code: string | null;
  readonly now: Date;
  readonly expiresAt: Date;
}

export async function makeIdToken(order: IdTokenOrder, ports: Ports): Promise<string> {
  const { config, random, signer } = ports;
  const wished = order.client.idTokenSignedResponseAlg;
  if (wished !== "") await requireSigningKey(wished, order.now, ports);
  const algorithm = wished === "" ? await signer.algorithm(idTokenKeySet) : wished;
  const claims = idTokenClaims({
    issuer: config["urls.self.issuer"],
    subject: presentedSubject(order.authorization),
    authorization: order.authorization,
    now: order.now,
    expiresAt: order.expiresAt,
    tokenId: random.uuid(),
    accessTokenHash: order.accessToken === null ? null : leftHalf(order.accessToken, hashOf(algorithm)),
    codeHash: order.code === null ? null : leftHalf(order.code, hashOf(algorithm)),
  });
  return signer.sign(idTokenKeySet, "JWT", claims, algorithm);
}

/** OIDC Core §3.1.3.6: the hash of the ID token's own algorithm; EdDSA (Ed25519) hashes with SHA-512. */
function hashOf(algorithm: string): "sha256" | "sha384" | "sha512" {
  if (algorithm.endsWith("384")) return "sha384";
  return algorithm.endsWith("512") || algorithm === "EdDSA" ? "sha512" : "sha256";
}
