/** `node test/bench/events.ts`: what it costs to tell many followers of many events, and whether memory stays where it is. */
import { get } from "node:http";
import { connect } from "node:http2";
import { parseArgs } from "node:util";
import { create, toBinary } from "@bufbuild/protobuf";
import postgres from "postgres";
import { EventService, WatchEventsRequestSchema } from "../../src/gen/tessera/admin/v1/event_service_pb.js";
import { startDatabase } from "./databases.ts";
import { costOf } from "./processes.ts";
import { type RunningServer, startTessera } from "./servers.ts";

const usage = `
Usage: node test/bench/events.ts [options]

  --protocol NAME    sse or grpc (grpc)
  --followers N      who follow everything (20)
  --slow N           who follow too, and read nothing (1)
  --rate N           events a second, written by another process on the same PostgreSQL (5000)
  --seconds N        how long (30)
`;

const { values } = parseArgs({
  options: {
    protocol: { type: "string", default: "grpc" },
    followers: { type: "string", default: "20" },
    slow: { type: "string", default: "1" },
    rate: { type: "string", default: "5000" },
    seconds: { type: "string", default: "30" },
    help: { type: "boolean", default: false },
  },
});
const everyMs = 50;

async function main(): Promise<void> {
  if (values.help) return void process.stdout.write(usage);
  const database = await startDatabase("postgres");
  if (database === undefined) throw new Error("There is no PostgreSQL for this machine in node_modules.");
  const sql = postgres(database.dsn, { max: 1, onnotice: () => undefined });
  const server = await startTessera(database.dsn);
  try {
    await measure(server, sql, database.pid ?? 0);
  } finally {
    await server.stop();
    await sql.end();
    await database.stop();
  }
}

async function measure(server: RunningServer, sql: postgres.Sql, databasePid: number): Promise<void> {
  const [rate, seconds] = [Number(values.rate), Number(values.seconds)];
  const open = values.protocol === "sse" ? followSse : followGrpc;
  const heard = Array.from({ length: Number(values.followers) }, () => ({ events: 0 }));
  const closings = heard.map((one) => open(server.adminUrl, (bytes) => (one.events += countEvents(bytes))));
  const slow = Array.from({ length: Number(values.slow) }, () => readNothing(server.adminUrl));
  await pause(500);
  const print = (name: string, ...cells: readonly (number | string)[]) =>
    process.stdout.write(`${[name.padStart(8), ...cells.map((cell) => String(cell).padStart(12))].join("")}\n`);
  print("seconds", "written", "told/s each", "behind", "server MB", "server CPU %", "database CPU %");
  let written = 0;
  const startedAt = performance.now();
  let last = { at: startedAt, told: 0, cost: costOf(server.pid), databaseCost: costOf(databasePid) };
  for (let tick = 1; performance.now() - startedAt < seconds * 1000; tick += 1) {
    const due = Math.floor(((performance.now() - startedAt) / 1000) * rate) - written;
    if (due > 0) await write(sql, due);
    written += Math.max(0, due);
    await pause(Math.max(0, tick * everyMs - (performance.now() - startedAt)));
    if (performance.now() - last.at < 5000) continue;
    const now = performance.now();
    const told = mean(heard.map(({ events }) => events));
    const [cost, databaseCost] = [costOf(server.pid), costOf(databasePid)];
    const share = (later = cost, earlier = last.cost) =>
      Math.round((((later?.cpuSeconds ?? 0) - (earlier?.cpuSeconds ?? 0)) / (now - last.at)) * 100_000);
    const perSecond = Math.round(((told - last.told) / (now - last.at)) * 1000);
    const behind = Math.round(written - told);
    const passed = Math.round((now - startedAt) / 1000);
    print(
      String(passed),
      written,
      perSecond,
      behind,
      Math.round(cost?.megabytes ?? 0),
      share(),
      share(databaseCost, last.databaseCost),
    );
    last = { at: now, told, cost, databaseCost };
  }
  await pause(1000);
  print(
    "end",
    written,
    "",
    Math.max(...heard.map(({ events }) => written - events)),
    Math.round(costOf(server.pid)?.megabytes ?? 0),
  );
  for (const one of slow) process.stdout.write(`who read nothing: ${await one.finish()}\n`);
  for (const close of closings) close();
}

/** As another instance would, with facts of their usual length. */
async function write(sql: postgres.Sql, count: number): Promise<void> {
  await sql`
    insert into events (type, facts)
    select 'authorization_granted', json_build_object(
      'client_id', gen_random_uuid(), 'subject', 'user ' || n, 'session_id', gen_random_uuid(),
      'authorization_id', replace(gen_random_uuid()::text, '-', '')
    )::text
    from generate_series(1, ${count}::integer) n`;
}

/** Stands once in each event. */
const word = Buffer.from(values.protocol === "sse" ? "event: authorization_granted" : "authorization_granted");

function countEvents(bytes: Buffer): number {
  let count = 0;
  for (let at = bytes.indexOf(word); at !== -1; at = bytes.indexOf(word, at + word.length)) count += 1;
  return count;
}

function followSse(adminUrl: string, onData: (bytes: Buffer) => void): () => void {
  const request = get(`${adminUrl}/admin/events`, { agent: false }, (response) => {
    response.on("data", inWhole(onData));
    response.on("error", () => {});
  });
  request.on("error", () => {});
  return () => request.destroy();
}

/** Follows, but takes nothing until it is told to finish; then answers what it hears last. */
function readNothing(adminUrl: string) {
  const last = Promise.withResolvers<string>();
  let heard = "";
  let resume = () => {};
  const request = get(`${adminUrl}/admin/events`, { agent: false }, (response) => {
    response.pause();
    resume = () => {
      response.on("data", (part: Buffer) => {
        heard = (heard + part.toString("utf8")).slice(-300);
      });
      response.resume();
    };
    response.on("close", () => last.resolve(/event: error\ndata: (.*)/.exec(heard)?.[1] ?? "cut off"));
    response.on("error", () => {});
  });
  request.on("error", () => last.resolve("cut off"));
  return {
    finish: () => {
      resume();
      return last.promise;
    },
  };
}

function followGrpc(adminUrl: string, onData: (bytes: Buffer) => void): () => void {
  const session = connect(adminUrl);
  const { watchEvents } = EventService.method;
  const stream = session.request({
    ":method": "POST",
    ":path": `/${watchEvents.parent.typeName}/${watchEvents.name}`,
    "content-type": "application/grpc+proto",
    te: "trailers",
  });
  const message = toBinary(WatchEventsRequestSchema, create(WatchEventsRequestSchema));
  const frame = Buffer.alloc(5 + message.length);
  frame.writeUInt32BE(message.length, 1);
  frame.set(message, 5);
  stream.end(frame);
  stream.on("data", inWhole(onData));
  stream.on("error", () => {});
  session.on("error", () => {});
  return () => session.destroy();
}

/** Keeps the end of each part for the next, so that no word is cut. */
function inWhole(onData: (bytes: Buffer) => void): (part: Buffer) => void {
  let rest = Buffer.alloc(0);
  return (part) => {
    const bytes = rest.length === 0 ? part : Buffer.concat([rest, part]);
    const found = bytes.lastIndexOf(word);
    const end = Math.max(found === -1 ? 0 : found + word.length, bytes.length - word.length + 1);
    onData(bytes.subarray(0, end));
    rest = Buffer.from(bytes.subarray(end));
  };
}

function mean(numbers: readonly number[]): number {
  return numbers.reduce((sum, one) => sum + one, 0) / Math.max(1, numbers.length);
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

await main();
