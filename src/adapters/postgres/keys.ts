/** The keys this server signs with, and those that people keep here. */
import type { Seal } from "../../ports/seal.ts";
import type { KeyRemoval, KeyStore } from "../../ports/store/keys.ts";
import { column, text } from "./arguments.ts";
import type { Database } from "./database.ts";
import { factsCell } from "./events.ts";
import { type KeyCells, type KeyRow, keyCells, keyColumns, keyRecord } from "./key-cells.ts";

export function keys(db: Database, seal: Seal): KeyStore {
  const cells = keyCells(seal);
  return {
    async list(sets) {
      const rows = await db.rows<KeyRow>("keys.list")`
        select ${keyColumns} from keys
        where set_name = any(${column(sets, text, (set) => set)}::text[])
        order by created_at, kid`;
      return rows.map((row) => cells.toKey(row));
    },

    async found(key) {
      const changed = await db.changed("keys.found")`
        with founded as (
          insert into keys (${keyColumns}, is_first)
          select ${keyColumns}, true from json_to_recordset(${cells.records([key])}::text::json) ${keyRecord}
          where not exists (select from keys where set_name = ${key.set})
          on conflict do nothing
          returning 1
        )
        insert into events (type, facts) select 'key_founded', ${keyFacts(key)} from founded`;
      return changed === 1;
    },

    async add(key) {
      const changed = await db.changed("keys.add")`
        with added as (
          insert into keys (${keyColumns}, is_first)
          select ${keyColumns}, false from json_to_recordset(${cells.records([key])}::text::json) ${keyRecord}
          on conflict do nothing
          returning 1
        )
        insert into events (type, facts)
        select ${key.follows === null ? "key_created" : "key_rotated"}, ${keyFacts(key)} from added`;
      return changed === 1;
    },

    async put(key) {
      await db.run("keys.put")`
        with written as (
          insert into keys as k (${keyColumns}, is_first)
          select ${keyColumns}, false from json_to_recordset(${cells.records([key])}::text::json) ${keyRecord}
          on conflict (set_name, kid) do update set
            created_at = excluded.created_at, algorithm = excluded.algorithm, use = excluded.use,
            public_jwk = excluded.public_jwk, private_jwk = excluded.private_jwk, signs_from = excluded.signs_from,
            chosen_at = excluded.chosen_at, tokens_until = greatest(k.tokens_until, excluded.tokens_until),
            follows = excluded.follows, signs = excluded.signs
        )
        insert into events (type, facts) values ('key_written', ${keyFacts(key)})`;
    },

    async replace(set, wanted) {
      await db.run("keys.replace")`
        with wanted as (
          select ${keyColumns} from json_to_recordset(${cells.records(wanted)}::text::json) ${keyRecord}
        ), gone as (
          delete from keys where set_name = ${set} and kid not in (select kid from wanted)
        ), told as (
          insert into events (type, facts) values ('key_set_replaced', ${factsCell({ key_set: set })})
        )
        insert into keys as k (${keyColumns}, is_first)
        select ${keyColumns}, false from wanted
        on conflict (set_name, kid) do update set
          created_at = excluded.created_at, algorithm = excluded.algorithm, use = excluded.use,
          public_jwk = excluded.public_jwk, private_jwk = excluded.private_jwk, signs_from = excluded.signs_from,
          chosen_at = excluded.chosen_at, tokens_until = greatest(k.tokens_until, excluded.tokens_until),
          follows = excluded.follows, signs = excluded.signs`;
    },

    remove: (removal) => remove(db, cells, removal),

    async removeSet(set) {
      await db.run("keys.remove_set")`
        with gone as (
          delete from keys where set_name = ${set} returning 1
        )
        insert into events (type, facts)
        select 'key_set_deleted', ${factsCell({ key_set: set })} where exists (select from gone)`;
    },

    async extend(set, kid, tokensUntil) {
      const changed = await db.changed("keys.extend")`
        update keys set tokens_until = greatest(tokens_until, ${tokensUntil}) where set_name = ${set} and kid = ${kid}`;
      return changed === 1;
    },

    async expire(key) {
      const changed = await db.changed("keys.expire")`
        with gone as (
          delete from keys
          where set_name = ${key.set} and kid = ${key.kid} and tokens_until is not distinct from ${key.tokensUntil}
          returning 1
        )
        insert into events (type, facts) select 'key_expired', ${keyFacts(key)} from gone`;
      return changed === 1;
    },
  };
}

function keyFacts({ set, kid }: { readonly set: string; readonly kid: string }): string {
  return factsCell({ key_set: set, key_id: kid });
}

// The set's rows are locked first: of two that remove its last two keys at once, the second sees what the first did.
async function remove(db: Database, cells: KeyCells, { set, kid, successor, now }: KeyRemoval): Promise<boolean> {
  const row = await db.first<{ gone: boolean }>("keys.remove")`
    with locked as (
      select kid, algorithm, signs, coalesce(signs_from, created_at) as signs_from
      from keys where set_name = ${set} order by kid for update
    ), gone as (
      delete from keys k using locked l where k.set_name = ${set} and k.kid = l.kid and l.kid = ${kid}
      returning l.algorithm
    ), rest as (
      select l.* from locked l, gone where l.kid <> ${kid} and l.signs
    ), next as (
      select r.kid from rest r, gone g where r.algorithm = g.algorithm
        and not exists (select from rest o where o.algorithm = g.algorithm and o.signs_from <= ${now})
      order by r.signs_from, r.kid limit 1
    ), promoted as (
      update keys k set signs_from = ${now} from next where k.set_name = ${set} and k.kid = next.kid
    ), succeeded as (
      insert into keys (${keyColumns}, is_first)
      select ${keyColumns}, false
      from json_to_recordset(${successor === null ? "[]" : cells.records([successor])}::text::json) ${keyRecord}
      where exists (select from gone) and not exists (select from rest)
    ), told as (
      insert into events (type, facts) select 'key_deleted', ${keyFacts({ set, kid })} from gone
    )
    select exists (select from gone) as gone`;
  return row?.gone === true;
}
