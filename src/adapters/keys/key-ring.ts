/** The keys of our sets in memory, so that a signature asks no database; no older than the staleness that is set. */
import type { KeyStore } from "../../ports/store/keys.ts";
import type { SigningKey } from "../../protocol/key.ts";
import { isPublished, type KeyPolicy, stageOf } from "../../protocol/key-life.ts";
import { type KeySet, keySet } from "./key-set.ts";
import type { RingKey } from "./ring-key.ts";

export interface KeyRing {
  /** The key that signs for the set now; throws when there is none, or when keys do not unseal. */
  signing(set: string, wish?: Wish): Promise<RingKey>;
  /** Whether a key of the set signs under the algorithm. */
  has(set: string, algorithm: string): Promise<boolean>;
  find(set: string, kid: string): Promise<RingKey | undefined>;
  /** Every key that is shown to relying parties, those that sign first. */
  published(): Promise<readonly RingKey[]>;
  /** The keys have changed: they are read again. */
  forget(): void;
}

export interface Wish {
  /** Undefined: the set's own. */
  readonly algorithm?: string | undefined;
  /** How long what is signed will live; null where it does not say. */
  readonly until?: Date | null;
}

export interface KeyRingOptions {
  /** The sets that sign. */
  readonly sets: readonly string[];
  /** Other sets that are published. */
  readonly shownSets?: readonly string[];
  readonly policyOf: (set: string) => KeyPolicy;
  /** A change of the keys is seen everywhere after so many seconds. */
  readonly stalenessSeconds: number;
  readonly now: () => Date;
  /** Told when the keys were found changed. */
  readonly onChange?: () => void;
  /** Milliseconds of a clock that only goes forward. */
  readonly elapsed?: () => number;
}

/** An unknown `kid` may be a key made a moment ago, or an attacker's invention: one look a second tells. */
const lookAgainMs = 1000;

/** What is written ahead when a token lives longer than any before it: one write an hour, not one a token. */
const aheadMs = 3_600_000;

interface Snapshot {
  readonly loadedAt: number;
  readonly sets: ReadonlyMap<string, KeySet>;
  /** What tells it from another. */
  readonly print: string;
}

type RingStore = Pick<KeyStore, "list" | "extend">;

export function keyRing(store: RingStore, options: KeyRingOptions): KeyRing {
  const { sets, shownSets = [], now, policyOf, elapsed = () => performance.now() } = options;
  const stalenessMs = options.stalenessSeconds * 1000;
  const covered = coverage(store);
  let held: Snapshot | undefined;
  let loading: Promise<Snapshot> | undefined;
  let generation = 0;

  const load = async (): Promise<Snapshot> => {
    const begun = generation;
    // Taken before the question: what changes while it is asked is not older than that.
    const loadedAt = elapsed();
    const keys = await store.list([...sets, ...shownSets]);
    const grouped = Map.groupBy(keys, (key) => key.set);
    const known = [...sets, ...shownSets].map((set): [string, KeySet] => [set, keySet(grouped.get(set) ?? [])]);
    const snapshot = { loadedAt, sets: new Map(known), print: printOf(keys) };
    if (begun === generation) {
      const isChanged = held !== undefined && held.print !== snapshot.print;
      held = snapshot;
      if (isChanged) options.onChange?.();
    }
    return snapshot;
  };
  const reload = (): Promise<Snapshot> => {
    if (loading !== undefined) return loading;
    const mine = load().finally(() => {
      if (loading === mine) loading = undefined;
    });
    loading = mine;
    return mine;
  };
  const current = async (): Promise<Snapshot> => {
    const age = held === undefined ? Number.POSITIVE_INFINITY : elapsed() - held.loadedAt;
    if (held === undefined || age >= stalenessMs) return reload();
    // Half-way the keys are fetched again behind the requests' backs; a failure shows when they are too old.
    if (age >= stalenessMs / 2) reload().catch(() => undefined);
    return held;
  };
  const seek = async (set: string, algorithm: string | undefined): Promise<RingKey | undefined> => {
    const chosen = async (snapshot: Promise<Snapshot>) => (await snapshot).sets.get(set)?.signing(now(), algorithm);
    return (await chosen(current())) ?? (await chosen(reload()));
  };
  const choose = async (set: string, algorithm: string | undefined): Promise<RingKey> => {
    const known = await seek(set, algorithm);
    if (known === undefined) throw new Error(`The key set '${set}' has no key that may sign.`);
    return known;
  };
  const forget = (): void => {
    generation += 1;
    held = undefined;
    loading = undefined;
    options.onChange?.();
  };

  return {
    async signing(set, { algorithm, until = null } = {}) {
      const key = await choose(set, algorithm);
      if (until === null || (await covered(key.source, until))) return key;
      // Somebody has removed it since: there is another, or there is none.
      forget();
      return choose(set, algorithm);
    },
    async has(set, algorithm) {
      return (await seek(set, algorithm)) !== undefined;
    },
    async find(set, kid) {
      const snapshot = await current();
      const known = snapshot.sets.get(set)?.find(kid);
      if (known !== undefined || elapsed() - snapshot.loadedAt < lookAgainMs) return known;
      return (await reload()).sets.get(set)?.find(kid);
    },
    async published() {
      const at = now();
      const known = [...(await current()).sets];
      const signing = known.flatMap(([set, keys]) => (sets.includes(set) ? (keys.signing(at) ?? []) : []));
      const shown = known.flatMap(([set, keys]) => {
        if (!sets.includes(set)) return keys.all;
        const stage = { now: at, policy: policyOf(set) };
        return keys.all.filter(
          ({ source }) => source.use === "sig" && isPublished(stageOf(source, keys.sources, stage)),
        );
      });
      return [...signing, ...shown.filter((key) => !signing.includes(key))];
    },
    forget,
  };
}

/** Everything about the keys that others are shown, or that decides which signs. */
function printOf(keys: readonly SigningKey[]): string {
  return JSON.stringify(keys.map(({ set, kid, signsFrom, chosenAt }) => [set, kid, signsFrom, chosenAt]));
}

/** Whether it stands written that the key has signed something which lives so long; false when the key is gone. */
function coverage(store: RingStore): (key: SigningKey, until: Date) => Promise<boolean> {
  const written = new Map<string, number>();
  const writing = new Map<string, Promise<boolean>>();
  const write = async (key: SigningKey, name: string, bound: Date): Promise<boolean> => {
    const isThere = await store.extend(key.set, key.kid, bound);
    if (isThere) written.set(name, bound.getTime());
    else written.delete(name);
    return isThere;
  };
  return async (key, until) => {
    const name = JSON.stringify([key.set, key.kid]);
    const isCovered = () => until.getTime() <= Math.max(written.get(name) ?? 0, key.tokensUntil?.getTime() ?? 0);
    while (!isCovered()) {
      const under = writing.get(name);
      const mine = under ?? write(key, name, new Date(until.getTime() + aheadMs)).finally(() => writing.delete(name));
      if (under === undefined) writing.set(name, mine);
      if (!(await mine)) return false;
    }
    return true;
  };
}
