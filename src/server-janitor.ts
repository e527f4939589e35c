/** The janitor: what every serving process does by itself, once and at once, from outside. */
import { existsSync } from "node:fs";
import { bytePool } from "./adapters/keys/random.ts";
import { DatabaseInUse } from "./adapters/sqlite/database-lock.ts";
import { parseSqliteDsn } from "./adapters/sqlite/dsn.ts";
import { countDue, type Sweeping, sweep } from "./operations/chores/janitor.ts";
import type { Seal } from "./ports/seal.ts";
import type { CleaningPart } from "./ports/store/cleaning.ts";
import type { Store } from "./ports/store.ts";
import { isServerDatabase, openStore } from "./server-store.ts";

export type { CleaningPart } from "./ports/store/cleaning.ts";

/** How many rows of each part went; or who does this work already. */
export type JanitorReport =
  | { readonly rows: ReadonlyMap<CleaningPart, number>; readonly owner: null }
  | { readonly rows: null; readonly owner: string };

/** How to go about it. */
export interface JanitorRun extends Sweeping {
  /** Only count what would go. */
  readonly dryRun: boolean;
  /** Hears how many rows will go in all, and how many have gone. */
  readonly onProgress: (done: number, total: number) => void;
}

/** Throws when there is no such database, or one of another release's schema. */
export async function runJanitor(dsn: string, run: JanitorRun): Promise<JanitorReport> {
  if (!isServerDatabase(dsn)) requireFile(dsn);
  try {
    const store = await openStore({ dsn, seal: noSeal, bytes: bytePool() });
    try {
      const [pending] = await store.health.pendingMigrations();
      if (pending !== undefined) throw new Error(`The migration ${pending} is pending: run \`migrate sql up\` first.`);
      return { rows: await (run.dryRun ? countDue(run, store.cleaning) : sweepAll(run, store)), owner: null };
    } finally {
      await store.close();
    }
  } catch (error) {
    if (error instanceof DatabaseInUse) return { rows: null, owner: error.message };
    throw error;
  }
}

async function sweepAll(run: JanitorRun, { cleaning }: Pick<Store, "cleaning">) {
  const total = [...(await countDue(run, cleaning)).values()].reduce((sum, rows) => sum + rows, 0);
  let done = 0;
  return sweep(run, cleaning, (rows) => {
    done += rows;
    run.onProgress(done, total);
  });
}

function requireFile(dsn: string): void {
  const { file } = parseSqliteDsn(dsn);
  if (file === null) throw new Error("A database in memory is its server's own, which removes what has expired.");
  if (!existsSync(file)) throw new Error(`There is no database '${file}'.`);
}

/** A janitor knows no secrets, and opens nothing. */
const noSeal: Seal = {
  seal: () => {
    throw new Error("The janitor seals nothing.");
  },
  open: () => {
    throw new Error("The janitor opens nothing.");
  },
};
