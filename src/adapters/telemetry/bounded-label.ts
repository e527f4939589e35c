/** Keeps a label's values few: each distinct one is a time series that Prometheus keeps for weeks. */

/** The first `most` values stand for themselves, all later ones are "other". */
export function boundedLabel(most: number): (value: string) => string {
  const seen = new Set<string>();
  return (value) => {
    if (seen.has(value)) return value;
    if (seen.size >= most || value.length > 100) return "other";
    seen.add(value);
    return value;
  };
}
