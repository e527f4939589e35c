/** JWT access tokens that were ended one by one. */
import { digestBytes } from "./columns.ts";
import type { Database } from "./database.ts";

/** Called inside an operation of the access tokens. */
export function revokedTokens(db: Database) {
  const first = db.first("select 1 from revoked_tokens where jti = ?");
  const insert = db.changes("insert into revoked_tokens (jti, expires_at) values (?, ?) on conflict do nothing");
  return {
    has: (jti: string): boolean => first(digestBytes(jti)) !== undefined,
    /** False when it had ended already. */
    add: (jti: string, expiresAt: Date): boolean => insert(digestBytes(jti), expiresAt) === 1,
  };
}
