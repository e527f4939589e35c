/** Flows: each step is one conditional update, and the last one gives the authorization and its code. */
import type { Seal } from "../../ports/seal.ts";
import type { ConsentAsked, FlowEnd, FlowStore } from "../../ports/store/flows.ts";
import type { Authorization } from "../../protocol/authorization.ts";
import type { Flow } from "../../protocol/flow.ts";
import { audienceCell, tokenTable } from "./access-tokens.ts";
import { bool, bytea, column, digest, int4, text, timestamptz, uuid } from "./arguments.ts";
import type { AuthorizationCodec } from "./authorizations.ts";
import { bytesOf, uuidOf } from "./cells.ts";
import { type ClientRow, clientColumns, toClient } from "./clients.ts";
import type { Database } from "./database.ts";
import { factsCell } from "./events.ts";
import { type FlowCells, type FlowRow, flowCells, flowColumns } from "./flow-cells.ts";
import { joined } from "./joined.ts";
import { settled } from "./settled.ts";

export interface FlowParts {
  readonly seal: Seal;
  readonly authorizations: AuthorizationCodec;
  /** Makes a fresh random id. */
  readonly mark: () => string;
}

interface Beginning {
  readonly flow: Flow;
  readonly revision: number;
}

interface Finish {
  readonly id: string;
  readonly authorization: Authorization;
  readonly end: FlowEnd;
  readonly revision: number;
}

export function flows(db: Database, { seal, authorizations, mark }: FlowParts): FlowStore {
  const cells = flowCells(seal);
  const begin = joined<Beginning, boolean>((beginnings) => insert(db, cells, beginnings));

  return {
    begin: (flow, revision) => begin({ flow, revision }),

    async find(id) {
      const row = await db.first<FlowRow & ClientRow>("flows.find")`
        select ${flowColumns}, ${clientColumns}
        from flows w
        join clients c on c.id = w.client_id and c.number = w.client_number
        where w.id = ${uuidOf(id)}`;
      return row === undefined ? undefined : { flow: cells.toFlow(row), client: toClient(row) };
    },

    async answerLogin(id, answer, now) {
      const changed = await db.changed("flows.answer_login")`
        with answered as (
          update flows set state = 'login_answered', login = ${cells.login(id, answer)}
          where id = ${uuidOf(id)} and state in ('login_asked', 'login_answered') and expires_at > ${now}
          returning client_id
        )
        insert into events (type, facts)
        select ${"accepted" in answer ? "login_accepted" : "login_rejected"}, json_strip_nulls(json_build_object(
          'client_id', client_id, 'subject', ${"accepted" in answer ? answer.accepted.subject : null}::text,
          'flow_id', ${id}::text
        ))::text
        from answered`;
      return changed === 1;
    },

    askConsent: (asked) => askConsent(db, asked),

    async answerConsent(id, answer, { now, subject }) {
      const changed = await db.changed("flows.answer_consent")`
        with answered as (
          update flows set state = 'consent_answered', consent = ${cells.consent(id, answer)}
          where id = ${uuidOf(id)} and state in ('consent_asked', 'consent_answered') and expires_at > ${now}
          returning client_id, session_id
        )
        insert into events (type, facts)
        select ${"accepted" in answer ? "consent_accepted" : "consent_rejected"}, json_build_object(
          'client_id', client_id, 'subject', ${subject}::text, 'session_id', session_id, 'flow_id', ${id}::text
        )::text
        from answered`;
      return changed === 1;
    },

    async finish(id, authorization, end, revision) {
      const finishedBy = mark();
      return await settled({
        run: () => finish(db, authorizations, { id, authorization, end, revision }, finishedBy),
        async find() {
          const row = await db.first("flows.finished_by")`
            select from flows where id = ${uuidOf(id)} and finished_by = ${finishedBy}`;
          return row === undefined ? undefined : true;
        },
      });
    },

    async refuse(id, from) {
      const changed = await db.changed("flows.refuse")`
        update flows set state = 'refused'
        where id = ${uuidOf(id)} and state = any(${column(from, text, (state) => state)}::text[])`;
      return changed === 1;
    },
  };
}

async function insert(db: Database, cells: FlowCells, beginnings: readonly Beginning[]): Promise<boolean[]> {
  const flowsOf = beginnings.map((one) => one.flow);
  const rows = await db.rows<{ id: string }>("flows.begin")`
    insert into flows (
      id, client_number, requested_at, expires_at, client_id, cookie_digest, login_skipped_at, login_skipped_subject,
      request, state, session_id, based_on, consent_skip, login, consent
    )
    select
      q.id, c.number, q.requested_at, q.expires_at, c.id, q.cookie_digest, q.login_skipped_at, q.login_skipped_subject,
      q.request, q.state, q.session_id, q.based_on, q.consent_skip, q.login, q.consent
    from unnest(
      ${column(flowsOf, uuid, (flow) => uuidOf(flow.id))}::uuid[],
      ${column(flowsOf, timestamptz, (flow) => flow.requestedAt)}::timestamptz[],
      ${column(flowsOf, timestamptz, (flow) => flow.expiresAt)}::timestamptz[],
      ${column(flowsOf, digest, (flow) => flow.cookieDigest)}::bytea[],
      ${column(flowsOf, timestamptz, (flow) => flow.loginSkipped?.authenticatedAt ?? null)}::timestamptz[],
      ${column(flowsOf, text, (flow) => flow.loginSkipped?.subject ?? null)}::text[],
      ${column(flowsOf, bytea, (flow) => cells.request(flow.id, flow.request))}::bytea[],
      ${column(flowsOf, text, (flow) => flow.state)}::text[],
      ${column(flowsOf, uuid, (flow) => uuidOf(flow.sessionId))}::uuid[],
      ${column(flowsOf, uuid, (flow) => uuidOf(flow.consentAsked?.basedOn ?? ""))}::uuid[],
      ${column(flowsOf, bool, (flow) => flow.consentAsked?.skip ?? null)}::boolean[],
      ${column(flowsOf, bytea, (flow) => flow.login && cells.login(flow.id, flow.login))}::bytea[],
      ${column(flowsOf, bytea, (flow) => flow.consent && cells.consent(flow.id, flow.consent))}::bytea[],
      ${column(flowsOf, text, (flow) => flow.clientId)}::text[],
      ${column(beginnings, int4, (one) => one.revision)}::integer[]
    ) as q (
      id, requested_at, expires_at, cookie_digest, login_skipped_at, login_skipped_subject, request, state, session_id,
      based_on, consent_skip, login, consent, client_id, revision
    )
    join clients c on c.id = q.client_id and c.revision = q.revision
    on conflict do nothing
    returning id`;
  const begun = new Set(rows.map((row) => uuidOf(row.id.replaceAll("-", ""))));
  return flowsOf.map((flow) => begun.delete(flow.id));
}

async function askConsent(db: Database, asked: ConsentAsked): Promise<boolean> {
  const { session, extendedUntil } = asked;
  const row = await db.first<{ asked: boolean }>("flows.ask_consent")`
    with flow as (
      update flows set
        state = 'consent_asked', session_id = ${asked.sessionId}, consent_skip = ${asked.skip},
        based_on = ${uuidOf(asked.basedOn ?? "")}::uuid
      where id = ${uuidOf(asked.flowId)} and state = 'login_answered' and expires_at > ${asked.now}
      returning id
    ), extended as (
      update login_sessions s set
        expires_at = ${extendedUntil}, expires_on = (${extendedUntil}::timestamptz at time zone 'UTC')::date
      from flow where s.id = ${asked.sessionId}::uuid and ${extendedUntil !== null}::boolean
    ), signed_in as (
      insert into login_sessions as s (
        id, subject, authenticated_at, expires_at, expires_on, remember, secret_digest, identity_provider_session_id
      )
      select
        ${session?.id ?? null}::uuid, ${session?.subject ?? null}::text,
        ${session?.authenticatedAt ?? null}::timestamptz, ${session?.expiresAt ?? null}::timestamptz,
        (${session?.expiresAt ?? null}::timestamptz at time zone 'UTC')::date, ${session?.remember ?? null}::boolean,
        ${session === null || session.secretDigest === null ? null : bytesOf(session.secretDigest)}::bytea,
        ${session?.identityProviderSessionId ?? null}::text
      from flow where ${session !== null}::boolean
      on conflict (id) do update set
        subject = excluded.subject, authenticated_at = excluded.authenticated_at, expires_at = excluded.expires_at,
        expires_on = excluded.expires_on, remember = excluded.remember, secret_digest = excluded.secret_digest,
        identity_provider_session_id = excluded.identity_provider_session_id
      returning s.id, s.subject
    ), told as (
      insert into events (type, facts)
      select 'session_started', json_build_object('session_id', id, 'subject', subject)::text from signed_in
    )
    select exists (select from flow) as asked`;
  return row?.asked === true;
}

function grantedFacts({ id, clientId, subject, sessionId }: Authorization): string {
  return factsCell({ client_id: clientId, subject, session_id: sessionId, authorization_id: id });
}

async function finish(db: Database, codec: AuthorizationCodec, done: Finish, finishedBy: string): Promise<boolean> {
  const { id, authorization, revision } = done;
  const { code, accessToken, deviceCode } = done.end;
  const sealed = codec.seal(authorization);
  // The session is locked while the flow finishes: what hangs from it is there when it ends, or does not come to be.
  const row = await db.first<{ finished: boolean }>("flows.finish")`
    with client as (
      select id, number from clients where id = ${authorization.clientId} and revision = ${revision}
    ), login_session as (
      select id from login_sessions where id = ${uuidOf(authorization.sessionId)} for key share
    ), device as (
      select digest from device_codes
      where digest = ${deviceCode === null ? null : bytesOf(deviceCode)}::bytea and state = 'pending'
        and expires_at > ${authorization.createdAt}
      for update
    ), flow as (
      update flows w set state = 'done', finished_by = ${finishedBy}
      from client c, login_session s
      where w.id = ${uuidOf(id)} and w.state = 'consent_answered' and w.client_number = c.number
        and (${deviceCode === null}::boolean or exists (select from device))
      returning w.id
    ), accepted as (
      update device_codes d set state = 'accepted', authorization_id = ${uuidOf(authorization.id)}
      from flow, device where d.digest = device.digest
    ), authorization_row as (
      insert into authorizations (
        id, session_id, based_on, created_at, remember_until, skipped, client_id, subject, granted_scope,
        granted_audience, facts, access_token_claims, id_token_claims, expires_at, expires_on,
        token_seconds
      )
      select
        ${uuidOf(authorization.id)}::uuid, ${uuidOf(authorization.sessionId)}::uuid,
        ${uuidOf(authorization.basedOn ?? "")}::uuid, ${authorization.createdAt}::timestamptz,
        ${authorization.rememberUntil}::timestamptz, ${authorization.skipped}::boolean,
        ${authorization.clientId}::text, ${authorization.subject}::text, ${authorization.grantedScope.join(" ")}::text,
        ${JSON.stringify(authorization.grantedAudience)}::text, ${sealed.facts}::bytea,
        ${sealed.accessTokenClaims}::bytea, ${sealed.idTokenClaims}::bytea, ${authorization.expiresAt}::timestamptz,
        (${authorization.expiresAt}::timestamptz at time zone 'UTC')::date, ${authorization.tokenSeconds}::integer
      from flow
    ), code as (
      insert into codes (
        digest, authorization_id, expires_at, redirect_uri_sent, client_id, redirect_uri, code_challenge
      )
      select
        ${code === null ? null : bytesOf(code.digest)}::bytea, ${uuidOf(authorization.id)}::uuid,
        ${code?.expiresAt ?? null}::timestamptz, ${code?.redirectUriSent ?? null}::boolean,
        ${authorization.clientId}::text, ${code?.redirectUri ?? null}::text, ${code?.codeChallenge ?? null}::text
      from flow where ${code !== null}::boolean
    ), token as (
      insert into ${tokenTable}
        (digest, authorization_id, issued_at, expires_at, epoch, generation, client_id, scope, audience)
      select
        ${accessToken === null ? null : bytesOf(accessToken.digest)}::bytea, ${uuidOf(authorization.id)}::uuid,
        ${accessToken?.issuedAt ?? null}::timestamptz, ${accessToken?.expiresAt ?? null}::timestamptz,
        ${accessToken?.epoch ?? null}::integer, ${accessToken?.generation ?? null}::integer,
        ${authorization.clientId}::text, ${accessToken?.scope ?? null}::text,
        ${accessToken === null ? null : audienceCell(accessToken)}::text
      from flow where ${accessToken !== null}::boolean
    ), session_client as (
      insert into session_clients (session_id, client_id)
      select ${uuidOf(authorization.sessionId)}::uuid, ${authorization.clientId}::text from flow
      on conflict do nothing
    ), told as (
      insert into events (type, facts) select 'authorization_granted', ${grantedFacts(authorization)} from flow
    )
    select exists (select from flow) as finished`;
  return row?.finished === true;
}
