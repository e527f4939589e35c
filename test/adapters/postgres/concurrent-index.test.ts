/** Indexes that are made beside running traffic: by one migrator at a time, and made anew when one died at it. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { migrateDown, migrateUp } from "../../../src/adapters/migrate.ts";
import { hasPostgres, postgresDatabase, query, type TestDatabase } from "../../support/database.ts";

const place = mkdtempSync(join(tmpdir(), "tessera-index-"));
afterAll(() => rmSync(place, { recursive: true }));

describe.runIf(hasPostgres)("an index that is made concurrently", () => {
  const folder = pathToFileURL(`${place}/`);
  let database: TestDatabase;

  beforeAll(() => {
    const files = {
      "0001_books.up": "create table books (n integer);\ninsert into books select generate_series(1, 20000);",
      "0001_books.down": "drop table books;",
      "0002_books_n.up": "-- no transaction\ncreate index concurrently if not exists books_n on books (n);",
      "0002_books_n.down": "-- no transaction\ndrop index concurrently if exists books_n;",
    };
    mkdirSync(join(place, "postgres"));
    for (const [name, sql] of Object.entries(files)) writeFileSync(join(place, "postgres", `${name}.sql`), sql);
  });
  beforeEach(async () => {
    database = await postgresDatabase("empty");
    return () => database.drop();
  });

  const valid = async () =>
    (await query("select indisvalid as valid from pg_index where indexrelid = 'books_n'::regclass", database.dsn))[0]
      ?.valid;

  test("is made by one of five migrators that start at once, and none fails", async () => {
    for (let round = 0; round < 3; round += 1) {
      const done = await Promise.all(Array.from({ length: 5 }, () => migrateUp(database.dsn, { folder })));
      expect(done.flat().sort()).toEqual(["0001_books", "0002_books_n"]);
      expect(await valid()).toBe(true);
      await migrateDown(database.dsn, { folder, steps: 2 });
    }
  });

  test("REL-13: is made anew when a migrator was killed at it: what is left then is not valid", async () => {
    await migrateUp(database.dsn, { folder });
    await query("update pg_index set indisvalid = false where indexrelid = 'books_n'::regclass", database.dsn);
    await query("delete from schema_migrations where version = '0002_books_n'", database.dsn);
    expect(await migrateUp(database.dsn, { folder })).toEqual(["0002_books_n"]);
    expect(await valid()).toBe(true);
  });
});
