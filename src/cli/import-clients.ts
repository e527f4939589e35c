/** `import oauth2-client`: registers clients that are described elsewhere, many at once. */
import type { Command } from "commander";
import type { OAuth2Client } from "../gen/tessera/admin/v1/client_pb.js";
import { type FoundClient, readClientFile } from "./client-files.ts";
import { toItem } from "./clients.ts";
import { addClientFlags, adminClients, answerOf, type ClientFlags, unreachable } from "./connection.ts";
import { addEncryptionFlags } from "./encrypted-secrets.ts";
import { CommandFailure } from "./failure.ts";
import { type Item, renderIds, renderItems } from "./output.ts";
import { startProgress } from "./progress.ts";

interface ImportFlags extends ClientFlags {
  readonly dryRun: boolean;
}

type Print = (text: string) => void;

export function addImportClients(importing: Command, print: Print): void {
  const command = importing
    .command("oauth2-client [file...]")
    .aliases(["client", "clients", "oauth2-clients"])
    .description("register clients from JSON files (an array, or an object on each line); - is standard input");
  addEncryptionFlags(addClientFlags(command, "admin"))
    .option("--dry-run", "only check them, and whether their ids are free", false)
    .action((files: readonly string[], flags: ImportFlags) => run(files, flags, print));
}

async function run(files: readonly string[], flags: ImportFlags, print: Print): Promise<void> {
  if (files.length === 0 && process.stdin.isTTY)
    throw new CommandFailure("Which files? Name them, or pipe clients in.");
  const found = (files.length === 0 ? ["-"] : files).flatMap(readClientFile);
  const { items, faults } = await eachInTurn(found, flags.dryRun ? checking(flags) : registering(flags));
  if (flags.dryRun) {
    const ids = items.map(({ id }) => (id === "" ? "(an id is made)" : id));
    if (ids.length > 0) print(renderIds(ids, { ...flags, column: "WOULD BE IMPORTED" }));
  } else if (items.length > 0) print(renderItems(items, flags));
  const end = `${items.length} of ${found.length} clients ${flags.dryRun ? "could be" : "were"} imported.`;
  if (faults.length > 0) throw new CommandFailure([...faults, end]);
}

type Write = (client: OAuth2Client) => Promise<Item>;

function registering(flags: ImportFlags): Write {
  const { clients } = adminClients(flags);
  return async (client) => toItem((await answerOf(clients.createClient({ client }))).client ?? client);
}

/** Changes nothing. */
function checking(flags: ImportFlags): Write {
  const { clients } = adminClients(flags);
  const seen = new Set<string>();
  return async (client) => {
    const { clientId } = client;
    // Loaded here, because no other command judges by itself.
    const { requireRegistrable } = await import("./client-check.ts");
    await requireRegistrable(client);
    if (clientId === "") return toItem(client);
    if (seen.has(clientId)) throw new CommandFailure(`${clientId}: stands here twice`);
    seen.add(clientId);
    if (await isTaken(clients.getClient({ clientId }))) throw new CommandFailure(`${clientId}: exists already`);
    return toItem(client);
  };
}

async function isTaken(call: Promise<unknown>): Promise<boolean> {
  try {
    await answerOf(call);
    return true;
  } catch (error) {
    if (error instanceof CommandFailure && error.reason === "not_found") return false;
    throw error;
  }
}

/** What was registered is told in any case: secrets made for it are shown this once. */
async function eachInTurn(found: readonly FoundClient[], write: Write) {
  const items: Item[] = [];
  const faults: string[] = [];
  const progress = startProgress({ label: "Importing clients", total: found.length });
  const interrupt = awaitInterrupt();
  for (const [at, one] of found.entries()) {
    progress.reach(at);
    const outcome = interrupt.isHere() ? interrupted : await tried(one, write);
    if ("item" in outcome) items.push(outcome.item);
    else faults.push(...outcome.lines, `${one.where}: not imported`);
    if ("isLast" in outcome && outcome.isLast) {
      if (at + 1 < found.length) faults.push(`${found.length - at - 1} more behind it: not tried`);
      break;
    }
  }
  interrupt.end();
  progress.end();
  return { items, faults };
}

type Outcome = { readonly item: Item } | { readonly lines: readonly string[]; readonly isLast: boolean };

const interrupted: Outcome = { lines: ["Interrupted."], isLast: true };

async function tried(one: FoundClient, write: Write): Promise<Outcome> {
  if ("fault" in one) return { lines: [one.fault], isLast: false };
  try {
    return { item: await write(one.client) };
  } catch (error) {
    if (!(error instanceof CommandFailure)) throw error;
    return { lines: [error.message], isLast: error.reason === unreachable };
  }
}

/** The first one ends the work between two clients; a second one ends the process. */
function awaitInterrupt(): { isHere(): boolean; end(): void } {
  let here = false;
  const onSignal = () => {
    here = true;
  };
  process.once("SIGINT", onSignal);
  return { isHere: () => here, end: () => void process.off("SIGINT", onSignal) };
}
