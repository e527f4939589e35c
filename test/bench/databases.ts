/** The databases below the server, as durable as in production: every answer rests on what has reached the disk. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { migrateUp } from "../../src/adapters/migrate.ts";
import { startPostgres } from "../support/postgres-server.ts";
import type { Database } from "./options.ts";

export interface RunningDatabase {
  readonly dsn: string;
  /** Null where it runs inside the server. */
  readonly pid: number | null;
  stop(): Promise<void>;
}

/** Undefined where this machine has no package of PostgreSQL. */
export async function startDatabase(name: Database): Promise<RunningDatabase | undefined> {
  return name === "sqlite" ? sqlite() : postgres();
}

function sqlite(): RunningDatabase {
  const folder = mkdtempSync(join(tmpdir(), "tessera-bench-"));
  return {
    dsn: `sqlite://${join(folder, "tessera.db")}`,
    pid: null,
    stop: async () => rmSync(folder, { recursive: true, force: true }),
  };
}

async function postgres(): Promise<RunningDatabase | undefined> {
  const running = await startPostgres([
    "fsync=on",
    "synchronous_commit=on",
    "full_page_writes=on",
    "shared_buffers=128MB",
    "max_connections=100",
    "log_min_messages=panic",
  ]);
  if (running === undefined) return undefined;
  const dsn = `postgres://postgres@127.0.0.1:${running.port}/postgres`;
  await migrateUp(dsn);
  return { dsn, pid: running.pid, stop: running.stop };
}
