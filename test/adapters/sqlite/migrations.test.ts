/** The numbered files of the embedded database. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, test } from "vitest";
import { applyPending, migrationVersions } from "../../../src/adapters/migrate.ts";
import { aClient } from "../../support/nouns.ts";
import { openTestStore } from "../../support/sqlite.ts";

const files = new URL("../../../migrations/sqlite/", import.meta.url);

const read = (name: string) => readFileSync(new URL(name, files), "utf8");

describe("sqlite migrations", () => {
  test("every way up has its way down, and numbers do not repeat", () => {
    const names = readdirSync(files).toSorted();
    const ups = names.filter((name) => name.endsWith(".up.sql"));
    expect(names).toEqual(ups.flatMap((name) => [name.replace(".up.", ".down."), name]).toSorted());
    expect(new Set(ups.map((name) => name.slice(0, 4))).size).toBe(ups.length);
  });

  test("all the way up and down again leaves nothing", async () => {
    const db = new DatabaseSync(":memory:");
    const versions = await migrationVersions("sqlite");
    for (const version of versions) db.exec(read(`${version}.up.sql`));
    const count = (word: RegExp) => versions.flatMap((version) => read(`${version}.up.sql`).match(word) ?? []).length;
    const tables = count(/^create table /gm) - count(/^drop table /gm);
    expect(db.prepare("select count(*) n from sqlite_schema where type = 'table'").get()).toEqual({ n: tables });
    for (const version of versions.toReversed()) db.exec(read(`${version}.down.sql`));
    expect(db.prepare("select name from sqlite_schema").all()).toEqual([]);
    db.close();
  });

  test("a migration that was not applied is pending", async () => {
    const versions = [...(await migrationVersions("sqlite")), "9999_later"];
    const store = await openTestStore({ migrations: { versions, apply: applyPending } });
    expect(await store.health.pendingMigrations()).toEqual(["9999_later"]);
    await store.close();
  });

  test("a file that is opened again is not migrated again, and keeps what it has", async () => {
    const folder = mkdtempSync(join(tmpdir(), "tessera-"));
    const file = join(folder, "store.sqlite");
    const client = aClient();
    const store = await openTestStore({ file });
    await store.clients.create(client);
    await store.close();
    const again = await openTestStore({ file });
    expect(await again.clients.find(client.id)).toEqual(client);
    await again.close();
    rmSync(folder, { recursive: true });
  });

  test("a migration that fails closes the database and frees its file", async () => {
    const folder = mkdtempSync(join(tmpdir(), "tessera-"));
    const file = join(folder, "store.sqlite");
    const migrations = { versions: [], apply: () => Promise.reject(new Error("The migration failed.")) };
    await expect(openTestStore({ file, migrations })).rejects.toThrow("The migration failed.");
    const store = await openTestStore({ file });
    await store.close();
    rmSync(folder, { recursive: true });
  });

  test.each([
    ["flows", "expires_at"],
    ["login_sessions", "expires_at"],
    ["authorizations", "expires_at"],
    ["codes", "expires_at"],
    ["access_tokens", "digest"],
    ["used_assertions", "expires_at"],
    ["revoked_tokens", "expires_at"],
  ])("the expired rows of %s are found by index", async (table, column) => {
    const db = new DatabaseSync(":memory:");
    for (const version of await migrationVersions("sqlite")) db.exec(read(`${version}.up.sql`));
    const [plan] = db.prepare(`explain query plan select 1 from ${table} where ${column} < ?`).all(0);
    expect(plan?.detail).toMatch(/USING (COVERING INDEX|INDEX|PRIMARY KEY)/);
    db.close();
  });
});
