/** The migration runner, on either database. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { migrateDown, migrateUp, migrationStatus, migrationVersions } from "../../src/adapters/migrate.ts";
import { hasPostgres, postgresDatabase, query, type TestDatabase } from "../support/database.ts";

const place = mkdtempSync(join(tmpdir(), "tessera-migrate-"));
afterAll(() => rmSync(place, { recursive: true }));
let made = 0;

/** A folder of migrations as named: `up` and `down` of each version. */
function aFolder(files: Readonly<Record<string, readonly [up: string, down: string]>>): URL {
  made += 1;
  const folder = join(place, `migrations-${made}`);
  for (const dialect of ["postgres", "sqlite"]) {
    mkdirSync(join(folder, dialect), { recursive: true });
    for (const [version, [up, down]] of Object.entries(files)) {
      writeFileSync(join(folder, dialect, `${version}.up.sql`), up);
      writeFileSync(join(folder, dialect, `${version}.down.sql`), down);
    }
  }
  return pathToFileURL(`${folder}/`);
}

const two = {
  "0001_shelves": ["create table shelves (n integer);", "drop table shelves;"],
  "0002_books": ["create table books (n integer);\ninsert into books values (1);", "drop table books;"],
} as const;

const kinds = [
  {
    name: "sqlite" as const,
    open: async () => {
      made += 1;
      return { dsn: `sqlite://${join(place, `database-${made}.sqlite`)}`, drop: async () => undefined };
    },
  },
  ...(hasPostgres ? [{ name: "postgres" as const, open: () => postgresDatabase("empty") }] : []),
];

describe.each(kinds)("migrations on $name", ({ name, open }) => {
  let database: TestDatabase;
  let dsn: string;

  beforeAll(async () => {
    database = await open();
    ({ dsn } = database);
  });
  afterAll(() => database?.drop());

  const states = async (folder?: URL) =>
    (await migrationStatus(dsn, folder === undefined ? {} : { folder })).map(({ version, state }) => [version, state]);

  test("what this program brings goes up, down to nothing, and up again", async () => {
    const versions = await migrationVersions(name);
    expect(versions.length).toBeGreaterThan(5);
    expect(await migrateUp(dsn)).toEqual(versions);
    expect(await migrateUp(dsn)).toEqual([]);
    expect(await states()).toEqual(versions.map((version) => [version, "applied"]));
    expect(await migrateDown(dsn, { steps: 1000 })).toEqual(versions.toReversed());
    expect(await states()).toEqual(versions.map((version) => [version, "pending"]));
    expect(await migrateUp(dsn)).toEqual(versions);
    expect(await migrateDown(dsn, { steps: versions.length })).toHaveLength(versions.length);
  });

  test("a dry run says what would be done, and does nothing", async () => {
    const folder = aFolder(two);
    expect(await migrateUp(dsn, { folder, dryRun: true })).toEqual(["0001_shelves", "0002_books"]);
    expect(await states(folder)).toEqual([
      ["0001_shelves", "pending"],
      ["0002_books", "pending"],
    ]);
    await migrateUp(dsn, { folder });
    expect(await migrateDown(dsn, { folder, steps: 1, dryRun: true })).toEqual(["0002_books"]);
    expect(await migrateDown(dsn, { folder, steps: 2 })).toEqual(["0002_books", "0001_shelves"]);
  });

  test("steps are taken back one by one, the last first", async () => {
    const folder = aFolder(two);
    await migrateUp(dsn, { folder });
    expect(await migrateDown(dsn, { folder, steps: 1 })).toEqual(["0002_books"]);
    expect(await states(folder)).toEqual([
      ["0001_shelves", "applied"],
      ["0002_books", "pending"],
    ]);
    expect(await migrateDown(dsn, { folder, steps: 5 })).toEqual(["0001_shelves"]);
  });

  test("a migration that fails leaves nothing behind, and those before it stay", async () => {
    const folder = aFolder({
      ...two,
      "0003_broken": ["create table half (n integer); select nothing from nowhere;", ""],
    });
    await expect(migrateUp(dsn, { folder })).rejects.toThrow(/0003_broken failed/);
    expect(await states(folder)).toEqual([
      ["0001_shelves", "applied"],
      ["0002_books", "applied"],
      ["0003_broken", "pending"],
    ]);
    const mended = aFolder({ ...two, "0003_broken": ["create table half (n integer);", "drop table half;"] });
    expect(await migrateUp(dsn, { folder: mended })).toEqual(["0003_broken"]);
    await migrateDown(dsn, { folder: mended, steps: 3 });
  });

  test("a file that is no longer the one that was applied is refused", async () => {
    await migrateUp(dsn, { folder: aFolder(two) });
    const altered = aFolder({ ...two, "0001_shelves": ["create table shelves (n bigint);", "drop table shelves;"] });
    expect(await states(altered)).toEqual([
      ["0001_shelves", "changed"],
      ["0002_books", "applied"],
    ]);
    await expect(migrateUp(dsn, { folder: altered })).rejects.toThrow(/0001_shelves is no longer the one/);
    await expect(migrateDown(dsn, { folder: altered, steps: 2 })).rejects.toThrow(/0001_shelves is no longer the one/);
    await migrateDown(dsn, { folder: aFolder(two), steps: 1 });
  });

  test("what another release applied is left alone, and not taken back blindly", async () => {
    const newer = aFolder({ ...two, "0009_later": ["create table later (n integer);", "drop table later;"] });
    await migrateUp(dsn, { folder: newer });
    const older = aFolder(two);
    expect(await migrateUp(dsn, { folder: older })).toEqual([]);
    expect(await states(older)).toContainEqual(["0009_later", "unknown"]);
    await expect(migrateDown(dsn, { folder: older, steps: 1 })).rejects.toThrow(/another release/);
    await migrateDown(dsn, { folder: newer, steps: 3 });
  });
});

describe.runIf(hasPostgres)("migrations on a server", () => {
  let database: TestDatabase;
  let dsn: string;

  beforeEach(async () => {
    database = await postgresDatabase("empty");
    ({ dsn } = database);
  });
  afterEach(() => database?.drop());

  test("five migrators at once apply everything once", async () => {
    const applied = await Promise.all(Array.from({ length: 5 }, () => migrateUp(dsn)));
    expect(applied.flat().toSorted()).toEqual(await migrationVersions("postgres"));
    expect(await migrateUp(dsn)).toEqual([]);
  });

  test("a statement that no transaction can hold runs alone", async () => {
    const folder = aFolder({
      ...two,
      "0003_index": [
        "-- no transaction\ncreate index concurrently if not exists books_n on books (n);",
        "drop index concurrently if exists books_n;",
      ],
    });
    expect(await migrateUp(dsn, { folder })).toHaveLength(3);
    expect(await query("select from pg_indexes where indexname = 'books_n'", dsn)).toHaveLength(1);
    expect(await migrateDown(dsn, { folder, steps: 1 })).toEqual(["0003_index"]);
    expect(await query("select from pg_indexes where indexname = 'books_n'", dsn)).toHaveLength(0);
  });

  test("a migrator that dies leaves no lock and no half of a migration", async () => {
    const slow = aFolder({ "0001_slow": ["create table slow (n integer); select pg_sleep(20);", "drop table slow;"] });
    const quick = aFolder({ "0001_slow": ["create table slow (n integer);", "drop table slow;"] });
    const dying = migrateUp(dsn, { folder: slow }).then(
      () => "done",
      (error: unknown) => error,
    );
    const active =
      "from pg_stat_activity where state = 'active' and query like '%pg_sleep(20)%' and pid <> pg_backend_pid()";
    while ((await query(`select ${active}`, dsn)).length === 0);
    const waiting = migrateUp(dsn, { folder: quick });
    await query(`select pg_terminate_backend(pid) ${active} and datname = current_database()`, dsn);
    expect(await dying).toBeInstanceOf(Error);
    expect(await waiting).toEqual(["0001_slow"]);
  });
});

test("a database in memory is not migrated from outside", async () => {
  await expect(migrateUp("memory")).rejects.toThrow(/migrates itself/);
});
