/** `migrate sql`: brings a database to this release's schema, or back. Its own job, with its own database user. */
import { createInterface } from "node:readline/promises";
import { setTimeout as wait } from "node:timers/promises";
import type { Command } from "commander";
import { type MigrationState, migrateDown, migrateUp, migrationStatus } from "../adapters/migrate.ts";
import { ConfigFaults } from "../config/faults.ts";
import { loadDsn, processEnvironment } from "../config/load.ts";
import { maskedDsn } from "../config/reference.ts";
import { CommandFailure, reasonOf } from "./failure.ts";
import { type Format, formatOption, renderData } from "./format.ts";
import { renderColumns } from "./output.ts";
import { wholeNumber } from "./page-flags.ts";
import { addConfigFlag } from "./settings-flags.ts";

export interface DsnFlags {
  readonly config: readonly string[];
  readonly readFromEnv: boolean;
}

interface ChangeFlags extends DsnFlags {
  readonly yes: boolean;
  readonly dryRun: boolean;
}

type Print = (text: string) => void;

export function addMigrate(program: Command, print: Print): void {
  const migrate = program.command("migrate").description("bring a database to this release's schema");
  const sql = changeFlags(migrate.command("sql [dsn]").description("the same as `migrate sql up`"));
  sql.action((dsn: string | undefined, flags: ChangeFlags) => up(dsnOf(dsn, flags), flags, print));

  changeFlags(sql.command("up [dsn]").description("apply what is pending")).action(
    (dsn: string | undefined, flags: ChangeFlags) => up(dsnOf(dsn, flags), flags, print),
  );

  changeFlags(sql.command("down [dsn]").description("take back the last migrations"))
    .requiredOption("--steps <number>", "how many to take back", wholeNumber)
    .action((dsn: string | undefined, flags: ChangeFlags & { readonly steps: number }) =>
      down(dsnOf(dsn, flags), flags, print),
    );

  for (const command of [sql.command("status [dsn]"), migrate.command("status [dsn]")]) {
    dsnFlags(command.description("show what is applied and what is pending"))
      .addOption(formatOption())
      .option("--block", "wait until nothing is pending", false)
      .action((dsn: string | undefined, flags: DsnFlags & StatusFlags) => status(dsnOf(dsn, flags), flags, print));
  }
}

export function dsnFlags(command: Command): Command {
  return addConfigFlag(command).option("-e, --read-from-env", "take the DSN from the environment or the files", false);
}

function changeFlags(command: Command): Command {
  return dsnFlags(command)
    .option("-y, --yes", "do not ask", false)
    .option("--dry-run", "only say what would be done", false);
}

export function dsnOf(argument: string | undefined, flags: DsnFlags): string {
  if (argument !== undefined) return argument;
  if (!flags.readFromEnv && flags.config.length === 0) {
    throw new CommandFailure("Which database? Give its DSN, or -e to read it from DSN, or -c with a file.");
  }
  try {
    return loadDsn({ files: flags.config, environment: flags.readFromEnv ? processEnvironment : {} });
  } catch (error) {
    throw error instanceof ConfigFaults ? new CommandFailure(error.message) : error;
  }
}

async function up(dsn: string, flags: ChangeFlags, print: Print): Promise<void> {
  const pending = await attempt(dsn, migrateUp(dsn, { dryRun: true }));
  if (pending.length === 0) return print("Nothing is pending.\n");
  print(`Pending:\n${pending.map((version) => `  ${version}\n`).join("")}`);
  if (flags.dryRun) return;
  await confirm(flags, `Apply them to ${maskedDsn(dsn)}?`);
  const done = await attempt(dsn, migrateUp(dsn));
  print(`Applied ${done.length}.\n`);
}

async function down(dsn: string, flags: ChangeFlags & { readonly steps: number }, print: Print): Promise<void> {
  if (flags.steps < 1) throw new CommandFailure("--steps: expected 1 or more");
  const last = await attempt(dsn, migrateDown(dsn, { steps: flags.steps, dryRun: true }));
  if (last.length === 0) return print("Nothing is applied.\n");
  print(`To be taken back, with the data in them:\n${last.map((version) => `  ${version}\n`).join("")}`);
  if (flags.dryRun) return;
  await confirm(flags, `Take them back in ${maskedDsn(dsn)}?`);
  const done = await attempt(dsn, migrateDown(dsn, { steps: flags.steps }));
  print(`Took back ${done.length}.\n`);
}

interface StatusFlags {
  readonly format: Format;
  readonly block: boolean;
}

const blockedMs = 1000;

async function status(dsn: string, { format, block }: StatusFlags, print: Print): Promise<void> {
  if (block) await untilApplied(dsn);
  print(renderStatus(await attempt(dsn, migrationStatus(dsn)), format));
}

async function untilApplied(dsn: string): Promise<void> {
  const isPending = ({ state }: MigrationState) => state === "pending";
  while ((await attempt(dsn, migrationStatus(dsn))).some(isPending)) await wait(blockedMs);
}

/** Hydra's columns. */
export function renderStatus(states: readonly MigrationState[], format: Format): string {
  const lines = states.map(({ version, state }) => {
    const [number = "", ...name] = version.split("_");
    return { version: number, name: name.join("_"), status: state };
  });
  if (format !== "table") return renderData(lines, format);
  return renderColumns([["VERSION", "NAME", "STATUS"], ...lines.map(Object.values)]);
}

async function confirm({ yes }: ChangeFlags, question: string): Promise<void> {
  if (yes) return;
  if (!process.stdin.isTTY) throw new CommandFailure("Nobody is here to ask: say --yes.");
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await terminal.question(`${question} [y/N] `);
  terminal.close();
  if (!/^y(es)?$/i.test(answer.trim())) throw new CommandFailure("Nothing was changed.");
}

export async function attempt<Answer>(dsn: string, call: Promise<Answer>): Promise<Answer> {
  try {
    return await call;
  } catch (error) {
    throw new CommandFailure(`${maskedDsn(dsn)}: ${reasonOf(error)}`);
  }
}
