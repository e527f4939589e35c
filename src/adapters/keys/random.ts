/** Chance, and the only door to it: bytes drawn from the system a pool at a time, because a draw costs more than its bytes. */
import { randomFillSync, randomUUID } from "node:crypto";
import type { Random } from "../../ports/ports.ts";

/** Fresh random bytes; no byte is given twice. */
export type RandomBytes = (count: number) => Buffer;

const poolSize = 4096;

/** Hydra's alphabet for client secrets (D28): 26 of its 66 characters are 157 bits. */
const secretAlphabet = Array.from("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.~");
const secretLength = 26;

/** `fill` throws when the system has no randomness to give; then so does every draw that needed it. */
export function bytePool(fill: (bytes: Buffer) => unknown = randomFillSync): RandomBytes {
  const pool = Buffer.alloc(poolSize);
  let used = poolSize;
  return (count) => {
    if (count > poolSize) throw new Error(`At most ${poolSize} random bytes are drawn at once.`);
    if (used + count > poolSize) {
      // Moved only after the fill has succeeded: a failing source must never hand out the old bytes again.
      fill(pool);
      used = 0;
    }
    const drawn = Buffer.from(pool.subarray(used, used + count));
    pool.fill(0, used, used + count);
    used += count;
    return drawn;
  };
}

export function random(bytes: RandomBytes): Random {
  return {
    id: () => bytes(16).toString("hex"),
    // Node keeps a pool of its own for these.
    uuid: () => randomUUID(),
    text: (count) => bytes(count).toString("base64url"),
    clientSecret: () => drawWord(bytes, secretAlphabet, secretLength),
    word: (alphabet, length) => drawWord(bytes, alphabet, length),
    integer: () => bytes(4).readUInt32BE() >>> 1,
  };
}

function drawWord(bytes: RandomBytes, alphabet: readonly string[], length: number): string {
  const size = alphabet.length;
  if (size < 1 || size > 256) throw new Error("An alphabet has from 1 to 256 characters.");
  // Bytes beyond the last whole alphabet are drawn again: the first characters would come up more often otherwise.
  const fair = 256 - (256 % size);
  const word: string[] = [];
  while (word.length < length) {
    for (const byte of bytes(length - word.length)) {
      if (byte < fair) word.push(alphabet[byte % size] ?? "");
    }
  }
  return word.join("");
}
