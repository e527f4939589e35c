/** Databases for tests: PostgreSQL where the machine has one, a database of its own for every file; SQLite always. */
import { randomUUID } from "node:crypto";
import postgres from "postgres";
import { inject } from "vitest";
import { templateDatabase } from "./postgres-server.ts";

export interface TestDatabase {
  readonly dsn: string;
  /** Ends what is connected to it. */
  drop(): Promise<void>;
}

/** Whether there is a PostgreSQL; what needs one is skipped where there is none, which CI forbids. */
export const hasPostgres = inject("postgres") !== null;

/** A new database, migrated unless it is asked for empty. */
export async function postgresDatabase(kind: "migrated" | "empty" = "migrated"): Promise<TestDatabase> {
  const name = `test_${randomUUID().replaceAll("-", "")}`;
  await asAdministrator(`create database ${name} template ${kind === "migrated" ? templateDatabase : "template0"}`);
  return { dsn: dsnOf(name), drop: () => asAdministrator(`drop database if exists ${name} with (force)`) };
}

/** Runs SQL as the server's owner, from outside any pool. */
export async function asAdministrator(sql: string, dsn = dsnOf("postgres")): Promise<void> {
  await query(sql, dsn);
}

export async function query(sql: string, dsn: string): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const client = postgres(dsn, { max: 1, onnotice: () => undefined, fetch_types: false });
  try {
    return [...(await client.unsafe(sql))];
  } finally {
    await client.end();
  }
}

export function postgresPort(): number {
  return server().port;
}

/** The folder of the server's Unix socket. */
export function postgresSocketFolder(): string {
  return server().socketFolder;
}

function server() {
  const found = inject("postgres");
  if (found === null) throw new Error("This machine has no PostgreSQL for tests.");
  return found;
}

function dsnOf(database: string): string {
  return `postgres://postgres@127.0.0.1:${postgresPort()}/${database}?sslmode=disable`;
}

/** Every database that stories are told on; each call of `dsn` gives a new one, which goes when the run ends. */
export const databases: ReadonlyArray<{ readonly name: "sqlite" | "postgres"; dsn(): Promise<string> }> = [
  { name: "sqlite", dsn: async () => "memory" },
  ...(hasPostgres ? [{ name: "postgres" as const, dsn: async () => (await postgresDatabase()).dsn }] : []),
];
