/** Whether the database answers, and whether it is as new as the program. */
import type { StoreHealth } from "../../ports/store.ts";
import type { Database } from "./database.ts";

/** `versions` are the names of every migration that this program brings. */
export function health(db: Database, versions: readonly string[]): StoreHealth {
  const one = db.first("select 1");
  const applied = db.rows<{ readonly version: string }>("select version from schema_migrations");
  return {
    ping: async () => {
      await db.lookup("health.ping", () => one());
    },
    pendingMigrations: async () => {
      const rows = await db.lookup("health.pending_migrations", () => applied());
      const known = new Set(rows.map((row) => row.version));
      return versions.filter((version) => !known.has(version));
    },
  };
}
