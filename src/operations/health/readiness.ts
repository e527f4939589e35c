/** Whether this process can serve: its database answers, and has every migration. */
import type { Ports } from "../../ports/ports.ts";

export interface Readiness {
  /** What is wrong, for the operator; null when nothing is. */
  readonly database: string | null;
  readonly migrations: string | null;
}

export async function readiness({ store }: Ports): Promise<Readiness> {
  try {
    await store.health.ping();
  } catch {
    return { database: "The database does not answer.", migrations: null };
  }
  try {
    const pending = await store.health.pendingMigrations();
    const missing = `The database lacks ${pending.length} migrations. Run: tessera migrate sql up`;
    return { database: null, migrations: pending.length === 0 ? null : missing };
  } catch {
    return { database: "The database does not answer.", migrations: null };
  }
}
