/** The chores of a serving process: what they are, and who hears of it when one fails. */
import { type Chores, runChores } from "./adapters/chores/run.ts";
import type { Logger } from "./adapters/telemetry/logger.ts";
import type { Chore } from "./ports/chores.ts";
import type { Ports } from "./ports/ports.ts";

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

function choresOf(_ports: Ports): Chore[] {
  return [];
}
