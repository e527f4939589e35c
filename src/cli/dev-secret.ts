/** The secret of development mode: made once, kept in the data folder, found again at the next start. */
import { randomBytes } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Throws when the folder can not be written. */
export function devSecret(folder: string): string {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const file = join(folder, "dev-secret");
  try {
    // `wx`: of two that start at once one makes it, and the other reads it.
    writeFileSync(file, `${randomBytes(32).toString("base64url")}\n`, { mode: 0o600, flag: "wx" });
  } catch (error) {
    if (!isTaken(error)) throw error;
  }
  return readFileSync(file, "utf8").trim();
}

const isTaken = (error: unknown) => error instanceof Error && "code" in error && error.code === "EEXIST";
