/** Browsers that are signed in. */
import type { LoginSessionStore } from "../../ports/store/login-sessions.ts";
import type { LoginSession } from "../../protocol/login-session.ts";
import { digestBytes, nullOr, uuidBytes, uuidText } from "./columns.ts";
import type { Database } from "./database.ts";

interface LoginSessionRow {
  readonly id: Uint8Array;
  readonly subject: string;
  readonly authenticated_at: number;
  readonly identity_provider_session_id: string;
  readonly remember: number;
  readonly expires_at: number;
}

/** For the flow whose login starts or renews a session. */
export function sessionWriter(db: Database): (session: LoginSession) => number {
  const upsert = db.changes(`
    insert into login_sessions
      (id, subject, authenticated_at, identity_provider_session_id, secret_digest, remember, expires_at)
    values (?, ?, ?, ?, ?, ?, ?)
    on conflict (id) do update set
      subject = excluded.subject, authenticated_at = excluded.authenticated_at,
      identity_provider_session_id = excluded.identity_provider_session_id,
      secret_digest = excluded.secret_digest, remember = excluded.remember, expires_at = excluded.expires_at`);
  return (session) =>
    upsert(
      uuidBytes(session.id),
      session.subject,
      session.authenticatedAt,
      session.identityProviderSessionId,
      nullOr(session.secretDigest, digestBytes),
      session.remember,
      session.expiresAt,
    );
}

/** Ends a session; answers how many there were. */
export function sessionEnder(db: Database): (id: string) => number {
  const remove = db.changes("delete from login_sessions where id = ?");
  return (id) => remove(uuidBytes(id));
}

export function loginSessions(db: Database): LoginSessionStore {
  const end = sessionEnder(db);
  const bySecret = db.first<LoginSessionRow>(`
    select id, subject, authenticated_at, identity_provider_session_id, remember, expires_at
    from login_sessions where secret_digest = ? and expires_at > ?`);

  return {
    findBySecret: async (secretDigest, now) => {
      const secret = digestBytes(secretDigest);
      const row = await db.lookup("login_sessions.find_by_secret", () => bySecret(secret, now));
      if (row === undefined) return undefined;
      return {
        id: uuidText(row.id),
        subject: row.subject,
        authenticatedAt: new Date(row.authenticated_at),
        remember: row.remember === 1,
        expiresAt: new Date(row.expires_at),
        identityProviderSessionId: row.identity_provider_session_id,
        secretDigest,
      };
    },
    end: (id) => db.write("login_sessions.end", () => end(id) === 1),
  };
}
