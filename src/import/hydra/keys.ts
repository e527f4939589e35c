/** Hydra's keys: JSON Web Keys, each sealed as a whole; and the issuers whose keys it trusts. */
import type { ForeignKey, ForeignTrust, Read } from "../../ports/import-source.ts";
import { isJsonObject, type JsonObject } from "../../protocol/json.ts";
import { flagOf, instantOf, joinedOf, parsed, type Row, textOf } from "./cells.ts";
import type { HydraCipher } from "./cipher.ts";
import type { HydraDatabase, Selection } from "./database.ts";

/** Hydra keeps the keys of trusted issuers there too; those come with the trust. Its own TLS key is nobody's here. */
export const keySelection: Selection = {
  table: "hydra_jwk",
  key: "cast(pk as varchar(36))",
  where: `sid <> 'hydra.https-tls'
    and not exists (
      select 1 from hydra_oauth2_trusted_jwt_bearer_issuer t
      where t.nid = hydra_jwk.nid and t.key_set = hydra_jwk.sid and t.key_id = hydra_jwk.kid
    )`,
};

export const trustSelection: Selection = {
  table: "hydra_oauth2_trusted_jwt_bearer_issuer",
  key: "cast(id as varchar(36))",
  where: "1 = 1",
};

/** A secret that opens none of the keys is the wrong one, and nothing else would come along either. */
export class WrongHydraSecret extends Error {}

export function toForeignKey(row: Row, cipher: HydraCipher, now: Date): Read<ForeignKey> {
  const [set, kid] = [textOf(row, "sid"), textOf(row, "kid")];
  const name = `${set}/${kid}`;
  const jwk = openKey(row, cipher);
  if (jwk === undefined) return { name, fault: "it is not a JSON Web Key" };
  return { name, thing: { set, jwk: { ...jwk, kid }, createdAt: instantOf(row, "created_at") ?? now } };
}

function openKey(row: Row, cipher: HydraCipher): JsonObject | undefined {
  const text = cipher.open(textOf(row, "keydata"));
  if (text === undefined) {
    throw new WrongHydraSecret(
      `The secret does not open Hydra's key '${textOf(row, "kid")}' of the set '${textOf(row, "sid")}'. Give Hydra's secrets.system, all of them where it has several.`,
    );
  }
  const jwk = parsed(text);
  return isJsonObject(jwk) ? jwk : undefined;
}

export async function toForeignTrusts(
  { db, network }: { readonly db: HydraDatabase; readonly network: string },
  rows: readonly Row[],
  { cipher, now }: { readonly cipher: HydraCipher; readonly now: Date },
): Promise<Read<ForeignTrust>[]> {
  const kids = rows.map((row) => textOf(row, "key_id"));
  const keys = await db.having(network, { table: "hydra_jwk", column: "kid" }, kids);
  return rows.map((row) => {
    const [issuer, subject] = [textOf(row, "issuer"), textOf(row, "subject")];
    const key = keys.find(
      (one) => textOf(one, "sid") === textOf(row, "key_set") && textOf(one, "kid") === textOf(row, "key_id"),
    );
    const order = {
      issuer,
      subject,
      allowAnySubject: flagOf(row, "allow_any_subject"),
      scope: joinedOf(row, "scope"),
      jwk: key === undefined ? null : (openKey(key, cipher) ?? null),
      expiresAt: instantOf(row, "expires_at"),
    };
    const createdAt = instantOf(row, "created_at") ?? now;
    return {
      name: `${issuer} for ${subject === "" ? "anybody" : subject}`,
      thing: { id: textOf(row, "id"), createdAt, order },
    };
  });
}
