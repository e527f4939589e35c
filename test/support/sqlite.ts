/** The embedded database, migrated, as tests open it. */
import { applyPending, migrationVersions } from "../../src/adapters/migrate.ts";
import { openSqliteStore, type SqliteStoreOptions } from "../../src/adapters/sqlite/store.ts";
import type { Store } from "../../src/ports/store.ts";
import { testSeal } from "./seal.ts";

/** In memory unless a file is named. */
export async function openTestStore(options: Partial<SqliteStoreOptions> = {}): Promise<Store> {
  const migrations = { versions: await migrationVersions("sqlite"), apply: applyPending };
  return await openSqliteStore({ file: null, synchronous: "normal", seal: testSeal(), migrations, ...options });
}
