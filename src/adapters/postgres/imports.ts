/** What was brought along from another server: its permissions, its refresh tokens, and the keys that prove them. */
import type { Seal } from "../../ports/seal.ts";
import type { ImportedAuthorization, ImportOutcome, ImportStore } from "../../ports/store/imports.ts";
import { bool, bytea, column, digest as digestType, int4, text, timestamptz, uuid } from "./arguments.ts";
import type { AuthorizationCodec } from "./authorizations.ts";
import { bytesOf, idOf, uuidOf } from "./cells.ts";
import type { Database } from "./database.ts";

export const imports = (db: Database, codec: AuthorizationCodec, seal: Seal): ImportStore => ({
  async keep(imported) {
    const written = await keepAuthorizations(db, codec, imported);
    await keepFamilies(
      db,
      imported.filter(({ authorization }) => written.has(uuidOf(authorization.id) ?? "")),
    );
    return imported.map(({ authorization }): ImportOutcome => {
      const isNew = written.get(uuidOf(authorization.id) ?? "");
      return isNew === undefined ? "without client" : isNew ? "written" : "present";
    });
  },

  async findRefreshToken(digest) {
    const row = await db.first<{ authorization_id: string; generation: number }>("imports.find_refresh_token")`
      select authorization_id, generation from imported_refresh_tokens where digest = ${bytesOf(digest)}`;
    return row && { authorizationId: idOf(row.authorization_id), generation: row.generation };
  },

  async keepKey({ id, key }) {
    const cell = seal.seal("imported_keys", "key", id, Buffer.from(key).toString("base64url"));
    await db.run("imports.keep_key")`
      insert into imported_keys (id, key) values (${uuidOf(id)}::uuid, ${cell}) on conflict do nothing`;
  },

  async keys() {
    const rows = await db.rows<{ id: string; key: Buffer }>("imports.keys")`
      select id, key from imported_keys order by id`;
    return rows.map((row) => {
      const id = idOf(row.id);
      return { id, key: Buffer.from(seal.open("imported_keys", "key", id, row.key), "base64url") };
    });
  },
});

/** The ids that are there now, and whether they are new. Those whose client is not here are left out. */
async function keepAuthorizations(
  db: Database,
  codec: AuthorizationCodec,
  imported: readonly ImportedAuthorization[],
): Promise<ReadonlyMap<string, boolean>> {
  const rows = imported.map(({ authorization }) => ({ ...codec.seal(authorization), authorization }));
  const found = await db.aside.rows<{ id: string; is_new: boolean }>("imports.keep")`
    with q as (
      select q.* from unnest(
        ${column(rows, uuid, (row) => uuidOf(row.authorization.id))}::uuid[],
        ${column(rows, uuid, (row) => uuidOf(row.authorization.sessionId))}::uuid[],
        ${column(rows, uuid, (row) => uuidOf(row.authorization.basedOn ?? ""))}::uuid[],
        ${column(rows, timestamptz, (row) => row.authorization.createdAt)}::timestamptz[],
        ${column(rows, timestamptz, (row) => row.authorization.rememberUntil)}::timestamptz[],
        ${column(rows, bool, (row) => row.authorization.skipped)}::boolean[],
        ${column(rows, text, (row) => row.authorization.clientId)}::text[],
        ${column(rows, text, (row) => row.authorization.subject)}::text[],
        ${column(rows, text, (row) => row.authorization.grantedScope.join(" "))}::text[],
        ${column(rows, text, (row) => JSON.stringify(row.authorization.grantedAudience))}::text[],
        ${column(rows, bytea, (row) => row.facts)}::bytea[],
        ${column(rows, bytea, (row) => row.accessTokenClaims)}::bytea[],
        ${column(rows, bytea, (row) => row.idTokenClaims)}::bytea[],
        ${column(rows, timestamptz, (row) => row.authorization.expiresAt)}::timestamptz[],
        ${column(rows, int4, (row) => row.authorization.tokenSeconds)}::integer[]
      ) as q (
        id, session_id, based_on, created_at, remember_until, skipped, client_id, subject, granted_scope,
        granted_audience, facts, access_token_claims, id_token_claims, expires_at, token_seconds
      )
      join clients c on c.id = q.client_id
    ), put as (
      insert into authorizations as a (
        id, session_id, based_on, created_at, remember_until, skipped, client_id, subject, granted_scope,
        granted_audience, facts, access_token_claims, id_token_claims, expires_at, expires_on, token_seconds
      )
      select
        id, session_id, based_on, created_at, remember_until, skipped, client_id, subject, granted_scope,
        granted_audience, facts, access_token_claims, id_token_claims, expires_at,
        (expires_at at time zone 'UTC')::date, token_seconds
      from q
      on conflict (id) do update set
        expires_at = greatest(a.expires_at, excluded.expires_at), expires_on = greatest(a.expires_on, excluded.expires_on)
    )
    select q.id, not exists (select from authorizations a where a.id = q.id) as is_new from q`;
  return new Map(found.map((row) => [uuidOf(idOf(row.id)) ?? "", row.is_new]));
}

// A family that has gone on here is its holder's: whatever the other server did since belongs to nobody here.
async function keepFamilies(db: Database, imported: readonly ImportedAuthorization[]): Promise<void> {
  const families = imported.flatMap(({ authorization: { id, clientId }, family }) =>
    family === null ? [] : [{ id, clientId, ...family }],
  );
  if (families.length === 0) return;
  const tokens = families.flatMap((family) => family.tokens.map((token) => ({ ...token, id: family.id })));
  await db.aside.run("imports.keep_families")`
    with families as (
      insert into refresh_families as f
        (authorization_id, client_id, expires_at, rotated_at, expires_on, generation)
      select id, client_id, expires_at, rotated_at, (expires_at at time zone 'UTC')::date, 1
      from unnest(
        ${column(families, uuid, (family) => uuidOf(family.id))}::uuid[],
        ${column(families, text, (family) => family.clientId)}::text[],
        ${column(families, timestamptz, (family) => family.expiresAt)}::timestamptz[],
        ${column(families, timestamptz, (family) => family.rotatedAt)}::timestamptz[]
      ) as q (id, client_id, expires_at, rotated_at)
      on conflict (authorization_id) do update set
        expires_at = excluded.expires_at, rotated_at = excluded.rotated_at, expires_on = excluded.expires_on
      where f.generation = 1
      returning f.authorization_id
    )
    insert into imported_refresh_tokens (digest, authorization_id, expires_at, generation)
    select q.digest, q.authorization_id, q.expires_at, q.generation
    from unnest(
      ${column(tokens, digestType, (token) => token.digest)}::bytea[],
      ${column(tokens, uuid, (token) => uuidOf(token.id))}::uuid[],
      ${column(tokens, timestamptz, (token) => token.expiresAt)}::timestamptz[],
      ${column(tokens, int4, (token) => token.generation)}::integer[]
    ) as q (digest, authorization_id, expires_at, generation)
    join families using (authorization_id)
    on conflict (digest) do update set
      authorization_id = excluded.authorization_id, generation = excluded.generation, expires_at = excluded.expires_at`;
}
