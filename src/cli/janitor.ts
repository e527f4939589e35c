/** `janitor`: removes what has expired, at once. Servers do it by themselves; this is for whoever has a job for it. */
import { type Command, InvalidArgumentError, Option } from "commander";
import { parseDuration } from "../protocol/lifespan.ts";
import type { CleaningPart } from "../server-janitor.ts";
import { CommandFailure } from "./failure.ts";
import { attempt, type DsnFlags, dsnFlags, dsnOf } from "./migrate.ts";
import { type Progress, startProgress } from "./progress.ts";

interface JanitorFlags extends DsnFlags {
  readonly tokens: boolean;
  readonly requests: boolean;
  readonly grants: boolean;
  readonly limit: number;
  readonly batchSize: number;
  readonly keepIfYounger?: number;
  readonly dryRun: boolean;
}

type Print = (text: string) => void;

const parts: readonly CleaningPart[] = ["tokens", "requests", "grants"];
/** Hydra's rows do not know when they expire; ours do. */
const lifespans = ["access", "refresh", "consent-request"] as const;

export function addJanitor(program: Command, print: Print): void {
  const command = dsnFlags(program.command("janitor [dsn]").description("remove what has expired, once and at once"))
    .option("--tokens", "tokens, codes and consents of which nothing lives", false)
    .option("--requests", "login, consent, logout and device requests, and login sessions", false)
    .option("--grants", "issuers that are no longer trusted", false)
    .option("--limit <number>", "how many rows of a kind at most", positive, 10_000)
    .option("--batch-size <number>", "how many rows at once", positive, 100)
    .option("--keep-if-younger <duration>", "keep what expired less long ago, such as 24h", duration)
    .option("--dry-run", "only say how many rows would go", false);
  for (const name of lifespans) {
    command.addOption(new Option(`--${name}-lifespan <duration>`).argParser(duration).hideHelp());
  }
  command.action((dsn: string | undefined, flags: JanitorFlags) => janitor(dsnOf(dsn, flags), flags, print));
}

async function janitor(dsn: string, flags: JanitorFlags, print: Print): Promise<void> {
  const chosen = parts.filter((part) => flags[part]);
  if (chosen.length === 0)
    throw new CommandFailure("What is to go? Say at least one of --tokens, --requests, --grants.");
  // CFG-014.
  if (flags.batchSize > flags.limit) throw new CommandFailure("--batch-size: expected no more than --limit");
  const now = new Date(Date.now() - (flags.keepIfYounger ?? 0) * 1000);
  // Loaded here, because no other command needs the stores.
  const { runJanitor } = await import("../server-janitor.ts");
  const bar = progressBar();
  const sweeping = { parts: chosen, limit: flags.limit, batch: flags.batchSize, now };
  const run = runJanitor(dsn, { ...sweeping, dryRun: flags.dryRun, onProgress: bar.reach });
  const { rows, owner } = await attempt(dsn, run).finally(bar.end);
  if (rows === null) {
    return print(`${owner}\nThat process removes what has expired by itself: there is nothing left to do here.\n`);
  }
  for (const [part, count] of rows) {
    const told = `Successfully completed Janitor run on ${part}: ${count} rows removed`;
    print(`${flags.dryRun ? `Of ${part}, ${count} rows would be removed` : told}\n`);
  }
}

/** Begins once it is known how much there is. */
function progressBar() {
  let progress: Progress | undefined;
  return {
    reach: (done: number, total: number) => {
      progress ??= startProgress({ label: "Removing rows", total });
      progress.reach(done);
    },
    end: () => progress?.end(),
  };
}

function positive(text: string): number {
  const value = /^\d{1,9}$/.test(text) ? Number(text) : 0;
  if (value === 0) throw new InvalidArgumentError("Expected a whole number above 0.");
  return value;
}

function duration(text: string): number {
  const seconds = parseDuration(text);
  if (seconds === undefined || seconds === 0)
    throw new InvalidArgumentError("Expected a duration above 0 such as 24h.");
  return seconds;
}
