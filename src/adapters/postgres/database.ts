/** The one place that speaks through postgres.js: statements with a name and a shape, and nothing else. */
import type { Socket } from "node:net";
import postgres from "postgres";
import { inSpan } from "../telemetry/span.ts";
import { runAlone } from "./alone.ts";
import { Column, type Constant, type Parameter, type Statement, textsOfStatements } from "./arguments.ts";
import { type Dsn, parseDsn } from "./dsn.ts";
import { isContended, isLocked, isMissingTable, isTaken, isUnsent, toRefusal } from "./failures.ts";
import { type Answer, openLink, type Wire } from "./link.ts";
import { openPool, type Pool } from "./pool.ts";
import { openSocket } from "./socket.ts";

type Value = Parameter | Constant;
type Tag<T> = (strings: TemplateStringsArray, ...values: readonly Value[]) => Promise<T>;

/** Statements by the shape of their answers. Names are of low cardinality: they are spans and metrics. */
export interface Statements {
  rows<Row>(name: string): Tag<readonly Row[]>;
  first<Row>(name: string): Tag<Row | undefined>;
  /** How many rows were changed. */
  changed(name: string): Tag<number>;
  run(name: string): Tag<void>;
}

/** The statements of requests; those of unbounded length go `aside`, where nothing that hurries waits behind them. */
export interface Database extends Statements {
  readonly aside: Statements;
  close(): Promise<void>;
}

const tries = 5;
/** Beyond it nothing is tried again: its caller has waited for a deadline already. */
const retryMs = 1000;
/** How long a statement may be without an answer. */
const deadlines = { hot: 5, aside: 60 };

/** Connects when the first statement asks for it. Throws on a DSN that cannot be read. */
export function openDatabase(text: string, { hot, aside: patient } = deadlines): Database {
  const dsn = parseDsn(text);
  const aside = dsn.maxConnections >= 4 ? 2 : 1;
  const pools = [pool(dsn, Math.min(4, dsn.maxConnections - aside), hot), pool(dsn, aside, patient)] as const;
  return {
    ...statements(pools[0]),
    aside: statements(pools[1]),
    async close() {
      await Promise.all(pools.map((one) => one.close()));
    },
  };
}

function pool(dsn: Dsn, connections: number, seconds: number): Pool {
  const wire = (socket: () => Promise<Socket>) => openWire(dsn, socket);
  return openPool(
    (onDeath) => openLink({ openWire: wire, openSocket: () => openSocket(dsn), deadlineSeconds: seconds, onDeath }),
    {
      connections,
      idleConnections: Math.min(connections, dsn.maxIdleConnections),
      lifetimeSeconds: dsn.lifetimeSeconds,
      idleSeconds: dsn.idleSeconds,
      statements: 10_000,
    },
  );
}

function statements(over: Pool): Statements {
  const toStatement = textsOfStatements();
  const tag =
    <T>(name: string, shape: (answer: Answer) => T): Tag<T> =>
    (strings, ...values) =>
      inSpan("statement", name, async () => shape(await answered(over, toStatement(strings, values))));
  return {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the caller names the columns
    rows: <Row>(name: string) => tag(name, (answer) => answer.rows as readonly Row[]),
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the same
    first: <Row>(name: string) => tag(name, (answer) => answer.rows[0] as Row | undefined),
    changed: (name) => tag(name, (answer) => answer.count),
    run: (name) => tag(name, () => undefined),
  };
}

/** Tries again what the database undid for others' sake, or what never left; everything else is the caller's to know. */
async function answered(over: Pool, statement: Statement): Promise<Answer> {
  const began = performance.now();
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await over.send(statement);
    } catch (error) {
      const mayPass = (isContended(error) || isUnsent(error)) && performance.now() - began < retryMs;
      if (!mayPass || attempt === tries) throw toRefusal(error);
      await pause(2 ** (attempt + 1) * jitter());
    }
  }
}

/** The clock's microseconds are chance enough to part those who collided. */
function jitter(): number {
  return 0.5 + ((performance.now() * 1000) % 1);
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function openWire(dsn: Dsn, socket: () => Promise<Socket>): Wire {
  const sql = connection(dsn, socket);
  return {
    ready: () => sql.unsafe("select 1"),
    async send({ strings, values }) {
      const parameters = values.map((value) => (value instanceof Column ? sql.typed(value.text, value.type) : value));
      const rows = await sql(strings, ...parameters);
      return { rows, count: rows.count };
    },
    end: (timeout) => sql.end({ timeout }),
  };
}

/** One connection, told everything: postgres.js would ask the environment for whatever is left out. */
function connection(dsn: Dsn, socket: () => Promise<Socket>): postgres.Sql {
  const options = {
    socket,
    host: dsn.host.startsWith("/") ? "localhost" : dsn.host,
    port: dsn.port,
    user: dsn.user,
    pass: dsn.password,
    database: dsn.database,
    max: 1,
    ssl: false,
    idle_timeout: 0,
    max_lifetime: null,
    connect_timeout: dsn.connectSeconds,
    max_pipeline: 1000,
    prepare: dsn.prepare,
    // Arrays are written by `column`, so their types need not be fetched; a connection that dies while postgres.js
    // 3.4.9 fetches them is a rejection that nobody can handle, and ends the process.
    fetch_types: false,
    keep_alive: 30,
    connection: dsn.startup,
    onnotice: () => undefined,
  };
  return postgres(options);
}

/** For the migration runner: one connection of its own, whole scripts, no limit of time. */
export async function openPostgresScripts(text: string) {
  const dsn = parseDsn(text);
  let lost: Error | undefined;
  const sql = connection(dsn, async () => {
    const socket = await openSocket(dsn);
    return socket.once("close", () => {
      lost ??= new Error("The connection was closed.");
    });
  });
  const run = async (script: string) => {
    if (lost !== undefined) throw lost;
    return await sql.unsafe(script);
  };
  const close = () => sql.end({ timeout: 1 });
  await run("set statement_timeout = 0; set lock_timeout = 0; set idle_in_transaction_session_timeout = 0").catch(
    async (error: unknown) => {
      await close();
      throw error;
    },
  );
  return {
    dialect: "postgres" as const,
    async script(claim: string, change: string) {
      // Sent as one message, which PostgreSQL makes one transaction: no lock waits for a migrator that has died.
      await patiently(() =>
        run(`set local lock_timeout = '10min';\n${claim};\nset local lock_timeout = '3s';\n${change}`),
      );
    },
    statement: (one: string) => runAlone(run, one),
    query: run,
    isMissingTable,
    isTaken,
    close,
  };
}

/** A table that is in use: let its readers pass, and come again. */
async function patiently(run: () => Promise<unknown>): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await run();
      return;
    } catch (error) {
      if (!isLocked(error) || attempt === 10) throw error;
      await pause(500);
    }
  }
}
