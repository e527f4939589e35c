/** The commands that serve, alone: a server carries nothing of the client commands in its memory. */
import { Command } from "commander";
import { addServe } from "./serve.ts";

export const servingWords: ReadonlySet<string> = new Set(["serve", "host", "start"]);

export function buildServerProgram(): Command {
  const program = new Command("tessera")
    .description("A headless OAuth 2 authorization server and OpenID Connect provider")
    // `migrate sql` has an action and subcommands with flags of the same name: each flag belongs to the word before it.
    .enablePositionalOptions()
    .showHelpAfterError("(--help shows what there is)")
    .configureOutput({ outputError: (text, write) => write(withoutValues(text)) });
  addServe(program);
  addStart(program);
  return program;
}

/** What was typed in the wrong place may be a secret: it is not repeated. */
function withoutValues(text: string): string {
  return text
    .replace(/(unknown option '--?[\w-]+)=[\s\S]*?'/, "$1=...'")
    .replace(/(too many arguments.* but got \d+):[\s\S]*/, "$1.\n");
}

/** Its flags are its own: it is loaded only when it is meant, because it brings the server and the pages along. */
function addStart(program: Command): void {
  program
    .command("start")
    .description("server, login and consent pages and a demo client, to try it all in a browser")
    .helpOption(false)
    .allowUnknownOption()
    .allowExcessArguments()
    .action(async (_flags: unknown, command: Command) => {
      const { startCommand } = await import("./start.ts");
      await startCommand().parseAsync(command.args, { from: "user" });
    });
}
