/** Issuers whose JWTs are a grant. */
import type { TrustedIssuerStore } from "../../ports/store/trusted-issuers.ts";
import type { JsonObject } from "../../protocol/json.ts";
import type { TrustedIssuer } from "../../protocol/trusted-issuer.ts";
import { constant } from "./arguments.ts";
import { fromJson, uuidOf, words } from "./cells.ts";
import type { Database } from "./database.ts";
import { factsCell } from "./events.ts";

interface TrustRow {
  readonly id: string;
  readonly created_at: Date;
  readonly expires_at: Date;
  readonly any_subject: boolean;
  readonly issuer: string;
  readonly subject: string;
  readonly kid: string;
  readonly scope: string;
  readonly public_jwk: string;
}

const columns = constant("id, created_at, expires_at, any_subject, issuer, subject, kid, scope, public_jwk");

const firstId = "0".repeat(32);

export const trustedIssuers = (db: Database): TrustedIssuerStore => ({
  async create(trust) {
    const changed = await db.changed("trusted_issuers.create")`
      with created as (
        insert into trusted_issuers (${columns})
        values (
          ${trust.id}, ${trust.createdAt}, ${trust.expiresAt}, ${trust.allowAnySubject}, ${trust.issuer},
          ${trust.subject}, ${trust.kid}, ${trust.scope.join(" ")}, ${JSON.stringify(trust.publicJwk)}
        )
        on conflict do nothing
        returning 1
      )
      insert into events (type, facts)
      select 'issuer_trusted', ${factsCell({ trust_id: trust.id, issuer: trust.issuer, key_id: trust.kid })}
      from created`;
    return changed === 1;
  },

  async find(id) {
    const row = await db.first<TrustRow>("trusted_issuers.find")`
      select ${columns} from trusted_issuers where id = ${uuidOf(id)}::uuid`;
    return row === undefined ? undefined : toTrust(row);
  },

  async list({ issuer, after, limit }) {
    const rows = await db.aside.rows<TrustRow>("trusted_issuers.list")`
      select ${columns} from trusted_issuers
      where (${issuer}::text is null or issuer = ${issuer}::text)
        and (created_at, id) > (
          coalesce(${after?.createdAt ?? null}::timestamptz, '-infinity'), ${uuidOf(after?.id ?? firstId)}::uuid
        )
      order by created_at, id
      limit ${limit}`;
    return rows.map(toTrust);
  },

  async delete(id) {
    const changed = await db.changed("trusted_issuers.delete")`
      with gone as (
        delete from trusted_issuers where id = ${uuidOf(id)}::uuid returning id, issuer, kid
      )
      insert into events (type, facts)
      select 'issuer_distrusted', json_build_object('trust_id', id, 'issuer', issuer, 'key_id', kid)::text from gone`;
    return changed === 1;
  },

  async candidates({ issuer, subject, kid }, now) {
    const rows = await db.rows<TrustRow>("trusted_issuers.candidates")`
      select ${columns} from trusted_issuers
      where issuer = ${issuer} and subject in (${subject}, '') and (${kid}::text is null or kid = ${kid}::text)
        and expires_at > ${now}
      order by any_subject, created_at desc, id
      limit 8`;
    return rows.map(toTrust);
  },
});

function toTrust(row: TrustRow): TrustedIssuer {
  return {
    id: row.id,
    issuer: row.issuer,
    subject: row.subject,
    allowAnySubject: row.any_subject,
    scope: words(row.scope),
    kid: row.kid,
    publicJwk: fromJson<JsonObject>(row.public_jwk),
    createdAt: row.created_at,
    expiresAt: row.expires_at,
  };
}
