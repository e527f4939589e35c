/**
 * Brings commits to the disk beside the event loop. SQLite's own `synchronous=FULL` does the same after each commit, but
 * stops everything for as long as the disk takes; so it is told NORMAL, and nobody is answered before this has been done.
 */
import { closeSync, fdatasync, fsyncSync, openSync } from "node:fs";
import { dirname } from "node:path";

export interface LogSync {
  /** Resolves when everything that was committed before is on the disk. */
  readonly sync: () => Promise<void>;
  close(): void;
}

/** In WAL mode a commit is durable as soon as the log is (sqlite.org/wal.html); a checkpoint syncs both files by itself. */
export function logSync(file: string): LogSync {
  let log: number | undefined;
  return {
    sync: () =>
      new Promise((resolve, reject) => {
        log ??= openLog(file);
        fdatasync(log, (error) => (error === null ? resolve() : reject(error)));
      }),
    close() {
      if (log !== undefined) closeSync(log);
      log = undefined;
    },
  };
}

/** The log is there since the first write, and stays for as long as its database is open. */
function openLog(file: string): number {
  const log = openSync(`${file}-wal`, "r+");
  // A file that was made is found again after a power cut only when its folder is on the disk as well.
  const folder = openSync(dirname(file), "r");
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
  return log;
}
