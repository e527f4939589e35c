/** The keys this server signs with; private halves are sealed. */
import type { Seal } from "../../ports/seal.ts";
import type { KeyStore } from "../../ports/store/keys.ts";
import type { JsonObject } from "../../protocol/json.ts";
import type { SigningKey } from "../../protocol/key.ts";
import { column, text } from "./arguments.ts";
import { fromJson } from "./cells.ts";
import type { Database } from "./database.ts";
import { type SealedColumn, sealedColumn } from "./sealed.ts";

interface KeyRow {
  readonly set_name: string;
  readonly kid: string;
  readonly created_at: Date;
  readonly algorithm: string;
  readonly use: string;
  readonly public_jwk: string;
  readonly private_jwk: Uint8Array;
}

export function keys(db: Database, seal: Seal): KeyStore {
  const privateJwk = sealedColumn(seal, "keys", "private_jwk");
  return {
    async list(sets) {
      const rows = await db.rows<KeyRow>("keys.list")`
        select set_name, kid, created_at, algorithm, use, public_jwk, private_jwk
        from keys
        where set_name = any(${column(sets, text, (set) => set)}::text[])
        order by created_at, kid`;
      return rows.map((row) => toKey(row, privateJwk));
    },

    async found(key) {
      const changed = await db.changed("keys.found")`
        insert into keys (set_name, kid, created_at, algorithm, use, is_first, public_jwk, private_jwk)
        select
          ${key.set}, ${key.kid}, ${key.createdAt}, ${key.algorithm}, ${key.use}, true,
          ${JSON.stringify(key.publicJwk)}, ${privateJwk.seal(rowOf(key.set, key.kid), key.privateJwk)}
        where not exists (select from keys where set_name = ${key.set})
        on conflict do nothing`;
      return changed === 1;
    },
  };
}

function toKey(row: KeyRow, privateJwk: SealedColumn): SigningKey {
  return {
    set: row.set_name,
    kid: row.kid,
    algorithm: row.algorithm,
    use: row.use,
    createdAt: row.created_at,
    publicJwk: fromJson<JsonObject>(row.public_jwk),
    privateJwk: opened(row, privateJwk),
  };
}

function opened(row: KeyRow, privateJwk: SealedColumn): JsonObject {
  try {
    return privateJwk.open<JsonObject>(rowOf(row.set_name, row.kid), row.private_jwk);
  } catch (cause) {
    throw new Error(
      `The key '${row.kid}' of the set '${row.set_name}' does not open: is the secret it was sealed under still in secrets.system?`,
      { cause },
    );
  }
}

/** A set's name may hold any character, so the pair is written as JSON: no two pairs are alike. */
function rowOf(set: string, kid: string): string {
  return JSON.stringify([set, kid]);
}
