/** Assembles the tables into the Store port. */
import type { Seal } from "../../ports/seal.ts";
import type { Store, StoreHealth } from "../../ports/store.ts";
import { accessTokens } from "./access-tokens.ts";
import { apiKeys } from "./api-keys.ts";
import { authorizationCodec, authorizations } from "./authorizations.ts";
import { cleaning } from "./cleaning.ts";
import { clients } from "./clients.ts";
import { codes } from "./codes.ts";
import { type Database, openDatabase } from "./database.ts";
import { deliveries } from "./deliveries.ts";
import { deviceChallenges } from "./device-challenges.ts";
import { deviceCodes } from "./device-codes.ts";
import { events } from "./events.ts";
import { isMissingTable } from "./failures.ts";
import { flows } from "./flows.ts";
import { forcedSubjects } from "./forced-subjects.ts";
import { imports } from "./imports.ts";
import { keys } from "./keys.ts";
import { leases } from "./leases.ts";
import { loginSessions } from "./login-sessions.ts";
import { logoutRequests } from "./logout-requests.ts";
import { refreshFamilies } from "./refresh-families.ts";
import { trustedIssuers } from "./trusted-issuers.ts";
import { usedAssertions } from "./used-assertions.ts";

export interface PostgresStoreOptions {
  readonly dsn: string;
  readonly seal: Seal;
  /** 16 random bytes: the mark by which a write whose answer was lost knows its own work. */
  readonly random: () => Uint8Array;
  /** The versions of all migrations that this program brings; none are missed when left out. */
  readonly migrations?: readonly string[];
}

/** Opens although the server is away or not migrated: health says so, and requests are refused until it is there. */
export async function openPostgresStore(options: PostgresStoreOptions): Promise<Store> {
  const { dsn, seal, random, migrations = [] } = options;
  const db = openDatabase(dsn);
  const codec = authorizationCodec(seal);
  const mark = () => Buffer.from(random()).toString("hex");
  return {
    clients: clients(db),
    flows: flows(db, { seal, authorizations: codec, mark }),
    loginSessions: loginSessions(db),
    logoutRequests: logoutRequests(db, seal),
    deliveries: deliveries(db),
    authorizations: authorizations(db, codec),
    codes: codes(db, codec, mark),
    deviceCodes: deviceCodes(db, codec, mark),
    deviceChallenges: deviceChallenges(db),
    accessTokens: accessTokens(db, codec),
    refreshFamilies: refreshFamilies(db, codec, mark),
    keys: keys(db, seal),
    forcedSubjects: forcedSubjects(db),
    trustedIssuers: trustedIssuers(db),
    usedAssertions: usedAssertions(db),
    imports: imports(db, codec, seal),
    leases: leases(db),
    events: events(db),
    cleaning: cleaning(db, seal),
    apiKeys: apiKeys(db),
    health: health(db, migrations),
    close: () => db.close(),
  };
}

const health = (db: Database, migrations: readonly string[]): StoreHealth => ({
  async ping() {
    await db.run("health.ping")`select 1`;
  },

  async pendingMigrations() {
    try {
      const rows = await db.rows<{ version: string }>("health.migrations")`
        select version from schema_migrations`;
      const applied = new Set(rows.map((row) => row.version));
      return migrations.filter((version) => !applied.has(version));
    } catch (error) {
      if (isMissingTable(error)) return [...migrations];
      throw error;
    }
  },
});
