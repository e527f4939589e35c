/** Answered consents: which are remembered, and the one update that ends them. */
import type { AuthorizationStore } from "../../ports/store/authorizations.ts";
import { fromJson, idBytes, idText, words } from "./columns.ts";
import type { Database } from "./database.ts";

interface RememberedRow {
  readonly id: Uint8Array;
  readonly granted_scope: string;
  readonly granted_audience: string;
}

export function authorizations(db: Database): AuthorizationStore {
  const remembered = db.rows<RememberedRow>(`
    select id, granted_scope, granted_audience from authorizations
    where client_id = ? and subject = ? and remember_until > ? and skipped = 0 and revoked_at is null
    order by created_at desc limit 20`);
  const revoke = db.changes("update authorizations set revoked_at = ? where id = ? and revoked_at is null");

  return {
    remembered: async (subject, clientId, now) => {
      const rows = await db.lookup("authorizations.remembered", () => remembered(clientId, subject, now));
      return rows.map((row) => ({
        id: idText(row.id),
        grantedScope: words(row.granted_scope),
        grantedAudience: fromJson<string[]>(row.granted_audience),
      }));
    },
    revoke: (id, now) => db.write("authorizations.revoke", () => revoke(now, idBytes(id)) === 1),
  };
}
