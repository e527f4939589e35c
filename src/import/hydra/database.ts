/** Hydra's database, as far as an import asks it: rows of a table in the order of a key, and rows by a column. */
import type { Row } from "./cells.ts";

export interface Selection {
  readonly table: string;
  /** Rows come in its order; with every release of Hydra, no two have the same. */
  readonly key: string;
  /** A condition on the rows. */
  readonly where: string;
}

/** Every name is this program's own; only values come from outside. */
export interface HydraDatabase {
  /** Ids of the networks (tenants) in it. */
  networks(): Promise<string[]>;
  count(network: string, selection: Selection): Promise<number>;
  /** At most `limit` rows beyond `after`, with the key as `import_key`. */
  page(network: string, selection: Selection, after: string, limit: number): Promise<readonly Row[]>;
  /** The rows whose column has one of the values. */
  having(network: string, lookup: Lookup, values: readonly string[]): Promise<readonly Row[]>;
  close(): Promise<void>;
}

export interface Lookup {
  readonly table: string;
  readonly column: string;
  /** Every column unless it is said. */
  readonly columns?: string;
}

/** A page at a time until there are no more. */
export async function* pages(db: HydraDatabase, network: string, selection: Selection): AsyncGenerator<readonly Row[]> {
  for (let after = ""; ; ) {
    const rows = await db.page(network, selection, after, pageRows);
    if (rows.length > 0) yield rows;
    const last = rows.at(-1)?.import_key;
    if (rows.length < pageRows || typeof last !== "string") return;
    after = last;
  }
}

const pageRows = 200;
