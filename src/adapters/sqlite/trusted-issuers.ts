/** Issuers whose JWTs are a grant. */
import type { TrustedIssuerStore } from "../../ports/store/trusted-issuers.ts";
import type { JsonObject } from "../../protocol/json.ts";
import type { TrustedIssuer } from "../../protocol/trusted-issuer.ts";
import { fromJson, uuidBytes, uuidText, words } from "./columns.ts";
import type { Database } from "./database.ts";
import { eventWriter } from "./events.ts";

interface TrustRow {
  readonly id: Uint8Array;
  readonly issuer: string;
  readonly subject: string;
  readonly kid: string;
  readonly any_subject: number;
  readonly scope: string;
  readonly public_jwk: string;
  readonly created_at: number;
  readonly expires_at: number;
}

const columns = "id, issuer, subject, kid, any_subject, scope, public_jwk, created_at, expires_at";

export function trustedIssuers(db: Database): TrustedIssuerStore {
  const insert = db.changes(
    `insert into trusted_issuers (${columns}) values (?, ?, ?, ?, ?, ?, ?, ?, ?) on conflict do nothing`,
  );
  const find = db.first<TrustRow>(`select ${columns} from trusted_issuers where id = ?`);
  const listing = (condition: string) =>
    db.rows<TrustRow>(`
      select ${columns} from trusted_issuers
      where ${condition} and (created_at, id) > (?, ?) order by created_at, id limit ?`);
  const ofAll = listing("? is null");
  const ofIssuer = listing("issuer = ?");
  const remove = db.first<Pick<TrustRow, "issuer" | "kid">>(
    "delete from trusted_issuers where id = ? returning issuer, kid",
  );
  const tell = eventWriter(db);
  const candidates = db.rows<TrustRow>(`
    select ${columns} from trusted_issuers
    where issuer = ?1 and subject in (?2, '') and (?3 is null or kid = ?3) and expires_at > ?4
    order by any_subject, created_at desc, id limit 8`);

  return {
    create: (trust) =>
      db.write("trusted_issuers.create", () => {
        const { id, issuer, subject, kid, allowAnySubject, scope, publicJwk, createdAt, expiresAt } = trust;
        const [jwk, any] = [JSON.stringify(publicJwk), allowAnySubject ? 1 : 0];
        const values = [uuidBytes(id), issuer, subject, kid, any, scope.join(" "), jwk, createdAt, expiresAt];
        if (insert(...values) === 0) return false;
        tell("issuer_trusted", { trust_id: id, issuer, key_id: kid });
        return true;
      }),
    find: async (id) => {
      const row = await db.lookup("trusted_issuers.find", () => find(uuidBytes(id)));
      return row === undefined ? undefined : toTrust(row);
    },
    list: async ({ issuer, after, limit }) => {
      const select = issuer === null ? ofAll : ofIssuer;
      const last = [after?.createdAt ?? -1, after === null ? Buffer.alloc(0) : uuidBytes(after.id)];
      return (await db.lookup("trusted_issuers.list", () => select(issuer, ...last, limit))).map(toTrust);
    },
    delete: (id) =>
      db.write("trusted_issuers.delete", () => {
        const gone = remove(uuidBytes(id));
        if (gone === undefined) return false;
        tell("issuer_distrusted", { trust_id: id, issuer: gone.issuer, key_id: gone.kid });
        return true;
      }),
    candidates: async ({ issuer, subject, kid }, now) => {
      const rows = await db.lookup("trusted_issuers.candidates", () => candidates(issuer, subject, kid, now));
      return rows.map(toTrust);
    },
  };
}

function toTrust(row: TrustRow): TrustedIssuer {
  return {
    id: uuidText(row.id),
    issuer: row.issuer,
    subject: row.subject,
    allowAnySubject: row.any_subject === 1,
    scope: words(row.scope),
    kid: row.kid,
    publicJwk: fromJson<JsonObject>(row.public_jwk),
    createdAt: new Date(row.created_at),
    expiresAt: new Date(row.expires_at),
  };
}
