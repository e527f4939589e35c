/** `serve`: starts the server, and ends it when it is told to. */
import type { Command } from "commander";
import { ConfigFaults } from "../config/faults.ts";
import { isSettingKey } from "../config/files.ts";
import { type Loaded, loadConfig, type Sources } from "../config/load.ts";
import { maskedConfig } from "../config/reference.ts";
import type { RunningServer } from "../server.ts";
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
  sayWarnings(loaded);
  // Loaded here, because no other command needs the server.
  const { startServer } = await import("../server.ts");
  const pages = ports === "all" ? await mountDevPages(loaded.config) : undefined;
  const config = pages?.config ?? loaded.config;
  const server = await startServer(config, { serves: ports }).catch(async (error: unknown) => {
    await pages?.close();
    throw new CommandFailure(explainStart(error, config));
  });
  endOnSignal({
    async close(graceMs) {
      await server.close(graceMs);
      await pages?.close();
    },
  });
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
  const isJson = config["log.format"] !== "text" || !process.stderr.isTTY;
  const say = (level: string, msg: string, fields: object = {}) => {
    const text = isJson ? JSON.stringify({ level, msg, ...fields }) : `${level}: ${msg}`;
    process.stderr.write(`${text}\n`);
  };
  for (const warning of warnings) say("warn", warning);
  if (isJson) say("info", "settings", { settings: Object.fromEntries(written) });
  else for (const [key, value] of written) say("info", `${key} = ${value}`);
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

async function end(closed: Promise<void>): Promise<void> {
  try {
    await closed;
    process.exit(0);
  } catch (error) {
    process.stderr.write(`tessera: the server did not end well: ${String(error)}\n`);
    process.exit(1);
  }
}
