/** `npm run bench`: what this server does in a second, beside what the bare framework does on the same machine. */
import { execFile } from "node:child_process";
import { cpus } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { type RunningDatabase, startDatabase } from "./databases.ts";
import type { Job, Measured } from "./load.ts";
import { type Options, readOptions, usage } from "./options.ts";
import { costOf } from "./processes.ts";
import { floors, type Scenario, scenarios } from "./scenarios.ts";
import { type RunningServer, startBare, startTessera } from "./servers.ts";
import { printReport, type Report, type Row, type Start } from "./table.ts";

const execute = promisify(execFile);
const loadGenerator = join(import.meta.dirname, "load.ts");

async function main(): Promise<void> {
  const options = readOptions(process.argv.slice(2));
  if (options === "help") return void process.stdout.write(usage);
  const rows: Row[] = [];
  const starts: Start[] = [];
  for (const name of options.databases) {
    const database = await startDatabase(name);
    if (database === undefined) {
      process.stderr.write(`There is no ${name} for this machine in node_modules: it is left out.\n`);
      continue;
    }
    try {
      await measureOn(name, database, { options, rows, starts });
    } finally {
      await database.stop();
    }
  }
  const report: Report = { machine: machine(options), rows, starts };
  process.stdout.write(options.json ? `${JSON.stringify(report, null, 2)}\n` : printReport(report));
}

interface Bench {
  readonly options: Options;
  readonly rows: Row[];
  readonly starts: Start[];
}

/** The figures of one scenario, round by round. */
type Rounds = Map<string, Measured[]>;

async function measureOn(name: string, database: RunningDatabase, { options, rows, starts }: Bench): Promise<void> {
  const first = await startTessera(database.dsn);
  await first.stop();
  const bare = await startBare();
  const server = await startTessera(database.dsn);
  const start = {
    database: name,
    firstReadyMs: first.readyMs,
    readyMs: server.readyMs,
    megabytesAtStart: costOf(server.pid)?.megabytes ?? null,
  };
  try {
    const rounds = await measureRounds({ server, bare, database }, options);
    rows.push(...rowsOf(name, rounds));
    starts.push({ ...start, megabytesAfterwards: costOf(server.pid)?.megabytes ?? null });
  } finally {
    await Promise.all([bare.stop(), server.stop()]);
  }
}

interface Measurable {
  readonly server: RunningServer;
  readonly bare: RunningServer;
  readonly database: RunningDatabase;
}

/** The bare route is measured anew right before each scenario: on a shared machine only neighbours can be compared. */
async function measureRounds({ server, bare, database }: Measurable, options: Options): Promise<Rounds> {
  const rounds: Rounds = new Map();
  const note = (name: string, measured: Measured) => rounds.set(name, [...(rounds.get(name) ?? []), measured]);
  for (let round = 1; round <= options.rounds; round += 1) {
    for (const { name, floor } of scenarios.filter((one) => options.only.includes(one.name))) {
      process.stderr.write(`round ${round} of ${options.rounds}: ${name}\n`);
      note(`${floor} for ${name}`, await measure(floor, bare, null, options));
      note(name, await measure(name, server, database.pid, options));
    }
  }
  return rounds;
}

async function measure(
  scenario: string,
  { publicUrl, adminUrl, pid }: RunningServer,
  databasePid: number | null,
  { connections, seconds }: Options,
): Promise<Measured> {
  const job: Job = { scenario, publicUrl, adminUrl, connections, seconds, serverPid: pid, databasePid };
  const { stdout } = await execute(process.execPath, [loadGenerator, JSON.stringify(job)]);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- printed by `load.ts`
  return JSON.parse(stdout) as Measured;
}

function rowsOf(database: string, rounds: Rounds): Row[] {
  const bare = floors.flatMap(({ name }) => {
    const measured = [...rounds].flatMap(([key, figures]) => (key.startsWith(`${name} for `) ? figures : []));
    return measured.length === 0 ? [] : [{ ...median(measured), database, scenario: name, ofBare: null }];
  });
  const real = scenarios.flatMap((scenario) => {
    const measured = rounds.get(scenario.name) ?? [];
    if (measured.length === 0) return [];
    return [{ ...median(measured), database, scenario: scenario.name, ofBare: ofBare(scenario, rounds) }];
  });
  return [...bare, ...real];
}

/** The middle one of the rounds' ratios, each of two runs that followed each other. */
function ofBare({ name, floor, requests }: Scenario, rounds: Rounds): number {
  const bare = rounds.get(`${floor} for ${name}`) ?? [];
  const ratios = (rounds.get(name) ?? []).map(
    ({ operationsPerSecond }, round) =>
      (operationsPerSecond * requests) / (bare[round]?.operationsPerSecond ?? Number.NaN),
  );
  return middle(ratios);
}

function median(rounds: readonly Measured[]): Measured {
  const of = (member: (one: Measured) => number) => middle(rounds.map(member));
  const known = (member: (one: Measured) => number | null) =>
    rounds.some((one) => member(one) === null) ? null : of((one) => member(one) ?? 0);
  return {
    operationsPerSecond: of((one) => one.operationsPerSecond),
    p50Ms: of((one) => one.p50Ms),
    p99Ms: of((one) => one.p99Ms),
    serverMicros: known((one) => one.serverMicros),
    databaseMicros: known((one) => one.databaseMicros),
    serverMegabytes: known((one) => one.serverMegabytes),
  };
}

function middle(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[Math.floor((values.length - 1) / 2)] ?? Number.NaN;
}

function machine({ connections, seconds, rounds }: Options): string {
  const how = `${connections} connections, median of ${rounds} rounds of ${seconds} s`;
  return `${cpus().length} cores, Node ${process.versions.node}, ${how}`;
}

await main();
