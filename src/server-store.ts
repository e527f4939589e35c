/** Opens the store that a DSN names; only the database that is used is loaded. */
import { applyPending, migrationVersions } from "./adapters/migrate.ts";
import type { Seal } from "./ports/seal.ts";
import type { Store } from "./ports/store.ts";

export interface StoreOptions {
  readonly dsn: string;
  readonly seal: Seal;
  readonly bytes: (count: number) => Uint8Array;
}

export async function openStore({ dsn, seal, bytes }: StoreOptions): Promise<Store> {
  if (isServerDatabase(dsn)) {
    const { openPostgresStore } = await import("./adapters/postgres/store.ts");
    const migrations = await migrationVersions("postgres");
    return openPostgresStore({ dsn, seal, random: () => bytes(16), migrations });
  }
  const { openSqliteStore } = await import("./adapters/sqlite/store.ts");
  const { parseSqliteDsn } = await import("./adapters/sqlite/dsn.ts");
  const migrations = { versions: await migrationVersions("sqlite"), apply: applyPending };
  return openSqliteStore({ ...parseSqliteDsn(dsn), seal, migrations });
}

/** Whether it is one that any number of processes share. */
export function isServerDatabase(dsn: string): boolean {
  return /^(?:postgres(?:ql)?|cockroach):/.test(dsn);
}
