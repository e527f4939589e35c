/** Expired rows, removed in steps over the connections that no request waits behind. */
import type { Seal } from "../../ports/seal.ts";
import type { CleaningPart, CleaningStore, Sweep } from "../../ports/store/cleaning.ts";
import { expiryPart } from "../../protocol/access-token.ts";
import { restartSeconds } from "../../protocol/flow.ts";
import { after } from "../../protocol/lifespan.ts";
import { keptApiKeySeconds, keptCodeSeconds, keptTrustSeconds, unknownTokenSeconds } from "../../protocol/retention.ts";
import { tokenTable } from "./access-tokens.ts";
import { constant } from "./arguments.ts";
import { bytesOf } from "./cells.ts";
import type { Database } from "./database.ts";
import { flowReduction } from "./flow-reduction.ts";

interface Table {
  readonly name: string;
  readonly part: CleaningPart;
  /** How long its rows stay beyond their expiry. */
  readonly keptSeconds?: number;
}

interface Count {
  readonly n: number;
}

/** Tables whose rows go by `expires_at`, which has an index. */
const tables: readonly Table[] = [
  { name: "codes", part: "tokens", keptSeconds: keptCodeSeconds },
  { name: "device_codes", part: "tokens", keptSeconds: keptCodeSeconds },
  { name: "used_assertions", part: "tokens" },
  { name: "revoked_tokens", part: "tokens" },
  { name: "imported_refresh_tokens", part: "tokens" },
  { name: "trusted_issuers", part: "grants", keptSeconds: keptTrustSeconds },
  { name: "api_keys", part: "grants", keptSeconds: keptApiKeySeconds },
  { name: "flows", part: "requests", keptSeconds: restartSeconds },
  { name: "device_challenges", part: "requests" },
  { name: "logout_requests", part: "requests" },
];

export function cleaning(db: Database, seal: Seal): CleaningStore {
  return {
    // Measured: 10 ms of a server that is otherwise idle.
    stepRows: 1000,
    sweeps: [
      accessTokens(db),
      ...tables.map((table) => byInstant(db, table)),
      flowReduction(db, seal),
      authorizations(db),
      sessions(db),
    ],
  };
}

// A range of the index on expiry, and no other index is read: with the keys of the rows it would be one look each into an
// index whose pages lie all over the disk. It begins where the last step ended, past what is dead and not yet vacuumed;
// from behind when a step has found little, for what has come late. Rows of one millisecond go together.
function byInstant(db: Database, { name, part, keptSeconds = 0 }: Table): Sweep {
  const table = constant(name);
  let from: Date | null = null;
  return {
    name,
    part,
    async step(now, most) {
      const bound = after(now, -keptSeconds);
      const row = await db.aside.first<{ rows: number; last: Date | null }>(`${name}.clean`)`
        with place as materialized (
          select expires_at from ${table}
          where expires_at >= coalesce(${from}::timestamptz, '-infinity') and expires_at <= ${bound}
          order by expires_at offset ${most - 1} limit 1
        ), gone as (
          delete from ${table}
          where expires_at >= coalesce(${from}::timestamptz, '-infinity')
            and expires_at <= coalesce((select expires_at from place), ${bound}::timestamptz)
          returning expires_at
        )
        select count(*)::integer as rows, max(expires_at) as last from gone`;
      const rows = row?.rows ?? 0;
      from = rows < most ? null : (row?.last ?? null);
      return { rows, more: rows >= most };
    },
    async due(now, most) {
      const row = await db.aside.first<Count>(`${name}.due`)`
        select count(*)::integer as n
        from (select 1 from ${table} where expires_at <= ${after(now, -keptSeconds)} limit ${most}) as found`;
      return row?.n ?? 0;
    },
  };
}

/** As `byInstant`, by their key, which begins with their expiry. */
function accessTokens(db: Database): Sweep {
  let from: Uint8Array = Buffer.alloc(0);
  return {
    name: tokenTable.sql,
    part: "tokens",
    async step(now, most) {
      const bound = bytesOf(expiryPart(after(now, 0.001)));
      const row = await db.aside.first<{ rows: number; last: Buffer | null }>("access_tokens.clean")`
        with place as materialized (
          select digest from ${tokenTable}
          where digest >= ${from} and digest < ${bound} order by digest offset ${most - 1} limit 1
        ), gone as (
          delete from ${tokenTable}
          where digest >= ${from} and digest < ${bound} and digest <= coalesce((select digest from place), ${bound})
          returning 1
        )
        select count(*)::integer as rows, (select digest from place) as last from gone`;
      const rows = row?.rows ?? 0;
      from = row?.last ?? Buffer.alloc(0);
      return { rows, more: rows >= most };
    },
    async due(now, most) {
      const bound = bytesOf(expiryPart(after(now, 0.001)));
      const row = await db.aside.first<Count>("access_tokens.due")`
        select count(*)::integer as n
        from (select 1 from ${tokenTable} where digest < ${bound} limit ${most}) as found`;
      return row?.n ?? 0;
    },
  };
}

/**
 * An authorization whose day is over goes with its refresh family, unless that is still alive: then its day is put off
 * to the family's end. So a rotation need not touch the authorization.
 */
function authorizations(db: Database): Sweep {
  return {
    name: "authorizations",
    part: "tokens",
    async step(now, most) {
      const row = await db.aside.first<{ looked: number; gone: number }>("authorizations.clean")`
        with oldest as (
          select a.id, greatest(
            f.expires_at, f.rotated_at + coalesce(a.token_seconds, ${unknownTokenSeconds}) * interval '1 second'
          ) as family_until
          from (
            select id, token_seconds from authorizations
            where expires_on < (${now}::timestamptz at time zone 'UTC')::date order by expires_on limit ${most}
          ) a
          left join refresh_families f on f.authorization_id = a.id
        ), living as (
          update authorizations a set
            expires_at = o.family_until, expires_on = (o.family_until at time zone 'UTC')::date
          from oldest o where a.id = o.id and o.family_until > ${now}
        ), gone as (
          delete from authorizations a using oldest o
          where a.id = o.id and (o.family_until is null or o.family_until <= ${now})
            and a.expires_on < (${now}::timestamptz at time zone 'UTC')::date
          returning a.id
        ), families as (
          delete from refresh_families f using gone g where f.authorization_id = g.id
        )
        select (select count(*) from oldest)::integer as looked, (select count(*) from gone)::integer as gone`;
      return { rows: row?.gone ?? 0, more: (row?.looked ?? 0) >= most };
    },
    async due(now, most) {
      const row = await db.aside.first<Count>("authorizations.due")`
        select count(*)::integer as n
        from (
          select id, token_seconds from authorizations
          where expires_on < (${now}::timestamptz at time zone 'UTC')::date order by expires_on limit ${most}
        ) a
        left join refresh_families f on f.authorization_id = a.id
        where greatest(
          f.expires_at, f.rotated_at + coalesce(a.token_seconds, ${unknownTokenSeconds}) * interval '1 second'
        ) > ${now} is not true`;
      return row?.n ?? 0;
    },
  };
}

function sessions(db: Database): Sweep {
  return {
    name: "login_sessions",
    part: "requests",
    async step(now, most) {
      const rows = await db.aside.changed("login_sessions.clean")`
        delete from login_sessions
        where id = any(array(
          select id from login_sessions
          where expires_on < (${now}::timestamptz at time zone 'UTC')::date order by expires_on limit ${most}
        )) and expires_on < (${now}::timestamptz at time zone 'UTC')::date`;
      return { rows, more: rows >= most };
    },
    async due(now, most) {
      const row = await db.aside.first<Count>("login_sessions.due")`
        select count(*)::integer as n
        from (
          select 1 from login_sessions where expires_on < (${now}::timestamptz at time zone 'UTC')::date limit ${most}
        ) as found`;
      return row?.n ?? 0;
    },
  };
}
