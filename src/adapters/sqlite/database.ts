/** The embedded database: statements by name, written together turn by turn (`node:sqlite`, WAL). */
import { DatabaseSync, type SQLInputValue, type StatementSync } from "node:sqlite";
import { inSpan } from "../telemetry/span.ts";
import { createPrivately, DatabaseInUse, type FileLock, lockFile } from "./database-lock.ts";
import { type DatabaseOptions, parseSqliteDsn } from "./dsn.ts";
import { isConstraint } from "./failures.ts";
import { type LogSync, logSync } from "./log-sync.ts";
import { type Transaction, turns } from "./turns.ts";

export type Value = string | number | boolean | Date | Uint8Array | null | undefined;

/** Statements are made once, at assembly, and called only inside `lookup` or `write`. */
export interface Database {
  rows<Row>(sql: string): (...values: Value[]) => Row[];
  // oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- the caller names the columns, so also their shape
  first<Row>(sql: string): (...values: Value[]) => Row | undefined;
  /** Answers how many rows it changed. */
  changes(sql: string): (...values: Value[]) => number;
  /** Reads one state of the database; what other callers of the turn wrote before is in it. */
  lookup<T>(name: string, run: () => T): Promise<T>;
  /** All or nothing, alone in the world while it runs; answered after the commit. */
  write<T>(name: string, run: () => T): Promise<T>;
  readonly scripts: Scripts;
  close(): Promise<void>;
}

/** What a runner of migrations needs. */
export interface Scripts {
  readonly dialect: "sqlite";
  /** Runs both as one transaction. */
  script(claim: string, sql: string): Promise<void>;
  /** Runs one statement outside any transaction. */
  statement(sql: string): Promise<void>;
  query(sql: string): Promise<readonly Readonly<Record<string, unknown>>[]>;
  isMissingTable(error: unknown): boolean;
  isTaken(error: unknown): boolean;
  close(): Promise<void>;
}

export function openDatabase(options: DatabaseOptions): Database {
  const { connection, lock, log } = connect(options);
  const prepared = new Map<string, StatementSync>();
  /** Prepared at its first use: when the stores are assembled, the tables may not be there yet. */
  const statement = (sql: string): StatementSync => {
    const known = prepared.get(sql);
    if (known !== undefined) return known;
    const made = connection.prepare(sql);
    prepared.set(sql, made);
    return made;
  };
  const work = turns(transactionOf(connection), log?.sync);
  const run = <T>(name: string, writes: boolean, operation: () => T) =>
    inSpan("statement", name, () => work.add(writes, operation));
  const close = async () => {
    await work.end();
    log?.close();
    connection.close();
    lock?.release();
  };

  return {
    rows:
      <Row>(sql: string) =>
      (...values: Value[]) =>
        // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the caller names the columns
        statement(sql).all(...values.map(toSql)) as Row[],
    first:
      // oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- the same
        <Row>(sql: string) =>
        (...values: Value[]) =>
          // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the same
          statement(sql).get(...values.map(toSql)) as Row | undefined,
    changes:
      (sql) =>
      (...values) =>
        Number(statement(sql).run(...values.map(toSql)).changes),
    lookup: (name, operation) => run(name, false, operation),
    write: (name, operation) => run(name, true, operation),
    scripts: scriptsOf(connection, (operation) => run("migrations.apply", true, operation), close),
    close,
  };
}

/** For the commands that migrate a database while no server runs on it. */
export async function openSqliteScripts(dsn: string): Promise<Scripts> {
  return openDatabase(parseSqliteDsn(dsn)).scripts;
}

// Waiting for a lock inside SQLite would stop the event loop: `turns` waits by timer.
const connectionOptions = { timeout: 0, enableForeignKeyConstraints: true };

interface Connected {
  readonly connection: DatabaseSync;
  readonly lock?: FileLock | undefined;
  /** Where commits are to survive a power cut. */
  readonly log?: LogSync;
}

function connect({ file, synchronous }: DatabaseOptions): Connected {
  if (file === null) return { connection: new DatabaseSync(":memory:", connectionOptions) };
  let lock: FileLock | undefined;
  try {
    lock = lockFile(file);
    createPrivately(file);
    const connection = new DatabaseSync(file, connectionOptions);
    // A page that many turns write reaches the file once a checkpoint: 16 MB of log between two save a tenth of the
    // time of inserts, and their worst turn is no longer than with the usual 4 MB.
    connection.exec(`
      pragma journal_mode = wal;
      pragma synchronous = normal;
      pragma wal_autocheckpoint = 4000;
      pragma cache_size = -4000;
      pragma journal_size_limit = 67108864`);
    return synchronous === "full" ? { connection, lock, log: logSync(file) } : { connection, lock };
  } catch (cause) {
    lock?.release();
    if (cause instanceof DatabaseInUse) throw cause;
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`The database '${file}' cannot be opened for reading and writing: ${why}.`, { cause });
  }
}

function transactionOf(connection: DatabaseSync): Transaction {
  const step = (sql: string) => {
    const statement = connection.prepare(sql);
    return () => {
      statement.run();
    };
  };
  const beginImmediate = step("begin immediate");
  const beginReading = step("begin");
  const rollback = step("rollback");
  const undo = step("rollback to operation");
  const release = step("release operation");
  return {
    begin: (immediate) => (immediate ? beginImmediate() : beginReading()),
    commit: step("commit"),
    rollback: () => {
      if (connection.isTransaction) rollback();
    },
    isOpen: () => connection.isTransaction,
    savepoint: step("savepoint operation"),
    release,
    undo: () => {
      undo();
      release();
    },
  };
}

/** `node:sqlite` binds a Date as NULL without a word, and knows neither booleans nor undefined. */
function toSql(value: Value): SQLInputValue {
  if (typeof value === "string" || typeof value === "number" || value === null) return value;
  if (typeof value === "boolean") return value ? 1 : 0;
  if (value === undefined) return null;
  if (value instanceof Uint8Array) return value;
  if (value instanceof Date && !Number.isNaN(value.getTime())) return value.getTime();
  throw new TypeError("A statement takes text, numbers, booleans, bytes and valid instants only.");
}

function scriptsOf(
  connection: DatabaseSync,
  write: (operation: () => void) => Promise<void>,
  close: () => Promise<void>,
): Scripts {
  return {
    dialect: "sqlite",
    script: (claim, sql) =>
      write(() => {
        connection.exec(claim);
        connection.exec(sql);
      }),
    // Between two turns no transaction is open.
    async statement(sql) {
      connection.exec(sql);
      // An empty turn brings what has just been committed to the disk.
      await write(() => {});
    },
    query: async (sql) => connection.prepare(sql).all(),
    isMissingTable: (error) => error instanceof Error && error.message.startsWith("no such table"),
    isTaken: isConstraint,
    close,
  };
}
