/** How often somebody may ask: token buckets of this process, which nobody shares and no request writes down (D48). */

export interface Rate {
  /** Also how many may come at once; 0: any number. */
  readonly perMinute: number;
  /** Milliseconds of a clock that only goes forward. */
  readonly elapsed: () => number;
}

/** Takes one from the bucket of this name; 0, or the seconds until there will be one. */
export type Limit = (name: string) => number;

interface Bucket {
  readonly level: number;
  readonly at: number;
}

const rememberedBuckets = 10_000;

export function limit({ perMinute, elapsed }: Rate): Limit {
  const buckets = new Map<string, Bucket>();
  const perMs = perMinute / 60_000;
  return (name) => {
    if (perMinute === 0) return 0;
    const now = elapsed();
    const { level, at } = buckets.get(name) ?? { level: perMinute, at: now };
    const filled = Math.min(perMinute, level + (now - at) * perMs);
    const isAllowed = filled >= 1;
    // The one that has been silent longest is forgotten first: its bucket is the fullest.
    buckets.delete(name);
    buckets.set(name, { level: isAllowed ? filled - 1 : filled, at: now });
    const [oldest] = buckets.keys();
    if (buckets.size > rememberedBuckets && oldest !== undefined) buckets.delete(oldest);
    return isAllowed ? 0 : (1 - filled) / perMs / 1000;
  };
}
