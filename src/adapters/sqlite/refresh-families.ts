/** Refresh families: one row per authorization that may be refreshed, and the generation that is good now. */
import type { Seal } from "../../ports/seal.ts";
import type { NewFamily, RefreshFamilyStore } from "../../ports/store/tokens.ts";
import { accessTokenWriter } from "./access-tokens.ts";
import { authorizationReader, toAuthorization } from "./authorization-rows.ts";
import { currentReader } from "./clients.ts";
import { idBytes } from "./columns.ts";
import type { Database } from "./database.ts";

interface FamilyRow {
  readonly generation: number;
  readonly rotated_at: number;
  readonly expires_at: number;
}

/** For the code that buys the first refresh token. */
export function familyFounder(db: Database): (family: NewFamily, now: Date) => number {
  const insert = db.changes(`
    insert into refresh_families (authorization_id, generation, rotated_at, expires_at) values (?, 1, ?, ?)`);
  return ({ authorizationId, expiresAt }, now) => insert(idBytes(authorizationId), now, expiresAt);
}

export function refreshFamilies(db: Database, seal: Seal): RefreshFamilyStore {
  const first = db.first<FamilyRow>(`
    select generation, rotated_at, expires_at from refresh_families where authorization_id = ?`);
  const authorizationOf = authorizationReader(db);
  const isCurrent = currentReader(db);
  const insertToken = accessTokenWriter(db, seal);
  // The condition is the lock: the generation that was presented is the one that is good, or nothing happens.
  const rotate = db.changes(`
    update refresh_families set generation = generation + 1, rotated_at = ?1, expires_at = ?2, retries = 0
    where authorization_id = ?3 and generation = ?4 and expires_at > ?1
      and exists (select 1 from authorizations where id = ?3 and client_id = ?5 and revoked_at is null)
      and exists (select 1 from clients where id = ?5 and revision = ?6)`);
  const countRetry = db.changes(`
    update refresh_families set retries = retries + 1
    where authorization_id = ?1 and generation = ?2 and expires_at > ?3 and (?4 is null or retries < ?4)
      and exists (select 1 from authorizations where id = ?1 and client_id = ?5 and revoked_at is null)
      and exists (select 1 from clients where id = ?5 and revision = ?6)`);

  return {
    find: async (authorizationId) => {
      const id = idBytes(authorizationId);
      const found = await db.lookup("refresh_families.find", () => {
        const family = first(id);
        const authorization = family && authorizationOf(id);
        return authorization && { family, authorization };
      });
      if (found === undefined) return undefined;
      const authorization = toAuthorization(found.authorization, seal);
      return {
        authorizationId,
        clientId: authorization.clientId,
        generation: found.family.generation,
        expiresAt: new Date(found.family.expires_at),
        rotatedAt: new Date(found.family.rotated_at),
        authorization,
        revoked: found.authorization.revoked_at !== null,
      };
    },

    rotate: ({ authorizationId, clientId, revision, generation, expiresAt, accessToken, now }) =>
      db.write("refresh_families.rotate", () => {
        if (rotate(now, expiresAt, idBytes(authorizationId), generation, clientId, revision) === 0) {
          return isCurrent(clientId, revision) ? "lost" : "stale";
        }
        if (accessToken !== null) insertToken(accessToken, revision);
        return "done";
      }),

    retry: ({ authorizationId, clientId, revision, generation, most, accessToken, now }) =>
      db.write("refresh_families.retry", () => {
        if (countRetry(idBytes(authorizationId), generation, now, most, clientId, revision) === 0) {
          return isCurrent(clientId, revision) ? "lost" : "stale";
        }
        if (accessToken !== null) insertToken(accessToken, revision);
        return "done";
      }),
  };
}
