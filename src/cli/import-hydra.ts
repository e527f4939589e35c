/** `import hydra`: brings along what an Ory Hydra knows, from its database into this server's. */
import type { Command } from "commander";
import { processEnvironment } from "../config/load.ts";
import type { ImportPart, PartReport } from "../server-import.ts";
import { CommandFailure, reasonOf } from "./failure.ts";
import { type Format, formatOption, renderData } from "./format.ts";
import { renderColumns } from "./output.ts";
import { type Progress, startProgress } from "./progress.ts";
import { loadOrRefuse } from "./serve.ts";
import { addConfigFlag, gather, serveSources } from "./settings-flags.ts";

interface HydraFlags {
  readonly config: readonly string[];
  readonly dev?: boolean;
  readonly hydraSecretsSystem: readonly string[];
  readonly network?: string;
  readonly dryRun: boolean;
  readonly format: Format;
}

type Print = (text: string) => void;
type Reports = ReadonlyMap<ImportPart, PartReport>;

export function addImportHydra(importing: Command, print: Print): void {
  const command = importing
    .command("hydra <dsn>")
    .description("bring along clients, keys, consents, trusted issuers and refresh tokens from Hydra's database");
  addConfigFlag(command)
    .option("--dev", "development mode, as for `serve --dev`")
    .option(
      "--hydra-secrets-system <secret>",
      "Hydra's secrets.system, repeatable; better in HYDRA_SECRETS_SYSTEM; this server's own if not given",
      gather,
      [],
    )
    .option("--network <id>", "which of Hydra's networks, where it has several")
    .option("--dry-run", "only read and judge, and write nothing", false)
    .addOption(formatOption())
    .addHelpText("after", help)
    .action((dsn: string, flags: HydraFlags) => run(dsn, flags, print));
}

const help = `
The settings name the database that is written to: DSN, SECRETS_SYSTEM and so on, as for \`serve\`. Hydra's is only
read. It may be run again at any time: what is there stays, and what came since is added.`;

async function run(dsn: string, flags: HydraFlags, print: Print): Promise<void> {
  const { config } = loadOrRefuse(serveSources(flags));
  if (config.dsn === "memory" && !flags.dryRun) {
    throw new CommandFailure("dsn: memory is gone with this command; name a database that lasts");
  }
  // Loaded here, because no other command needs both databases.
  const { importHydra } = await import("../server-import.ts");
  const bars = oneAfterTheOther();
  const order = {
    config,
    dsn,
    secrets: secretsOf(flags),
    network: flags.network ?? null,
    isDry: flags.dryRun,
    now: new Date(),
    progress: bars.show,
  };
  try {
    print(rendered(await importHydra(order), flags));
  } catch (error) {
    throw new CommandFailure(reasonOf(error));
  } finally {
    bars.end();
  }
}

function secretsOf({ hydraSecretsSystem: given }: HydraFlags): readonly string[] | null {
  if (given.length > 0) return given;
  const secrets = (processEnvironment.HYDRA_SECRETS_SYSTEM ?? "").split(",").filter((secret) => secret !== "");
  return secrets.length > 0 ? secrets : null;
}

function oneAfterTheOther() {
  let current: { readonly part: ImportPart; readonly bar: Progress } | undefined;
  return {
    show: (part: ImportPart, done: number, total: number) => {
      if (current?.part !== part) {
        current?.bar.end();
        current = { part, bar: startProgress({ label: part, total }) };
      }
      current.bar.reach(done);
    },
    end: () => current?.bar.end(),
  };
}

function rendered(reports: Reports, { format, dryRun }: HydraFlags): string {
  if (format !== "table") {
    const parts = [...reports].map(([part, { notes, ...counts }]) => ({ part, ...counts, notes: [...notes] }));
    return renderData({ dry_run: dryRun, parts }, format);
  }
  const written = dryRun ? "WOULD COME" : "BROUGHT";
  const lines = [...reports].map(([part, { read, written: count, present, lost }]) =>
    [part, read, count, present, lost].map(String),
  );
  const notes = [...reports].flatMap(([part, { notes: some }]) => some.map((note) => `${part}: ${note}\n`));
  const table = renderColumns([["", "READ", written, "HERE ALREADY", "NOT BROUGHT"], ...lines]);
  return notes.length === 0 ? table : `${table}\nNot brought, or not whole:\n${notes.join("")}`;
}
