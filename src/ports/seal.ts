/** How stores keep secrets: sealed under a subkey of `secrets.system` and bound to the place they stand in. */

export interface Seal {
  /** Seals a text for one cell; in any other table, column or row it does not open. */
  seal(table: string, column: string, row: string, plain: string): Uint8Array;
  /** The text of that cell; throws when it was sealed for another one, was changed, or its secret is gone. */
  open(table: string, column: string, row: string, sealed: Uint8Array): string;
}
