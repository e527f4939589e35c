/** postgres.js behind its guards: what dies takes only its own statements with it, and service resumes by itself. */
import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  bool,
  bytea,
  column,
  constant,
  int4,
  text,
  timestamptz,
  uuid,
} from "../../../src/adapters/postgres/arguments.ts";
import { type Database, openDatabase, openPostgresScripts } from "../../../src/adapters/postgres/database.ts";
import {
  hasPostgres,
  postgresDatabase,
  postgresPort,
  postgresSocketFolder,
  query,
  type TestDatabase,
} from "../../support/database.ts";
import { startProxy } from "../../support/proxy.ts";

const refused = { code: "temporarily_unavailable" };

describe.runIf(hasPostgres)("the PostgreSQL database", () => {
  let server: TestDatabase;
  let db: Database;

  beforeAll(async () => {
    server = await postgresDatabase("empty");
    await query("create table told (n integer primary key)", server.dsn);
    db = openDatabase(server.dsn);
  });
  afterAll(async () => {
    await db?.close();
    await server?.drop();
  });

  /** Ends the backends of these pools, as an administrator or a crash would. */
  async function killBackends(): Promise<void> {
    await query(
      `select pg_terminate_backend(pid) from pg_stat_activity
       where datname = current_database() and application_name = 'tessera'`,
      server.dsn,
    );
  }

  async function untilRunning(statement: string): Promise<void> {
    const active = `select from pg_stat_activity
      where state = 'active' and application_name = 'tessera' and query like '%${statement}%'`;
    while ((await query(active, server.dsn)).length === 0);
  }

  const answer = (one: Database) => one.first<{ x: number }>("test.answer")`select 1 as x`;

  /** The first answer after an outage. */
  async function resumed(one: Database): Promise<unknown> {
    for (;;) {
      const found = await answer(one).catch(() => undefined);
      if (found !== undefined) return found;
    }
  }

  test("answers in four shapes", async () => {
    expect(await db.rows<{ n: number }>("test.rows")`select n from generate_series(1, 3) n`).toEqual([
      { n: 1 },
      { n: 2 },
      { n: 3 },
    ]);
    expect(await db.first("test.first")`select from told where n = -1`).toBeUndefined();
    expect(await db.changed("test.changed")`insert into told values (-1), (-2)`).toBe(2);
    expect(await db.run("test.run")`delete from told where n < 0`).toBeUndefined();
  });

  test("carries columns to PostgreSQL as they are, nulls among them", async () => {
    const rows = [
      { t: `a "quoted\\" {text}, NULL`, i: 1, b: Buffer.from([0, 255]), f: true, at: new Date(0), u: "0".repeat(32) },
      { t: "", i: -2, b: Buffer.alloc(0), f: false, at: new Date("2026-01-02T03:04:05.678Z"), u: "f".repeat(32) },
      { t: null, i: null, b: null, f: null, at: null, u: null },
      { t: "NULL", i: 0, b: Buffer.from("x"), f: false, at: new Date("9999-12-31T00:00:00Z"), u: "a".repeat(32) },
    ];
    const found = await db.rows("test.columns")`
      select t, i, b, f, at, replace(u::text, '-', '') as u from unnest(
        ${column(rows, text, (row) => row.t)}::text[], ${column(rows, int4, (row) => row.i)}::integer[],
        ${column(rows, bytea, (row) => row.b)}::bytea[], ${column(rows, bool, (row) => row.f)}::boolean[],
        ${column(rows, timestamptz, (row) => row.at)}::timestamptz[], ${column(rows, uuid, (row) => row.u)}::uuid[]
      ) as q (t, i, b, f, at, u)`;
    expect(found).toEqual(rows);
    const none = await db.rows("test.no_rows")`select * from unnest(${column([], text, () => null)}::text[])`;
    expect(none).toEqual([]);
  });

  test("puts constants into the text, wherever they stand", async () => {
    const [table, columns] = [constant("generate_series(1, 2)"), constant("n as first, n + 1 as second")];
    const rows = await db.rows("test.constants")`select ${columns} from ${table} n where n < ${2} or ${false}::boolean`;
    expect(rows).toEqual([{ first: 1, second: 2 }]);
  });

  test("reaches the server over its Unix socket", async () => {
    const local = openDatabase(`postgres://postgres@/postgres?host=${postgresSocketFolder()}&port=${postgresPort()}`);
    expect(await answer(local)).toEqual({ x: 1 });
    await local.close();
  });

  test("a server without TLS is reached by sslmode=prefer and refused by sslmode=require", async () => {
    const preferring = openDatabase(server.dsn.replace("sslmode=disable", "sslmode=prefer"));
    expect(await answer(preferring)).toEqual({ x: 1 });
    const requiring = openDatabase(server.dsn.replace("sslmode=disable", "sslmode=require"));
    await expect(answer(requiring)).rejects.toMatchObject(refused);
    await Promise.all([preferring.close(), requiring.close()]);
  });

  test("a backend that is killed fails its statement as unavailable, and the next one passes", async () => {
    const outcome = db.first("test.sleep")`select pg_sleep(20)`.then(
      () => "answered",
      (error: unknown) => error,
    );
    await untilRunning("pg_sleep(20)");
    await killBackends();
    expect(await outcome).toMatchObject(refused);
    expect(await resumed(db)).toEqual({ x: 1 });
  });

  test("whatever dies, what was acknowledged is stored once, and nothing else fails than what died", async () => {
    const acknowledged: number[] = [];
    const failures: unknown[] = [];
    const insert = async (n: number) => {
      await db.changed("test.insert")`insert into told (n) values (${n})`.then(
        () => acknowledged.push(n),
        (error: unknown) => failures.push(error),
      );
    };
    for (let round = 0; round < 15; round += 1) {
      const inserts = Promise.all(Array.from({ length: 60 }, (_, n) => insert(round * 100 + n)));
      await killBackends();
      await inserts;
    }
    const stored = new Set((await query("select n from told", server.dsn)).map((row) => row.n));
    expect(acknowledged.filter((n) => !stored.has(n))).toEqual([]);
    expect(acknowledged.length).toBeGreaterThan(0);
    for (const failure of failures) expect(failure).toMatchObject(refused);
    expect(await resumed(db)).toEqual({ x: 1 });
  });

  test("a statement without an answer is given up at its deadline, and those behind it with it", async () => {
    const hasty = openDatabase(`${server.dsn}&max_conns=2`, { hot: 0.3, aside: 60 });
    await answer(hasty);
    const outcomes = await Promise.allSettled([
      hasty.first("test.sleep")`select pg_sleep(30)`,
      hasty.first("test.behind")`select 2 as x`,
      hasty.aside.first("test.aside")`select 3 as x`,
    ]);
    expect(outcomes).toMatchObject([
      { status: "rejected", reason: refused },
      { status: "rejected", reason: refused },
      { status: "fulfilled", value: { x: 3 } },
    ]);
    expect(await answer(hasty)).toEqual({ x: 1 });
    await hasty.close();
  });

  test("a server that says nothing to new connections either is given up at the same deadline, not tried again", async () => {
    const proxy = await startProxy(postgresPort());
    const dsn = `${server.dsn.replace(`:${postgresPort()}/`, `:${proxy.port}/`)}&max_conns=2`;
    const hasty = openDatabase(dsn, { hot: 1.2, aside: 60 });
    await answer(hasty);
    proxy.stall();
    for (let n = 0; n < 3; n += 1) {
      const began = performance.now();
      await expect(answer(hasty)).rejects.toMatchObject(refused);
      expect(performance.now() - began).toBeLessThan(2000);
    }
    proxy.restore();
    await hasty.close();
    await proxy.close();
  });

  test("a statement that the database undid for another's sake is tried again", async () => {
    await query(
      `create sequence tries;
       create function contended(passes integer) returns integer language plpgsql as $$
       declare n integer := nextval('tries');
       begin
         if n < passes then raise exception using errcode = '40001'; end if;
         return n;
       end $$`,
      server.dsn,
    );
    expect(await db.first("test.contended")`select contended(3) as n`).toEqual({ n: 3 });
    await expect(db.first("test.contended")`select contended(1000) as n`).rejects.toMatchObject(refused);
    expect(await db.first("test.tries")`select last_value::integer as n from tries`).toEqual({ n: 8 });
  });

  test("a fault of the statement's own is no outage", async () => {
    await expect(db.run("test.fault")`select 1 / 0`).rejects.toMatchObject({ code: "22012" });
  });

  test("a database that is away is unavailable at once, and service resumes by itself", async () => {
    const proxy = await startProxy(postgresPort());
    const far = openDatabase(server.dsn.replace(`:${postgresPort()}/`, `:${proxy.port}/`));
    expect(await answer(far)).toEqual({ x: 1 });
    proxy.cut();
    for (let n = 0; n < 20; n += 1) await expect(answer(far)).rejects.toMatchObject(refused);
    expect(proxy.connections).toBeLessThan(12);
    proxy.restore();
    expect(await resumed(far)).toEqual({ x: 1 });
    await far.close();
    await proxy.close();
  });

  test.each([
    ["before a word", Buffer.alloc(0)],
    ["in the middle of the start", Buffer.from([0x52, 0, 0, 0, 8, 0, 0, 0, 0])],
  ])("a server that hangs up %s is not called again in a loop", async (_when, words) => {
    let calls = 0;
    const rude = createServer((socket: Socket) => {
      calls += 1;
      socket.on("error", () => undefined).once("data", () => socket.end(words));
    }).listen(0, "127.0.0.1");
    await once(rude, "listening");
    const address = rude.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    const far = openDatabase(`postgres://postgres@127.0.0.1:${port}/postgres?sslmode=disable`);
    await expect(answer(far)).rejects.toMatchObject(refused);
    await expect(answer(far)).rejects.toMatchObject(refused);
    const called = calls;
    expect(called).toBeLessThan(10);
    await far.close();
    const migrating = openPostgresScripts(`postgres://postgres@127.0.0.1:${port}/postgres?sslmode=disable`);
    await expect(migrating).rejects.toThrow("The server closed the connection.");
    expect(calls).toBe(called + 1);
    rude.close();
  });

  test("closing lets the statements under way finish, and takes no more", async () => {
    const short = openDatabase(server.dsn);
    await answer(short);
    const running = short.first("test.short")`select 1 as x from pg_sleep(0.1)`;
    await Promise.all([expect(running).resolves.toEqual({ x: 1 }), short.close()]);
    await expect(answer(short)).rejects.toMatchObject(refused);
  });
});
