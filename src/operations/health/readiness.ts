/** Whether this process can serve: its database answers and has every migration, and there are keys to sign with. */
import type { Ports } from "../../ports/ports.ts";
import { accessTokenKeySet, idTokenKeySet } from "../../protocol/names.ts";

/** What is wrong, for the operator; null when nothing is. */
export interface Readiness {
  readonly database: string | null;
  readonly migrations: string | null;
  readonly keys: string | null;
}

const fine: Readiness = { database: null, migrations: null, keys: null };

export async function readiness({ store, signer }: Ports): Promise<Readiness> {
  try {
    await store.health.ping();
    const pending = await store.health.pendingMigrations();
    if (pending.length > 0) {
      const migrations = `The database lacks ${pending.length} migrations. Run: tessera migrate sql up -e --yes`;
      return { ...fine, migrations };
    }
  } catch {
    return { ...fine, database: "The database does not answer." };
  }
  try {
    for (const set of [idTokenKeySet, accessTokenKeySet]) await signer.algorithm(set);
    return fine;
  } catch {
    return { ...fine, keys: "The signing keys cannot be read. The log tells why." };
  }
}
