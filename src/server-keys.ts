/** Founds the signing keys at the start, or as soon as the database is there to hold them. */
import type { Logger } from "./adapters/telemetry/logger.ts";
import { foundKeySets } from "./operations/keys/key-sets.ts";
import type { Ports } from "./ports/ports.ts";

export interface KeyFounding {
  readonly ports: Ports;
  readonly log: Logger;
  readonly now: () => Date;
}

const retryMs = 1000;

/**
 * A server whose database is away or not migrated, or whose keys do not open, starts all the same: it is not ready, and
 * tries on. Resolves after the first try; the answer ends the trying.
 */
export async function foundKeys({ ports, log, now }: KeyFounding): Promise<() => void> {
  let timer: NodeJS.Timeout | undefined;
  let hasEnded = false;
  let told = "";

  const attempt = async (): Promise<void> => {
    try {
      await foundKeySets(now(), ports);
      if (told !== "") log.write("info", "the signing keys are there");
    } catch (error) {
      // Once for each reason, not once a second.
      const reason = String(error instanceof Error ? (error.cause ?? error) : error);
      if (reason !== told) {
        log.write("error", "the signing keys cannot be read or made: the server is not ready, and tries on", { error });
      }
      told = reason;
      if (!hasEnded) timer = setTimeout(() => void attempt(), retryMs).unref();
    }
  };

  await attempt();
  return () => {
    hasEnded = true;
    clearTimeout(timer);
  };
}
