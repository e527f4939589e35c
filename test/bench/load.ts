/** The load generator, a process of its own: runs one scenario for a bounded time and prints what came of it as JSON. */
import { openConnection } from "./keep-alive.ts";
import { costOf } from "./processes.ts";
import { floors, type Line, type Step, scenarios } from "./scenarios.ts";

export interface Job {
  readonly scenario: string;
  readonly publicUrl: string;
  readonly adminUrl: string;
  readonly connections: number;
  readonly seconds: number;
  readonly serverPid: number;
  readonly databasePid: number | null;
}

export interface Measured {
  readonly operationsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** CPU of an operation, in microseconds; null where it is not known. */
  readonly serverMicros: number | null;
  readonly databaseMicros: number | null;
  readonly serverMegabytes: number | null;
}

/** No run makes more operations than that. */
const mostOperations = 5_000_000;
const warmUpSeconds = 1;

async function run(job: Job): Promise<Measured> {
  const scenario = [...floors, ...scenarios].find(({ name }) => name === job.scenario);
  if (scenario === undefined) throw new Error(`There is no scenario '${job.scenario}'.`);
  const lines = await Promise.all(Array.from({ length: job.connections }, () => openLine(job)));
  const steps = await scenario.prepare(lines);
  await drive(steps, Math.min(warmUpSeconds, job.seconds));

  const before = costs(job);
  const startedAt = performance.now();
  const times = await drive(steps, job.seconds);
  const seconds = (performance.now() - startedAt) / 1000;
  const after = costs(job);
  for (const { visitor, admin } of lines) {
    visitor.close();
    admin.close();
  }
  const perOperation = (from: number | undefined, to: number | undefined) =>
    from === undefined || to === undefined ? null : ((to - from) / times.length) * 1e6;
  times.sort();
  return {
    operationsPerSecond: times.length / seconds,
    p50Ms: quantile(times, 0.5),
    p99Ms: quantile(times, 0.99),
    serverMicros: perOperation(before.server?.cpuSeconds, after.server?.cpuSeconds),
    databaseMicros: perOperation(before.database?.cpuSeconds, after.database?.cpuSeconds),
    serverMegabytes: after.server?.megabytes ?? null,
  };
}

async function openLine({ publicUrl, adminUrl }: Job): Promise<Line> {
  const [visitor, admin] = await Promise.all([openConnection(publicUrl), openConnection(adminUrl)]);
  return { visitor, admin };
}

function costs({ serverPid, databasePid }: Job) {
  return { server: costOf(serverPid), database: databasePid === null ? undefined : costOf(databasePid) };
}

/** Every worker begins its next operation when the last one has been answered; milliseconds of each. */
async function drive(steps: readonly Step[], seconds: number): Promise<Float64Array> {
  const end = performance.now() + seconds * 1000;
  const times: number[] = [];
  const work = async (step: Step): Promise<void> => {
    for (let now = performance.now(); now < end && times.length < mostOperations; ) {
      await step();
      const later = performance.now();
      times.push(later - now);
      now = later;
    }
  };
  await Promise.all(steps.map(work));
  return Float64Array.from(times);
}

function quantile(sorted: Float64Array, part: number): number {
  return sorted[Math.floor(part * (sorted.length - 1))] ?? 0;
}

// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- written by `run.ts`
const job = JSON.parse(process.argv[2] ?? "{}") as Job;
process.stdout.write(JSON.stringify(await run(job)));
