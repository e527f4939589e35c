/** Keys as rows: their private halves are sealed. */
import type { Seal } from "../../ports/seal.ts";
import type { JsonObject } from "../../protocol/json.ts";
import type { SigningKey } from "../../protocol/key.ts";
import { isAble } from "../../protocol/key-life.ts";
import { fromJson, nullOr } from "./columns.ts";
import type { Value } from "./database.ts";

export interface KeyRow {
  readonly set_name: string;
  readonly kid: string;
  readonly algorithm: string;
  readonly use: string;
  readonly created_at: number;
  readonly public_jwk: string;
  readonly private_jwk: Uint8Array;
  readonly signs_from: number | null;
  readonly chosen_at: number | null;
  readonly tokens_until: number | null;
  readonly follows: string | null;
}

export const keyColumns = `set_name, kid, algorithm, use, created_at, public_jwk, private_jwk, signs_from, chosen_at,
  tokens_until, follows, signs`;

/** In the order of `keyColumns`; sealing is done here, before a transaction is open. */
export function keyValues(key: SigningKey, seal: Seal): Value[] {
  return [
    key.set,
    key.kid,
    key.algorithm,
    key.use,
    key.createdAt,
    JSON.stringify(key.publicJwk),
    seal.seal("keys", "private_jwk", placeOf(key.set, key.kid), JSON.stringify(key.privateJwk)),
    key.signsFrom,
    key.chosenAt,
    key.tokensUntil,
    key.follows,
    isAble(key),
  ];
}

export function toKey(row: KeyRow, seal: Seal): SigningKey {
  return {
    set: row.set_name,
    kid: row.kid,
    algorithm: row.algorithm,
    use: row.use,
    createdAt: new Date(row.created_at),
    chosenAt: new Date(row.chosen_at ?? row.created_at),
    signsFrom: new Date(row.signs_from ?? row.created_at),
    tokensUntil: nullOr(row.tokens_until, (at) => new Date(at)),
    follows: row.follows,
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
