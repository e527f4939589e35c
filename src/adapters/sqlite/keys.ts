/** The keys this server signs with, and those that people keep here. */
import type { Seal } from "../../ports/seal.ts";
import type { KeyStore } from "../../ports/store/keys.ts";
import type { StateEvent } from "../../protocol/told-event.ts";
import type { Database } from "./database.ts";
import { eventWriter } from "./events.ts";
import { type KeyRow, keyColumns, keyValues, toKey } from "./key-rows.ts";

interface Named {
  readonly set: string;
  readonly kid: string;
}

interface Standing {
  readonly kid: string;
  readonly algorithm: string;
  readonly signs_from: number;
}

export function keys(db: Database, seal: Seal): KeyStore {
  const rows = db.rows<KeyRow>(`
    select ${keyColumns} from keys where set_name in (select value from json_each(?)) order by created_at, kid`);
  const found = db.changes(`
    insert into keys (${keyColumns}, is_first)
    select ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, 1 where not exists (select 1 from keys where set_name = ?1)
    on conflict do nothing`);
  const insert = `insert into keys (${keyColumns}, is_first) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0)`;
  const add = db.changes(`${insert} on conflict do nothing`);
  const put = db.changes(`${insert} on conflict (set_name, kid) do update set
    algorithm = excluded.algorithm, use = excluded.use, created_at = excluded.created_at,
    public_jwk = excluded.public_jwk, private_jwk = excluded.private_jwk, signs_from = excluded.signs_from,
    chosen_at = excluded.chosen_at, follows = excluded.follows, signs = excluded.signs,
    tokens_until = nullif(max(coalesce(tokens_until, 0), coalesce(excluded.tokens_until, 0)), 0)`);
  const remove = db.first<{ algorithm: string }>("delete from keys where set_name = ? and kid = ? returning algorithm");
  const removeOthers = db.changes(
    "delete from keys where set_name = ? and kid not in (select value from json_each(?))",
  );
  const removeAll = db.changes("delete from keys where set_name = ?");
  const able = db.rows<Standing>(`
    select kid, algorithm, coalesce(signs_from, created_at) as signs_from from keys
    where set_name = ? and signs = 1 order by 3, kid`);
  const promote = db.changes("update keys set signs_from = ? where set_name = ? and kid = ?");
  const extend = db.changes(`
    update keys set tokens_until = max(coalesce(tokens_until, 0), ?) where set_name = ? and kid = ?`);
  const expire = db.changes("delete from keys where set_name = ? and kid = ? and tokens_until is ?");
  const tell = eventWriter(db);
  /** Tells of it if it was done. */
  const toldOf = (type: StateEvent, { set, kid }: Named, isDone: boolean): boolean => {
    if (isDone) tell(type, { key_set: set, key_id: kid });
    return isDone;
  };

  return {
    list: async (sets) => {
      const names = JSON.stringify(sets);
      return (await db.lookup("keys.list", () => rows(names))).map((row) => toKey(row, seal));
    },
    found: (key) => {
      const values = keyValues(key, seal);
      return db.write("keys.found", () => toldOf("key_founded", key, found(...values) === 1));
    },
    add: (key) => {
      const values = keyValues(key, seal);
      const type = key.follows === null ? "key_created" : "key_rotated";
      return db.write("keys.add", () => toldOf(type, key, add(...values) === 1));
    },
    put: (key) => {
      const values = keyValues(key, seal);
      return db.write("keys.put", () => void toldOf("key_written", key, put(...values) === 1));
    },
    replace: (set, wanted) => {
      const written = wanted.map((key) => keyValues(key, seal));
      const kids = JSON.stringify(wanted.map(({ kid }) => kid));
      return db.write("keys.replace", () => {
        removeOthers(set, kids);
        for (const values of written) put(...values);
        tell("key_set_replaced", { key_set: set });
      });
    },
    remove: ({ set, kid, successor, now }) => {
      const values = successor === null ? null : keyValues(successor, seal);
      return db.write("keys.remove", () => {
        const gone = remove(set, kid);
        if (gone === undefined) return false;
        const rest = able(set);
        if (rest.length === 0 && values !== null) add(...values);
        const [next, ...others] = rest.filter(({ algorithm }) => algorithm === gone.algorithm);
        const signs = [next, ...others].some((one) => one !== undefined && one.signs_from <= now.getTime());
        if (next !== undefined && !signs) promote(now, set, next.kid);
        return toldOf("key_deleted", { set, kid }, true);
      });
    },
    removeSet: (set) =>
      db.write("keys.remove_set", () => {
        if (removeAll(set) > 0) tell("key_set_deleted", { key_set: set });
      }),
    extend: (set, kid, until) => db.write("keys.extend", () => extend(until, set, kid) === 1),
    expire: (key) =>
      db.write("keys.expire", () => toldOf("key_expired", key, expire(key.set, key.kid, key.tokensUntil) === 1)),
  };
}
