/** Shows that expired rows go without anybody waiting: `node test/bench/cleaning.ts [--database NAME] [--rows N]`. */
import { DatabaseSync } from "node:sqlite";
import { setTimeout as pause } from "node:timers/promises";
import { parseArgs } from "node:util";
import postgres from "postgres";
import { migrateUp } from "../../src/adapters/migrate.ts";
import { createClient, formType } from "./browser-flow.ts";
import { startDatabase } from "./databases.ts";
import { type Connection, message, openConnection } from "./keep-alive.ts";
import { costOf } from "./processes.ts";
import { type RunningServer, startTessera } from "./servers.ts";

const { values } = parseArgs({ options: { database: { type: "string" }, rows: { type: "string" } } });
const name = values.database === "sqlite" ? "sqlite" : "postgres";
const rows = Number(values.rows ?? 10_000_000);

/** How often each of the connections asks: the machine is not to be full. */
const everyMs = 10;
const connections = 4;
const baselineSeconds = 15;

interface Data {
  /** Fills the table of access tokens with so many that have expired. */
  seed(count: number): Promise<void>;
  isClean(): Promise<boolean>;
  close(): Promise<void>;
}

async function postgresData(dsn: string): Promise<Data> {
  const sql = postgres(dsn, { max: 1, onnotice: () => undefined });
  await sql.unsafe("set statement_timeout = 0");
  return {
    async seed(count) {
      await sql.unsafe(`
        insert into access_tokens (digest, issued_at, expires_at, epoch, generation, client_id, scope)
        select decode(lpad(to_hex(at), 12, '0') || substr(md5(n::text) || md5((-n)::text), 1, 52), 'hex'),
          to_timestamp(at / 1000.0) - interval '1 hour', to_timestamp(at / 1000.0), 1, 0, 'somebody', 'read'
        from (
          select n, ((extract(epoch from now()) - 3600) * 1000 - (${count} - n) * 0.3)::bigint as at
          from generate_series(1, ${count}) as n
        ) as expired`);
      // As rows are that have come over hours: what is to be written of them is written.
      await sql.unsafe("vacuum (freeze, analyze) access_tokens");
      await sql.unsafe("checkpoint");
    },
    async isClean() {
      const found = await sql.unsafe(
        "select 1 from access_tokens where expires_at < now() - interval '1 hour' limit 1",
      );
      return found.length === 0;
    },
    close: () => sql.end(),
  };
}

function sqliteData(dsn: string): Data {
  const open = () => new DatabaseSync(dsn.replace("sqlite://", ""), { timeout: 5000 });
  const old = `${Math.floor(Date.now() / 1000 - 3600) * 1000}`;
  return {
    async seed(count) {
      const db = open();
      db.exec(`
        pragma journal_mode = wal;
        insert into access_tokens (digest, client_id, epoch, generation, scope, issued_at, expires_at)
        with recursive n (i) as (select 1 union all select i + 1 from n where i < ${count}),
          expired (at) as (select cast(${old} - (${count} - i) * 0.3 as integer) from n)
        select unhex(printf('%012x', at) || hex(randomblob(26))), 'somebody', 1, 0, 'read', at - 3600000, at from expired;
        pragma wal_checkpoint(truncate)`);
      db.close();
    },
    async isClean() {
      const db = open();
      const found = db.prepare(`select 1 from access_tokens where expires_at <= ${old} limit 1`).get();
      db.close();
      return found === undefined;
    },
    close: async () => undefined,
  };
}

interface Seen {
  readonly requests: number;
  readonly p50: number;
  readonly p99: number;
  readonly p999: number;
  readonly max: number;
  /** Requests that took longer than 50 ms. */
  readonly slow: number;
}

/** Asks for tokens and about them, steadily, until told to stop; milliseconds of each answer. */
async function asking(server: RunningServer, until: Promise<unknown>): Promise<Seen> {
  const state = { over: false };
  void until.finally(() => {
    state.over = true;
  });
  const times: number[] = [];
  await Promise.all(Array.from({ length: connections }, () => askAll(server, times, state)));
  times.sort((a, b) => a - b);
  const at = (part: number) => times[Math.floor(part * (times.length - 1))] ?? 0;
  const slow = times.filter((time) => time > 50).length;
  return { requests: times.length, p50: at(0.5), p99: at(0.99), p999: at(0.999), max: at(1), slow };
}

async function askAll(server: RunningServer, times: number[], state: { readonly over: boolean }): Promise<void> {
  const [visitor, admin] = await Promise.all([openConnection(server.publicUrl), openConnection(server.adminUrl)]);
  const client = await createClient(admin);
  const headers = { ...formType, authorization: client.basic };
  const body = "grant_type=client_credentials&scope=read";
  const issue = message({ method: "POST", path: "/oauth2/token", headers, body });
  while (!state.over) {
    const token: { access_token: string } = JSON.parse((await timed(visitor, issue, times)).body);
    const about = `token=${token.access_token}`;
    const path = "/admin/oauth2/introspect";
    await timed(admin, message({ method: "POST", path, headers: formType, body: about }), times);
    await pause(everyMs);
  }
  visitor.close();
  admin.close();
}

async function timed(connection: Connection, text: string, times: number[]) {
  const startedAt = performance.now();
  const answer = await connection.ask(text);
  times.push(performance.now() - startedAt);
  if (answer.status !== 200) throw new Error(`${answer.status} ${answer.body}`);
  return answer;
}

function tell(what: string, { requests, p50, p99, p999, max, slow }: Seen): void {
  const figures = [p50, p99, p999, max].map((ms) => ms.toFixed(1).padStart(8)).join("");
  process.stdout.write(`${what.padEnd(22)}${String(requests).padStart(9)}${figures}${String(slow).padStart(8)}\n`);
}

async function untilClean(data: Data): Promise<void> {
  for (let turn = 1; !(await data.isClean()); turn += 1) {
    await pause(500);
    if (turn % 60 === 0) process.stderr.write(`${turn / 2} s ...\n`);
  }
}

async function main(): Promise<void> {
  const database = await startDatabase(name);
  if (database === undefined) throw new Error("This machine has no PostgreSQL.");
  if (name === "sqlite") await migrateUp(database.dsn);
  const data = name === "sqlite" ? sqliteData(database.dsn) : await postgresData(database.dsn);
  process.stdout.write("ms                     requests     p50     p99   p99.9     max   >50ms\n");
  const before = await startTessera(database.dsn);
  tell("nothing to clean", await asking(before, pause(baselineSeconds * 1000)));
  await before.stop();

  const seededAt = performance.now();
  await data.seed(rows);
  process.stderr.write(`${rows} expired rows in ${((performance.now() - seededAt) / 1000).toFixed(0)} s\n`);
  const server = await startTessera(database.dsn);
  const startedAt = performance.now();
  const [first, last] = [costOf(server.pid), database.pid === null ? undefined : costOf(database.pid)];
  tell(`${rows} rows going`, await asking(server, untilClean(data)));
  const seconds = (performance.now() - startedAt) / 1000;
  const cpu = (from: ReturnType<typeof costOf>, pid: number | null) =>
    from === undefined || pid === null ? "-" : ((costOf(pid)?.cpuSeconds ?? 0) - from.cpuSeconds).toFixed(1);
  const spent = `CPU seconds: server ${cpu(first, server.pid)}, database ${cpu(last, database.pid)}`;
  process.stdout.write(`gone in ${seconds.toFixed(0)} s, ${Math.round(rows / seconds)} rows a second; ${spent}\n`);
  await server.stop();
  await data.close();
  await database.stop();
}

await main();
