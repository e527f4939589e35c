/** JSON in sealed cells. */
import type { Seal } from "../../ports/seal.ts";
import type { JsonObject } from "../../protocol/json.ts";
import { fromJson } from "./cells.ts";

/** One column whose values are sealed; `row` is the row's key as our ids are written. */
export interface SealedColumn {
  seal(row: string, value: unknown): Uint8Array;
  // oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- the writer of the cell knows what lies in it
  open<T>(row: string, sealed: Uint8Array): T;
}

export function sealedColumn(seal: Seal, table: string, column: string): SealedColumn {
  return {
    seal: (row, value) => seal.seal(table, column, row, JSON.stringify(value)),
    open: (row, sealed) => fromJson(seal.open(table, column, row, sealed)),
  };
}

/** No claims, no seal: most authorizations have none. */
export function sealClaims(column: SealedColumn, row: string, claims: JsonObject): Uint8Array | null {
  return Object.keys(claims).length === 0 ? null : column.seal(row, claims);
}

export function openClaims(column: SealedColumn, row: string, sealed: Uint8Array | null): JsonObject {
  return sealed === null ? {} : column.open<JsonObject>(row, sealed);
}
