/** Clients that are still to be told of a session's end. */
import type { DeliveryStore } from "../../ports/store/deliveries.ts";
import { uuidOf } from "./cells.ts";
import type { Database } from "./database.ts";

interface DeliveryRow {
  readonly session_id: string;
  readonly client_id: string;
  readonly subject: string;
  readonly attempts: number;
  readonly expires_at: Date;
}

export const deliveries = (db: Database): DeliveryStore => ({
  async claim({ until, limit, now }) {
    // The condition is asked again of each row once it is locked, so nobody takes up what another just has.
    const rows = await db.aside.rows<DeliveryRow>("deliveries.claim")`
      update deliveries d set due_at = ${until}, attempts = d.attempts + 1
      from (
        select session_id, client_id from deliveries
        where due_at <= ${now} order by due_at limit ${limit} for update skip locked
      ) due
      where d.session_id = due.session_id and d.client_id = due.client_id and d.due_at <= ${now}
      returning d.session_id, d.client_id, d.subject, d.attempts, d.expires_at`;
    return rows.map((row) => ({
      sessionId: row.session_id,
      clientId: row.client_id,
      subject: row.subject,
      attempts: row.attempts,
      expiresAt: row.expires_at,
    }));
  },

  async settle({ sessionId, clientId, attempts }) {
    await db.aside.run("deliveries.settle")`
      delete from deliveries
      where session_id = ${uuidOf(sessionId)} and client_id = ${clientId} and attempts = ${attempts}`;
  },

  async postpone({ sessionId, clientId, attempts }, until) {
    await db.aside.run("deliveries.postpone")`
      update deliveries set due_at = ${until}
      where client_id = ${clientId}
        and (due_at < ${until} or (session_id = ${uuidOf(sessionId)} and attempts = ${attempts}))`;
  },
});
