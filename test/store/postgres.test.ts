/** PostgreSQL under the suite of every store. */
import { randomBytes } from "node:crypto";
import { afterAll, describe } from "vitest";
import { migrationVersions } from "../../src/adapters/migrate.ts";
import { openPostgresStore } from "../../src/adapters/postgres/store.ts";
import { hasPostgres, postgresDatabase, type TestDatabase } from "../support/database.ts";
import { testSeal } from "../support/seal.ts";
import { storeSuite } from "./suite.ts";

describe.runIf(hasPostgres)("on a server", () => {
  let database: TestDatabase | undefined;
  afterAll(async () => database?.drop());

  storeSuite("PostgreSQL", async () => {
    database = await postgresDatabase();
    const migrations = await migrationVersions("postgres");
    return await openPostgresStore({ dsn: database.dsn, seal: testSeal(), random: () => randomBytes(16), migrations });
  });
});
