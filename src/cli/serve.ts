/** `serve`: starts the server, and ends it when it is told to. */
import type { Command } from "commander";
import { ConfigFaults } from "../config/faults.ts";
import { isSettingKey } from "../config/files.ts";
import { type Loaded, loadConfig, type Sources } from "../config/load.ts";
import { maskedConfig } from "../config/reference.ts";
import type { Config } from "../config/settings.ts";
import type { RunningServer } from "../server.ts";
import { isWorker, joinColleagues, keepWorkers, sayServing } from "../workers.ts";
import { mountDevPages } from "./dev-pages.ts";
import { CommandFailure } from "./failure.ts";
import { explainStart } from "./refusals.ts";
import { addServeFlags, type ServeFlags, serveSources } from "./settings-flags.ts";

type Ports = "all" | "public" | "admin";

export function addServe(program: Command): void {
  const serve = program.command("serve").description("start the server");
  addServeFlags(serve.command("all").description("both ports")).action(run("all"));
  addServeFlags(serve.command("public").description("the port of browsers and clients")).action(run("public"));
  addServeFlags(serve.command("admin").description("the port of the admin API")).action(run("admin"));
  addServeFlags(program.command("host").description("the same as `serve all`")).action(run("all"));
}

const run = (ports: Ports) => async (flags: ServeFlags) => {
  const loaded = loadOrRefuse(serveSources(flags));
  if (ports !== "all" && loaded.config.dsn === "memory") {
    throw new CommandFailure(`dsn: memory is one process's own, so \`serve ${ports}\` would be alone with it`);
  }
  const { workers = 1 } = flags;
  if (workers > 1 && !/^(postgres|postgresql|cockroach):/.test(loaded.config.dsn)) {
    throw new CommandFailure(
      "--workers: several processes need PostgreSQL, since an embedded database is one process's own",
    );
  }
  if (!isWorker) sayWarnings(loaded);
  if (workers > 1 && !isWorker) process.exit(await keepWorkers({ count: workers, say: sayer(loaded.config) }));
  // Loaded here, because no other command needs the server.
  const { startServer } = await import("../server.ts");
  // Pages of one process would not know what another one has begun.
  const pages = ports === "all" && !isWorker ? await mountDevPages(loaded.config) : undefined;
  const config = pages?.config ?? loaded.config;
  const company = isWorker ? { joinColleagues } : {};
  const server = await startServer(config, { serves: ports, ...company }).catch(async (error: unknown) => {
    await pages?.close();
    throw new CommandFailure(explainStart(error, config));
  });
  const whole = {
    async close(graceMs?: number) {
      await server.close(graceMs);
      await pages?.close();
    },
  };
  endOnSignal(whole);
  endOnFault(whole, sayer(config));
  if (isWorker) sayServing();
};

/** All faults of the settings, one a line. */
export function loadOrRefuse(sources: Sources): Loaded {
  try {
    return loadConfig(sources);
  } catch (error) {
    if (error instanceof ConfigFaults) throw new CommandFailure(error.message);
    throw error;
  }
}

/** Tells on standard error what will not be as written, and by which settings the server runs. */
function sayWarnings({ config, warnings, origins }: Loaded): void {
  const written = Object.entries(maskedConfig(config)).filter(([key]) => isSettingKey(key) && origins.has(key));
  const say = sayer(config);
  for (const warning of warnings) say("warn", warning);
  if (isJson(config)) say("info", "settings", { settings: Object.fromEntries(written) });
  else for (const [key, value] of written) say("info", `${key} = ${value}`);
}

type Say = (level: "info" | "warn" | "fatal", msg: string, fields?: object) => void;

/** Lines of the log while no server writes it. */
function sayer(config: Config): Say {
  return (level, msg, fields = {}) => {
    const text = isJson(config) ? JSON.stringify({ level, msg, ...fields }) : `${level}: ${msg}`;
    process.stderr.write(`${text}\n`);
  };
}

function isJson(config: Config): boolean {
  return config["log.format"] !== "text" || !process.stderr.isTTY;
}

/** A terminal's Ctrl-C reaches a process directly and again through npm or the launcher: that is one signal, not two. */
const oneSignalMs = 500;

/** The first signal drains, a second one cuts what is left. */
export function endOnSignal(server: Pick<RunningServer, "close">): void {
  let firstAt: number | undefined;
  const onSignal = (): void => {
    if (firstAt === undefined) {
      firstAt = performance.now();
      void end(server.close());
    } else if (performance.now() - firstAt > oneSignalMs) {
      void end(server.close(0));
    }
  };
  process.on("SIGINT", onSignal);
  process.on("SIGTERM", onSignal);
}

/**
 * What nobody caught is a fault of ours, and nobody knows what it left behind: it is said aloud, the requests that run
 * are finished, and the process makes room for a fresh one.
 */
function endOnFault(server: Pick<RunningServer, "close">, say: Say): void {
  process.on("uncaughtException", (error, origin) => {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    say("fatal", `${origin}: the server ends: ${text}`);
    void end(server.close(), 1);
  });
}

async function end(closed: Promise<void>, code = 0): Promise<void> {
  try {
    await closed;
    process.exit(code);
  } catch (error) {
    process.stderr.write(`tessera: the server did not end well: ${String(error)}\n`);
    process.exit(1);
  }
}
