/** The chores of a serving process: what they are, and who hears of it when one fails. */
import { type Chores, runChores } from "./adapters/chores/run.ts";
import type { Logger } from "./adapters/telemetry/logger.ts";
import { cleaning } from "./operations/chores/clean.ts";
import { deliverLogouts } from "./operations/chores/deliver-logouts.ts";
import { rotateKeys } from "./operations/chores/rotate-keys.ts";
import type { Chore } from "./ports/chores.ts";
import type { Events } from "./ports/events.ts";
import type { Ports } from "./ports/ports.ts";

const deliveries = "deliver-logouts";

export interface ServingChores {
  readonly ports: Ports;
  readonly log: Logger;
  readonly now: () => Date;
}

export function startChores({ ports, log, now }: ServingChores): Chores {
  return runChores(choresOf(ports), {
    leases: ports.store.leases,
    holder: ports.random.uuid(),
    now,
    told(chore, error) {
      if (error === undefined) log.write("info", "a chore works again", { chore });
      else log.write("warn", "a chore failed and is tried again", { chore, error });
    },
  });
}

/** Events after which a chore has something to do at once. */
export function rousing(events: Events, chores: Chores): Events {
  return {
    emit(event) {
      events.emit(event);
      if (event.type === "session_ended") chores.wake(deliveries);
    },
  };
}

function choresOf(ports: Ports): Chore[] {
  return [
    { name: "clean", everySeconds: 60, step: cleaning(ports) },
    { name: "rotate-keys", everySeconds: 60, step: (now) => rotateKeys(now, ports) },
    { name: deliveries, everySeconds: 15, step: (now) => deliverLogouts(now, ports) },
  ];
}
