/** Says in the log when the database goes away, and when it is back. */
import type { Logger } from "./adapters/telemetry/logger.ts";
import type { StoreHealth } from "./ports/store.ts";

export function toldHealth(health: StoreHealth, log: Logger): StoreHealth {
  let isAway = false;
  return {
    async ping() {
      try {
        await health.ping();
      } catch (error) {
        // Once for each time it goes, however often it is asked.
        if (!isAway) log.write("error", "the database does not answer: the server is not ready", { error });
        isAway = true;
        throw error;
      }
      if (isAway) log.write("info", "the database answers again");
      isAway = false;
    },
    pendingMigrations: () => health.pendingMigrations(),
  };
}
