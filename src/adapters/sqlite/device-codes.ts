/** Device codes: they wait for their user, and are spent once for what is stored in the same step. */
import type { Seal } from "../../ports/seal.ts";
import type { DeviceCodeStore } from "../../ports/store/device-codes.ts";
import type { DeviceCode, DeviceCodeState } from "../../protocol/device-code.ts";
import { accessTokenWriter } from "./access-tokens.ts";
import { authorizationReader, toAuthorization } from "./authorization-rows.ts";
import { currentReader } from "./clients.ts";
import { digestBytes, digestText, fromJson, idBytes, nullOr, words } from "./columns.ts";
import type { Database } from "./database.ts";
import { familyFounder } from "./refresh-families.ts";

export interface DeviceCodeRow {
  readonly digest: Uint8Array;
  readonly client_id: string;
  readonly scope: string;
  readonly audience: string;
  readonly code_challenge: string | null;
  readonly requested_at: number;
  readonly expires_at: number;
}

export const deviceCodeColumns = "digest, client_id, scope, audience, code_challenge, requested_at, expires_at";

export function toDeviceCode(row: DeviceCodeRow): DeviceCode {
  return {
    digest: digestText(row.digest),
    clientId: row.client_id,
    scope: words(row.scope),
    audience: fromJson<string[]>(row.audience),
    codeChallenge: row.code_challenge,
    requestedAt: new Date(row.requested_at),
    expiresAt: new Date(row.expires_at),
  };
}

type PresentedRow = DeviceCodeRow & {
  readonly state: DeviceCodeState;
  readonly authorization_id: Uint8Array | null;
  readonly spent_at: number | null;
};

export function deviceCodes(db: Database, seal: Seal): DeviceCodeStore {
  const insert = db.changes(`
    insert into device_codes (digest, user_code_digest, scope, audience, code_challenge, requested_at, expires_at, state,
      client_id)
    select ?, ?, ?, ?, ?, ?, ?, 'pending', id from clients where id = ? and revision = ?
    on conflict do nothing`);
  const first = db.first<PresentedRow>(`
    select ${deviceCodeColumns}, state, authorization_id, spent_at from device_codes where digest = ?`);
  const authorizationOf = authorizationReader(db);
  const isCurrent = currentReader(db);
  const deny = db.changes("update device_codes set state = 'denied' where digest = ? and state = 'pending'");

  return {
    create: (code, revision) =>
      db.write("device_codes.create", () => {
        const inserted = insert(
          digestBytes(code.digest),
          digestBytes(code.userCodeDigest),
          code.scope.join(" "),
          JSON.stringify(code.audience),
          code.codeChallenge,
          code.requestedAt,
          code.expiresAt,
          code.clientId,
          revision,
        );
        if (inserted === 1) return "done";
        return isCurrent(code.clientId, revision) ? "taken" : "stale";
      }),

    find: async (digest) => {
      const found = await db.lookup("device_codes.find", () => {
        const code = first(digestBytes(digest));
        return code && { code, authorization: nullOr(code.authorization_id, authorizationOf) ?? null };
      });
      if (found === undefined) return undefined;
      const { code, authorization } = found;
      return {
        ...toDeviceCode(code),
        state: code.state,
        spentAt: nullOr(code.spent_at, (at) => new Date(at)),
        authorization: nullOr(authorization, (row) => toAuthorization(row, seal)),
        revoked: authorization !== null && authorization.revoked_at !== null,
      };
    },

    deny: (digest) => db.write("device_codes.deny", () => deny(digestBytes(digest)) === 1),

    redeem: redeemer(db, seal),
  };
}

/** For the flow that ends in an answered device: whether it still waits. */
export function pendingReader(db: Database): (digest: string, now: Date) => boolean {
  const first = db.first("select 1 from device_codes where digest = ? and state = 'pending' and expires_at > ?");
  return (digest, now) => first(digestBytes(digest), now) !== undefined;
}

export function deviceAccepter(db: Database): (digest: string, authorizationId: string) => number {
  const accept = db.changes("update device_codes set state = 'accepted', authorization_id = ? where digest = ?");
  return (digest, authorizationId) => accept(idBytes(authorizationId), digestBytes(digest));
}

function redeemer(db: Database, seal: Seal): DeviceCodeStore["redeem"] {
  const isCurrent = currentReader(db);
  const insertToken = accessTokenWriter(db, seal);
  const foundFamily = familyFounder(db);
  // The condition is the lock: of any number that race, one changes the row.
  const spend = db.changes(`
    update device_codes set state = 'spent', spent_at = ?1
    where digest = ?2 and authorization_id = ?3 and state = 'accepted' and expires_at > ?1
      and exists (select 1 from authorizations where id = ?3 and client_id = ?4 and revoked_at is null)
      and exists (select 1 from clients where id = ?4 and revision = ?5)`);

  return ({ digest, authorizationId, clientId, revision, accessToken, family, now }) =>
    db.write("device_codes.redeem", () => {
      if (spend(now, digestBytes(digest), idBytes(authorizationId), clientId, revision) === 0) {
        return isCurrent(clientId, revision) ? "lost" : "stale";
      }
      if (accessToken !== null) insertToken(accessToken, revision);
      if (family !== null) foundFamily(family, now);
      return "done";
    });
}
