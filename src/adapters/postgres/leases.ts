/** Who does a chore now. */
import type { LeaseStore } from "../../ports/store/leases.ts";
import { uuidOf } from "./cells.ts";
import type { Database } from "./database.ts";

export const leases = (db: Database): LeaseStore => ({
  // The condition is the lock: of any number that try, one has the row.
  async take(chore, holder, now, until) {
    const changed = await db.aside.changed("leases.take")`
      insert into leases as l (chore, expires_at, holder) values (${chore}, ${until}, ${uuidOf(holder)})
      on conflict (chore) do update set expires_at = excluded.expires_at, holder = excluded.holder
      where l.holder = excluded.holder or l.expires_at <= ${now}`;
    return changed === 1;
  },

  async release(chore, holder) {
    await db.aside.run("leases.release")`
      update leases set expires_at = '-infinity' where chore = ${chore} and holder = ${uuidOf(holder)}`;
  },
});
