/** Assembles the tables of the embedded database into the Store port. */
import type { Seal } from "../../ports/seal.ts";
import type { Store } from "../../ports/store.ts";
import { accessTokens } from "./access-tokens.ts";
import { apiKeys } from "./api-keys.ts";
import { authorizations } from "./authorizations.ts";
import { cleaning } from "./cleaning.ts";
import { clients } from "./clients.ts";
import { codes } from "./codes.ts";
import { type Database, openDatabase, type Scripts } from "./database.ts";
import { deliveries } from "./deliveries.ts";
import { deviceChallenges } from "./device-challenges.ts";
import { deviceCodes } from "./device-codes.ts";
import type { DatabaseOptions } from "./dsn.ts";
import { events } from "./events.ts";
import { flows } from "./flows.ts";
import { forcedSubjects } from "./forced-subjects.ts";
import { health } from "./health.ts";
import { imports } from "./imports.ts";
import { keys } from "./keys.ts";
import { leases } from "./leases.ts";
import { loginSessions } from "./login-sessions.ts";
import { logoutRequests } from "./logout-requests.ts";
import { refreshFamilies } from "./refresh-families.ts";
import { trustedIssuers } from "./trusted-issuers.ts";
import { usedAssertions } from "./used-assertions.ts";

export interface SqliteStoreOptions extends DatabaseOptions {
  readonly seal: Seal;
  readonly migrations: {
    /** Every migration that this program brings. */
    readonly versions: readonly string[];
    /** Applies those that are missing. */
    apply(scripts: Scripts): Promise<unknown>;
  };
}

/** Opens the database, which migrates itself. Throws when another process owns the file, or it cannot be written. */
export async function openSqliteStore(options: SqliteStoreOptions): Promise<Store> {
  const db = openDatabase(options);
  try {
    await options.migrations.apply(db.scripts);
  } catch (error) {
    await db.close();
    throw error;
  }
  return sqliteStore(db, options.seal, options.migrations.versions);
}

function sqliteStore(db: Database, seal: Seal, versions: readonly string[]): Store {
  return {
    clients: clients(db),
    flows: flows(db, seal),
    loginSessions: loginSessions(db),
    logoutRequests: logoutRequests(db, seal),
    deliveries: deliveries(db),
    authorizations: authorizations(db, seal),
    codes: codes(db, seal),
    deviceCodes: deviceCodes(db, seal),
    deviceChallenges: deviceChallenges(db),
    accessTokens: accessTokens(db, seal),
    refreshFamilies: refreshFamilies(db, seal),
    keys: keys(db, seal),
    forcedSubjects: forcedSubjects(db),
    trustedIssuers: trustedIssuers(db),
    usedAssertions: usedAssertions(db),
    imports: imports(db, seal),
    leases: leases(db),
    events: events(db),
    cleaning: cleaning(db, seal),
    apiKeys: apiKeys(db),
    health: health(db, versions),
    close: () => db.close(),
  };
}
