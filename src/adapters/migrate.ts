/** Runs the numbered SQL files of `migrations/` forwards and backwards, on either database. */
import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";

/** What the runner needs of a database. */
export interface ScriptDatabase {
  /** The folder of `migrations/` that is meant for it. */
  readonly dialect: Dialect;
  /**
   * Runs both as one transaction, all or nothing. The claim writes the row that only one may write: it may wait for
   * another migrator; what follows waits for locks only briefly, so that a queued change does not stall readers.
   */
  script(claim: string, sql: string): Promise<void>;
  /** Runs one statement outside any transaction. */
  statement(sql: string): Promise<void>;
  query(sql: string): Promise<readonly Readonly<Record<string, unknown>>[]>;
  /** Whether the error says that a table is not there. */
  isMissingTable(error: unknown): boolean;
  /** Whether the error says that a row with this key is there already. */
  isTaken(error: unknown): boolean;
  close(): Promise<void>;
}

export type Dialect = "postgres" | "sqlite";

export interface MigrationState {
  /** Number and name: `0001_clients`. */
  readonly version: string;
  /** `changed`: the file is no longer the one that was applied; `unknown`: another release's, without a file here. */
  readonly state: "applied" | "pending" | "changed" | "unknown";
}

export interface MigrationOptions {
  /** Only answers what would be done. */
  readonly dryRun?: boolean;
  /** Where the folders `postgres/` and `sqlite/` lie. */
  readonly folder?: URL;
}

interface MigrationFile {
  readonly version: string;
  /** SHA-256 of the `.up.sql` file, hex. */
  readonly checksum: string;
  readonly up: string;
  readonly down: string;
  /** The first line is `-- no transaction`: one idempotent statement that no transaction can hold. */
  readonly isAlone: boolean;
}

const ownFolder = new URL("../../migrations/", import.meta.url);

const createTable = `create table if not exists schema_migrations (
  version text primary key,
  checksum text not null,
  applied_at timestamptz(3) not null default current_timestamp
)`;

/** Applies what is pending; answers the versions, in the order in which they were (or would be) applied. */
export async function migrateUp(dsn: string, options: MigrationOptions = {}): Promise<string[]> {
  return await withDatabase(dsn, (database) => applyPending(database, options));
}

export interface DownOptions extends MigrationOptions {
  readonly steps: number;
}

/** Takes back the last `steps` migrations; answers their versions, the last first. */
export async function migrateDown(dsn: string, options: DownOptions): Promise<string[]> {
  return await withDatabase(dsn, (database) => takeBack(database, options));
}

export async function migrationStatus(dsn: string, options: MigrationOptions = {}): Promise<MigrationState[]> {
  return await withDatabase(dsn, async (database) =>
    compare(database, await migrationFiles(database.dialect, options)),
  );
}

/** Every version that this program brings for the database: what a store's health compares with. */
export async function migrationVersions(dialect: Dialect): Promise<string[]> {
  return (await migrationFiles(dialect, {})).map((file) => file.version);
}

/** As `migrateUp`, for a database that is open: the embedded one migrates itself. */
export async function applyPending(database: ScriptDatabase, options: MigrationOptions = {}): Promise<string[]> {
  const planned = await applicable(database, options);
  if (options.dryRun === true) return planned.map((file) => file.version);
  if (planned.length > 0) await createRecords(database);
  const done: string[] = [];
  for (const file of planned) if (await apply(database, file)) done.push(file.version);
  return done;
}

async function createRecords(database: ScriptDatabase): Promise<void> {
  try {
    await database.statement(createTable);
  } catch (error) {
    // PostgreSQL's `if not exists` is no lock: of two that create a table at once, one fails on the other's table, row
    // type or key. Whichever it was, the table is there then.
    if (!(await hasRecords(database))) throw error;
  }
}

async function hasRecords(database: ScriptDatabase): Promise<boolean> {
  try {
    await database.query("select version from schema_migrations limit 1");
    return true;
  } catch {
    return false;
  }
}

async function apply(database: ScriptDatabase, file: MigrationFile): Promise<boolean> {
  const record = `insert into schema_migrations (version, checksum) values ('${file.version}', '${file.checksum}')`;
  try {
    if (file.isAlone) {
      // Its claim can not be in a transaction with it, so another migrator may come to it as well: it is idempotent.
      await database.statement(file.up);
      return (await database.query(`${record} on conflict (version) do nothing returning version`)).length > 0;
    }
    // Whoever writes the same record waits for this one's end, and then finds it taken and changes nothing.
    await database.script(record, file.up);
    return true;
  } catch (error) {
    if (database.isTaken(error) && (await recorded(database)).has(file.version)) return false;
    throw failed(file.version, error);
  }
}

async function takeBack(database: ScriptDatabase, options: DownOptions): Promise<string[]> {
  const files = await migrationFiles(database.dialect, options);
  const states = (await compare(database, files)).filter(({ state }) => state !== "pending").reverse();
  const done: string[] = [];
  for (const { version, state } of states.slice(0, options.steps)) {
    const file = files.find((candidate) => candidate.version === version);
    if (file === undefined || state !== "applied") throw new Error(refusal(version, state));
    if (options.dryRun !== true) await revert(database, file);
    done.push(version);
  }
  return done;
}

async function revert(database: ScriptDatabase, file: MigrationFile): Promise<void> {
  const forget = `delete from schema_migrations where version = '${file.version}'`;
  try {
    if (!file.isAlone) return await database.script(forget, file.down);
    await database.statement(file.down);
    await database.statement(forget);
  } catch (error) {
    throw failed(file.version, error);
  }
}

async function applicable(database: ScriptDatabase, options: MigrationOptions): Promise<MigrationFile[]> {
  const files = await migrationFiles(database.dialect, options);
  const states = await compare(database, files);
  const changed = states.find(({ state }) => state === "changed");
  if (changed !== undefined) throw new Error(refusal(changed.version, changed.state));
  const open = new Set(states.filter(({ state }) => state === "pending").map(({ version }) => version));
  return files.filter((file) => open.has(file.version));
}

async function compare(database: ScriptDatabase, files: readonly MigrationFile[]): Promise<MigrationState[]> {
  const applied = await recorded(database);
  const known = new Set(files.map((file) => file.version));
  const ours = files.map(({ version, checksum }): MigrationState => {
    const found = applied.get(version);
    if (found === undefined) return { version, state: "pending" };
    return { version, state: found === checksum ? "applied" : "changed" };
  });
  const others = [...applied.keys()].filter((version) => !known.has(version));
  const all = [...ours, ...others.map((version): MigrationState => ({ version, state: "unknown" }))];
  return all.sort((a, b) => (a.version < b.version ? -1 : 1));
}

/** Checksums by version; none when the table is not there yet. */
async function recorded(database: ScriptDatabase): Promise<Map<string, string>> {
  try {
    const rows = await database.query("select version, checksum from schema_migrations");
    return new Map(rows.map((row) => [String(row.version), String(row.checksum)]));
  } catch (error) {
    if (database.isMissingTable(error)) return new Map();
    throw error;
  }
}

async function migrationFiles(dialect: Dialect, { folder = ownFolder }: MigrationOptions): Promise<MigrationFile[]> {
  const directory = new URL(`${dialect}/`, folder);
  const names = (await readdir(directory)).filter((name) => /^\d{4}_[a-z0-9_]+\.up\.sql$/.test(name)).sort();
  return await Promise.all(names.map((name) => readMigration(directory, name.replace(/\.up\.sql$/, ""))));
}

async function readMigration(directory: URL, version: string): Promise<MigrationFile> {
  const [up, down] = await Promise.all([
    readFile(new URL(`${version}.up.sql`, directory), "utf8"),
    readFile(new URL(`${version}.down.sql`, directory), "utf8"),
  ]);
  const checksum = createHash("sha256").update(up).digest("hex");
  return { version, checksum, up, down, isAlone: up.startsWith("-- no transaction\n") };
}

async function withDatabase<T>(dsn: string, run: (database: ScriptDatabase) => Promise<T>): Promise<T> {
  const database = await openScripts(dsn);
  try {
    return await run(database);
  } finally {
    await database.close();
  }
}

/** Only the driver that is needed is loaded. */
async function openScripts(dsn: string): Promise<ScriptDatabase> {
  if (dsn === "memory") throw new Error("A database in memory migrates itself when the server starts.");
  if (/^(?:postgres(?:ql)?|cockroach):/.test(dsn)) {
    const { openPostgresScripts } = await import("./postgres/database.ts");
    return await openPostgresScripts(dsn);
  }
  const { openSqliteScripts } = await import("./sqlite/database.ts");
  return await openSqliteScripts(dsn);
}

function refusal(version: string, state: MigrationState["state"]): string {
  return state === "unknown"
    ? `The migration ${version} was applied by another release; this one does not know how to take it back.`
    : `The file of migration ${version} is no longer the one that was applied.`;
}

function failed(version: string, cause: unknown): Error {
  return new Error(`The migration ${version} failed: ${cause instanceof Error ? cause.message : String(cause)}`, {
    cause,
  });
}
