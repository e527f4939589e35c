/** Removes what has expired in one go, as far as it was asked to. */
import type { CleaningPart, CleaningStore } from "../../ports/store/cleaning.ts";

export interface Sweeping {
  readonly parts: readonly CleaningPart[];
  /** At most so many rows of each kind. */
  readonly limit: number;
  /** At most so many rows in one statement. */
  readonly batch: number;
  /** What has expired by then. */
  readonly now: Date;
}

/** Answers how many rows of each part would go. */
export async function countDue(
  { parts, limit, now }: Sweeping,
  { sweeps }: CleaningStore,
): Promise<ReadonlyMap<CleaningPart, number>> {
  const due = new Map<CleaningPart, number>(parts.map((part) => [part, 0]));
  for (const kind of sweeps) {
    const before = due.get(kind.part);
    if (before !== undefined && kind.due !== undefined) due.set(kind.part, before + (await kind.due(now, limit)));
  }
  return due;
}

/** Answers how many rows of each part went; `told` hears of them on the way. */
export async function sweep(
  { parts, limit, batch, now }: Sweeping,
  { sweeps }: CleaningStore,
  told: (rows: number) => void = () => undefined,
): Promise<ReadonlyMap<CleaningPart, number>> {
  const gone = new Map<CleaningPart, number>(parts.map((part) => [part, 0]));
  for (const kind of sweeps) {
    const before = gone.get(kind.part);
    if (before === undefined || kind.readsSealed === true) continue;
    let rows = 0;
    for (let more = true; more && rows < limit; ) {
      const done = await kind.step(now, Math.min(batch, limit - rows));
      rows += done.rows;
      told(done.rows);
      more = done.more;
    }
    gone.set(kind.part, before + rows);
  }
  return gone;
}
