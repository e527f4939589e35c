/** Browsers that are signed in. */
import type { LoginSessionStore } from "../../ports/store/login-sessions.ts";
import type { LoginSession } from "../../protocol/login-session.ts";
import type { EndedSession } from "../../protocol/logout.ts";
import { digestBytes, digestText, fromJson, idBytes, nullOr, uuidBytes, uuidText } from "./columns.ts";
import type { Database } from "./database.ts";
import { eventWriter } from "./events.ts";

interface LoginSessionRow {
  readonly id: Uint8Array;
  readonly subject: string;
  readonly authenticated_at: number;
  readonly identity_provider_session_id: string;
  readonly remember: number;
  readonly expires_at: number;
  readonly secret_digest: Uint8Array | null;
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

/** For the end of a flow: its client belongs to the session from now on. */
export function sessionClientWriter(db: Database): (sessionId: string, clientId: string) => number {
  const insert = db.changes("insert into session_clients (session_id, client_id) values (?, ?) on conflict do nothing");
  return (sessionId, clientId) => insert(uuidBytes(sessionId), clientId);
}

const columns = "id, subject, authenticated_at, identity_provider_session_id, remember, expires_at, secret_digest";

export function loginSessions(db: Database): LoginSessionStore {
  const bySecret = db.first<LoginSessionRow>(
    `select ${columns} from login_sessions where secret_digest = ? and expires_at > ?`,
  );
  const byId = db.first<LoginSessionRow>(`select ${columns} from login_sessions where id = ? and expires_at > ?`);
  const ofSubject = db.rows<Pick<LoginSessionRow, "id">>("select id from login_sessions where subject = ? limit ?");

  return {
    findBySecret: async (secretDigest, now) => {
      const secret = digestBytes(secretDigest);
      const row = await db.lookup("login_sessions.find_by_secret", () => bySecret(secret, now));
      return row && toSession(row);
    },
    find: async (id, now) => {
      const row = await db.lookup("login_sessions.find", () => byId(uuidBytes(id), now));
      return row && toSession(row);
    },
    list: sessionLister(db),
    ofSubject: async (subject, limit) => {
      const rows = await db.lookup("login_sessions.of_subject", () => ofSubject(subject, limit));
      return rows.map(({ id }) => uuidText(id));
    },
    end: sessionsEnder(db),
  };
}

/** One statement for each way to ask, so that each may use its index. */
function sessionLister(db: Database): LoginSessionStore["list"] {
  const columnsOfS = columns.replaceAll(/\w+/g, "s.$&");
  const listing = (source: string) =>
    db.rows<LoginSessionRow & { client_ids: string }>(`
      select ${columnsOfS}, (
        select json_group_array(m.client_id) from session_clients m where m.session_id = s.id
      ) as client_ids
      from ${source} and s.id > ? and s.expires_at > ? order by s.id limit ?`);
  const ofSubject = listing("login_sessions s where s.subject = ?");
  const ofId = listing("login_sessions s where s.id = ?");
  const ofClient = listing("session_clients n join login_sessions s on s.id = n.session_id where n.client_id = ?");

  return async ({ by, after, limit, now }) => {
    const rest = [after === null ? Buffer.alloc(0) : uuidBytes(after), now, limit];
    const rows = await db.lookup("login_sessions.list", () => {
      if ("subject" in by) return ofSubject(by.subject, ...rest);
      return "sessionId" in by ? ofId(uuidBytes(by.sessionId), ...rest) : ofClient(by.clientId, ...rest);
    });
    return rows.map((row) => ({ ...toSession(row), clientIds: fromJson<string[]>(row.client_ids) }));
  };
}

function toSession(row: LoginSessionRow): LoginSession {
  return {
    id: uuidText(row.id),
    subject: row.subject,
    authenticatedAt: new Date(row.authenticated_at),
    remember: row.remember === 1,
    expiresAt: new Date(row.expires_at),
    identityProviderSessionId: row.identity_provider_session_id,
    secretDigest: nullOr(row.secret_digest, digestText),
  };
}

interface EndedRow {
  readonly id: Uint8Array;
  readonly subject: string;
  readonly identity_provider_session_id: string;
}

function sessionsEnder(db: Database): LoginSessionStore["end"] {
  const finish = db.changes(`
    update logout_requests set state = 'done' where id = ? and state = 'accepted' and expires_at > ?`);
  const clientsOf = db.rows<{ client_id: string }>("select client_id from session_clients where session_id = ?");
  const remove = db.first<EndedRow>(`
    delete from login_sessions where id = ? returning id, subject, identity_provider_session_id`);
  const endTokens = db.changes(`
    update authorizations set revoked_at = ?, signed_out = 1
    where session_id = ? and revoked_at is null
      and (? or not (' ' || granted_scope || ' ' like '% offline %' or ' ' || granted_scope || ' ' like '% offline_access %'))`);
  const deliver = db.changes(`
    insert into deliveries (session_id, client_id, subject, created_at, expires_at, due_at, attempts)
    select ?, id, ?, ?, ?, ?, 0 from clients where id = ? and json_extract(profile, '$.backchannelLogoutUri') <> ''
    on conflict do nothing`);

  const tell = eventWriter(db);

  return ({ sessionIds, logoutId, revoke, giveUpAt, now }) =>
    db.write("login_sessions.end", () => {
      if (logoutId !== null && finish(idBytes(logoutId), now) === 0) return { done: false, sessions: [] };
      const sessions: EndedSession[] = [];
      for (const id of new Set(sessionIds)) {
        const bytes = uuidBytes(id);
        // Read first: they go with the session.
        const clientIds = clientsOf(bytes).map((row) => row.client_id);
        const ended = remove(bytes);
        if (ended === undefined) continue;
        if (revoke !== "none") endTokens(now, bytes, revoke === "all");
        for (const clientId of clientIds) deliver(bytes, ended.subject, now, giveUpAt, now, clientId);
        const { subject, identity_provider_session_id: identityProviderSessionId } = ended;
        tell("session_ended", { session_id: id, subject: ended.subject });
        sessions.push({ id, subject, identityProviderSessionId, clientIds });
      }
      return { done: true, sessions };
    });
}
