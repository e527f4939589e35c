/** How a key lies in its row: the private half is sealed. */
import type { Seal } from "../../ports/seal.ts";
import type { JsonObject } from "../../protocol/json.ts";
import type { SigningKey } from "../../protocol/key.ts";
import { isAble } from "../../protocol/key-life.ts";
import { constant } from "./arguments.ts";
import { fromJson } from "./cells.ts";
import { type SealedColumn, sealedColumn } from "./sealed.ts";

export interface KeyRow {
  readonly set_name: string;
  readonly kid: string;
  readonly created_at: Date;
  readonly algorithm: string;
  readonly use: string;
  readonly public_jwk: string;
  readonly private_jwk: Uint8Array;
  readonly signs_from: Date | null;
  readonly chosen_at: Date | null;
  readonly tokens_until: Date | null;
  readonly follows: string | null;
}

export const keyColumns = constant(`
  set_name, kid, created_at, algorithm, use, public_jwk, private_jwk, signs_from, chosen_at, tokens_until, follows, signs`);

/** Behind `json_to_recordset(...)`: what `KeyCells.records` wrote, as rows of the columns above. */
export const keyRecord = constant(`
  as q (
    set_name text, kid text, created_at timestamptz, algorithm text, use text, public_jwk text, private_jwk bytea,
    signs_from timestamptz, chosen_at timestamptz, tokens_until timestamptz, follows text, signs boolean
  )`);

export interface KeyCells {
  /** The keys as one JSON text. */
  records(keys: readonly SigningKey[]): string;
  toKey(row: KeyRow): SigningKey;
}

export function keyCells(seal: Seal): KeyCells {
  const privateJwk = sealedColumn(seal, "keys", "private_jwk");
  return {
    records: (keys) => JSON.stringify(keys.map((key) => toRecord(key, privateJwk))),
    toKey: (row) => ({
      set: row.set_name,
      kid: row.kid,
      algorithm: row.algorithm,
      use: row.use,
      createdAt: row.created_at,
      chosenAt: row.chosen_at ?? row.created_at,
      signsFrom: row.signs_from ?? row.created_at,
      tokensUntil: row.tokens_until,
      follows: row.follows,
      publicJwk: fromJson<JsonObject>(row.public_jwk),
      privateJwk: opened(row, privateJwk),
    }),
  };
}

function toRecord(key: SigningKey, privateJwk: SealedColumn) {
  const sealed = privateJwk.seal(rowOf(key.set, key.kid), key.privateJwk);
  return {
    set_name: key.set,
    kid: key.kid,
    created_at: key.createdAt,
    algorithm: key.algorithm,
    use: key.use,
    public_jwk: JSON.stringify(key.publicJwk),
    private_jwk: `\\x${Buffer.from(sealed).toString("hex")}`,
    signs_from: key.signsFrom,
    chosen_at: key.chosenAt,
    tokens_until: key.tokensUntil,
    follows: key.follows,
    signs: isAble(key),
  };
}

function opened(row: KeyRow, privateJwk: SealedColumn): JsonObject {
  try {
    return privateJwk.open<JsonObject>(rowOf(row.set_name, row.kid), row.private_jwk);
  } catch (cause) {
    throw new Error(
      `The key '${row.kid}' of the set '${row.set_name}' does not open: is the secret it was sealed under still in secrets.system?`,
      { cause },
    );
  }
}

/** A set's name may hold any character, so the pair is written as JSON: no two pairs are alike. */
function rowOf(set: string, kid: string): string {
  return JSON.stringify([set, kid]);
}
