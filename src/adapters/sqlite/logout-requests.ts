/** Logouts in progress. */
import type { Seal } from "../../ports/seal.ts";
import type { LogoutRequestStore } from "../../ports/store/logout-requests.ts";
import type { LogoutRequest, LogoutState, LogoutWish } from "../../protocol/logout.ts";
import { digestBytes, digestText, fromJson, idBytes, idText, uuidBytes, uuidText } from "./columns.ts";
import type { Database } from "./database.ts";
import { eventWriter } from "./events.ts";

interface LogoutRow {
  readonly id: Uint8Array;
  readonly session_id: Uint8Array;
  readonly requested_at: number;
  readonly expires_at: number;
  readonly client_id: string | null;
  readonly subject: string;
  readonly cookie_digest: Uint8Array;
  readonly request: Uint8Array;
  readonly state: LogoutState;
}

const columns = "id, session_id, requested_at, expires_at, client_id, subject, cookie_digest, request, state";

export function logoutRequests(db: Database, seal: Seal): LogoutRequestStore {
  const insert = db.changes(`insert into logout_requests (${columns}) values (?, ?, ?, ?, ?, ?, ?, ?, ?)`);
  const first = db.first<LogoutRow>(`select ${columns} from logout_requests where id = ?`);
  const answer = db.first<Pick<LogoutRow, "session_id" | "client_id" | "subject">>(`
    update logout_requests set state = ? where id = ? and state in ('asked', 'accepted', 'rejected') and expires_at > ?
    returning session_id, client_id, subject`);
  const tell = eventWriter(db);

  return {
    begin: async (request) => {
      const values = [
        idBytes(request.id),
        uuidBytes(request.sessionId),
        request.requestedAt,
        request.expiresAt,
        request.clientId,
        request.subject,
        digestBytes(request.cookieDigest),
        seal.seal("logout_requests", "request", request.id, JSON.stringify(request.wish)),
        request.state,
      ];
      await db.write("logout_requests.begin", () => insert(...values));
    },
    find: async (id) => {
      const row = await db.lookup("logout_requests.find", () => first(idBytes(id)));
      return row && toLogoutRequest(row, seal);
    },
    answer: (id, state, now) =>
      db.write("logout_requests.answer", () => {
        const answered = answer(state, idBytes(id), now);
        if (answered === undefined) return false;
        const { client_id, subject, session_id } = answered;
        const facts = { subject, session_id: uuidText(session_id), logout_id: id };
        tell(`logout_${state}`, client_id === null ? facts : { client_id, ...facts });
        return true;
      }),
  };
}

function toLogoutRequest(row: LogoutRow, seal: Seal): LogoutRequest {
  const id = idText(row.id);
  return {
    id,
    state: row.state,
    clientId: row.client_id,
    sessionId: uuidText(row.session_id),
    subject: row.subject,
    cookieDigest: digestText(row.cookie_digest),
    requestedAt: new Date(row.requested_at),
    expiresAt: new Date(row.expires_at),
    wish: fromJson<LogoutWish>(seal.open("logout_requests", "request", id, row.request)),
  };
}
