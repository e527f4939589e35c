/** Hydra's SQLite file, opened for reading alone. */
import { existsSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { parseSqliteDsn } from "../../adapters/sqlite/dsn.ts";
import type { Row } from "./cells.ts";
import type { HydraDatabase } from "./database.ts";

export function openHydraSqlite(dsn: string): HydraDatabase {
  const { file } = parseSqliteDsn(dsn);
  if (file === null || !existsSync(file)) throw new Error(`There is no database '${file ?? "memory"}'.`);
  const connection = new DatabaseSync(file, { readOnly: true, timeout: 10_000 });
  const rows = (sql: string, ...values: (string | number)[]): Row[] => {
    const statement = connection.prepare(sql);
    // Lifespans are nanoseconds, which can be more than a number holds exactly.
    statement.setReadBigInts(true);
    return statement.all(...values).map(narrowed);
  };
  return {
    networks: async () => rows("select id from networks order by created_at").map(({ id }) => String(id)),
    count: async (network, { table, where }) =>
      Number(rows(`select count(*) as n from ${table} where nid = ? and ${where}`, network)[0]?.n ?? 0),
    page: async (network, { table, key, where }, after, limit) =>
      rows(
        `select *, ${key} as import_key from ${table}
         where nid = ? and ${where} and ${key} > ? order by ${key} limit ?`,
        network,
        after,
        limit,
      ),
    having: async (network, { table, column, columns = "*" }, values) =>
      rows(
        `select ${columns} from ${table} where nid = ? and ${column} in (select value from json_each(?))`,
        network,
        JSON.stringify(values),
      ),
    close: async () => connection.close(),
  };
}

function narrowed(row: Row): Row {
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) => {
      if (typeof value === "bigint") return [name, Number(value)];
      // The cells of some columns are bytes, as Go's driver writes them.
      return [name, value instanceof Uint8Array ? Buffer.from(value).toString("utf8") : value];
    }),
  );
}
