/** Login sessions: browsers that are signed in. They are written by the flow that signs them in. */
import type { LoginSessionStore } from "../../ports/store/login-sessions.ts";
import type { LoginSession } from "../../protocol/login-session.ts";
import { constant } from "./arguments.ts";
import { bytesOf, digestOf, uuidOf } from "./cells.ts";
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

  async ofSubject(subject, limit) {
    const rows = await db.aside.rows<{ id: string }>("login_sessions.of_subject")`
      select id from login_sessions where subject = ${subject} limit ${limit}`;
    return rows.map(({ id }) => id);
  },

  end: (ending) => endSessions(db, ending),
});

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
