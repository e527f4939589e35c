/** Hashes that are dear on purpose, computed on other threads than the event loop's. */
import { type Argon2Parameters, argon2, pbkdf2, timingSafeEqual } from "node:crypto";
import { promisify } from "node:util";
import type { BcryptCheck } from "./bcrypt.ts";
import { printArgon2, type SlowHash } from "./secret-hash.ts";

const derivePbkdf2 = promisify(pbkdf2);

// OWASP's smallest recommended cost of Argon2id: 19 MiB, two passes, one lane; about 25 ms of a core.
const costs = { kind: "argon2id", memory: 19_456, passes: 2, parallelism: 1 } as const;
const digestLength = 32;

/** No secret has this hash; finding that out costs what a chosen secret costs. */
export const hashOfNobody: SlowHash = { ...costs, salt: Buffer.alloc(16), digest: Buffer.alloc(digestLength) };

/** The stored form of a secret that a person chose. */
export async function hashSlowly(secret: string, salt: Buffer): Promise<string> {
  const digest = await deriveArgon2(secret, { ...costs, salt }, digestLength);
  return printArgon2({ ...costs, salt, digest });
}

export async function isSlowMatch(hash: SlowHash, secret: string, bcrypt: BcryptCheck): Promise<boolean> {
  if (hash.kind === "bcrypt") {
    // bcrypt reads 72 bytes and no more: every longer secret with the same start would be right.
    return Buffer.byteLength(secret) <= 72 && bcrypt(secret, hash.text);
  }
  const { digest } = hash;
  const derived =
    hash.kind === "pbkdf2"
      ? await derivePbkdf2(secret, hash.salt, hash.iterations, digest.length, "sha256")
      : await deriveArgon2(secret, hash, digest.length);
  return timingSafeEqual(derived, digest);
}

type Argon2Costs = Omit<Extract<SlowHash, { kind: "argon2i" | "argon2id" }>, "digest">;

function deriveArgon2(secret: string, { kind, salt, ...cost }: Argon2Costs, tagLength: number): Promise<Buffer> {
  const parameters: Argon2Parameters = {
    message: secret,
    nonce: salt,
    memory: cost.memory,
    passes: cost.passes,
    parallelism: cost.parallelism,
    tagLength,
  };
  return new Promise((resolve, reject) => {
    argon2(kind, parameters, (error, derived) => (error === null ? resolve(derived) : reject(error)));
  });
}
