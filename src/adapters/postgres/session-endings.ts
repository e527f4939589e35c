/** Ends sessions: they, their tokens, and the notes of whom to tell of it, in one statement. */
import type { SessionEnding, SessionsEnded } from "../../ports/store/login-sessions.ts";
import type { EndedSession } from "../../protocol/logout.ts";
import { column, constant, text, uuid } from "./arguments.ts";
import { fromJson, uuidOf } from "./cells.ts";
import type { Database } from "./database.ts";

/** OIDC Core §11: consents whose tokens are for a user who is not there. `a` is the alias of the table. */
const isOffline = constant(`' ' || a.granted_scope || ' ' ~ ' offline(_access)? '`);
/** `c` is the alias of the table. */
const isToldByBackChannel = constant(`c.profile::json ->> 'backchannelLogoutUri' <> ''`);

interface EndedRow {
  readonly done: boolean;
  readonly id: string | null;
  readonly subject: string | null;
  readonly identity_provider_session_id: string | null;
  readonly client_ids: string | null;
}

export async function endSessions(db: Database, ending: SessionEnding): Promise<SessionsEnded> {
  const { sessionIds, logoutId, revoke, giveUpAt, now } = ending;
  const rows = await db.rows<EndedRow>("login_sessions.end")`
    with logout as (
      update logout_requests set state = 'done'
      where id = ${uuidOf(logoutId ?? "")} and state = 'accepted' and expires_at > ${now}
      returning id
    ), ended as (
      delete from login_sessions s
      where s.id = any(${column(sessionIds, uuid, uuidOf)}::uuid[])
        and (${logoutId === null}::boolean or exists (select from logout))
      returning s.id, s.subject, s.identity_provider_session_id
    ), revoked as (
      update authorizations a set revoked_at = ${now}, signed_out = true
      from ended e
      where a.session_id = e.id and a.revoked_at is null
        and (${revoke === "all"}::boolean or (${revoke === "session"}::boolean and not (${isOffline})))
    ), delivery as (
      insert into deliveries (session_id, created_at, expires_at, client_id, subject, due_at, attempts)
      select e.id, ${now}, ${giveUpAt}, c.id, e.subject, ${now}, 0
      from ended e
      join session_clients m on m.session_id = e.id
      join clients c on c.id = m.client_id
      where ${isToldByBackChannel}
      on conflict do nothing
    ), told as (
      insert into events (type, facts)
      select 'session_ended', json_build_object('session_id', id, 'subject', subject)::text from ended
    )
    select ${logoutId === null}::boolean or exists (select from logout) as done, e.*, (
      select json_agg(m.client_id)::text from session_clients m where m.session_id = e.id
    ) as client_ids
    from (select 1) one left join ended e on true`;
  const sessions = rows.flatMap(toEnded);
  const late = sessions.length === 0 ? [] : await endLate(db, ending, sessions);
  return { done: rows[0]?.done === true, sessions: sessions.map((session) => withLate(session, late)) };
}

function toEnded({ id, subject, identity_provider_session_id, client_ids }: EndedRow): EndedSession[] {
  if (id === null || subject === null || identity_provider_session_id === null) return [];
  const clientIds = client_ids === null ? [] : fromJson<string[]>(client_ids);
  return [{ id, subject, identityProviderSessionId: identity_provider_session_id, clientIds }];
}

interface LateRow {
  readonly session_id: string;
  readonly client_id: string;
}

/**
 * A flow that was about to finish kept the session from ending until it had; the statement above waited for it, but saw
 * the tables as they were before. What came to be meanwhile is seen only now.
 */
async function endLate(
  db: Database,
  { revoke, giveUpAt, now }: SessionEnding,
  sessions: readonly EndedSession[],
): Promise<readonly LateRow[]> {
  const known = sessions.flatMap(({ id, clientIds }) => clientIds.map((clientId) => ({ id, clientId })));
  return await db.rows<LateRow>("login_sessions.end_late")`
    with revoked as (
      update authorizations a set revoked_at = ${now}, signed_out = true
      where a.session_id = any(${column(sessions, uuid, ({ id }) => id)}::uuid[]) and a.revoked_at is null
        and (${revoke === "all"}::boolean or (${revoke === "session"}::boolean and not (${isOffline})))
    ), late as (
      select distinct e.id as session_id, e.subject, a.client_id
      from unnest(
        ${column(sessions, uuid, ({ id }) => id)}::uuid[], ${column(sessions, text, ({ subject }) => subject)}::text[]
      ) as e (id, subject)
      join authorizations a on a.session_id = e.id
      where not exists (
        select from unnest(
          ${column(known, uuid, ({ id }) => id)}::uuid[], ${column(known, text, ({ clientId }) => clientId)}::text[]
        ) as k (session_id, client_id)
        where k.session_id = a.session_id and k.client_id = a.client_id
      )
    ), delivery as (
      insert into deliveries (session_id, created_at, expires_at, client_id, subject, due_at, attempts)
      select l.session_id, ${now}, ${giveUpAt}, c.id, l.subject, ${now}, 0
      from late l join clients c on c.id = l.client_id
      where ${isToldByBackChannel}
      on conflict do nothing
    )
    select session_id, client_id from late`;
}

function withLate(session: EndedSession, late: readonly LateRow[]): EndedSession {
  const added = late.filter((row) => row.session_id === session.id).map((row) => row.client_id);
  return added.length === 0 ? session : { ...session, clientIds: [...session.clientIds, ...added] };
}
