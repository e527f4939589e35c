/** `tessera start`: the whole thing to try, with one URL to click. */
import { accessSync, constants, mkdirSync } from "node:fs";
import { resolve } from "node:path";
import { styleText } from "node:util";
import { Command, InvalidArgumentError } from "commander";
import { processEnvironment } from "../config/load.ts";
import { demoUser } from "../ui/users.ts";
import { CommandFailure } from "./failure.ts";
import { endOnSignal } from "./serve.ts";
import type { DemoOptions, RunningDemo } from "./start/demo.ts";
import { startFault } from "./start/fault.ts";

interface StartFlags {
  readonly data: string;
  readonly portPublic: number;
  readonly portAdmin: number;
  readonly portPages: number;
  readonly portDemo: number;
}

export function startCommand(): Command {
  const data = processEnvironment.TESSERA_DATA ?? "data";
  return new Command("start")
    .description("start server, reference pages and a demo client, to try it all in a browser")
    .option("--data <folder>", "where the database and the secret are kept (TESSERA_DATA)", data)
    .option("--port-public <port>", "the server's public port", toPort, 4444)
    .option("--port-admin <port>", "the server's admin port", toPort, 4445)
    .option("--port-pages <port>", "the login and consent pages", toPort, 3000)
    .option("--port-demo <port>", "the demo client", toPort, 5555)
    .action(async (flags: StartFlags) => {
      const demo = await start({
        dataFolder: resolve(flags.data),
        ports: { public: flags.portPublic, admin: flags.portAdmin, pages: flags.portPages, demo: flags.portDemo },
        environment: processEnvironment,
      });
      endOnSignal(demo);
      process.stdout.write(overview(demo));
    });
}

function toPort(text: string): number {
  if (!/^\d{1,5}$/.test(text) || Number(text) > 65_535) throw new InvalidArgumentError("Expected a port, 0 to 65535.");
  return Number(text);
}

async function start(options: DemoOptions): Promise<RunningDemo> {
  try {
    mkdirSync(options.dataFolder, { recursive: true, mode: 0o700 });
    accessSync(options.dataFolder, constants.W_OK);
    // Loaded here, because no other command needs all of it.
    const { startDemo } = await import("./start/demo.ts");
    return await startDemo(options);
  } catch (error) {
    throw new CommandFailure(startFault(error, options));
  }
}

function overview({ config, warnings, pagesUrl, demoUrl }: RunningDemo): string {
  const place = (url: string) => url.replace(/\/$/, "");
  const rows = [
    ["Authorization server", place(config["urls.self.public"])],
    ["Admin API", `${place(config["urls.self.admin"])} (this machine only, open)`],
    ["Login and consent", pagesUrl],
    ["Demo client", demoUrl],
    ["Data", config["data.folder"]],
  ] as const;
  const table = rows.map(([name, value]) => `  ${name.padEnd(22)}${value}`).join("\n");
  const notes = warnings.map((warning) => `  ${styleText("yellow", "note")}  ${warning}\n`).join("");
  return `
  ${styleText("bold", "Tessera is running.")}

${table}
${notes === "" ? "" : `\n${notes}`}
  Open  ${styleText(["bold", "underline"], `${demoUrl}/`)}

  and sign in as ${demoUser.email} with the password ${demoUser.password}. Ctrl-C ends everything.
`;
}
