/** Keys to the admin port, kept by digest: who steals the table opens nothing with it. */
import type { ApiKeyStore } from "../../ports/store/api-keys.ts";
import { type ApiKey, isAdminScope } from "../../protocol/api-key.ts";
import { digestBytes, nullOr, uuidBytes, uuidText, words } from "./columns.ts";
import type { Database } from "./database.ts";
import { eventWriter } from "./events.ts";

interface KeyRow {
  readonly id: Uint8Array;
  readonly name: string;
  readonly scopes: string;
  readonly created_at: number;
  readonly expires_at: number | null;
}

const columns = "id, name, scopes, created_at, expires_at";

/** More keys than anybody has; beyond them it begins anew. */
const mostRemembered = 1000;

export function apiKeys(db: Database): ApiKeyStore {
  const insert = db.changes(`insert into api_keys (digest, ${columns}) values (?, ?, ?, ?, ?, ?)`);
  const find = db.first<KeyRow>(`select ${columns} from api_keys where digest = ?`);
  const list = db.rows<KeyRow>(`
    select ${columns} from api_keys where (created_at, id) > (?, ?) order by created_at, id limit ?`);
  const remove = db.changes("delete from api_keys where id = ?");
  const tell = eventWriter(db);
  // Nobody else writes this file while it is open, so what is remembered is what stands there, as long as every deletion
  // here is heard of. A statement for each call would cost more than all the rest of the guard.
  const remembered = new Map<string, ApiKey>();
  let deletions = 0;
  const forget = () => {
    deletions += 1;
    remembered.clear();
  };

  const look = async (digest: string): Promise<ApiKey | undefined> => {
    const began = deletions;
    const row = await db.lookup("api_keys.find", () => find(digestBytes(digest)));
    if (row === undefined) return undefined;
    const key = toKey(row);
    if (remembered.size >= mostRemembered) remembered.clear();
    // A deletion that began meanwhile may be of this key.
    if (began === deletions) remembered.set(digest, key);
    return key;
  };

  return {
    create: (key, digest) =>
      db.write("api_keys.create", () => {
        insert(digestBytes(digest), uuidBytes(key.id), key.name, key.scopes.join(" "), key.createdAt, key.expiresAt);
        tell("api_key_created", { key_id: key.id });
      }),
    find: async (digest) => remembered.get(digest) ?? look(digest),
    list: async ({ after, limit }) => {
      const last = [after?.createdAt ?? -1, after === null ? Buffer.alloc(0) : uuidBytes(after.id)];
      return (await db.lookup("api_keys.list", () => list(...last, limit))).map(toKey);
    },
    async delete(id) {
      try {
        return await db.write("api_keys.delete", () => {
          const isGone = remove(uuidBytes(id)) === 1;
          if (isGone) tell("api_key_deleted", { key_id: id });
          return isGone;
        });
      } finally {
        // Only now, with the commit: what was read before it is forgotten too.
        forget();
      }
    },
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
