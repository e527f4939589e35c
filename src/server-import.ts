/** The import: another server's database on one side, this server's on the other. */
import { keyMaker } from "./adapters/keys/generate.ts";
import { bytePool, type RandomBytes, random } from "./adapters/keys/random.ts";
import { seal } from "./adapters/keys/seal.ts";
import { subkeys } from "./adapters/keys/subkeys.ts";
import type { Config } from "./config/settings.ts";
import { openHydra } from "./import/hydra/source.ts";
import { importAll } from "./operations/imports/import.ts";
import type { PartReport } from "./operations/imports/report.ts";
import type { ImportPart } from "./ports/import-source.ts";
import type { Store } from "./ports/store.ts";
import { openStore } from "./server-store.ts";

export type { PartReport } from "./operations/imports/report.ts";
export type { ImportPart } from "./ports/import-source.ts";

export interface HydraImport {
  readonly config: Config;
  readonly dsn: string;
  /** Hydra's `secrets.system`; null: the same as ours. */
  readonly secrets: readonly string[] | null;
  readonly network: string | null;
  /** Only reads and judges. */
  readonly isDry: boolean;
  readonly now: Date;
  readonly progress: (part: ImportPart, done: number, total: number) => void;
}

export async function importHydra(order: HydraImport): Promise<ReadonlyMap<ImportPart, PartReport>> {
  const { config, dsn, network, now, isDry, progress } = order;
  const secrets = order.secrets ?? config["secrets.system"];
  const salt = config["oidc.subject_identifiers.pairwise.salt"];
  const source = await openHydra({ dsn, secrets, salt, network, now }).catch((error: unknown) => {
    throw new Error(`Hydra's database cannot be read: ${reasonOf(error)}`, { cause: error });
  });
  try {
    const bytes = bytePool();
    const store = await openTarget(config, bytes, isDry);
    try {
      const chance = random(bytes);
      const ports = { config, store, keyMaker: keyMaker(chance), random: chance };
      return await importAll({ source, now, isDry, progress }, ports);
    } finally {
      await store.close();
    }
  } finally {
    await source.close();
  }
}

/** Where nothing is to be written, an empty database in memory stands for ours: it need not be there yet. */
async function openTarget(config: Config, bytes: RandomBytes, isDry: boolean): Promise<Store> {
  const sealer = seal(subkeys(config["secrets.system"]), bytes);
  const store = await openStore({ dsn: isDry ? "memory" : config.dsn, seal: sealer, bytes });
  const [pending] = await store.health.pendingMigrations();
  if (pending === undefined) return store;
  await store.close();
  throw new Error(`The migration ${pending} is pending: run \`migrate sql up\` first.`);
}

/** What a database says is for clients to read; why it says so is for whoever operates it. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? reasonOf(error.cause) : error.message;
}
