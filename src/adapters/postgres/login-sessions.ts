/** Login sessions: browsers that are signed in. They are written by the flow that signs them in. */
import type { ListedSession, LoginSessionStore, SessionPage } from "../../ports/store/login-sessions.ts";
import type { LoginSession } from "../../protocol/login-session.ts";
import { constant } from "./arguments.ts";
import { bytesOf, digestOf, fromJson, uuidOf } from "./cells.ts";
import type { Database } from "./database.ts";
import { endSessions } from "./session-endings.ts";

const sessionColumns = constant(
  "id, subject, authenticated_at, expires_at, remember, identity_provider_session_id, secret_digest",
);

interface SessionRow {
  readonly id: string;
  readonly subject: string;
  readonly authenticated_at: Date;
  readonly expires_at: Date;
  readonly remember: boolean;
  readonly identity_provider_session_id: string;
  readonly secret_digest: Uint8Array | null;
}

export const loginSessions = (db: Database): LoginSessionStore => ({
  async findBySecret(secretDigest, now) {
    const row = await db.first<SessionRow>("login_sessions.find_by_secret")`
      select ${sessionColumns} from login_sessions
      where secret_digest = ${bytesOf(secretDigest)} and expires_at > ${now}`;
    return row && toSession(row);
  },

  async find(id, now) {
    const row = await db.first<SessionRow>("login_sessions.find")`
      select ${sessionColumns} from login_sessions
      where id = ${uuidOf(id)} and expires_at > ${now}`;
    return row && toSession(row);
  },

  list: async (page) => (await listed(db, page)).map(toListed),

  async ofSubject(subject, limit) {
    const rows = await db.aside.rows<{ id: string }>("login_sessions.of_subject")`
      select id from login_sessions where subject = ${subject} limit ${limit}`;
    return rows.map(({ id }) => id);
  },

  end: (ending) => endSessions(db, ending),
});

interface ListedRow extends SessionRow {
  readonly client_ids: string;
}

const listedColumns = constant(`
  s.id, s.subject, s.authenticated_at, s.expires_at, s.remember, s.identity_provider_session_id, s.secret_digest, (
    select coalesce(json_agg(m.client_id order by m.client_id), '[]')::text
    from session_clients m where m.session_id = s.id
  ) as client_ids`);
const firstId = "0".repeat(32);

/** One statement for each way to ask, so that each may use its index. */
function listed(db: Database, { by, after, limit, now }: SessionPage): Promise<readonly ListedRow[]> {
  const select = db.aside.rows<ListedRow>("login_sessions.list");
  const from = uuidOf(after ?? firstId);
  if ("subject" in by) {
    return select`
      select ${listedColumns} from login_sessions s
      where s.subject = ${by.subject} and s.id > ${from}::uuid and s.expires_at > ${now} order by s.id limit ${limit}`;
  }
  if ("sessionId" in by) {
    return select`
      select ${listedColumns} from login_sessions s
      where s.id = ${uuidOf(by.sessionId)}::uuid and s.id > ${from}::uuid and s.expires_at > ${now} limit ${limit}`;
  }
  return select`
    select ${listedColumns} from session_clients n join login_sessions s on s.id = n.session_id
    where n.client_id = ${by.clientId} and n.session_id > ${from}::uuid and s.expires_at > ${now}
    order by n.session_id limit ${limit}`;
}

function toListed(row: ListedRow): ListedSession {
  return { ...toSession(row), clientIds: fromJson<string[]>(row.client_ids) };
}

function toSession(row: SessionRow): LoginSession {
  return {
    id: row.id,
    subject: row.subject,
    authenticatedAt: row.authenticated_at,
    remember: row.remember,
    expiresAt: row.expires_at,
    identityProviderSessionId: row.identity_provider_session_id,
    secretDigest: row.secret_digest === null ? null : digestOf(row.secret_digest),
  };
}
