/** The embedded database, migrated, as tests open it. */
import { readdirSync, readFileSync } from "node:fs";
import type { Scripts } from "../../src/adapters/sqlite/database.ts";
import { openSqliteStore, type SqliteStoreOptions } from "../../src/adapters/sqlite/store.ts";
import type { Store } from "../../src/ports/store.ts";
import { testSeal } from "./seal.ts";

const folder = new URL("../../migrations/sqlite/", import.meta.url);

/** The numbered files, applied in their order where they are missing. */
export function testMigrations(): SqliteStoreOptions["migrations"] {
  const versions = readdirSync(folder)
    .filter((name) => name.endsWith(".up.sql"))
    .map((name) => name.replace(".up.sql", ""))
    .toSorted();
  return {
    versions,
    apply: async (scripts: Scripts) => {
      await scripts.statement("create table if not exists schema_migrations (version text primary key)");
      const applied = new Set((await scripts.query("select version from schema_migrations")).map((row) => row.version));
      for (const version of versions.filter((name) => !applied.has(name))) {
        const record = `insert into schema_migrations (version) values ('${version}')`;
        await scripts.script(record, readFileSync(new URL(`${version}.up.sql`, folder), "utf8"));
      }
    },
  };
}

export function openTestStore(options: Partial<SqliteStoreOptions> = {}): Promise<Store> {
  return openSqliteStore({
    file: null,
    synchronous: "normal",
    seal: testSeal(),
    migrations: testMigrations(),
    ...options,
  });
}
