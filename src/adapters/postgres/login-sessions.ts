/** Login sessions: browsers that are signed in. They are written by the flow that signs them in. */
import type { LoginSessionStore } from "../../ports/store/login-sessions.ts";
import { bytesOf, uuidOf } from "./cells.ts";
import type { Database } from "./database.ts";

interface SessionRow {
  readonly id: string;
  readonly subject: string;
  readonly authenticated_at: Date;
  readonly expires_at: Date;
  readonly remember: boolean;
  readonly identity_provider_session_id: string;
}

export const loginSessions = (db: Database): LoginSessionStore => ({
  async findBySecret(secretDigest, now) {
    const row = await db.first<SessionRow>("login_sessions.find_by_secret")`
      select id, subject, authenticated_at, expires_at, remember, identity_provider_session_id
      from login_sessions
      where secret_digest = ${bytesOf(secretDigest)} and expires_at > ${now}`;
    if (row === undefined) return undefined;
    return {
      id: row.id,
      subject: row.subject,
      authenticatedAt: row.authenticated_at,
      remember: row.remember,
      expiresAt: row.expires_at,
      identityProviderSessionId: row.identity_provider_session_id,
      secretDigest,
    };
  },

  async end(id) {
    const changed = await db.changed("login_sessions.end")`
      delete from login_sessions where id = ${uuidOf(id)}`;
    return changed === 1;
  },
});
