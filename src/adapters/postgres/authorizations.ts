/** Authorizations: everything else is judged by joining them. */
import type { Seal } from "../../ports/seal.ts";
import type { AuthorizationStore } from "../../ports/store/authorizations.ts";
import type { Authorization, AuthorizationFacts } from "../../protocol/authorization.ts";
import { constant } from "./arguments.ts";
import { fromJson, idOf, once, uuidOf, words } from "./cells.ts";
import type { Database } from "./database.ts";
import { openClaims, type SealedColumn, sealClaims, sealedColumn } from "./sealed.ts";

/** After every id: where the list of those who come first begins. */
const lastId = "f".repeat(32);

export const authorizations = (db: Database, codec: AuthorizationCodec): AuthorizationStore => ({
  async list({ subject, sessionId, after, limit, now }) {
    const rows = await db.aside.rows<Complete>("authorizations.list")`
      select ${authorizationColumns} from authorizations a
      where a.subject = ${subject} and (${sessionId === null}::boolean or a.session_id = ${uuidOf(sessionId ?? "")}::uuid)
        and (a.created_at, a.id) < (
          coalesce(${after?.createdAt ?? null}::timestamptz, 'infinity'), ${uuidOf(after?.id ?? lastId)}::uuid
        )
        and not a.skipped and (a.expires_at > ${now} or exists (
          select from refresh_families f where f.authorization_id = a.id and f.expires_at > ${now}
        ))
        and (a.revoked_at is null or (a.signed_out and a.remember_until > ${now}))
      order by a.created_at desc, a.id desc
      limit ${limit}`;
    return rows.map((row) => codec.open(row));
  },

  async revokeGranted(subject, clientId, now) {
    await db.aside.run("authorizations.revoke_granted")`
      with revoked as (
        update authorizations set revoked_at = ${now}, signed_out = false
        where subject = ${subject} and (${clientId}::text is null or client_id = ${clientId}::text)
          and (revoked_at is null or signed_out)
        returning client_id
      )
      insert into events (type, facts)
      select 'consents_revoked', json_build_object('client_id', client_id, 'subject', ${subject}::text)::text
      from (select distinct client_id from revoked) r`;
  },

  async revokeOfSession(sessionId, now) {
    await db.aside.run("authorizations.revoke_of_session")`
      with revoked as (
        update authorizations set revoked_at = ${now}, signed_out = false
        where session_id = ${uuidOf(sessionId)} and (revoked_at is null or signed_out)
        returning client_id, subject, session_id
      )
      insert into events (type, facts)
      select 'consents_revoked',
        json_build_object('client_id', client_id, 'subject', subject, 'session_id', session_id)::text
      from (select distinct client_id, subject, session_id from revoked) r`;
  },

  async remembered(subject, clientId, now) {
    const rows = await db.rows<{ id: string; granted_scope: string; granted_audience: string }>(
      "authorizations.remembered",
    )`
      select id, granted_scope, granted_audience
      from authorizations
      where client_id = ${clientId} and subject = ${subject}
        and remember_until > ${now} and not skipped and (revoked_at is null or signed_out)
      order by created_at desc
      limit 20`;
    return rows.map((row) => ({
      id: idOf(row.id),
      grantedScope: words(row.granted_scope),
      grantedAudience: fromJson<string[]>(row.granted_audience),
    }));
  },

  async prolong({ id, tokenSeconds, until }) {
    await db.run("authorizations.prolong")`
      update authorizations set
        token_seconds = greatest(token_seconds, ${tokenSeconds}), expires_at = greatest(expires_at, ${until}),
        expires_on = (greatest(expires_at, ${until}::timestamptz) at time zone 'UTC')::date
      where id = ${uuidOf(id)}`;
  },

  async setClaims({ id, accessTokenClaims, idTokenClaims }) {
    const cells = codec.sealClaims(id, { accessTokenClaims, idTokenClaims });
    await db.run("authorizations.set_claims")`
      update authorizations set
        access_token_claims = ${cells.accessTokenClaims}::bytea, id_token_claims = ${cells.idTokenClaims}::bytea
      where id = ${uuidOf(id)}`;
  },

  async revoke(id, now, because = "consents_revoked") {
    const changed = await db.changed("authorizations.revoke")`
      with revoked as (
        update authorizations set revoked_at = ${now}, signed_out = false
        where id = ${uuidOf(id)} and (revoked_at is null or signed_out)
        returning client_id, subject
      )
      insert into events (type, facts)
      select ${because}, json_build_object(
        'client_id', client_id, 'subject', subject, 'authorization_id', ${id}::text
      )::text
      from revoked`;
    return changed === 1;
  },
});

/** `a` is the alias of the table. */
export const authorizationColumns = constant(`
  a.id as a_id, a.session_id as a_session_id, a.based_on as a_based_on, a.created_at as a_created_at,
  a.remember_until as a_remember_until, a.skipped as a_skipped, a.client_id as a_client_id, a.subject as a_subject,
  a.granted_scope as a_granted_scope, a.granted_audience as a_granted_audience, a.facts as a_facts,
  a.access_token_claims as a_access_token_claims, a.id_token_claims as a_id_token_claims, a.expires_at as a_expires_at,
  a.token_seconds as a_token_seconds`);

/** The columns above where the row was joined by `left join` and may be missing. */
export type AuthorizationRow = Complete | { readonly a_id: null };

interface Complete {
  readonly a_id: string;
  readonly a_session_id: string;
  readonly a_based_on: string | null;
  readonly a_created_at: Date;
  readonly a_remember_until: Date | null;
  readonly a_skipped: boolean;
  readonly a_client_id: string;
  readonly a_subject: string;
  readonly a_granted_scope: string;
  readonly a_granted_audience: string;
  readonly a_facts: Uint8Array;
  readonly a_access_token_claims: Uint8Array | null;
  readonly a_id_token_claims: Uint8Array | null;
  readonly a_expires_at: Date;
  readonly a_token_seconds: number | null;
}

export type CompleteAuthorizationRow = Complete;

interface ClaimsCells {
  readonly accessTokenClaims: Uint8Array | null;
  readonly idTokenClaims: Uint8Array | null;
}

export interface AuthorizationCells extends ClaimsCells {
  readonly facts: Uint8Array;
}

type Claims = Pick<Authorization, "accessTokenClaims" | "idTokenClaims">;

/** Between authorizations, with what hangs from them, and their sealed cells. */
export interface AuthorizationCodec {
  seal(authorization: Authorization): AuthorizationCells;
  sealClaims(id: string, claims: Claims): ClaimsCells;
  /** The claims of a token's own. */
  readonly tokenClaims: SealedColumn;
  open(row: Complete): Authorization;
  openJoined(row: AuthorizationRow): Authorization | null;
}

export function authorizationCodec(seal: Seal): AuthorizationCodec {
  const facts = sealedColumn(seal, "authorizations", "facts");
  const accessTokenClaims = sealedColumn(seal, "authorizations", "access_token_claims");
  const idTokenClaims = sealedColumn(seal, "authorizations", "id_token_claims");
  // Opened when it is asked for: most requests (introspection, a code's first check) never look at what is sealed.
  const open = (row: Complete): Authorization => {
    const id = idOf(row.a_id);
    const openedFacts = once(() => openFacts(facts, id, row.a_facts));
    const openedAccessTokenClaims = once(() => openClaims(accessTokenClaims, id, row.a_access_token_claims));
    const openedIdTokenClaims = once(() => openClaims(idTokenClaims, id, row.a_id_token_claims));
    return {
      id,
      clientId: row.a_client_id,
      subject: row.a_subject,
      sessionId: row.a_session_id,
      grantedScope: words(row.a_granted_scope),
      grantedAudience: fromJson<string[]>(row.a_granted_audience),
      createdAt: row.a_created_at,
      rememberUntil: row.a_remember_until,
      basedOn: row.a_based_on === null ? null : idOf(row.a_based_on),
      skipped: row.a_skipped,
      expiresAt: row.a_expires_at,
      tokenSeconds: row.a_token_seconds,
      get facts() {
        return openedFacts();
      },
      get accessTokenClaims() {
        return openedAccessTokenClaims();
      },
      get idTokenClaims() {
        return openedIdTokenClaims();
      },
    };
  };
  const sealBoth = (id: string, claims: Claims): ClaimsCells => ({
    accessTokenClaims: sealClaims(accessTokenClaims, id, claims.accessTokenClaims),
    idTokenClaims: sealClaims(idTokenClaims, id, claims.idTokenClaims),
  });
  return {
    seal: (authorization) => ({
      facts: facts.seal(authorization.id, authorization.facts),
      ...sealBoth(authorization.id, authorization),
    }),
    sealClaims: sealBoth,
    tokenClaims: sealedColumn(seal, "access_tokens", "claims"),
    open,
    openJoined: (row) => (row.a_id === null ? null : open(row)),
  };
}

type StoredFacts = Omit<AuthorizationFacts, "authenticatedAt" | "requestedAt" | "handledAt" | "pairwiseSubject"> & {
  readonly pairwiseSubject?: string;
} & Readonly<Record<"authenticatedAt" | "requestedAt" | "handledAt", string>>;

function openFacts(column: SealedColumn, row: string, sealed: Uint8Array): AuthorizationFacts {
  const stored = column.open<StoredFacts>(row, sealed);
  return {
    ...stored,
    // Older releases had none.
    pairwiseSubject: stored.pairwiseSubject ?? "",
    authenticatedAt: new Date(stored.authenticatedAt),
    requestedAt: new Date(stored.requestedAt),
    handledAt: new Date(stored.handledAt),
  };
}
