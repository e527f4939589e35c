/** RFC 7523 §3: assertions that have been used. */
import type { UsedAssertionStore } from "../../ports/store/used-assertions.ts";
import { digestBytes } from "./columns.ts";
import type { Database } from "./database.ts";

export function usedAssertions(db: Database): UsedAssertionStore {
  const insert = db.changes("insert into used_assertions (digest, expires_at) values (?, ?) on conflict do nothing");
  return {
    use: (digest, expiresAt) => db.write("used_assertions.use", () => insert(digestBytes(digest), expiresAt) === 1),
  };
}
