/** Databases that a real Hydra has lived in: kept as files, and laid out again for a test. */
import { randomUUID } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { fileURLToPath } from "node:url";
import { afterAll } from "vitest";
import { hasPostgres, postgresDatabase, query } from "./database.ts";
import { type HydraLife, liveAtHydra } from "./hydra.ts";

/** What `test/fixtures/hydra/make.ts` writes. */
export interface HydraData {
  readonly origin: string;
  readonly life: HydraLife;
  readonly tables: Readonly<Record<string, { readonly columns: string; readonly rows: readonly Cells[] }>>;
}

type Cells = Readonly<Record<string, string | number | object>>;

export interface LivedIn {
  readonly dsn: string;
  readonly life: HydraLife;
}

interface KeptHydra {
  readonly name: string;
  /** To which of our databases it is worth its time to bring it; every one unless it is said. */
  readonly target?: "sqlite" | "postgres";
  readonly open: () => Promise<LivedIn>;
}

/** Where each comes from. A Hydra that HYDRA_BINARY names lives its life anew, on every database that it can use. */
export const hydras: readonly KeptHydra[] = [
  { name: "a kept SQLite of Hydra", open: async () => laidOutSqlite(read("sqlite.json")) },
  ...(hasPostgres ? [{ name: "a kept PostgreSQL of Hydra", open: () => laidOutPostgres(read("postgres.json")) }] : []),
  ...realHydras(process.env.HYDRA_BINARY),
];

function read(name: string): HydraData {
  return JSON.parse(readFileSync(fileURLToPath(new URL(`../fixtures/hydra/${name}`, import.meta.url)), "utf8"));
}

function realHydras(binary: string | undefined): KeptHydra[] {
  if (binary === undefined || binary === "") return [];
  if (!existsSync(binary)) throw new Error(`HYDRA_BINARY: there is no ${binary}`);
  const lived = async (dsn: string, hydraDsn = dsn) => ({ dsn, life: await liveAtHydra(binary, hydraDsn) });
  const sqlite: KeptHydra = { name: "a real Hydra on SQLite", target: "sqlite", open: () => lived(newFile()) };
  const postgres: KeptHydra = {
    name: "a real Hydra on PostgreSQL",
    target: "postgres",
    open: async () => lived((await postgresDatabase("empty")).dsn),
  };
  return [sqlite, ...(hasPostgres ? [postgres] : [])];
}

/** All in one folder, which goes with the tests of the file. */
const folder = mkdtempSync(join(tmpdir(), "tessera-hydra-"));
afterAll(() => rmSync(folder, { recursive: true }));

function newFile(): string {
  return `sqlite://${join(folder, `${randomUUID()}.db`)}?_fk=true`;
}

function laidOutSqlite({ life, tables }: HydraData): LivedIn {
  const dsn = newFile();
  const db = new DatabaseSync(dsn.replace(/^sqlite:\/\/|\?.*$/g, ""));
  for (const [table, { columns, rows }] of Object.entries(tables)) {
    db.exec(`create table ${table} (${columns})`);
    for (const row of rows) {
      const names = Object.keys(row);
      const values = Object.values(row).map((value) => (typeof value === "object" ? JSON.stringify(value) : value));
      db.prepare(`insert into ${table} (${names.join(", ")}) values (${names.map(() => "?").join(", ")})`).run(
        ...values,
      );
    }
  }
  db.close();
  return { dsn, life };
}

async function laidOutPostgres({ life, tables }: HydraData): Promise<LivedIn> {
  const { dsn } = await postgresDatabase("empty");
  for (const [table, { columns, rows }] of Object.entries(tables)) {
    const json = JSON.stringify(rows).replaceAll("'", "''");
    await query(
      `create table ${table} (${columns});
       insert into ${table} select * from json_populate_recordset(null::${table}, '${json}')`,
      dsn,
    );
  }
  return { dsn, life };
}
