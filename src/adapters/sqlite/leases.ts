/** Who does a chore now: one process owns this database, and asks itself. */
import type { LeaseStore } from "../../ports/store/leases.ts";
import { uuidBytes } from "./columns.ts";
import type { Database } from "./database.ts";

export function leases(db: Database): LeaseStore {
  // The condition is the lock: of any number that try, one has the row.
  const take = db.changes(`
    insert into leases (chore, holder, expires_at) values (?1, ?2, ?3)
    on conflict (chore) do update set expires_at = excluded.expires_at, holder = excluded.holder
    where holder = excluded.holder or expires_at <= ?4`);
  const release = db.changes("update leases set expires_at = 0 where chore = ? and holder = ?");
  return {
    take: (chore, holder, now, until) =>
      db.write("leases.take", () => take(chore, uuidBytes(holder), until, now) === 1),
    release: (chore, holder) =>
      db.write("leases.release", () => {
        release(chore, uuidBytes(holder));
      }),
  };
}
