/** One set of the ring: which of its keys signs is worked out once for each span of time in which it stays the same. */
import type { SigningKey } from "../../protocol/key.ts";
import { nextChangeAt, signingKeyAt } from "../../protocol/key-life.ts";
import { type RingKey, ringKey } from "./ring-key.ts";

export interface KeySet {
  readonly all: readonly RingKey[];
  readonly sources: readonly SigningKey[];
  signing(now: Date, algorithm?: string): RingKey | undefined;
  find(kid: string): RingKey | undefined;
}

interface Choice {
  readonly key: RingKey | undefined;
  readonly from: number;
  readonly to: number;
}

export function keySet(sources: readonly SigningKey[]): KeySet {
  const all = sources.map(ringKey);
  const byKid = new Map(all.map((key) => [key.kid, key]));
  const choices = new Map<string, Choice>();
  const choose = (now: Date, algorithm: string | undefined): Choice => {
    const chosen = signingKeyAt(sources, now, algorithm ?? null);
    return {
      key: all.find(({ source }) => source === chosen),
      from: now.getTime(),
      to: nextChangeAt(sources, now)?.getTime() ?? Number.POSITIVE_INFINITY,
    };
  };
  return {
    all,
    sources,
    find: (kid) => byKid.get(kid),
    signing(now, algorithm) {
      const name = algorithm ?? "";
      const known = choices.get(name);
      if (known !== undefined && now.getTime() >= known.from && now.getTime() < known.to) return known.key;
      const choice = choose(now, algorithm);
      // What a caller invents has no key, and no place here.
      if (choice.key !== undefined) choices.set(name, choice);
      return choice.key;
    },
  };
}
