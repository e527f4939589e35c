/** Clients that are still to be told of a session's end. */
import type { DeliveryStore } from "../../ports/store/deliveries.ts";
import { uuidBytes, uuidText } from "./columns.ts";
import type { Database } from "./database.ts";

interface DeliveryRow {
  readonly session_id: Uint8Array;
  readonly client_id: string;
  readonly subject: string;
  readonly attempts: number;
  readonly expires_at: number;
}

export function deliveries(db: Database): DeliveryStore {
  const claim = db.rows<DeliveryRow>(`
    update deliveries set due_at = ?, attempts = attempts + 1
    where (session_id, client_id) in (
      select session_id, client_id from deliveries where due_at <= ? order by due_at limit ?
    )
    returning session_id, client_id, subject, attempts, expires_at`);
  const settle = db.changes("delete from deliveries where session_id = ? and client_id = ? and attempts = ?");
  const postpone = db.changes(
    "update deliveries set due_at = ? where session_id = ? and client_id = ? and attempts = ?",
  );
  const postponeDue = db.changes("update deliveries set due_at = ? where client_id = ? and due_at < ?");

  return {
    claim: async ({ until, limit, now }) => {
      const rows = await db.write("deliveries.claim", () => claim(until, now, limit));
      return rows.map((row) => ({
        sessionId: uuidText(row.session_id),
        clientId: row.client_id,
        subject: row.subject,
        attempts: row.attempts,
        expiresAt: new Date(row.expires_at),
      }));
    },
    settle: async ({ sessionId, clientId, attempts }) => {
      await db.write("deliveries.settle", () => settle(uuidBytes(sessionId), clientId, attempts));
    },
    postpone: async ({ sessionId, clientId, attempts }, until) => {
      await db.write("deliveries.postpone", () => {
        postpone(until, uuidBytes(sessionId), clientId, attempts);
        postponeDue(until, clientId, until);
      });
    },
  };
}
