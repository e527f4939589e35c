/** Authorization codes, kept by digest: who steals the table cannot redeem a row of it. */
import type { CodeStore, Outcome, Redemption } from "../../ports/store/tokens.ts";
import type { PresentedCode } from "../../protocol/token.ts";
import { audienceCell, claimsCell, tokenTable } from "./access-tokens.ts";
import { type AuthorizationCodec, authorizationColumns, type CompleteAuthorizationRow } from "./authorizations.ts";
import { bytesOf, uuidOf } from "./cells.ts";
import type { Database } from "./database.ts";
import { settled } from "./settled.ts";

type CodeRow = CompleteAuthorizationRow & {
  readonly client_id: string;
  readonly redirect_uri: string;
  readonly redirect_uri_sent: boolean;
  readonly code_challenge: string | null;
  readonly expires_at: Date;
  readonly spent_at: Date | null;
  readonly revoked: boolean;
};

/** `mark` makes a fresh random id. */
export const codes = (db: Database, authorizations: AuthorizationCodec, mark: () => string): CodeStore => ({
  async find(digest) {
    const row = await db.first<CodeRow>("codes.find")`
      select
        o.client_id, o.redirect_uri, o.redirect_uri_sent, o.code_challenge, o.expires_at, o.spent_at,
        a.revoked_at is not null as revoked, ${authorizationColumns}
      from codes o
      join authorizations a on a.id = o.authorization_id
      join clients c on c.id = o.client_id
      where o.digest = ${bytesOf(digest)}`;
    return row === undefined ? undefined : toPresented(row, digest, authorizations);
  },

  async redeem(redemption) {
    const spentBy = mark();
    const claims = claimsCell(redemption.accessToken, authorizations);
    return await settled<Outcome>({
      run: () => redeem(db, redemption, { spentBy, claims }),
      async find() {
        const row = await db.first("codes.spent_by")`
          select from codes where digest = ${bytesOf(redemption.digest)} and spent_by = ${spentBy}`;
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
  const row = await db.first<{ current: boolean; spent: boolean }>("codes.redeem")`
    with client as (
      select id from clients where id = ${redemption.clientId} and revision = ${redemption.revision}
    ), spent as (
      update codes o set spent_at = ${now}, spent_by = ${spentBy}
      from client c, authorizations a
      where o.digest = ${bytesOf(redemption.digest)} and o.spent_at is null and o.expires_at > ${now}
        and o.client_id = c.id and o.authorization_id = ${uuidOf(redemption.authorizationId)}
        and a.id = o.authorization_id and a.revoked_at is null
      returning o.authorization_id, o.client_id
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

function toPresented(row: CodeRow, digest: string, authorizations: AuthorizationCodec): PresentedCode {
  const authorization = authorizations.open(row);
  return {
    digest,
    authorizationId: authorization.id,
    clientId: row.client_id,
    redirectUri: row.redirect_uri,
    redirectUriSent: row.redirect_uri_sent,
    codeChallenge: row.code_challenge,
    expiresAt: row.expires_at,
    spentAt: row.spent_at,
    authorization,
    revoked: row.revoked,
  };
}
