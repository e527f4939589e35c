/** Hydra's database on PostgreSQL, or on CockroachDB; rows come as JSON, so that every type is text or a number. */
import { column as columnOf, constant, text } from "../../adapters/postgres/arguments.ts";
import { openDatabase } from "../../adapters/postgres/database.ts";
import { isJsonObject } from "../../protocol/json.ts";
import { parsed, type Row } from "./cells.ts";
import type { HydraDatabase } from "./database.ts";

interface JsonRow {
  readonly row: string;
}

export function openHydraPostgres(dsn: string): HydraDatabase {
  const db = openDatabase(dsn);
  return {
    async networks() {
      const rows = await db.aside.rows<{ id: string }>("import.networks")`
        select id::text as id from networks order by created_at`;
      return rows.map(({ id }) => id);
    },

    async count(network, { table, where }) {
      const row = await db.aside.first<{ n: number }>("import.count")`
        select count(*)::integer as n from ${constant(table)}
        where nid = ${network}::uuid and ${constant(where)}`;
      return row?.n ?? 0;
    },

    async page(network, { table, key, where }, after, limit) {
      const rows = await db.aside.rows<JsonRow>("import.page")`
        select row_to_json(q)::text as row from (
          select *, ${constant(key)} as import_key from ${constant(table)}
          where nid = ${network}::uuid and ${constant(where)} and ${constant(key)} > ${after}
          order by ${constant(key)} limit ${limit}
        ) q`;
      return rows.map(toRow);
    },

    async having(network, { table, column, columns = "*" }, values) {
      const rows = await db.aside.rows<JsonRow>("import.having")`
        select row_to_json(q)::text as row from (
          select ${constant(columns)} from ${constant(table)}
          where nid = ${network}::uuid and ${constant(column)} = any(${columnOf(values, text, (value) => value)}::text[])
        ) q`;
      return rows.map(toRow);
    },

    close: () => db.close(),
  };
}

function toRow({ row }: JsonRow): Row {
  const value = parsed(row);
  return isJsonObject(value) ? value : {};
}
