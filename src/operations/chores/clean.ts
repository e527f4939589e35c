/** What has expired goes by itself: one kind of row after another, one bounded step at a time. */
import type { Ports } from "../../ports/ports.ts";

/** A step of the cleaning; it remembers which kind is next. Answers whether there is more to do at once. */
export function cleaning({ store, events }: Pick<Ports, "store" | "events">): (now: Date) => Promise<boolean> {
  const { sweeps, stepRows } = store.cleaning;
  let place = 0;
  return async (now) => {
    const sweep = sweeps[place];
    if (sweep === undefined) {
      place = 0;
      return false;
    }
    // A kind that fails must not keep the others from going.
    place += 1;
    const { rows, more } = await sweep.step(now, stepRows);
    if (more) place -= 1;
    if (rows > 0) events.emit({ type: "expired_removed", kind: sweep.name, rows });
    return true;
  };
}
