/** What SQLite's result codes mean to a caller (sqlite.org/rescode.html). */
import { unavailable } from "../../protocol/errors.ts";

const busy = 5;
const constraint = 19;

/** BUSY, LOCKED, NOMEM, READONLY, IOERR, CORRUPT, FULL, CANTOPEN, PROTOCOL, NOTADB: the database does not answer. */
const unreachable = new Set([busy, 6, 7, 8, 10, 11, 13, 14, 15, 26]);

/** Somebody else holds the lock that was asked for. */
export function isBusy(error: unknown): boolean {
  return codeOf(error) === busy;
}

/** A row of this key is there already, or a rule of the table is broken. */
export function isConstraint(error: unknown): boolean {
  return codeOf(error) === constraint;
}

/** As a caller may see it: `temporarily_unavailable`, or the error itself where the fault is the program's. */
export function failureOf(error: unknown): unknown {
  const code = codeOf(error);
  return code !== undefined && unreachable.has(code) ? unavailable(error) : error;
}

/** The primary result code; the extended ones carry it in their low byte. */
function codeOf(error: unknown): number | undefined {
  if (!(error instanceof Error) || !("errcode" in error) || typeof error.errcode !== "number") return undefined;
  return error.errcode & 0xff;
}
