/** Signs JWTs with the key of a set that is in force. Signatures are made on other threads, a bounded number at once. */
import type { Signer } from "../../ports/ports.ts";
import type { JsonObject } from "../../protocol/json.ts";
import { signBytes } from "./algorithms.ts";
import { type FairQueue, fairQueue } from "./fair-queue.ts";
import type { KeyRing } from "./key-ring.ts";
import { publishedJwk } from "./ring-key.ts";

/** Enough to keep libuv's threads busy between two turns of the loop, and no more than other work can wait behind. */
const signatureQueue = (): FairQueue => fairQueue({ running: 16, waitingPerLane: 10_000, waiting: 10_000 });

export function signer(ring: KeyRing, queue: FairQueue = signatureQueue()): Signer {
  return {
    async sign(set, typ, claims, algorithm) {
      const until = typeof claims.exp === "number" ? new Date(claims.exp * 1000) : null;
      const key = await ring.signing(set, { algorithm, until });
      const payload = Buffer.from(JSON.stringify(claims)).toString("base64url");
      const signed = `${key.header(typ)}.${payload}`;
      const signature = await queue.run(set, () => signBytes(key.algorithm(), key.privateKey(), Buffer.from(signed)));
      return `${signed}.${signature.toString("base64url")}`;
    },
    async algorithm(set) {
      return (await ring.signing(set)).algorithm();
    },
    hasKey: (set, algorithm) => ring.has(set, algorithm),
    async publicKeys() {
      // RFC 7517 §4.5: a `kid` names one key; symmetric ones are nobody's to see.
      const byKid = new Map<string, JsonObject>();
      for (const { kid, source } of await ring.published()) {
        if (source.publicJwk.kty !== "oct" && !byKid.has(kid)) byKid.set(kid, publishedJwk(source));
      }
      return [...byKid.values()];
    },
    forget: () => ring.forget(),
  };
}
