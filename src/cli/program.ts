/** The commands and what they are called. */
import { Command } from "commander";
import { addAuthorizationCode } from "./authorization-code.ts";
import { addClients } from "./clients.ts";
import { addIntrospect } from "./introspect.ts";
import { addMigrate } from "./migrate.ts";
import { addClientCredentials } from "./perform.ts";
import { addRevoke } from "./revoke.ts";
import { addServe } from "./serve.ts";
import { addVersion } from "./version.ts";

/** `print` takes what a command answers. */
export function buildProgram(print: (text: string) => void): Command {
  const program = new Command("tessera")
    .description("A headless OAuth 2 authorization server and OpenID Connect provider")
    // `migrate sql` has an action and subcommands with flags of the same name: each flag belongs to the word before it.
    .enablePositionalOptions()
    .showHelpAfterError("(--help shows what there is)");
  addServe(program);
  addStart(program);
  addMigrate(program, print);
  const noun = (verb: string, description: string) => program.command(verb).description(description);
  addClients(
    {
      create: noun("create", "create something"),
      get: noun("get", "show something"),
      list: noun("list", "list things").alias("ls"),
      delete: noun("delete", "delete things"),
    },
    print,
  );
  const perform = noun("perform", "act as a client");
  addClientCredentials(perform, print);
  addAuthorizationCode(perform, print);
  addIntrospect(program, print);
  addRevoke(program, print);
  addVersion(program, print);
  return program;
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
