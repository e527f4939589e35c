/** The DSN of the embedded database: `memory`, or `sqlite://<file>?synchronous=normal`. */

export interface DatabaseOptions {
  /** Null: in memory, gone with the process. */
  readonly file: string | null;
  /** `full` survives a power cut; `normal` may forget the last commits in one, but never breaks. */
  readonly synchronous: "full" | "normal";
}

/** The file's name is taken as it is written; parameters that other SQLite drivers know (`_fk`) have no effect here. */
export function parseSqliteDsn(dsn: string): DatabaseOptions {
  if (dsn === "memory") return { file: null, synchronous: "normal" };
  const [, name, query] = /^sqlite:(?:\/\/)?([^?]*)(?:\?(.*))?$/s.exec(dsn) ?? [];
  if (name === undefined || name === "") throw new Error("The DSN names no SQLite file: sqlite://<file>.");
  const synchronous = new URLSearchParams(query).get("synchronous")?.toLowerCase() ?? "full";
  if (synchronous !== "full" && synchronous !== "normal") {
    throw new Error("The DSN's parameter 'synchronous' must be 'full' or 'normal'.");
  }
  return { file: name.endsWith(":memory:") ? null : name, synchronous };
}
