/** Opaque access tokens, kept by digest, and the few JWTs that were ended before their time. */
import type { AccessTokenStore, JwtStanding } from "../../ports/store/tokens.ts";
import type { JsonObject } from "../../protocol/json.ts";
import type { AccessTokenRecord, LiveAccessToken } from "../../protocol/token.ts";
import { column, constant, digest, int4, text, timestamptz, uuid } from "./arguments.ts";
import { type AuthorizationCodec, type AuthorizationRow, authorizationColumns } from "./authorizations.ts";
import { bytesOf, fromJson, idOf, uuidOf } from "./cells.ts";
import type { Database } from "./database.ts";
import { factsCell } from "./events.ts";
import { joined } from "./joined.ts";

/** Where opaque tokens lie: the one place that names it. */
export const tokenTable = constant("access_tokens");

interface Issue {
  readonly token: AccessTokenRecord;
  readonly revision: number;
}

type FoundRow = AuthorizationRow & {
  readonly n: number;
  readonly authorization_id: string | null;
  readonly issued_at: Date;
  readonly expires_at: Date;
  readonly epoch: number;
  readonly revision: number;
  readonly generation: number;
  readonly client_id: string;
  readonly scope: string | null;
  readonly audience: string | null;
  readonly token_subject: string | null;
  readonly token_claims: Uint8Array | null;
};

type Standing = Pick<LiveAccessToken, "authorization" | "revision">;
type StandingRow = AuthorizationRow & { readonly n: number; readonly revision: number };

export function accessTokens(db: Database, authorizations: AuthorizationCodec): AccessTokenStore {
  const issue = joined<Issue, boolean>(async (issues) => {
    const inserted = await insert(db, issues);
    // Answers cost as much as the insert; only when one is missing is it asked which.
    return inserted === issues.length ? issues.map(() => true) : await standing(db, issues);
  });

  const find = joined<{ digest: string; now: Date }, LiveAccessToken | undefined>(async (asked) => {
    const answers = new Array<LiveAccessToken | undefined>(asked.length).fill(undefined);
    for (const row of await select(db, asked)) {
      const index = row.n - 1;
      answers[index] = toLive(row, asked[index]?.digest ?? "", authorizations);
    }
    return answers;
  });

  const stands = joined<JwtStanding, Standing | undefined>(async (asked) => {
    const answers = new Array<Standing | undefined>(asked.length);
    for (const row of await selectStanding(db, asked)) {
      answers[row.n - 1] = { authorization: authorizations.openJoined(row), revision: row.revision };
    }
    return answers;
  });

  return {
    // Those with claims of their own go by themselves: all others carry nothing for them.
    issue: (token, revision) =>
      token.claims === null ? issue({ token, revision }) : insertClaimed(db, { token, revision }, authorizations),
    find: (digestOfToken, now) => find({ digest: digestOfToken, now }),
    stands,

    async delete(digestOfToken) {
      const changed = await db.changed("access_tokens.delete")`
        with gone as (
          delete from ${tokenTable} where digest = ${bytesOf(digestOfToken)} and authorization_id is null
          returning client_id, subject
        )
        insert into events (type, facts)
        select 'token_revoked', json_strip_nulls(json_build_object('client_id', client_id, 'subject', subject))::text
        from gone`;
      return changed === 1;
    },

    async revokeJwt(jti, expiresAt, clientId) {
      await db.run("revoked_tokens.add")`
        with revoked as (
          insert into revoked_tokens (jti, expires_at) values (${jti}, ${expiresAt}) on conflict do nothing
          returning 1
        )
        insert into events (type, facts)
        select 'token_revoked', ${factsCell({ client_id: clientId, token_id: jti })} from revoked`;
    },
  };
}

function insert(db: Database, issues: readonly Issue[]): Promise<number> {
  return db.changed("access_tokens.issue")`
    insert into ${tokenTable}
      (digest, authorization_id, issued_at, expires_at, epoch, generation, client_id, scope, audience, subject)
    select q.digest, q.authorization_id, q.issued_at, q.expires_at, q.epoch, q.generation, c.id, q.scope, q.audience,
      q.subject
    from unnest(
      ${column(issues, digest, (one) => one.token.digest)}::bytea[],
      ${column(issues, uuid, (one) => one.token.authorizationId)}::uuid[],
      ${column(issues, timestamptz, (one) => one.token.issuedAt)}::timestamptz[],
      ${column(issues, timestamptz, (one) => one.token.expiresAt)}::timestamptz[],
      ${column(issues, int4, (one) => one.token.epoch)}::integer[],
      ${column(issues, int4, (one) => one.token.generation)}::integer[],
      ${column(issues, text, (one) => one.token.scope)}::text[],
      ${column(issues, text, (one) => audienceCell(one.token))}::text[],
      ${column(issues, text, (one) => one.token.subject)}::text[],
      ${column(issues, text, (one) => one.token.clientId)}::text[],
      ${column(issues, int4, (one) => one.revision)}::integer[]
    ) as q (
      digest, authorization_id, issued_at, expires_at, epoch, generation, scope, audience, subject, client_id, revision
    )
    -- A remembered client is proven here: whose revision is another gets no row.
    join clients c on c.id = q.client_id and c.revision = q.revision
    on conflict do nothing`;
}

async function insertClaimed(db: Database, { token, revision }: Issue, codec: AuthorizationCodec): Promise<boolean> {
  const changed = await db.changed("access_tokens.issue_claimed")`
    insert into ${tokenTable}
      (digest, authorization_id, issued_at, expires_at, epoch, generation, client_id, scope, audience, subject, claims)
    select
      ${bytesOf(token.digest)}::bytea,
      ${token.authorizationId === null ? null : uuidOf(token.authorizationId)}::uuid,
      ${token.issuedAt}::timestamptz, ${token.expiresAt}::timestamptz, ${token.epoch}::integer,
      ${token.generation}::integer, id, ${token.scope}::text, ${audienceCell(token)}::text, ${token.subject}::text,
      ${claimsCell(token, codec)}::bytea
    from clients where id = ${token.clientId} and revision = ${revision}`;
  return changed === 1;
}

/** Which of them were stored. A digest is its token's alone, so a row that stands is this issue's. */
async function standing(db: Database, issues: readonly Issue[]): Promise<boolean[]> {
  const rows = await db.rows<{ n: number }>("access_tokens.issued")`
    select q.n::integer as n
    from unnest(${column(issues, digest, (one) => one.token.digest)}::bytea[]) with ordinality as q (digest, n)
    where exists (select from ${tokenTable} t where t.digest = q.digest)`;
  const stored = new Set(rows.map((row) => row.n));
  return issues.map((_, index) => stored.has(index + 1));
}

// `limit 1` says what the key says: the plan stays a walk by index, whatever the tables' statistics are.
function select(db: Database, asked: readonly { digest: string; now: Date }[]): Promise<readonly FoundRow[]> {
  return db.rows<FoundRow>("access_tokens.find")`
    select q.n::integer as n, live.*
    from unnest(
      ${column(asked, digest, (one) => one.digest)}::bytea[],
      ${column(asked, timestamptz, (one) => one.now)}::timestamptz[]
    ) with ordinality as q (digest, now, n)
    cross join lateral (
      select
        t.authorization_id, t.issued_at, t.expires_at, t.epoch, t.generation, t.client_id, t.scope, t.audience,
        t.subject as token_subject, t.claims as token_claims, c.revision, ${authorizationColumns}
      from ${tokenTable} t
      join clients c on c.id = t.client_id and c.epoch = t.epoch
      left join authorizations a on a.id = t.authorization_id
      left join refresh_families f on f.authorization_id = t.authorization_id
      where t.digest = q.digest and t.expires_at > q.now
        and (t.authorization_id is null or (a.id is not null and a.revoked_at is null))
        and (f.authorization_id is null or t.generation = 0 or f.generation = t.generation)
      limit 1
    ) as live`;
}

// A family below the token's generation is a restored backup's: the token is genuine and still stands.
function selectStanding(db: Database, asked: readonly JwtStanding[]): Promise<readonly StandingRow[]> {
  return db.rows<StandingRow>("access_tokens.stands")`
    select q.n::integer as n, live.*
    from unnest(
      ${column(asked, text, (one) => one.jti)}::text[],
      ${column(asked, uuid, (one) => (one.authorizationId === null ? null : uuidOf(one.authorizationId)))}::uuid[],
      ${column(asked, text, (one) => one.clientId)}::text[],
      ${column(asked, int4, (one) => one.epoch)}::integer[],
      ${column(asked, int4, (one) => one.generation)}::integer[]
    ) with ordinality as q (jti, authorization_id, client_id, epoch, generation, n)
    cross join lateral (
      select c.revision, ${authorizationColumns}
      from clients c
      left join authorizations a on a.id = q.authorization_id
      left join refresh_families f on f.authorization_id = q.authorization_id
      where c.id = q.client_id and c.epoch = q.epoch
        and (q.authorization_id is null or (a.client_id = q.client_id and a.revoked_at is null))
        and (f.authorization_id is null or q.generation = 0 or f.generation <= q.generation)
        and not exists (select from revoked_tokens r where r.jti = q.jti)
      limit 1
    ) as live`;
}

function toLive(row: FoundRow, digestOfToken: string, authorizations: AuthorizationCodec): LiveAccessToken {
  return {
    digest: digestOfToken,
    authorizationId: row.authorization_id === null ? null : idOf(row.authorization_id),
    clientId: row.client_id,
    epoch: row.epoch,
    generation: row.generation,
    scope: row.scope,
    audience: row.audience === null ? null : fromJson<string[]>(row.audience),
    subject: row.token_subject,
    claims:
      row.token_claims === null ? null : authorizations.tokenClaims.open<JsonObject>(digestOfToken, row.token_claims),
    issuedAt: row.issued_at,
    expiresAt: row.expires_at,
    authorization: authorizations.openJoined(row),
    revision: row.revision,
  };
}

/** The list as its cell holds it. */
export function audienceCell(token: AccessTokenRecord): string | null {
  return token.audience === null ? null : JSON.stringify(token.audience);
}

/** The claims of the token's own as their cell holds them; sealed anew at each call. */
export function claimsCell(token: AccessTokenRecord | null, codec: AuthorizationCodec): Uint8Array | null {
  return token === null || token.claims === null ? null : codec.tokenClaims.seal(token.digest, token.claims);
}
