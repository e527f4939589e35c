/** What has expired goes by itself: one kind of row after another, one bounded step at a time. */
import type { Ports } from "../../ports/ports.ts";
import type { Sweep } from "../../ports/store/cleaning.ts";
import { after } from "../../protocol/lifespan.ts";

/** A step of the cleaning; it remembers which kind is next. Answers whether there is more to do at once. */
export function cleaning(ports: Pick<Ports, "config" | "store" | "events">): (now: Date) => Promise<boolean> {
  const { store, events } = ports;
  const { stepRows } = store.cleaning;
  const sweeps: readonly Omit<Sweep, "part">[] = [...store.cleaning.sweeps, oldEvents(ports)];
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

/** Longer than any transaction runs, and than clocks differ: what follows a cursor that is still good is still there. */
const toleranceSeconds = 3600;

function oldEvents({ config, store }: Pick<Ports, "config" | "store">): Omit<Sweep, "part"> {
  const keptSeconds = config["events.retention"] + toleranceSeconds;
  return { name: "events", step: (now, most) => store.events.removeBefore(after(now, -keptSeconds), most) };
}
