/** What was brought along from another server: its permissions, its refresh tokens, and the keys that prove them. */
import type { Seal } from "../../ports/seal.ts";
import type { ImportedAuthorization, ImportOutcome, ImportStore } from "../../ports/store/imports.ts";
import { authorizationReader, authorizationValues, authorizationWriter } from "./authorization-rows.ts";
import { clientReader } from "./clients.ts";
import { digestBytes, idBytes, idText } from "./columns.ts";
import type { Database, Value } from "./database.ts";

interface TokenRow {
  readonly authorization_id: Uint8Array;
  readonly generation: number;
}

export function imports(db: Database, seal: Seal): ImportStore {
  const write = writer(db);
  const find = db.first<TokenRow>("select authorization_id, generation from imported_refresh_tokens where digest = ?");
  const insertKey = db.changes("insert into imported_keys (id, key) values (?, ?) on conflict do nothing");
  const keys = db.rows<{ id: Uint8Array; key: Uint8Array }>("select id, key from imported_keys order by id");
  return {
    keep(imported) {
      const sealed = imported.map((one) => ({ one, values: authorizationValues(one.authorization, seal) }));
      return db.write("imports.keep", () => sealed.map(({ one, values }) => write(one, values)));
    },
    async findRefreshToken(digest) {
      const row = await db.lookup("imports.find_refresh_token", () => find(digestBytes(digest)));
      return row && { authorizationId: idText(row.authorization_id), generation: row.generation };
    },
    keepKey({ id, key }) {
      const cell = seal.seal("imported_keys", "key", id, Buffer.from(key).toString("base64url"));
      return db.write("imports.keep_key", () => void insertKey(idBytes(id), cell));
    },
    async keys() {
      const rows = await db.lookup("imports.keys", () => keys());
      return rows.map((row) => {
        const id = idText(row.id);
        return { id, key: Buffer.from(seal.open("imported_keys", "key", id, row.key), "base64url") };
      });
    },
  };
}

function writer(db: Database): (imported: ImportedAuthorization, values: Value[]) => ImportOutcome {
  const clientOf = clientReader(db);
  const authorizationOf = authorizationReader(db);
  const insert = authorizationWriter(db);
  const prolong = db.changes("update authorizations set expires_at = max(expires_at, ?) where id = ?");
  const putFamily = db.changes(`
    insert into refresh_families (authorization_id, generation, rotated_at, expires_at) values (?, 1, ?, ?)
    on conflict (authorization_id) do update set rotated_at = excluded.rotated_at, expires_at = excluded.expires_at
    where generation = 1`);
  const putToken = db.changes(`
    insert into imported_refresh_tokens (digest, authorization_id, generation, expires_at) values (?, ?, ?, ?)
    on conflict (digest) do update set
      authorization_id = excluded.authorization_id, generation = excluded.generation, expires_at = excluded.expires_at`);
  return ({ authorization, family }, values) => {
    if (clientOf(authorization.clientId) === undefined) return "without client";
    const id = idBytes(authorization.id);
    const isPresent = authorizationOf(id) !== undefined;
    if (isPresent) prolong(authorization.expiresAt, id);
    else insert(...values);
    // A family that has gone on here is its holder's: whatever the other server did since belongs to nobody here.
    if (family !== null && putFamily(id, family.rotatedAt, family.expiresAt) === 1) {
      for (const { digest, generation, expiresAt } of family.tokens) {
        putToken(digestBytes(digest), id, generation, expiresAt);
      }
    }
    return isPresent ? "present" : "written";
  };
}
