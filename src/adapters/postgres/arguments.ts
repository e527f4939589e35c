/** What statements hold besides plain values: whole columns for `unnest`, and constant pieces of SQL. */

/** A statement as postgres.js takes it. */
export interface Statement {
  readonly strings: TemplateStringsArray;
  readonly values: readonly Parameter[];
}

/** What postgres.js gets to see. */
export type Parameter = string | number | boolean | Date | Uint8Array | null | Column;

/** Many values of one type, written as PostgreSQL reads an array. */
export class Column {
  readonly text: string;
  /** The array type's oid. */
  readonly type: number;

  constructor(text: string, type: number) {
    this.text = text;
    this.type = type;
  }
}

/** SQL that several statements share: a table's name, a list of columns. Never anything from outside. */
export class Constant {
  readonly sql: string;

  constructor(sql: string) {
    this.sql = sql;
  }
}

export function constant(sql: string): Constant {
  return new Constant(sql);
}

/** A type that columns may be of. */
export interface Element<T> {
  readonly arrayType: number;
  readonly write: (value: T) => string;
}

const hex = (bytes: Buffer) => `"\\\\x${bytes.toString("hex")}"`;
export const bytea: Element<Uint8Array> = { arrayType: 1001, write: (value) => hex(Buffer.from(value)) };
/** A digest: base64url with us, `bytea` with PostgreSQL. */
export const digest: Element<string> = { arrayType: 1001, write: (value) => hex(Buffer.from(value, "base64url")) };
export const text: Element<string> = { arrayType: 1009, write: (value) => `"${value.replace(/["\\]/g, "\\$&")}"` };
export const int4: Element<number> = { arrayType: 1007, write: String };
export const bool: Element<boolean> = { arrayType: 1000, write: String };
export const uuid: Element<string> = { arrayType: 2951, write: (value) => value };
export const timestamptz: Element<Date> = { arrayType: 1185, write: (value) => value.toISOString() };

/** One member of many rows. */
export function column<Row, T>(rows: readonly Row[], element: Element<T>, member: (row: Row) => T | null): Column {
  let written = "{";
  for (const row of rows) {
    const value = member(row);
    written += `${written === "{" ? "" : ","}${value === null ? "NULL" : element.write(value)}`;
  }
  return new Column(`${written}}`, element.arrayType);
}

/** Puts constants into the statement's text. postgres.js keeps each text it meets for ever, so each is made once. */
export function textsOfStatements(): (
  strings: TemplateStringsArray,
  values: readonly (Parameter | Constant)[],
) => Statement {
  const made = new WeakMap<TemplateStringsArray, Map<string, TemplateStringsArray>>();
  return (strings, values) => {
    const parameters = values.filter((value): value is Parameter => !(value instanceof Constant));
    if (parameters.length === values.length) return { strings, values: parameters };
    const constants = values.filter((value) => value instanceof Constant);
    const key = constants.map((one) => one.sql).join("\n");
    const known = made.get(strings) ?? new Map<string, TemplateStringsArray>();
    made.set(strings, known);
    const merged = known.get(key) ?? merge(strings, values);
    known.set(key, merged);
    return { strings: merged, values: parameters };
  };
}

function merge(strings: TemplateStringsArray, values: readonly (Parameter | Constant)[]): TemplateStringsArray {
  const texts = [strings[0] ?? ""];
  values.forEach((value, index) => {
    const next = strings[index + 1] ?? "";
    if (value instanceof Constant) texts.push(`${texts.pop() ?? ""}${value.sql}${next}`);
    else texts.push(next);
  });
  return Object.assign(texts, { raw: texts });
}
