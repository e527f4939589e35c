/** `help`: what there is, how it is used, and what was meant by a word that is none of ours. */
import type { Command } from "commander";
import { examples } from "./examples.ts";
import { formatWords } from "./format.ts";
import { suggest } from "./suggestion.ts";

type Print = (text: string) => void;

const groups: Readonly<Record<string, string>> = {
  start: "Serve:",
  serve: "Serve:",
  host: "Serve:",
  migrate: "Look after the database:",
  janitor: "Look after the database:",
  perform: "Act as a client (public port):",
  revoke: "Act as a client (public port):",
  version: "And:",
  completion: "And:",
  help: "And:",
};

/** Comes last: it knows the commands that there are by then. */
export function addHelp(program: Command, print: Print): void {
  program
    .helpCommand(false)
    .command("help [words...]")
    .description("show a command with examples, or one of the topics: formats, environment, exit-codes")
    .action((words: readonly string[]) => show(program, words, print));
  for (const child of program.commands) child.helpGroup(groups[child.name()] ?? "Ask the server (admin port):");
  program.addHelpText("after", overview);
  teach(program, program, []);
}

/** Examples below each command, and a guess at what was meant where there is no such command. */
function teach(program: Command, command: Command, path: readonly string[]): void {
  const lines = examples[path.join(" ")];
  if (lines !== undefined) command.addHelpText("after", `\nExamples:\n${lines.map((line) => `  ${line}`).join("\n")}`);
  if (command.commands.length === 0) return;
  command.on("command:*", (typed: readonly string[]) => refuse(program, command, [...path, ...typed]));
  for (const child of command.commands) teach(program, child, [...path, child.name()]);
}

function refuse(program: Command, command: Command, typed: readonly string[]): never {
  const meant = suggest(program, typed);
  const word = typed.find((_, at) => !isCommand(program, typed.slice(0, at + 1)));
  const isTyped = meant === undefined || typed.join(" ").startsWith(meant);
  const suggestion = isTyped ? `\n(There are: ${wordsOf(command)})` : `\n(Did you mean \`tessera ${meant}\`?)`;
  return command.error(`error: unknown command${shown(word)}${suggestion}`, { code: "commander.unknownCommand" });
}

function wordsOf(command: Command): string {
  return command.commands.map((child) => child.name()).join(", ");
}

/** A token or secret that stands in the wrong place is not repeated. */
function shown(word: string | undefined): string {
  return word !== undefined && /^[A-Za-z-]{1,24}$/.test(word) ? ` '${word}'` : "";
}

function isCommand(program: Command, path: readonly string[]): boolean {
  return find(program, path) !== undefined;
}

function find(program: Command, path: readonly string[]): Command | undefined {
  return path.reduce<Command | undefined>(
    (command, word) => command?.commands.find((child) => child.name() === word || child.aliases().includes(word)),
    program,
  );
}

/** `start` knows its flags itself, and is loaded only when it is meant. */
async function ownHelp(command: Command): Promise<Command> {
  return command.name() === "start" ? (await import("./start.ts")).startCommand() : command;
}

async function show(program: Command, words: readonly string[], print: Print): Promise<void> {
  const [topic = ""] = words;
  const text = words.length === 1 && Object.hasOwn(topics, topic) ? topics[topic] : undefined;
  if (text === undefined) (await ownHelp(lookUp(program, words))).outputHelp();
  else print(text);
}

function lookUp(program: Command, words: readonly string[]): Command {
  const known = words.findLastIndex((_, at) => isCommand(program, words.slice(0, at + 1))) + 1;
  if (known === words.length) return find(program, words) ?? program;
  return refuse(program, find(program, words.slice(0, known)) ?? program, words);
}

const overview = `
First steps:
  DSN=memory tessera serve all --dev
  tessera create client --id robot --grant-type client_credentials --scope read
  tessera perform client-credentials --client-id robot --client-secret ... --scope read
  tessera introspect token ...

\`tessera help create client\` shows a command with examples; \`tessera help formats\`, \`environment\` and
\`exit-codes\` tell what all of them share.`;

const topics: Readonly<Record<string, string>> = {
  formats: `How commands print: --format ${formatWords.map((word) => word.replace("=", "=...")).join(", ")}

  table          for people; lists end with NEXT PAGE TOKEN and IS LAST PAGE
  json           one line, as the REST API answers; lists are {"items": [...], "next_page_token": "...", "is_last_page": true}
  json-pretty    the same, indented
  yaml           the same as YAML
  jsonpath=...   a part of it by a GJSON path
  jsonpointer=.. a part of it by a JSON pointer (RFC 6901)
  -q, --quiet    only ids, one a line, whatever the format

Paths:
  client_id                            a member
  redirect_uris.0                      an item
  items.#                              how many
  items.#.client_id                    of each item
  items.#(owner=="me").client_id       of the first for which it holds (== != < <= > >= % !%)
  items.#(owner=="me")#.client_id      of all for which it holds
  metadata.a\\.b, meta*                 a dot in a name; a pattern
`,
  environment: `Variables that commands read:

  TESSERA_ADMIN_URL     the admin port's URL, where there is no --endpoint
  TESSERA_API_KEY       a key to the admin port, where there is no --api-key
  TESSERA_PUBLIC_URL    the public port's URL, where there is no --endpoint
  ORY_SDK_URL           either of them, as Hydra has it, where the others are not set
  OAUTH2_CLIENT_ID      --client-id of perform and revoke
  OAUTH2_CLIENT_SECRET  --client-secret of perform and revoke: others see flags in the list of processes, variables not
  DSN                   the database, for migrate and janitor with -e
  NODE_EXTRA_CA_CERTS   a file of certificates to trust besides the usual ones

The server reads every setting from the environment too: see the README.
`,
  "exit-codes": `How commands end:

  0    done
  1    not done, or not all of it; or the command was not understood. Standard error says why: what the API refused
       as pretty JSON, followed by "Failed to execute API request, see error above."
  130  interrupted

Standard output carries results only, so it can be piped. Nothing is asked where no terminal is: say --yes there.
`,
};
