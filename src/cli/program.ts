/** The commands and what they are called. */
import type { Command } from "commander";
import { addAccessTokens } from "./access-tokens.ts";
import { addApiKeys } from "./api-keys.ts";
import { addAuthorizationCode } from "./authorization-code.ts";
import { addClients } from "./clients.ts";
import { addCompletion } from "./completion.ts";
import { addDeviceCode } from "./device-code.ts";
import { addHelp } from "./help.ts";
import { addImportClients } from "./import-clients.ts";
import { addImportHydra } from "./import-hydra.ts";
import { addIntrospect } from "./introspect.ts";
import { addJanitor } from "./janitor.ts";
import { addKeys } from "./keys.ts";
import { addLoginSessions } from "./login-sessions.ts";
import { addMigrate } from "./migrate.ts";
import { addClientCredentials } from "./perform.ts";
import { addRevoke } from "./revoke.ts";
import { buildServerProgram } from "./server-program.ts";
import { addSessions } from "./sessions.ts";
import { addTrust } from "./trust.ts";
import { addUpdateClients } from "./update-clients.ts";
import { addVersion } from "./version.ts";

/** `print` takes what a command answers. */
export function buildProgram(print: (text: string) => void): Command {
  const program = buildServerProgram();
  addMigrate(program, print);
  addJanitor(program, print);
  const noun = (verb: string, description: string) => program.command(verb).description(description);
  const verbs = {
    create: noun("create", "create something"),
    get: noun("get", "show something"),
    list: noun("list", "list things").alias("ls"),
    update: noun("update", "change something"),
    delete: noun("delete", "delete things"),
    import: noun("import", "import something that exists elsewhere"),
  };
  addClients(verbs, print);
  addUpdateClients(verbs.update, print);
  addAccessTokens(verbs.delete, print);
  addImportClients(verbs.import, print);
  addKeys(verbs, print);
  addTrust(verbs, print);
  addApiKeys(verbs, print);
  addSessions(verbs, print);
  addLoginSessions(verbs, print);
  addImportHydra(verbs.import, print);
  const perform = noun("perform", "act as a client");
  addClientCredentials(perform, print);
  addAuthorizationCode(perform, print);
  addDeviceCode(perform, print);
  addIntrospect(program, print);
  addRevoke(program, print);
  addVersion(program, print);
  addCompletion(program, print);
  addHelp(program, print);
  return program;
}
