/** The first key to a guarded admin port: written into the database by whoever may write there, without a server. */
import { bytePool, random } from "./adapters/keys/random.ts";
import { DatabaseInUse } from "./adapters/sqlite/database-lock.ts";
import { parseSqliteDsn } from "./adapters/sqlite/dsn.ts";
import { createApiKey, type MadeKey } from "./operations/admin/api-keys.ts";
import type { Seal } from "./ports/seal.ts";
import type { ApiKeyOrder } from "./protocol/api-key.ts";
import { isServerDatabase, openStore } from "./server-store.ts";

export type { MadeKey } from "./operations/admin/api-keys.ts";

export interface DirectOrder {
  readonly order: ApiKeyOrder;
  readonly now: Date;
}

/** Throws when the database is not there, or another process owns it, or it is of another release's schema. */
export async function makeApiKey(dsn: string, { order, now }: DirectOrder): Promise<MadeKey> {
  if (!isServerDatabase(dsn) && parseSqliteDsn(dsn).file === null) {
    throw new Error("A database in memory is its server's own: ask that server for a key.");
  }
  const bytes = bytePool();
  const store = await openStore({ dsn, seal: noSeal, bytes }).catch((error: unknown) => {
    if (!(error instanceof DatabaseInUse)) throw error;
    throw new Error(`${error.message} Stop it for the first key; with a key, ask it for others without --direct.`, {
      cause: error,
    });
  });
  try {
    const [pending] = await store.health.pendingMigrations();
    if (pending !== undefined) throw new Error(`The migration ${pending} is pending: run \`migrate sql up\` first.`);
    return await createApiKey({ order, now }, { store, random: random(bytes), events: { emit: () => {} } });
  } finally {
    await store.close();
  }
}

/** A key is kept by digest: nothing of it is sealed. */
const noSeal: Seal = {
  seal: () => {
    throw new Error("Nothing is sealed here.");
  },
  open: () => {
    throw new Error("Nothing is opened here.");
  },
};
