/** A database seen from behind: by whoever has stolen a copy of it, or can write to it. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { hasPostgres, postgresDatabase, query } from "./database.ts";

export type Row = Readonly<Record<string, unknown>>;

export interface OpenData {
  readonly dsn: string;
  sql(text: string): Promise<readonly Row[]>;
  tables(): Promise<readonly string[]>;
  close(): void;
}

export const openDatas: ReadonlyArray<{
  readonly name: "sqlite" | "postgres";
  readonly open: () => Promise<OpenData>;
}> = [
  { name: "sqlite", open: async () => sqliteData() },
  ...(hasPostgres ? [{ name: "postgres" as const, open: postgresData }] : []),
];

function sqliteData(): OpenData {
  const folder = mkdtempSync(join(tmpdir(), "tessera-data-"));
  const file = join(folder, "db");
  const sql = async (text: string): Promise<readonly Row[]> => {
    const db = new DatabaseSync(file, { timeout: 5000 });
    try {
      return db.prepare(text).all();
    } finally {
      db.close();
    }
  };
  return {
    dsn: `sqlite://${file}`,
    sql,
    tables: async () => names(await sql("select name from sqlite_master where type = 'table'")),
    close: () => rmSync(folder, { recursive: true }),
  };
}

async function postgresData(): Promise<OpenData> {
  const { dsn } = await postgresDatabase();
  const sql = (text: string) => query(text, dsn);
  return {
    dsn,
    sql,
    tables: async () => names(await sql("select tablename as name from pg_tables where schemaname = 'public'")),
    close: () => undefined,
  };
}

function names(rows: readonly Row[]): string[] {
  return rows.map(({ name }) => String(name));
}

/** Everything that stands in the database, each cell as text and, byte by byte, as hex digits. */
export async function dump(data: OpenData): Promise<string> {
  const cells: string[] = [];
  for (const table of await data.tables()) {
    for (const row of await data.sql(`select * from ${table}`)) {
      for (const [column, value] of Object.entries(row)) {
        const bytes = value instanceof Uint8Array ? Buffer.from(value) : Buffer.from(String(value));
        cells.push(`${table}.${column}: ${bytes.toString("latin1")} ${bytes.toString("hex")}`);
      }
    }
  }
  return cells.join("\n");
}

/** Which of the secrets can be read there, as they are or as the bytes that they spell. */
export function found(text: string, secrets: Readonly<Record<string, string>>): string[] {
  return Object.entries(secrets)
    .filter(([, secret]) => {
      const random = secret.replace(/^(?:tsr|ory)_[a-z]{2}_/, "");
      const spellings = [secret, random, Buffer.from(random).toString("hex")];
      const bytes = Buffer.from(random, "base64url");
      return [...spellings, ...(bytes.length >= 16 ? [bytes.toString("hex")] : [])].some((one) => text.includes(one));
    })
    .map(([name]) => name);
}
