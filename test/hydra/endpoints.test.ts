/** Every endpoint of Ory Hydra: what this server answers there and, where there is a Hydra, what Hydra does. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { hasPostgres, postgresDatabase, type TestDatabase } from "../support/database.ts";
import { startHydra } from "../support/hydra.ts";
import { type Callable, startWorld, type World } from "../support/server.ts";
import { adminEndpoints } from "./admin-endpoints.ts";
import { settings } from "./asking.ts";
import { hydraBinary, knowsDevices } from "./binary.ts";
import { isLater, ofEither } from "./older.ts";
import { publicEndpoints } from "./public-endpoints.ts";
import { call, comparable, ofHydra, type Row, type Said } from "./row.ts";

const table = [...publicEndpoints, ...adminEndpoints].map((row) => ({ ...row, name: `${row.method} ${row.path}` }));

const sorted = ({ keys, ...said }: Said): Said => (keys === undefined ? said : { ...said, keys: keys.toSorted() });
const expected = ({ status, keys, headers }: Row) =>
  sorted({ status, headers, ...(keys === undefined ? {} : { keys }) });

test("the table has every endpoint of Hydra once", () => {
  expect(table).toHaveLength(71);
  expect(new Set(table.map(({ name, port }) => `${port} ${name}`)).size).toBe(71);
});

describe("this server answers", () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld({ settings });
  });
  afterAll(() => world?.close());

  test.each(table)("$name", async (row) => {
    expect(await call(row, world)).toEqual(expected(row));
  });
});

const { path: binary, lack } = hydraBinary();
const reason = lack ?? (hasPostgres ? undefined : "SKIPPED: Hydra needs PostgreSQL");
const suffix = reason === undefined ? "" : ` (${reason})`;
const isOlder = reason === undefined && !knowsDevices(binary);

describe.skipIf(reason !== undefined)(`Hydra answers alike, or as the table says${suffix}`, () => {
  let database: TestDatabase;
  let hydra: Callable & { stop(): Promise<void> };
  beforeAll(async () => {
    database = await postgresDatabase("empty");
    const variables = Object.entries(settings).map(([key, value]) => [
      key.replaceAll(".", "_").toUpperCase(),
      String(value),
    ]);
    hydra = await startHydra(binary, database.dsn, { ...Object.fromEntries(variables), LOG_LEVEL: "panic" });
  });
  afterAll(async () => {
    await hydra?.stop();
    await database?.drop();
  });

  const titled = table
    .filter((row) => !isOlder || !isLater(row))
    .map((row) => ({
      ...row,
      title: `${row.name}${row.hydra === undefined ? "" : `, but: ${row.hydra.why}`}`,
    }));

  test.each(titled)("$title", async (row) => {
    const [heard, wanted] = [comparable(await call(row, hydra), row), ofHydra(row)];
    if (isOlder) expect(ofEither(heard, row)).toEqual(ofEither(wanted, row));
    else expect(heard).toEqual(wanted);
  });
});
