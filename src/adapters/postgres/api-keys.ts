/** Keys to the admin port, kept by digest: who steals the table opens nothing with it. */
import type { ApiKeyStore } from "../../ports/store/api-keys.ts";
import { type ApiKey, isAdminScope } from "../../protocol/api-key.ts";
import { column, constant, digest as digestType } from "./arguments.ts";
import { bytesOf, uuidOf, words } from "./cells.ts";
import type { Database } from "./database.ts";
import { factsCell } from "./events.ts";
import { joined } from "./joined.ts";

interface KeyRow {
  readonly id: string;
  readonly created_at: Date;
  readonly expires_at: Date | null;
  readonly scopes: string;
  readonly name: string;
}

const columns = constant("k.id, k.created_at, k.expires_at, k.scopes, k.name");

const firstId = "0".repeat(32);

export function apiKeys(db: Database): ApiKeyStore {
  const find = joined<string, ApiKey | undefined>(async (digests) => {
    // Callers that come together have few keys among them: all of one key share one row.
    const asked = [...new Set(digests)];
    const rows = await db.rows<KeyRow & { n: number }>("api_keys.find")`
      select q.n::integer as n, ${columns}
      from unnest(${column(asked, digestType, (one) => one)}::bytea[]) with ordinality as q (digest, n)
      join api_keys k on k.digest = q.digest`;
    const found = new Map(rows.map((row) => [asked[row.n - 1], toKey(row)]));
    return digests.map((one) => found.get(one));
  });

  return {
    async create(key, digest) {
      await db.run("api_keys.create")`
        with created as (
          insert into api_keys (id, created_at, expires_at, digest, scopes, name)
          values (
            ${key.id}, ${key.createdAt}, ${key.expiresAt}, ${bytesOf(digest)}, ${key.scopes.join(" ")}, ${key.name}
          )
        )
        insert into events (type, facts) values ('api_key_created', ${factsCell({ key_id: key.id })})`;
    },

    find,

    async list({ after, limit }) {
      const rows = await db.aside.rows<KeyRow>("api_keys.list")`
        select ${columns} from api_keys k
        where (k.created_at, k.id) > (
          coalesce(${after?.createdAt ?? null}::timestamptz, '-infinity'), ${uuidOf(after?.id ?? firstId)}::uuid
        )
        order by k.created_at, k.id
        limit ${limit}`;
      return rows.map(toKey);
    },

    async delete(id) {
      const changed = await db.changed("api_keys.delete")`
        with gone as (
          delete from api_keys where id = ${uuidOf(id)}::uuid returning 1
        )
        insert into events (type, facts) select 'api_key_deleted', ${factsCell({ key_id: id })} from gone`;
      return changed === 1;
    },
  };
}

function toKey(row: KeyRow): ApiKey {
  return {
    id: row.id,
    name: row.name,
    // A scope of a later release opens nothing here.
    scopes: words(row.scopes).filter(isAdminScope),
    createdAt: row.created_at,
    expiresAt: row.expires_at,
  };
}
