/** The keys this server signs with; their private halves are sealed. */
import type { Seal } from "../../ports/seal.ts";
import type { KeyStore } from "../../ports/store/keys.ts";
import type { JsonObject } from "../../protocol/json.ts";
import type { SigningKey } from "../../protocol/key.ts";
import { fromJson } from "./columns.ts";
import type { Database } from "./database.ts";

interface KeyRow {
  readonly set_name: string;
  readonly kid: string;
  readonly algorithm: string;
  readonly use: string;
  readonly created_at: number;
  readonly public_jwk: string;
  readonly private_jwk: Uint8Array;
}

export function keys(db: Database, seal: Seal): KeyStore {
  const rows = db.rows<KeyRow>(`
    select set_name, kid, algorithm, use, created_at, public_jwk, private_jwk
    from keys where set_name in (select value from json_each(?))
    order by created_at, kid`);
  const found = db.changes(`
    insert into keys (set_name, kid, algorithm, use, created_at, is_first, public_jwk, private_jwk)
    select ?1, ?2, ?3, ?4, ?5, 1, ?6, ?7 where not exists (select 1 from keys where set_name = ?1)
    on conflict do nothing`);

  return {
    list: async (sets) => {
      const names = JSON.stringify(sets);
      return (await db.lookup("keys.list", () => rows(names))).map((row) => toKey(row, seal));
    },
    found: (key) => {
      const place = placeOf(key.set, key.kid);
      const sealed = seal.seal("keys", "private_jwk", place, JSON.stringify(key.privateJwk));
      const publicJwk = JSON.stringify(key.publicJwk);
      return db.write(
        "keys.found",
        () => found(key.set, key.kid, key.algorithm, key.use, key.createdAt, publicJwk, sealed) === 1,
      );
    },
  };
}

function toKey(row: KeyRow, seal: Seal): SigningKey {
  return {
    set: row.set_name,
    kid: row.kid,
    algorithm: row.algorithm,
    use: row.use,
    createdAt: new Date(row.created_at),
    publicJwk: fromJson<JsonObject>(row.public_jwk),
    privateJwk: fromJson<JsonObject>(openPrivate(row, seal)),
  };
}

function openPrivate(row: KeyRow, seal: Seal): string {
  try {
    return seal.open("keys", "private_jwk", placeOf(row.set_name, row.kid), row.private_jwk);
  } catch (cause) {
    const why = "is the secret it was sealed with still in the setting 'secrets.system'?";
    throw new Error(`The private key '${row.kid}' of the set '${row.set_name}' cannot be opened: ${why}`, { cause });
  }
}

/** No two keys share it, whatever their names hold. */
function placeOf(set: string, kid: string): string {
  return JSON.stringify([set, kid]);
}
