/** The connection: what it binds, who owns the file, and what a killed process leaves behind. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, afterEach, describe, expect, test } from "vitest";
import { type Database, openDatabase, openSqliteScripts } from "../../../src/adapters/sqlite/database.ts";

const folder = mkdtempSync(join(tmpdir(), "tessera-"));
const opened: Database[] = [];
const children: ChildProcess[] = [];
let files = 0;

afterEach(async () => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
  for (const database of opened.splice(0)) await database.close();
});
afterAll(() => rmSync(folder, { recursive: true }));

function newFile(): string {
  files += 1;
  return join(folder, `${files}.sqlite`);
}

function open(file: string | null = null): Database {
  const database = openDatabase({ file, synchronous: "full" });
  opened.push(database);
  return database;
}

/** A database with a table `t` of one column. */
async function withTable(file: string | null = null): Promise<Database> {
  const database = open(file);
  await database.scripts.statement("create table t (v text primary key)");
  return database;
}

/** A process of its own that runs the code over `openDatabase`; resolves when it has said "ready". */
async function otherProcess(code: string): Promise<ChildProcess> {
  const module = new URL("../../../src/adapters/sqlite/database.ts", import.meta.url);
  const source = `import { openDatabase } from ${JSON.stringify(module.href)}; ${code}; console.log("ready")`;
  const child = spawn(process.execPath, ["--input-type=module", "--eval", source], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  children.push(child);
  await once(child.stdout, "data");
  return child;
}

describe("sqlite database", () => {
  test("instants, booleans and undefined are bound as what they mean", async () => {
    const db = open();
    const first = db.first<{ at: number; yes: number; no: number; none: null }>("select ? at, ? yes, ? no, ? none");
    const at = new Date("2026-03-01T12:00:00.123Z");
    const row = await db.lookup("test", () => first(at, true, false, undefined));
    expect(row).toEqual({ at: at.getTime(), yes: 1, no: 0, none: null });
  });

  test.each([
    ["an object", { text: "x" }],
    ["an array", ["x"]],
    ["no instant", new Date("never")],
  ])("%s is refused, not bound as NULL", async (_what, value) => {
    const db = open();
    const first = db.first("select ?");
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what the types forbid is what is tried here
    await expect(db.lookup("test", () => first(value as unknown as string))).rejects.toThrow(TypeError);
  });

  test("a writer that throws after its statement undoes the statement, and no other", async () => {
    const db = await withTable();
    const insert = db.changes("insert into t values (?)");
    const failing = db.write("test", () => {
      insert("undone");
      throw new Error("fault");
    });
    await Promise.allSettled([
      db.write("test", () => insert("before")),
      failing,
      db.write("test", () => insert("after")),
    ]);
    const rows = await db.lookup("test", () => db.rows("select v from t order by v")());
    expect(rows).toEqual([{ v: "after" }, { v: "before" }]);
  });

  test("a broken rule of a table is the program's fault, not the database's absence", async () => {
    const db = await withTable();
    const insert = db.changes("insert into t values (?)");
    await db.write("test", () => insert("taken"));
    const error = await db.write("test", () => insert("taken")).catch((fault: unknown) => fault);
    expect(error).not.toMatchObject({ code: "temporarily_unavailable" });
    expect(db.scripts.isTaken(error)).toBe(true);
  });

  test("foreign keys hold", async () => {
    const db = open();
    await db.scripts.script("create table p (id primary key)", "create table c (id references p (id))");
    await expect(db.write("test", () => db.changes("insert into c values (1)")())).rejects.toThrow(/FOREIGN KEY/);
  });

  test("a script that fails leaves nothing of its claim", async () => {
    const db = open();
    const failing = db.scripts.script("create table claimed (id)", "create table half (id); nonsense");
    await expect(failing).rejects.toThrow(/nonsense/);
    const error = await db.scripts.query("select * from claimed").catch((fault: unknown) => fault);
    expect(db.scripts.isMissingTable(error)).toBe(true);
  });

  test("while another connection writes, an operation waits without stopping the event loop", async () => {
    const file = newFile();
    const db = await withTable(file);
    const other = new DatabaseSync(file, { timeout: 0 });
    other.exec("begin immediate; insert into t values ('other')");
    const waiting = db.write("test", () => db.changes("insert into t values ('ours')")());
    await new Promise(setImmediate);
    await new Promise(setImmediate);
    other.exec("commit");
    other.close();
    expect(await waiting).toBe(1);
  });

  test("closing waits for what was asked", async () => {
    const file = newFile();
    const db = await withTable(file);
    const asked = db.write("test", () => db.changes("insert into t values ('last')")());
    await db.close();
    expect(await asked).toBe(1);
    await expect(db.lookup("test", () => 1)).rejects.toMatchObject({ code: "temporarily_unavailable" });
    opened.pop();
  });

  test("the file and what lies beside it are for their owner only", async () => {
    const file = newFile();
    await withTable(file);
    for (const name of [file, `${file}-wal`, `${file}.lock`]) expect(statSync(name).mode & 0o077).toBe(0);
  });

  test("a missing folder is made", async () => {
    const db = await withTable(join(folder, "deep", "down", "store.sqlite"));
    await expect(db.lookup("test", () => 1)).resolves.toBe(1);
  });

  test.each(["/store.sqlite", ""])("a place that cannot be written is one clear error: '<a file>%s'", (name) => {
    const file = newFile();
    writeFileSync(file, "This is a text, and long enough for SQLite to look at it twice. ".repeat(40));
    expect(() => open(`${file}${name}`)).toThrow(
      new RegExp(`^The database '${file}${name}' cannot be opened for reading and writing: `),
    );
  });

  test("a second owner is refused by the first one's pid, in this process and in another", async () => {
    const file = newFile();
    open(file);
    expect(() => open(file)).toThrow(`is in use by another Tessera process (${process.pid})`);
    await expect(openSqliteScripts(`sqlite://${file}`)).rejects.toThrow(/in use by another Tessera process/);
    const child = await otherProcess(`
      let refusal = "none";
      try { openDatabase({ file: ${JSON.stringify(file)}, synchronous: "full" }); } catch (error) { refusal = error.message; }
      process.exitCode = refusal.includes("(${process.pid})") ? 0 : 1`);
    const code = child.exitCode ?? (await once(child, "exit"))[0];
    expect(code).toBe(0);
  });

  test("a closed database can be owned again", async () => {
    const file = newFile();
    await open(file).close();
    opened.pop();
    expect(() => open(file)).not.toThrow();
  });

  test("a killed process frees the file and has lost nothing that it answered", async () => {
    const file = newFile();
    const child = await otherProcess(`
      const db = openDatabase({ file: ${JSON.stringify(file)}, synchronous: "full" });
      await db.scripts.statement("create table t (v)");
      await db.write("test", () => db.changes("insert into t values ('answered')")());
      setInterval(() => {}, 1000)`);
    expect(() => open(file)).toThrow(`is in use by another Tessera process (${child.pid})`);
    child.kill("SIGKILL");
    await once(child, "exit");
    const db = open(file);
    expect(await db.lookup("test", () => db.rows("select v from t")())).toEqual([{ v: "answered" }]);
  });
});
