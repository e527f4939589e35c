/** Refresh families: a generation that counts up, and no digest (the token's MAC proves it). */
import type { Outcome, RefreshFamilyStore, Retry, Rotation } from "../../ports/store/tokens.ts";
import type { RefreshFamily } from "../../protocol/token.ts";
import { audienceCell, claimsCell, tokenTable } from "./access-tokens.ts";
import { type AuthorizationCodec, authorizationColumns, type CompleteAuthorizationRow } from "./authorizations.ts";
import { bytesOf, uuidOf } from "./cells.ts";
import type { Database } from "./database.ts";
import { settled } from "./settled.ts";

type FamilyRow = CompleteAuthorizationRow & {
  readonly client_id: string;
  readonly generation: number;
  readonly expires_at: Date;
  readonly rotated_at: Date;
  readonly revoked: boolean;
};

/** `mark` makes a fresh random id. */
export const refreshFamilies = (
  db: Database,
  authorizations: AuthorizationCodec,
  mark: () => string,
): RefreshFamilyStore => ({
  async find(authorizationId) {
    const row = await db.first<FamilyRow>("refresh_families.find")`
      select
        f.client_id, f.generation, f.expires_at, f.rotated_at, a.revoked_at is not null as revoked,
        ${authorizationColumns}
      from refresh_families f
      join authorizations a on a.id = f.authorization_id
      where f.authorization_id = ${uuidOf(authorizationId)}`;
    return row === undefined ? undefined : toFamily(row, authorizations);
  },

  async rotate(rotation) {
    const rotatedBy = mark();
    const claims = claimsCell(rotation.accessToken, authorizations);
    return await settled<Outcome>({
      run: () => rotate(db, rotation, { rotatedBy, claims }),
      async find() {
        const row = await db.first("refresh_families.rotated_by")`
          select from refresh_families
          where authorization_id = ${uuidOf(rotation.authorizationId)} and rotated_by = ${rotatedBy}`;
        return row === undefined ? undefined : "done";
      },
    });
  },

  // Unmarked: a lost answer to what is itself asked for again may be counted twice.
  retry: (asked) => retry(db, asked, claimsCell(asked.accessToken, authorizations)),
});

interface Cells {
  /** The mark of this very write. */
  readonly rotatedBy: string;
  readonly claims: Uint8Array | null;
}

async function rotate(db: Database, rotation: Rotation, { rotatedBy, claims }: Cells): Promise<Outcome> {
  const { accessToken, now } = rotation;
  const row = await db.first<{ current: boolean; rotated: boolean }>("refresh_families.rotate")`
    with client as (
      select id from clients where id = ${rotation.clientId} and revision = ${rotation.revision}
    ), rotated as (
      update refresh_families f set
        expires_at = ${rotation.expiresAt}, rotated_at = ${now},
        expires_on = (${rotation.expiresAt}::timestamptz at time zone 'UTC')::date,
        generation = f.generation + 1, retries = 0, rotated_by = ${rotatedBy}
      from client c, authorizations a
      where f.authorization_id = ${uuidOf(rotation.authorizationId)} and f.generation = ${rotation.generation}
        and f.expires_at > ${now} and f.client_id = c.id
        and a.id = f.authorization_id and a.revoked_at is null
      returning f.authorization_id, f.client_id
    ), token as (
      insert into ${tokenTable}
        (digest, authorization_id, issued_at, expires_at, epoch, generation, client_id, scope, audience, claims)
      select
        ${accessToken === null ? null : bytesOf(accessToken.digest)}::bytea, authorization_id,
        ${accessToken?.issuedAt ?? null}::timestamptz, ${accessToken?.expiresAt ?? null}::timestamptz,
        ${accessToken?.epoch ?? null}::integer, ${accessToken?.generation ?? null}::integer, client_id,
        ${accessToken?.scope ?? null}::text, ${accessToken === null ? null : audienceCell(accessToken)}::text,
        ${claims}::bytea
      from rotated where ${accessToken !== null}::boolean
    )
    select exists (select from client) as current, exists (select from rotated) as rotated`;
  if (row?.rotated === true) return "done";
  return row?.current === true ? "lost" : "stale";
}

async function retry(db: Database, asked: Retry, claims: Uint8Array | null): Promise<Outcome> {
  const { accessToken, now, most } = asked;
  const row = await db.first<{ current: boolean; counted: boolean }>("refresh_families.retry")`
    with client as (
      select id from clients where id = ${asked.clientId} and revision = ${asked.revision}
    ), counted as (
      update refresh_families f set retries = f.retries + 1
      from client c, authorizations a
      where f.authorization_id = ${uuidOf(asked.authorizationId)} and f.generation = ${asked.generation}
        and f.expires_at > ${now} and f.client_id = c.id
        and (${most}::integer is null or f.retries < ${most}::integer)
        and a.id = f.authorization_id and a.revoked_at is null
      returning f.authorization_id, f.client_id
    ), token as (
      insert into ${tokenTable}
        (digest, authorization_id, issued_at, expires_at, epoch, generation, client_id, scope, audience, claims)
      select
        ${accessToken === null ? null : bytesOf(accessToken.digest)}::bytea, authorization_id,
        ${accessToken?.issuedAt ?? null}::timestamptz, ${accessToken?.expiresAt ?? null}::timestamptz,
        ${accessToken?.epoch ?? null}::integer, ${accessToken?.generation ?? null}::integer, client_id,
        ${accessToken?.scope ?? null}::text, ${accessToken === null ? null : audienceCell(accessToken)}::text,
        ${claims}::bytea
      from counted where ${accessToken !== null}::boolean
    )
    select exists (select from client) as current, exists (select from counted) as counted`;
  if (row?.counted === true) return "done";
  return row?.current === true ? "lost" : "stale";
}

function toFamily(row: FamilyRow, authorizations: AuthorizationCodec): RefreshFamily {
  const authorization = authorizations.open(row);
  return {
    authorizationId: authorization.id,
    clientId: row.client_id,
    generation: row.generation,
    expiresAt: row.expires_at,
    rotatedAt: row.rotated_at,
    authorization,
    revoked: row.revoked,
  };
}
