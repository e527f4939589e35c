/** Assertions that were used, until they expire. */
import type { UsedAssertionStore } from "../../ports/store/used-assertions.ts";
import { column, digest, timestamptz } from "./arguments.ts";
import { digestOf } from "./cells.ts";
import type { Database } from "./database.ts";
import { joined } from "./joined.ts";

interface Use {
  readonly assertion: string;
  readonly expiresAt: Date;
}

export function usedAssertions(db: Database): UsedAssertionStore {
  const use = joined<Use, boolean>(async (uses) => {
    const rows = await db.rows<{ digest: Uint8Array }>("used_assertions.use")`
      insert into used_assertions (digest, expires_at)
      select * from unnest(
        ${column(uses, digest, (one) => one.assertion)}::bytea[],
        ${column(uses, timestamptz, (one) => one.expiresAt)}::timestamptz[]
      )
      on conflict do nothing
      returning digest`;
    const fresh = new Set(rows.map((row) => digestOf(row.digest)));
    // The same assertion twice in one statement is one row: the first of them has it.
    return uses.map((one) => fresh.delete(one.assertion));
  });
  return { use: (assertion, expiresAt) => use({ assertion, expiresAt }) };
}
