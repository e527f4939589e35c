/** Events on PostgreSQL: in an order that nothing is inserted into any more, and only of what was committed. */
import { randomBytes } from "node:crypto";
import postgres from "postgres";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openPostgresStore } from "../../../src/adapters/postgres/store.ts";
import type { Store } from "../../../src/ports/store.ts";
import { hasPostgres, postgresDatabase, type TestDatabase } from "../../support/database.ts";
import { aClient } from "../../support/nouns.ts";
import { testSeal } from "../../support/seal.ts";

describe.runIf(hasPostgres)("events on PostgreSQL", () => {
  let database: TestDatabase;
  let store: Store;
  let other: postgres.Sql;
  beforeAll(async () => {
    database = await postgresDatabase();
    store = await openPostgresStore({ dsn: database.dsn, seal: testSeal(), random: () => randomBytes(16) });
    other = postgres(database.dsn, { max: 1, fetch_types: false });
  });
  afterAll(async () => {
    await other?.end();
    await store?.close();
    await database?.drop();
  });

  const idsOf = (page: { events: ReadonlyArray<{ facts: { client_id?: string } }> }) =>
    page.events.map(({ facts }) => facts.client_id);

  /** Another instance's write, up to its commit. */
  const begun = async (id: string) => {
    const [commit, written] = [Promise.withResolvers<boolean>(), Promise.withResolvers<void>()];
    const done = other
      .begin(async (sql) => {
        await sql`insert into events (type, facts) values ('client_created', ${JSON.stringify({ client_id: id })})`;
        written.resolve();
        if (!(await commit.promise)) throw new Error("rolled back");
      })
      .catch(() => undefined);
    await written.promise;
    return async (commits: boolean) => {
      commit.resolve(commits);
      await done;
    };
  };

  test("what began before and commits after is not passed over: what is behind it waits", async () => {
    const from = await store.events.head();
    const finish = await begun("late");
    const client = aClient();
    await store.clients.create(client);
    const before = await store.events.after(from, 100);
    expect(idsOf(before)).toEqual([]);
    // Whoever starts to follow only now must hear of it as well.
    const head = await store.events.head();
    await finish(true);
    expect(idsOf(await store.events.after(before.position, 100))).toEqual(["late", client.id]);
    expect(idsOf(await store.events.after(head, 100))).toEqual(["late", client.id]);
  });

  test("what is rolled back is not told, and holds nothing up afterwards", async () => {
    const from = await store.events.head();
    const finish = await begun("never");
    const client = aClient();
    await store.clients.create(client);
    await finish(false);
    expect(idsOf(await store.events.after(from, 100))).toEqual([client.id]);
  });

  test("a change that fails tells nothing", async () => {
    const from = await store.events.head();
    const client = aClient();
    await store.clients.create(client);
    expect(await store.clients.create(client)).toBe(false);
    await expect(store.clients.create({ ...client, id: "a\u0000b" })).rejects.toThrow();
    expect(idsOf(await store.events.after(from, 100))).toEqual([client.id]);
  });

  test("writers in a crowd and a reader at their heels: every event once", async () => {
    const clients = Array.from({ length: 300 }, () => aClient());
    let position = await store.events.head();
    const writing = { isDone: false };
    const seen: Array<string | undefined> = [];
    const read = async () => {
      const page = await store.events.after(position, 7);
      ({ position } = page);
      seen.push(...idsOf(page));
      return page.more;
    };
    const reading = (async () => {
      while (!writing.isDone) await read();
      while (await read());
    })();
    await Promise.all(clients.map((client) => store.clients.create(client)));
    writing.isDone = true;
    await reading;
    while (seen.length < clients.length) await read();
    expect(seen).toHaveLength(clients.length);
    expect(new Set(seen)).toEqual(new Set(clients.map(({ id }) => id)));
  });

  test("a read walks the index from the cursor on, however many rows there are", async () => {
    await other`insert into events (type, facts) select 'client_created', '{}' from generate_series(1, 20000)`;
    await other`analyze events`;
    const plan = await other`
      explain (format json) select transaction_id, id, at, type, facts from events
      where (transaction_id, id) > ('5'::xid8, 3) and transaction_id < pg_snapshot_xmin(pg_current_snapshot())
      order by transaction_id, id limit 1000`;
    expect(JSON.stringify(plan)).toContain("Index Scan");
    expect(JSON.stringify(plan)).not.toContain("Sort");
  });
});
