/** One process owns a database file: a second file beside it is locked for as long as the process lives. */
import { closeSync, mkdirSync, openSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { pid } from "node:process";
import { DatabaseSync } from "node:sqlite";
import { isBusy } from "./failures.ts";

export interface FileLock {
  release(): void;
}

/** Says so in words for the operator. */
export class DatabaseInUse extends Error {}

/**
 * Takes `<file>.lock`, an SQLite database of its own: the system frees its lock with the process, however that ends, so
 * nothing is ever stale. Backups and inspection of the file itself stay possible meanwhile.
 */
export function lockFile(file: string): FileLock {
  const path = `${file}.lock`;
  mkdirSync(dirname(resolve(file)), { recursive: true });
  createPrivately(path);
  const lock = new DatabaseSync(path, { timeout: 0 });
  try {
    // The reserved lock keeps writers out and lets readers in, so that who is refused can read the owner's pid.
    lock.exec(`begin immediate; pragma user_version = ${pid}; commit; begin immediate`);
  } catch (error) {
    const owner = isBusy(error) ? ownerOf(lock) : undefined;
    lock.close();
    if (owner === undefined) throw error;
    throw new DatabaseInUse(
      `The database '${file}' is in use by another Tessera process${owner}; only one may own it.`,
      {
        cause: error,
      },
    );
  }
  return { release: () => lock.close() };
}

/** What is not there yet is made for its owner's eyes only; SQLite gives the files beside it the same mode. */
export function createPrivately(path: string): void {
  try {
    closeSync(openSync(path, "wx", 0o600));
  } catch (error) {
    // A file that exists is not opened here: closing it would drop the locks this process has on it (POSIX).
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
  }
}

function ownerOf(lock: DatabaseSync): string {
  try {
    const owner = lock.prepare("pragma user_version").get()?.user_version;
    return typeof owner === "number" && owner > 0 ? ` (${owner})` : "";
  } catch {
    return "";
  }
}
