/** The keys of our sets in memory, so that a signature asks no database; no older than the staleness that is set. */
import type { KeyStore } from "../../ports/store/keys.ts";
import type { SigningKey } from "../../protocol/key.ts";
import { type RingKey, ringKey } from "./ring-key.ts";

export interface KeyRing {
  /** The key that signs for the set now; throws when there is none, or when keys do not unseal. */
  signing(set: string): Promise<RingKey>;
  find(set: string, kid: string): Promise<RingKey | undefined>;
  /** Every key of the sets, those that sign first. */
  all(): Promise<readonly RingKey[]>;
}

export interface KeyRingOptions {
  readonly sets: readonly string[];
  /** A change of the keys is seen everywhere after so many seconds. */
  readonly stalenessSeconds: number;
  /** Which of a set's keys signs; the oldest comes first. */
  readonly choose?: (keys: readonly SigningKey[]) => SigningKey | undefined;
  /** Milliseconds of a clock that only goes forward. */
  readonly elapsed?: () => number;
}

/** An unknown `kid` may be a key made a moment ago, or an attacker's invention: one look a second tells. */
const lookAgainMs = 1000;

interface KeySet {
  readonly keys: readonly RingKey[];
  readonly byKid: ReadonlyMap<string, RingKey>;
  readonly signing: RingKey | undefined;
}

interface Snapshot {
  readonly loadedAt: number;
  readonly sets: ReadonlyMap<string, KeySet>;
}

/** The newest key for signatures that has a private half. */
export function newestSigningKey(keys: readonly SigningKey[]): SigningKey | undefined {
  const able = keys.filter((key) => key.use === "sig" && "d" in key.privateJwk);
  return able.reduce<SigningKey | undefined>(
    (newest, key) => (newest === undefined || key.createdAt >= newest.createdAt ? key : newest),
    undefined,
  );
}

export function keyRing(store: KeyStore, options: KeyRingOptions): KeyRing {
  const { sets, choose = newestSigningKey, elapsed = () => performance.now() } = options;
  const stalenessMs = options.stalenessSeconds * 1000;
  let held: Snapshot | undefined;
  let loading: Promise<Snapshot> | undefined;

  const load = async (): Promise<Snapshot> => {
    // Taken before the question: what changes while it is asked is not older than that.
    const loadedAt = elapsed();
    const keys = await store.list(sets);
    held = {
      loadedAt,
      sets: new Map(
        sets.map((set) => [
          set,
          toKeySet(
            keys.filter((key) => key.set === set),
            choose,
          ),
        ]),
      ),
    };
    return held;
  };
  const reload = (): Promise<Snapshot> => {
    loading ??= load().finally(() => {
      loading = undefined;
    });
    return loading;
  };
  const current = async (): Promise<Snapshot> => {
    const age = held === undefined ? Number.POSITIVE_INFINITY : elapsed() - held.loadedAt;
    if (held === undefined || age >= stalenessMs) return reload();
    // Half-way the keys are fetched again behind the requests' backs; a failure shows when they are too old.
    if (age >= stalenessMs / 2) reload().catch(() => undefined);
    return held;
  };

  return {
    async signing(set) {
      const known = (await current()).sets.get(set)?.signing ?? (await reload()).sets.get(set)?.signing;
      if (known === undefined) throw new Error(`The key set '${set}' has no key that may sign.`);
      return known;
    },
    async find(set, kid) {
      const snapshot = await current();
      const known = snapshot.sets.get(set)?.byKid.get(kid);
      if (known !== undefined || elapsed() - snapshot.loadedAt < lookAgainMs) return known;
      return (await reload()).sets.get(set)?.byKid.get(kid);
    },
    async all() {
      const keySets = [...(await current()).sets.values()];
      const signing = keySets.flatMap((set) => set.signing ?? []);
      return [...signing, ...keySets.flatMap((set) => set.keys.filter((key) => key !== set.signing))];
    },
  };
}

function toKeySet(keys: readonly SigningKey[], choose: NonNullable<KeyRingOptions["choose"]>): KeySet {
  const ringKeys = keys.map(ringKey);
  const chosen = choose(keys);
  return {
    keys: ringKeys,
    byKid: new Map(ringKeys.map((key) => [key.kid, key])),
    signing: ringKeys.find(({ source }) => source === chosen),
  };
}
