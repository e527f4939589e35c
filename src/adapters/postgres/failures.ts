/** What can go wrong between us and PostgreSQL, sorted by what may be done about it. */
import { OAuthError, unavailable } from "../../protocol/errors.ts";

/** The server did not answer. `outcome` says whether the statement may have been carried out. */
export class ConnectionLost extends Error {
  readonly outcome: "unknown" | "none";

  constructor(outcome: "unknown" | "none", cause: unknown) {
    super(cause instanceof Error ? cause.message : "The connection to PostgreSQL is lost.", { cause });
    this.name = "ConnectionLost";
    this.outcome = outcome;
  }
}

/** PostgreSQL's SQLSTATE, or a code of Node's or of postgres.js; "" when there is none. */
export function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "";
}

/** 40001 serialization failure, 40P01 deadlock: nothing happened, and the same statement may pass now. */
export function isContended(error: unknown): boolean {
  return ["40001", "40P01"].includes(codeOf(error));
}

/** The statement never left: it may be sent again. */
export function isUnsent(error: unknown): boolean {
  return error instanceof ConnectionLost && error.outcome === "none";
}

/** Class 22 (data exception), 23 (integrity constraint), or a value that could not even be written: some row is bad. */
export function isBadRow(error: unknown): boolean {
  return /^(?:2[23]...)?$/.test(codeOf(error));
}

export function isMissingTable(error: unknown): boolean {
  return codeOf(error instanceof OAuthError ? error.cause : error) === "42P01";
}

export function isTaken(error: unknown): boolean {
  return codeOf(error) === "23505";
}

/** 55P03: a lock was not to be had in time. */
export function isLocked(error: unknown): boolean {
  return codeOf(error) === "55P03";
}

// 08 connection, 57P01-57P05 shut down, crashed, starting, dropped, idle: the connection is gone or was never there.
const gone = /^(?:08...|57P0[1-5]|CONNECTION_\w+|CONNECT_TIMEOUT|E[A-Z][A-Z_]+)$/;

/** Whether the connection died under a statement that had been sent. */
export function isConnectionDeath(error: unknown): boolean {
  return gone.test(codeOf(error));
}

// 53 resources, 57014 time limit, 55P03 lock, 25006 a standby, 28 and 3D000 refused at the door, 40 contended for long,
// 42P01 and 42703 a database that still has to be migrated.
const passing = /^(?:53...|57014|55P03|25006|28...|3D000|40001|40P01|42P01|42703)$/;

/** What operations get to see: `temporarily_unavailable` for all that may pass, anything else as it is (a bug). */
export function toRefusal(error: unknown): unknown {
  return error instanceof ConnectionLost || passing.test(codeOf(error)) ? unavailable(error) : error;
}

export function isUnavailable(error: unknown): boolean {
  return error instanceof OAuthError && error.code === "temporarily_unavailable";
}

/** Whether it cannot be told from the error if the statement was carried out. */
export function isUnknownOutcome(error: unknown): boolean {
  return error instanceof OAuthError && error.cause instanceof ConnectionLost && error.cause.outcome === "unknown";
}
