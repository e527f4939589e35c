/** Logouts in progress. */
import type { Seal } from "../../ports/seal.ts";
import type { LogoutRequestStore } from "../../ports/store/logout-requests.ts";
import type { LogoutState, LogoutWish } from "../../protocol/logout.ts";
import { bytesOf, digestOf, idOf, uuidOf } from "./cells.ts";
import type { Database } from "./database.ts";
import { sealedColumn } from "./sealed.ts";

interface LogoutRow {
  readonly id: string;
  readonly session_id: string;
  readonly requested_at: Date;
  readonly expires_at: Date;
  readonly client_id: string | null;
  readonly subject: string;
  readonly cookie_digest: Uint8Array;
  readonly request: Uint8Array;
  readonly state: LogoutState;
}

export const logoutRequests = (db: Database, seal: Seal): LogoutRequestStore => {
  const wish = sealedColumn(seal, "logout_requests", "request");
  return {
    async begin(request) {
      await db.run("logout_requests.begin")`
        insert into logout_requests (
          id, session_id, requested_at, expires_at, client_id, subject, cookie_digest, request, state
        )
        values (
          ${uuidOf(request.id)}, ${uuidOf(request.sessionId)}, ${request.requestedAt}, ${request.expiresAt},
          ${request.clientId}, ${request.subject}, ${bytesOf(request.cookieDigest)},
          ${wish.seal(request.id, request.wish)}, ${request.state}
        )`;
    },

    async find(id) {
      const row = await db.first<LogoutRow>("logout_requests.find")`
        select id, session_id, requested_at, expires_at, client_id, subject, cookie_digest, request, state
        from logout_requests where id = ${uuidOf(id)}`;
      if (row === undefined) return undefined;
      return {
        id: idOf(row.id),
        state: row.state,
        clientId: row.client_id,
        sessionId: row.session_id,
        subject: row.subject,
        cookieDigest: digestOf(row.cookie_digest),
        requestedAt: row.requested_at,
        expiresAt: row.expires_at,
        wish: wish.open<LogoutWish>(idOf(row.id), row.request),
      };
    },

    async answer(id, answer, now) {
      const changed = await db.changed("logout_requests.answer")`
        with answered as (
          update logout_requests set state = ${answer}
          where id = ${uuidOf(id)} and state in ('asked', 'accepted', 'rejected') and expires_at > ${now}
          returning client_id, subject, session_id
        )
        insert into events (type, facts)
        select ${`logout_${answer}`}, json_strip_nulls(json_build_object(
          'client_id', client_id, 'subject', subject, 'session_id', session_id, 'logout_id', ${id}::text
        ))::text
        from answered`;
      return changed === 1;
    },
  };
};
