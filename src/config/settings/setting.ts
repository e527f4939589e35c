/** What a row of the settings is: its key stands left of it, everything else about it stands in it. */
import type { z } from "zod";

/** How a value is written in an environment variable, where everything is text. */
export type Form = "text" | "number" | "boolean" | "list" | "object";

/** A kind of value: what is accepted, what becomes of it, and how a fault names it. */
export interface Kind<Output = unknown> {
  readonly schema: z.ZodType<Output>;
  readonly form: Form;
  /** Completes "expected ...". */
  readonly expected: string;
}

/** D29: a setting works, or is accepted for an old file's sake, or is refused when it asks for something. */
type Class = { readonly class?: "works" } | { readonly class: "without effect" | "refused"; readonly because: string };

export type Setting<Output = unknown> = Class & {
  readonly kind: Kind<Output>;
  /** Null: not set. */
  readonly default: Output | null;
  /** One sentence. */
  readonly meaning: string;
  readonly unit?: "seconds";
  /** Never printed, neither whole nor in part. */
  readonly secret?: true;
};

/** The parsed type of a row: its kind's, and null where the default is. */
export type Parsed<Row extends Setting> = Row extends { readonly kind: Kind<infer Output> }
  ? Output | Extract<Row["default"], null>
  : never;

type Prefixed<Prefix extends string, Rows> = { readonly [Key in keyof Rows & string as `${Prefix}${Key}`]: Rows[Key] };

/** The same rows under a longer key: both ports, and both kinds of TLS, are set alike. */
export function prefixed<const Prefix extends string, Rows extends Readonly<Record<string, Setting>>>(
  prefix: Prefix,
  rows: Rows,
): Prefixed<Prefix, Rows> {
  // The compiler does not follow template keys through `fromEntries`; the line below is exactly `Prefixed`.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return Object.fromEntries(Object.entries(rows).map(([key, row]) => [prefix + key, row])) as Prefixed<Prefix, Rows>;
}

/** Checks a list of rows and keeps the exact type of each. */
export const rows = <const Rows extends Readonly<Record<string, Setting>>>(list: Rows) => list;
