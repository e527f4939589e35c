/** Answered consents: which are remembered, and the one update that ends them. */
import type { Seal } from "../../ports/seal.ts";
import type { AuthorizationStore } from "../../ports/store/authorizations.ts";
import { foreverAt } from "../../protocol/authorization.ts";
import { type AuthorizationRow, authorizationColumns, claimsValues, toAuthorization } from "./authorization-rows.ts";
import { fromJson, idBytes, idText, uuidBytes, words } from "./columns.ts";
import type { Database } from "./database.ts";
import { eventWriter } from "./events.ts";

interface Owner {
  readonly client_id: string;
  readonly subject: string;
}

interface RememberedRow {
  readonly id: Uint8Array;
  readonly granted_scope: string;
  readonly granted_audience: string;
}

export function authorizations(db: Database, seal: Seal): AuthorizationStore {
  const listing = (condition: string) =>
    db.rows<AuthorizationRow>(`
      select ${authorizationColumns} from authorizations
      where subject = ? and (created_at, id) < (?, ?) and ${condition} and skipped = 0 and (expires_at > ? or exists (
          select 1 from refresh_families f where f.authorization_id = authorizations.id and f.expires_at > ?
        ))
        and (revoked_at is null or (signed_out = 1 and remember_until > ?))
      order by created_at desc, id desc limit ?`);
  const ofSubject = listing("? is null");
  const ofSession = listing("session_id = ?");
  const revokeAll = db.rows<Owner>(`
    update authorizations set revoked_at = ?, signed_out = 0
    where subject = ? and (revoked_at is null or signed_out = 1) returning client_id, subject`);
  const revokeOne = db.rows<Owner>(`
    update authorizations set revoked_at = ?, signed_out = 0
    where client_id = ? and subject = ? and (revoked_at is null or signed_out = 1) returning client_id, subject`);
  const revokeSession = db.rows<Owner>(`
    update authorizations set revoked_at = ?, signed_out = 0
    where session_id = ? and (revoked_at is null or signed_out = 1) returning client_id, subject`);
  const remembered = db.rows<RememberedRow>(`
    select id, granted_scope, granted_audience from authorizations
    where client_id = ? and subject = ? and remember_until > ? and skipped = 0 and (revoked_at is null or signed_out = 1)
    order by created_at desc limit 20`);
  const revoke = db.first<Owner>(`
    update authorizations set revoked_at = ?, signed_out = 0
    where id = ? and (revoked_at is null or signed_out = 1) returning client_id, subject`);
  const tell = eventWriter(db);

  const prolong = db.changes(`
    update authorizations set token_seconds = max(token_seconds, ?1), expires_at = max(expires_at, ?2) where id = ?3`);

  const setClaims = db.changes(`
    update authorizations set access_token_claims = ?, id_token_claims = ? where id = ?`);

  return {
    remembered: async (subject, clientId, now) => {
      const rows = await db.lookup("authorizations.remembered", () => remembered(clientId, subject, now));
      return rows.map((row) => ({
        id: idText(row.id),
        grantedScope: words(row.granted_scope),
        grantedAudience: fromJson<string[]>(row.granted_audience),
      }));
    },
    list: async ({ subject, sessionId, after, limit, now }) => {
      const select = sessionId === null ? ofSubject : ofSession;
      const last = [after?.createdAt ?? foreverAt, after === null ? Buffer.alloc(17, 255) : idBytes(after.id)];
      const session = sessionId === null ? null : uuidBytes(sessionId);
      const rows = await db.lookup("authorizations.list", () =>
        select(subject, ...last, session, now, now, now, limit),
      );
      return rows.map((row) => toAuthorization(row, seal));
    },
    revokeGranted: async (subject, clientId, now) => {
      await db.write("authorizations.revoke_granted", () => {
        const revoked = clientId === null ? revokeAll(now, subject) : revokeOne(now, clientId, subject);
        const ids = new Set(revoked.map((row) => row.client_id));
        for (const id of ids) tell("consents_revoked", { client_id: id, subject });
      });
    },
    revokeOfSession: (sessionId, now) =>
      db.write("authorizations.revoke_of_session", () => {
        const owners = new Map(revokeSession(now, uuidBytes(sessionId)).map((owner) => [owner.client_id, owner]));
        for (const owner of owners.values()) tell("consents_revoked", { ...owner, session_id: sessionId });
      }),
    prolong: ({ id, tokenSeconds, until }) =>
      db.write("authorizations.prolong", () => {
        prolong(tokenSeconds, until, idBytes(id));
      }),
    setClaims: (claims) => {
      const cells = claimsValues(claims, seal);
      return db.write("authorizations.set_claims", () => {
        setClaims(...cells, idBytes(claims.id));
      });
    },
    revoke: (id, now, because = "consents_revoked") =>
      db.write("authorizations.revoke", () => {
        const revoked = revoke(now, idBytes(id));
        if (revoked === undefined) return false;
        tell(because, { ...revoked, authorization_id: id });
        return true;
      }),
  };
}
