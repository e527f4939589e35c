/** Keys of another server keep their names, so that what they signed is still believed; and so do the keys it trusts. */
import type { ForeignKey, ForeignTrust, ImportSource } from "../../ports/import-source.ts";
import type { SigningKey } from "../../protocol/key.ts";
import { isAble, keyPolicy } from "../../protocol/key-life.ts";
import { requireSigning } from "../../protocol/key-set-rules.ts";
import { after } from "../../protocol/lifespan.ts";
import { canonicalKeySet, ownKeySets } from "../../protocol/names.ts";
import { requireTrustOrder, type TrustedIssuer } from "../../protocol/trusted-issuer.ts";
import type { Outcome } from "./report.ts";
import type { ImportPorts, Step } from "./step.ts";

export function keyStep(source: ImportSource, now: Date, ports: ImportPorts): Step<ForeignKey, SigningKey> {
  return {
    part: "keys",
    batches: source.keys(),
    judge: (key) => toKey(key, now, ports),
    async write(keys) {
      const outcomes: Outcome[] = [];
      for (const key of keys) outcomes.push((await ports.store.keys.add(key)) ? "written" : "present");
      return outcomes;
    },
  };
}

/** It signs in the order in which it was made, so a key that this server has made itself goes before it. */
function toKey({ set: named, jwk, createdAt }: ForeignKey, now: Date, { config, keyMaker }: ImportPorts): SigningKey {
  const set = canonicalKeySet(named);
  const key = keyMaker.read(set, jwk, createdAt);
  if (!ownKeySets.includes(set)) return key;
  requireSigning(key);
  // The other server may have signed with it a moment ago: so long it is published here, however old it is.
  const tokensUntil = isAble(key) ? after(now, keyPolicy(set, config).tokenSeconds) : null;
  return { ...key, tokensUntil };
}

export function trustStep(source: ImportSource, now: Date, ports: ImportPorts): Step<ForeignTrust, TrustedIssuer> {
  return {
    part: "trusted issuers",
    batches: source.trustedIssuers(),
    judge: ({ id, createdAt, order }) => ({ ...requireTrustOrder(order, now), id, createdAt }),
    async write(trusts) {
      const outcomes: Outcome[] = [];
      for (const trust of trusts) {
        outcomes.push((await ports.store.trustedIssuers.create(trust)) ? "written" : "present");
      }
      return outcomes;
    },
  };
}
