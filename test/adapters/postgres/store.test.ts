/** The PostgreSQL store where it meets the world: lost answers, two processes, a database that is away or new. */
import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { migrationVersions } from "../../../src/adapters/migrate.ts";
import { openPostgresStore } from "../../../src/adapters/postgres/store.ts";
import type { Store } from "../../../src/ports/store.ts";
import { accepted, aDeviceRedemption } from "../../store/contract/device-codes.ts";
import { aRedemption, aRotation, consented, granted, refreshable, stored } from "../../store/contract/world.ts";
import { hasPostgres, postgresDatabase, postgresPort, query, type TestDatabase } from "../../support/database.ts";
import { aClient, aCode, after, anAccessToken, anAuthorization, aSigningKey, endsIn } from "../../support/nouns.ts";
import { startProxy, type TestProxy } from "../../support/proxy.ts";
import { testSeal } from "../../support/seal.ts";

const refused = { code: "temporarily_unavailable" };

async function open(dsn: string): Promise<Store> {
  const migrations = await migrationVersions("postgres");
  return await openPostgresStore({ dsn, seal: testSeal(), random: () => randomBytes(16), migrations });
}

/** A database reached straight and through a proxy, each by a store of its own, as two processes would. */
async function aWorld() {
  const database = await postgresDatabase();
  const proxy = await startProxy(postgresPort());
  const near = await open(database.dsn);
  const far = await open(database.dsn.replace(`:${postgresPort()}/`, `:${proxy.port}/`));
  const close = async () => {
    await Promise.all([near.close(), far.close()]);
    await proxy.close();
    await database.drop();
  };
  return { database, proxy, near, far, close };
}

describe.runIf(hasPostgres)("the PostgreSQL store", () => {
  let world: Awaited<ReturnType<typeof aWorld>>;
  let near: Store;
  let far: Store;
  let proxy: TestProxy;
  let database: TestDatabase;

  beforeAll(async () => {
    world = await aWorld();
    ({ near, far, proxy, database } = world);
  });
  afterAll(() => world?.close());

  /** Each of these stories loses one piece on its way. */
  async function losingOne<T>(run: () => Promise<T>): Promise<T> {
    const before = proxy.losses;
    const answer = await run();
    expect(proxy.losses).toBe(before + 1);
    return answer;
  }

  const hexOf = (digest: string) => Buffer.from(digest, "base64url").toString("hex");

  test("RFC 6749 §4.1.2: a redemption whose answer is lost is done, not a replay", async () => {
    const story = await granted(near);
    const redemption = aRedemption(story);
    await far.clients.find(story.client.id);
    proxy.loseAnswer("SELECT 1\0");
    expect(await losingOne(() => far.codes.redeem(redemption))).toBe("done");
    expect(await near.accessTokens.find(redemption.accessToken?.digest ?? "", after(80))).toBeDefined();
    expect(await far.codes.redeem(aRedemption(story))).toBe("lost");
  });

  test("a redemption whose request is lost is run once more", async () => {
    const story = await granted(near);
    proxy.loseRequest(hexOf(story.code.digest));
    expect(await losingOne(() => far.codes.redeem(aRedemption(story)))).toBe("done");
    expect(await near.codes.redeem(aRedemption(story))).toBe("lost");
  });

  test("a rotation whose answer is lost is done, not a reuse", async () => {
    const story = await refreshable(near);
    await far.clients.find(story.client.id);
    proxy.loseAnswer("SELECT 1\0");
    expect(await losingOne(() => far.refreshFamilies.rotate(aRotation(story, 1)))).toBe("done");
    expect((await near.refreshFamilies.find(story.authorization.id))?.generation).toBe(2);
  });

  test("a flow whose last answer is lost has finished", async () => {
    const { client, flow } = await consented(near);
    const authorization = anAuthorization(flow);
    const code = aCode(authorization);
    await far.clients.find(client.id);
    proxy.loseAnswer("SELECT 1\0");
    const finish = () => far.flows.finish(flow.id, authorization, endsIn(code), client.revision);
    expect(await losingOne(finish)).toBe(true);
    expect(await near.codes.find(code.digest)).toBeDefined();
  });

  test("a device's redemption whose answer is lost is done, not a replay", async () => {
    const story = await accepted(near);
    const redemption = aDeviceRedemption(story);
    await far.clients.find(story.client.id);
    proxy.loseAnswer("SELECT 1\0");
    expect(await losingOne(() => far.deviceCodes.redeem(redemption))).toBe("done");
    expect(await near.accessTokens.find(redemption.accessToken?.digest ?? "", after(80))).toBeDefined();
    expect(await far.deviceCodes.redeem(aDeviceRedemption(story))).toBe("lost");
  });

  test("an insert whose answer is lost is unavailable, not run again", async () => {
    const client = await stored(near, aClient());
    const token = anAccessToken(client);
    await far.clients.find(client.id);
    proxy.loseAnswer("INSERT 0 1\0");
    await expect(far.accessTokens.issue(token, client.revision)).rejects.toMatchObject(refused);
  });

  test("while the database is away every answer is unavailable; then service resumes", async () => {
    const story = await refreshable(near);
    proxy.cut();
    await expect(far.accessTokens.find(story.firstToken, after(100))).rejects.toMatchObject(refused);
    await expect(far.authorizations.revoke(story.authorization.id, after(100))).rejects.toMatchObject(refused);
    await expect(far.clients.find(story.client.id)).rejects.toMatchObject(refused);
    await expect(far.health.ping()).rejects.toMatchObject(refused);
    await expect(far.health.pendingMigrations()).rejects.toMatchObject(refused);
    proxy.restore();
    let found: unknown;
    while (found === undefined) {
      found = await far.accessTokens.find(story.firstToken, after(100)).catch(() => undefined);
    }
    expect(found).toMatchObject({ digest: story.firstToken });
  });

  test("of forty in two processes that redeem one code, one is done", async () => {
    const story = await granted(near);
    const racers = Array.from({ length: 40 }, (_, racer) => (racer % 2 === 0 ? near : far));
    const outcomes = await Promise.all(racers.map((store) => store.codes.redeem(aRedemption(story))));
    expect(outcomes.toSorted()).toEqual(["done", ...Array<string>(39).fill("lost")]);
  });

  test("of forty in two processes that redeem one device code, one is done", async () => {
    const story = await accepted(near);
    const racers = Array.from({ length: 40 }, (_, racer) => (racer % 2 === 0 ? near : far));
    const outcomes = await Promise.all(racers.map((store) => store.deviceCodes.redeem(aDeviceRedemption(story))));
    expect(outcomes.toSorted()).toEqual(["done", ...Array<string>(39).fill("lost")]);
  });

  test("of forty in two processes that rotate one generation, one is done", async () => {
    const story = await refreshable(near);
    const racers = Array.from({ length: 40 }, (_, racer) => (racer % 2 === 0 ? near : far));
    const outcomes = await Promise.all(racers.map((store) => store.refreshFamilies.rotate(aRotation(story, 1))));
    expect(outcomes.toSorted()).toEqual(["done", ...Array<string>(39).fill("lost")]);
  });

  test("of two processes that found a key set, one does", async () => {
    const keys = Array.from({ length: 20 }, () => aSigningKey({ set: "raced for" }));
    const answers = await Promise.all(keys.map((key, racer) => (racer % 2 === 0 ? near : far).keys.found(key)));
    expect(answers.filter(Boolean)).toHaveLength(1);
    expect(await far.keys.list(["raced for"])).toHaveLength(1);
  });

  test("a row that PostgreSQL can not take fails its own caller alone", async () => {
    const client = await stored(near, aClient());
    const scopes = ["a", "b", "not \u0000 text", "c"];
    const outcomes = await Promise.allSettled(
      scopes.map((scope) => near.accessTokens.issue(anAccessToken(client, { scope }), client.revision)),
    );
    expect(outcomes.map(({ status }) => status)).toEqual(["fulfilled", "fulfilled", "rejected", "fulfilled"]);
  });

  test("what applications and users said, and private keys, lie sealed", async () => {
    const secret = "a word that must not be read in the tables";
    const { client, flow } = await consented(near);
    const base = anAuthorization(flow);
    const authorization = anAuthorization(flow, {
      accessTokenClaims: { secret },
      idTokenClaims: { secret },
      facts: { ...base.facts, requestUrl: secret, context: secret },
    });
    await near.flows.finish(flow.id, authorization, endsIn(aCode(authorization)), client.revision);
    await near.keys.found(aSigningKey({ privateJwk: { secret } }));
    for (const table of ["flows", "authorizations", "keys", "codes"]) {
      const rows = await query(
        `select t::text as row from ${table} t where t::text like '%must not be read%'`,
        database.dsn,
      );
      expect(rows, table).toEqual([]);
    }
  });

  test("a key whose sealing secret is gone says so", async () => {
    const key = aSigningKey();
    await near.keys.found(key);
    const other = await openPostgresStore({
      dsn: database.dsn,
      seal: testSeal("another secret"),
      random: () => randomBytes(16),
    });
    await expect(other.keys.list([key.set])).rejects.toThrow(`The key '${key.kid}' of the set '${key.set}'`);
    await other.close();
  });

  test("rotations and the steps of a flow touch no index", async () => {
    const own = await postgresDatabase();
    const store = await open(own.dsn);
    for (let n = 0; n < 10; n += 1) {
      const story = await refreshable(store);
      for (const generation of [1, 2, 3]) await store.refreshFamilies.rotate(aRotation(story, generation));
    }
    await store.close();
    const updates = `select relname as name, n_tup_upd::integer as all, n_tup_hot_upd::integer as hot
      from pg_stat_user_tables where relname in ('flows', 'refresh_families') order by relname`;
    // Backends tell their figures when they end.
    let rows = await query(updates, own.dsn);
    while (rows.some((row) => Number(row.all) < 30)) rows = await query(updates, own.dsn);
    expect(rows).toEqual([
      { name: "flows", all: 40, hot: 40 },
      { name: "refresh_families", all: 30, hot: 30 },
    ]);
    await own.drop();
  });

  test("a store opens on a database that is not migrated, and its health says what is missing", async () => {
    const empty = await postgresDatabase("empty");
    const store = await open(empty.dsn);
    await expect(store.health.ping()).resolves.toBeUndefined();
    expect(await store.health.pendingMigrations()).toEqual(await migrationVersions("postgres"));
    await expect(store.clients.find("anybody")).rejects.toThrow();
    await store.close();
    await empty.drop();
  });

  test("a store opens while its database is away", async () => {
    const store = await open("postgres://postgres@127.0.0.1:1/nowhere");
    await expect(store.health.ping()).rejects.toMatchObject(refused);
    await store.close();
  });
});
