/** Access tokens: opaque ones by digest, JWTs by what they say; whether one lives is decided when it is asked for. */
import type { Seal } from "../../ports/seal.ts";
import type { AccessTokenStore } from "../../ports/store/tokens.ts";
import type { JsonObject } from "../../protocol/json.ts";
import type { AccessTokenRecord } from "../../protocol/token.ts";
import { type AuthorizationRow, authorizationColumns, toAuthorization } from "./authorization-rows.ts";
import { digestBytes, fromJson, idBytes, idText, nullOr } from "./columns.ts";
import type { Database } from "./database.ts";
import { eventWriter } from "./events.ts";
import { revokedTokens } from "./revoked-tokens.ts";

interface AccessTokenRow {
  readonly authorization_id: Uint8Array | null;
  readonly client_id: string;
  readonly epoch: number;
  readonly generation: number;
  readonly scope: string | null;
  readonly audience: string | null;
  readonly subject: string | null;
  readonly claims: Uint8Array | null;
  readonly issued_at: number;
  readonly expires_at: number;
  readonly revision: number;
}

/** Stores a token if this is the client's revision; answers how many were stored. */
export function accessTokenWriter(db: Database, seal: Seal): (token: AccessTokenRecord, revision: number) => number {
  const insert = db.changes(`
    insert into access_tokens
      (digest, authorization_id, client_id, epoch, generation, scope, audience, subject, claims, issued_at, expires_at)
    select ?, ?, id, ?, ?, ?, ?, ?, ?, ?, ? from clients where id = ? and revision = ?`);
  return (token, revision) =>
    insert(
      digestBytes(token.digest),
      nullOr(token.authorizationId, idBytes),
      token.epoch,
      token.generation,
      token.scope,
      nullOr(token.audience, JSON.stringify),
      token.subject,
      token.claims === null ? null : seal.seal("access_tokens", "claims", token.digest, JSON.stringify(token.claims)),
      token.issuedAt,
      token.expiresAt,
      token.clientId,
      revision,
    );
}

export function accessTokens(db: Database, seal: Seal): AccessTokenStore {
  const insert = accessTokenWriter(db, seal);
  const revoked = revokedTokens(db);
  const first = db.first<AccessTokenRow>(`
    select t.authorization_id, t.client_id, t.epoch, t.generation, t.scope, t.audience, t.subject, t.claims,
      t.issued_at, t.expires_at, c.revision
    from access_tokens t join clients c on c.id = t.client_id and c.epoch = t.epoch
    where t.digest = ?1 and t.expires_at > ?2`);
  const standing = (isPast: string) =>
    db.first<AuthorizationRow>(`
      select ${authorizationColumns} from authorizations a
      where id = ?1 and client_id = ?2 and revoked_at is null
        and not exists (
          select 1 from refresh_families f where f.authorization_id = a.id and f.generation ${isPast} ?3 and ?3 <> 0
        )`);
  const standingAt = standing("<>");
  // A JWT of a generation that is yet to come is from before a backup was restored: not reuse, and not refused.
  const standingSince = standing(">");
  const ofEpoch = db.first<{ revision: number }>("select revision from clients where id = ? and epoch = ?");
  const remove = db.first<Pick<AccessTokenRow, "client_id" | "subject">>(`
    delete from access_tokens where digest = ? and authorization_id is null returning client_id, subject`);
  const tell = eventWriter(db);

  return {
    issue: (token, revision) => db.write("access_tokens.issue", () => insert(token, revision) === 1),

    find: async (digest, now) => {
      const found = await db.lookup("access_tokens.find", () => {
        const token = first(digestBytes(digest), now);
        if (token === undefined || token.authorization_id === null) return token && { token, authorization: null };
        const authorization = standingAt(token.authorization_id, token.client_id, token.generation);
        return authorization && { token, authorization };
      });
      if (found === undefined) return undefined;
      const authorization = nullOr(found.authorization, (row) => toAuthorization(row, seal));
      return { ...toRecord(digest, found.token, seal), authorization, revision: found.token.revision };
    },

    stands: async ({ jti, authorizationId, clientId, epoch, generation }) => {
      const found = await db.lookup("access_tokens.stands", () => {
        const client = ofEpoch(clientId, epoch);
        if (client === undefined || revoked.has(jti)) return undefined;
        if (authorizationId === null) return { authorization: null, ...client };
        const authorization = standingSince(idBytes(authorizationId), clientId, generation);
        return authorization && { authorization, ...client };
      });
      if (found === undefined) return undefined;
      const authorization = nullOr(found.authorization, (row) => toAuthorization(row, seal));
      return { authorization, revision: found.revision };
    },

    delete: (digest) =>
      db.write("access_tokens.delete", () => {
        const gone = remove(digestBytes(digest));
        if (gone === undefined) return false;
        const { client_id, subject } = gone;
        tell("token_revoked", subject === null ? { client_id } : { client_id, subject });
        return true;
      }),

    revokeJwt: (jti, expiresAt, clientId) =>
      db.write("access_tokens.revoke_jwt", () => {
        if (revoked.add(jti, expiresAt)) tell("token_revoked", { client_id: clientId, token_id: jti });
      }),
  };
}

function toRecord(digest: string, row: AccessTokenRow, seal: Seal): AccessTokenRecord {
  return {
    digest,
    authorizationId: nullOr(row.authorization_id, idText),
    clientId: row.client_id,
    epoch: row.epoch,
    generation: row.generation,
    scope: row.scope,
    audience: nullOr(row.audience, (text) => fromJson<string[]>(text)),
    subject: row.subject,
    claims: nullOr(row.claims, (cell) => fromJson<JsonObject>(seal.open("access_tokens", "claims", digest, cell))),
    issuedAt: new Date(row.issued_at),
    expiresAt: new Date(row.expires_at),
  };
}
