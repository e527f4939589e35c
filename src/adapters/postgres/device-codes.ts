/** Device codes: they wait for their user, and are spent once for what is stored in the same step. */
import type { DeviceCodeStore } from "../../ports/store/device-codes.ts";
import type { Outcome, Redemption } from "../../ports/store/tokens.ts";
import type { DeviceCode, DeviceCodeState } from "../../protocol/device-code.ts";
import { audienceCell, claimsCell, tokenTable } from "./access-tokens.ts";
import { constant } from "./arguments.ts";
import { type AuthorizationCodec, type AuthorizationRow, authorizationColumns } from "./authorizations.ts";
import { bytesOf, digestOf, fromJson, uuidOf, words } from "./cells.ts";
import type { Database } from "./database.ts";
import { settled } from "./settled.ts";

export interface DeviceCodeRow {
  readonly digest: Uint8Array;
  readonly client_id: string;
  readonly scope: string;
  readonly audience: string;
  readonly code_challenge: string | null;
  readonly requested_at: Date;
  readonly expires_at: Date;
}

/** `d` is the alias of the table. */
export const deviceCodeColumns = constant(
  "d.digest, d.client_id, d.scope, d.audience, d.code_challenge, d.requested_at, d.expires_at",
);

export function toDeviceCode(row: DeviceCodeRow): DeviceCode {
  return {
    digest: digestOf(row.digest),
    clientId: row.client_id,
    scope: words(row.scope),
    audience: fromJson<string[]>(row.audience),
    codeChallenge: row.code_challenge,
    requestedAt: row.requested_at,
    expiresAt: row.expires_at,
  };
}

type PresentedRow = DeviceCodeRow &
  AuthorizationRow & {
    readonly state: DeviceCodeState;
    readonly spent_at: Date | null;
    readonly revoked: boolean;
  };

/** `mark` makes a fresh random id. */
export const deviceCodes = (db: Database, authorizations: AuthorizationCodec, mark: () => string): DeviceCodeStore => ({
  async create(code, revision) {
    const row = await db.first<{ current: boolean; created: boolean }>("device_codes.create")`
      with client as (
        select id, number from clients where id = ${code.clientId} and revision = ${revision}
      ), created as (
        insert into device_codes (
          digest, user_code_digest, client_number, requested_at, expires_at, client_id, scope, audience, code_challenge,
          state
        )
        select
          ${bytesOf(code.digest)}::bytea, ${bytesOf(code.userCodeDigest)}::bytea, number,
          ${code.requestedAt}::timestamptz, ${code.expiresAt}::timestamptz, id, ${code.scope.join(" ")}::text,
          ${JSON.stringify(code.audience)}::text, ${code.codeChallenge}::text, 'pending'
        from client
        on conflict do nothing
        returning digest
      )
      select exists (select from client) as current, exists (select from created) as created`;
    if (row?.created === true) return "done";
    return row?.current === true ? "taken" : "stale";
  },

  async find(digest) {
    const row = await db.first<PresentedRow>("device_codes.find")`
      select ${deviceCodeColumns}, d.state, d.spent_at, a.revoked_at is not null as revoked, ${authorizationColumns}
      from device_codes d
      join clients c on c.id = d.client_id and c.number = d.client_number
      left join authorizations a on a.id = d.authorization_id
      where d.digest = ${bytesOf(digest)}`;
    if (row === undefined) return undefined;
    const { state, spent_at: spentAt, revoked } = row;
    return { ...toDeviceCode(row), state, spentAt, authorization: authorizations.openJoined(row), revoked };
  },

  async deny(digest) {
    const changed = await db.changed("device_codes.deny")`
      update device_codes set state = 'denied' where digest = ${bytesOf(digest)} and state = 'pending'`;
    return changed === 1;
  },

  async redeem(redemption) {
    const spentBy = mark();
    const claims = claimsCell(redemption.accessToken, authorizations);
    return await settled<Outcome>({
      run: () => redeem(db, redemption, { spentBy, claims }),
      async find() {
        const row = await db.first("device_codes.spent_by")`
          select from device_codes where digest = ${bytesOf(redemption.digest)} and spent_by = ${spentBy}`;
        return row === undefined ? undefined : "done";
      },
    });
  },
});

interface Cells {
  /** The mark of this very write. */
  readonly spentBy: string;
  readonly claims: Uint8Array | null;
}

async function redeem(db: Database, redemption: Redemption, { spentBy, claims }: Cells): Promise<Outcome> {
  const { accessToken, family, now } = redemption;
  // The condition is the lock: of two requests that race, one changes the row, and only its tokens are stored.
  const row = await db.first<{ current: boolean; spent: boolean }>("device_codes.redeem")`
    with client as (
      select id, number from clients where id = ${redemption.clientId} and revision = ${redemption.revision}
    ), spent as (
      update device_codes d set state = 'spent', spent_at = ${now}, spent_by = ${spentBy}
      from client c, authorizations a
      where d.digest = ${bytesOf(redemption.digest)} and d.state = 'accepted' and d.expires_at > ${now}
        and d.client_number = c.number and d.authorization_id = ${uuidOf(redemption.authorizationId)}
        and a.id = d.authorization_id and a.revoked_at is null
      returning d.authorization_id, d.client_id
    ), token as (
      insert into ${tokenTable}
        (digest, authorization_id, issued_at, expires_at, epoch, generation, client_id, scope, audience, claims)
      select
        ${accessToken === null ? null : bytesOf(accessToken.digest)}::bytea, authorization_id,
        ${accessToken?.issuedAt ?? null}::timestamptz, ${accessToken?.expiresAt ?? null}::timestamptz,
        ${accessToken?.epoch ?? null}::integer, ${accessToken?.generation ?? null}::integer, client_id,
        ${accessToken?.scope ?? null}::text, ${accessToken === null ? null : audienceCell(accessToken)}::text,
        ${claims}::bytea
      from spent where ${accessToken !== null}::boolean
    ), family as (
      insert into refresh_families (authorization_id, client_id, expires_at, rotated_at, expires_on, generation)
      select
        authorization_id, client_id, ${family?.expiresAt ?? null}::timestamptz, ${now}::timestamptz,
        (${family?.expiresAt ?? null}::timestamptz at time zone 'UTC')::date, 1
      from spent where ${family !== null}::boolean
    )
    select exists (select from client) as current, exists (select from spent) as spent`;
  if (row?.spent === true) return "done";
  return row?.current === true ? "lost" : "stale";
}
