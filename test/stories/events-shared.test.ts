/** Two servers on one PostgreSQL: who follows one is told of what the other does, and may go on at either. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { newClient } from "../support/code-flow.ts";
import { hasPostgres, postgresDatabase, type TestDatabase } from "../support/database.ts";
import { follow } from "../support/event-stream.ts";
import { startWorld, type World } from "../support/server.ts";

describe.runIf(hasPostgres)("events of two servers on one PostgreSQL", () => {
  let database: TestDatabase;
  let one: World;
  let two: World;
  beforeAll(async () => {
    database = await postgresDatabase();
    one = await startWorld({ dsn: database.dsn });
    two = await startWorld({ dsn: database.dsn });
  });
  afterAll(async () => {
    await Promise.all([one?.close(), two?.close()]);
    await database?.drop();
  });

  test("what one does is told by the other, once, and a cursor is good at both", async () => {
    const follower = await follow("gRPC by Connect", two.adminUrl, { typePrefix: "client_" });
    const ids = await Promise.all(
      [newClient(one), newClient(two), newClient(one)].map(async (made) => (await made).id),
    );
    await follower.until(3);
    expect(follower.told).toHaveLength(3);
    expect(new Set(follower.told.map((event) => event.client_id))).toEqual(new Set(ids));
    const elsewhere = await follow("Connect", one.adminUrl, { cursor: follower.cursor(), typePrefix: "client_" });
    const { id } = await newClient(two);
    expect((await elsewhere.until(1)).map((event) => event.client_id)).toEqual([id]);
    follower.close();
    elsewhere.close();
  });
});
