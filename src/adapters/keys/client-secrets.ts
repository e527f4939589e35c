/** Client secrets (D28): ours are hashed fast, people's slowly, and a slow success is remembered for ten minutes. */
import { createHmac, createSecretKey, type KeyObject, hash as oneShotHash, timingSafeEqual } from "node:crypto";
import { availableParallelism } from "node:os";
import type { Client } from "../../protocol/client.ts";
import { bcryptCheck } from "./bcrypt.ts";
import { type FairQueue, fairQueue } from "./fair-queue.ts";
import type { RandomBytes } from "./random.ts";
import { recent } from "./recent.ts";
import { parseSecretHash, printSha256, type SecretHash, type SlowHash } from "./secret-hash.ts";
import { hashOfNobody, hashSlowly, isSlowMatch } from "./slow-hash.ts";

const rememberedMs = 600_000;
const saltLength = 16;
const longestHashingLine = 400;

export interface ClientSecrets {
  readonly hashSecret: (secret: string, origin: "generated" | "chosen") => Promise<string>;
  readonly isClientSecret: (client: Client, secret: string) => boolean | Promise<boolean>;
}

export interface SlowWork {
  readonly queue: FairQueue;
  /** Whether one of the hashes is the secret's. */
  readonly isMatch: (hash: SlowHash, secret: string) => Promise<boolean>;
  /** Milliseconds of a clock that only goes forward. */
  readonly elapsed: () => number;
}

/** One core is left to the event loop, and one of libuv's four threads to signatures. */
export function slowWork(): SlowWork {
  const running = Math.max(1, Math.min(3, availableParallelism() - 1));
  const bcrypt = bcryptCheck();
  return {
    queue: fairQueue({ running, waitingPerLane: 32, waiting: 512 }),
    isMatch: (hash, secret) => isSlowMatch(hash, secret, bcrypt),
    elapsed: () => performance.now(),
  };
}

export function clientSecrets(randomBytes: RandomBytes, work: SlowWork): ClientSecrets {
  const isSlowSecret = rememberingCheck(createSecretKey(randomBytes(32)), work);
  const parsed = new WeakMap<readonly string[], readonly SecretHash[]>();
  // CAUTH-002: an unknown client costs what the last known one did, be it fast or slow.
  let lastWasSlow = false;

  /** The list of a remembered client is the same object until the client changes. */
  const hashesOf = (texts: readonly string[]): readonly SecretHash[] => {
    const known = parsed.get(texts) ?? texts.flatMap((text) => parseSecretHash(text) ?? []);
    parsed.set(texts, known);
    return known;
  };

  const spendTime = (secret: string): false | Promise<false> => {
    if (lastWasSlow) {
      // All strangers share a lane: inventing clients wins nobody a turn.
      return work.queue.run("unknown", () => work.isMatch(hashOfNobody, secret)).then(() => false);
    }
    isFastMatch(fastHashOfNobody, secret);
    return false;
  };

  return {
    async hashSecret(secret, origin) {
      const salt = randomBytes(saltLength);
      if (origin === "generated") return printSha256(salt, fastDigest(salt, secret));
      // Only the operator's own scripts hash: a long line of new clients may wait, behind one turn of everybody else.
      return work.queue.run("hashing", () => hashSlowly(secret, salt), longestHashingLine);
    },
    isClientSecret(client, secret) {
      const hashes = hashesOf(client.secretHashes);
      if (hashes.length === 0) return spendTime(secret);
      const slow = hashes.filter(isSlow);
      lastWasSlow = slow.length > 0;
      let matches = false;
      for (const hash of hashes) if (hash.kind === "sha256") matches = isFastMatch(hash, secret) || matches;
      return matches || slow.length === 0 ? matches : isSlowSecret(client, secret, slow);
    },
  };
}

type FastHash = Extract<SecretHash, { kind: "sha256" }>;

const fastHashOfNobody: FastHash = { kind: "sha256", salt: Buffer.alloc(saltLength), digest: Buffer.alloc(32) };

function isSlow(hash: SecretHash): hash is SlowHash {
  return hash.kind !== "sha256";
}

function fastDigest(salt: Buffer, secret: string): Buffer {
  // In one call: a hash object that is fed in parts costs three times as much; and as text, a buffer as much again.
  return Buffer.from(oneShotHash("sha256", Buffer.concat([salt, Buffer.from(secret)]), "binary"), "binary");
}

function isFastMatch({ salt, digest }: FastHash, secret: string): boolean {
  return timingSafeEqual(fastDigest(salt, secret), digest);
}

/** The slow check, paid once per client, revision and secret, however many ask at once. Only successes are kept. */
function rememberingCheck(key: KeyObject, { queue, isMatch, elapsed }: SlowWork) {
  const rememberedUntil = recent<number>(10_000);
  const underWay = new Map<string, Promise<boolean>>();
  const check = async (client: Client, secret: string, hashes: readonly SlowHash[]): Promise<boolean> =>
    queue.run(`client ${client.id}`, async () => {
      for (const hash of hashes) if (await isMatch(hash, secret)) return true;
      return false;
    });

  return (client: Client, secret: string, hashes: readonly SlowHash[]): boolean | Promise<boolean> => {
    const asked = JSON.stringify([client.id, client.revision, secret]);
    const memory = createHmac("sha256", key).update(asked).digest("base64");
    if ((rememberedUntil.get(memory) ?? 0) > elapsed()) return true;
    const first = underWay.get(memory);
    if (first !== undefined) return first;
    const answer = check(client, secret, hashes)
      .then((matches) => {
        if (matches) rememberedUntil.set(memory, elapsed() + rememberedMs);
        return matches;
      })
      .finally(() => underWay.delete(memory));
    underWay.set(memory, answer);
    return answer;
  };
}
