/** Authorization codes: spent once, for what is stored in the same step. */
import type { Seal } from "../../ports/seal.ts";
import type { CodeStore } from "../../ports/store/tokens.ts";
import type { AuthorizationCode } from "../../protocol/token.ts";
import { accessTokenWriter } from "./access-tokens.ts";
import { authorizationReader, toAuthorization } from "./authorization-rows.ts";
import { currentReader } from "./clients.ts";
import { digestBytes, idBytes, nullOr } from "./columns.ts";
import type { Database } from "./database.ts";
import { familyFounder } from "./refresh-families.ts";

interface CodeRow {
  readonly authorization_id: Uint8Array;
  readonly redirect_uri: string;
  readonly redirect_uri_sent: number;
  readonly code_challenge: string | null;
  readonly expires_at: number;
  readonly spent_at: number | null;
}

/** For the flow that ends in a code. */
export function codeWriter(db: Database): (code: AuthorizationCode) => number {
  const insert = db.changes(`
    insert into codes (digest, authorization_id, redirect_uri, redirect_uri_sent, code_challenge, expires_at)
    values (?, ?, ?, ?, ?, ?)`);
  return (code) =>
    insert(
      digestBytes(code.digest),
      idBytes(code.authorizationId),
      code.redirectUri,
      code.redirectUriSent,
      code.codeChallenge,
      code.expiresAt,
    );
}

export function codes(db: Database, seal: Seal): CodeStore {
  const first = db.first<CodeRow>(`
    select authorization_id, redirect_uri, redirect_uri_sent, code_challenge, expires_at, spent_at
    from codes where digest = ?`);
  const authorizationOf = authorizationReader(db);
  const isCurrent = currentReader(db);
  const insertToken = accessTokenWriter(db, seal);
  const foundFamily = familyFounder(db);
  // The condition is the lock: of any number that race, one changes the row.
  const spend = db.changes(`
    update codes set spent_at = ?1
    where digest = ?2 and authorization_id = ?3 and spent_at is null and expires_at > ?1
      and exists (select 1 from authorizations where id = ?3 and client_id = ?4 and revoked_at is null)
      and exists (select 1 from clients where id = ?4 and revision = ?5)`);

  return {
    find: async (digest) => {
      const found = await db.lookup("codes.find", () => {
        const code = first(digestBytes(digest));
        const authorization = code && authorizationOf(code.authorization_id);
        return authorization && { code, authorization };
      });
      if (found === undefined) return undefined;
      const { code } = found;
      const authorization = toAuthorization(found.authorization, seal);
      return {
        digest,
        authorizationId: authorization.id,
        clientId: authorization.clientId,
        redirectUri: code.redirect_uri,
        redirectUriSent: code.redirect_uri_sent === 1,
        codeChallenge: code.code_challenge,
        expiresAt: new Date(code.expires_at),
        spentAt: nullOr(code.spent_at, (at) => new Date(at)),
        authorization,
        revoked: found.authorization.revoked_at !== null,
      };
    },

    redeem: ({ digest, authorizationId, clientId, revision, accessToken, family, now }) =>
      db.write("codes.redeem", () => {
        if (spend(now, digestBytes(digest), idBytes(authorizationId), clientId, revision) === 0) {
          return isCurrent(clientId, revision) ? "lost" : "stale";
        }
        if (accessToken !== null) insertToken(accessToken, revision);
        if (family !== null) foundFamily(family, now);
        return "done";
      }),
  };
}
