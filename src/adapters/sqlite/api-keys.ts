/** Keys to the admin port, kept by digest: who steals the table opens nothing with it. */
import type { ApiKeyStore } from "../../ports/store/api-keys.ts";
import { type ApiKey, isAdminScope } from "../../protocol/api-key.ts";
import { digestBytes, nullOr, uuidBytes, uuidText, words } from "./columns.ts";
import type { Database } from "./database.ts";

interface KeyRow {
  readonly id: Uint8Array;
  readonly name: string;
  readonly scopes: string;
  readonly created_at: number;
  readonly expires_at: number | null;
}

const columns = "id, name, scopes, created_at, expires_at";

export function apiKeys(db: Database): ApiKeyStore {
  const insert = db.changes(`insert into api_keys (digest, ${columns}) values (?, ?, ?, ?, ?, ?)`);
  const find = db.first<KeyRow>(`select ${columns} from api_keys where digest = ?`);
  const list = db.rows<KeyRow>(`
    select ${columns} from api_keys where (created_at, id) > (?, ?) order by created_at, id limit ?`);
  const remove = db.changes("delete from api_keys where id = ?");

  return {
    create: (key, digest) =>
      db.write("api_keys.create", () => {
        insert(digestBytes(digest), uuidBytes(key.id), key.name, key.scopes.join(" "), key.createdAt, key.expiresAt);
      }),
    find: async (digest) => {
      const row = await db.lookup("api_keys.find", () => find(digestBytes(digest)));
      return row === undefined ? undefined : toKey(row);
    },
    list: async ({ after, limit }) => {
      const last = [after?.createdAt ?? -1, after === null ? Buffer.alloc(0) : uuidBytes(after.id)];
      return (await db.lookup("api_keys.list", () => list(...last, limit))).map(toKey);
    },
    delete: (id) => db.write("api_keys.delete", () => remove(uuidBytes(id)) === 1),
  };
}

function toKey(row: KeyRow): ApiKey {
  return {
    id: uuidText(row.id),
    name: row.name,
    // A scope of a later release opens nothing here.
    scopes: words(row.scopes).filter(isAdminScope),
    createdAt: new Date(row.created_at),
    expiresAt: nullOr(row.expires_at, (at) => new Date(at)),
  };
}
