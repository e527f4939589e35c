/** Reads the cells of Hydra's rows, which each of its databases writes in its own way. */
import { isJsonObject, type JsonObject, type JsonValue } from "../../protocol/json.ts";

/** A row as it was read: JSON cells may be texts, booleans numbers, and columns of other releases missing. */
export type Row = Readonly<Record<string, unknown>>;

export function textOf(row: Row, column: string): string {
  const value = row[column];
  return typeof value === "string" ? value : "";
}

export function flagOf(row: Row, column: string): boolean {
  return row[column] === true || row[column] === 1;
}

export function numberOf(row: Row, column: string): number | null {
  const value = row[column];
  return typeof value === "number" ? value : null;
}

const instantPattern = /^(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)(?:\.(\d{1,3})\d*)? ?(Z|[+-]\d\d(?::?\d\d)?)?/;

/** Null for none. Hydra writes UTC, with or without saying so; Go's zero time is none. */
export function toInstant(value: unknown): Date | null {
  const [, day, time, fraction = "0", zone = "Z"] = instantPattern.exec(typeof value === "string" ? value : "") ?? [];
  if (day === undefined || time === undefined || day.startsWith("0001")) return null;
  const offset = /^[+-]\d\d$/.test(zone) ? `${zone}:00` : zone.replace(/^([+-]\d\d)(\d\d)$/, "$1:$2");
  const instant = new Date(`${day}T${time}.${fraction.padEnd(3, "0")}${offset}`);
  return Number.isNaN(instant.getTime()) ? null : instant;
}

export function instantOf(row: Row, column: string): Date | null {
  return toInstant(row[column]);
}

export function jsonOf(row: Row, column: string): JsonValue {
  const value = row[column];
  return typeof value === "string" ? (parsed(value) ?? null) : isJson(value) ? value : null;
}

export function objectOf(row: Row, column: string): JsonObject {
  const value = jsonOf(row, column);
  return isJsonObject(value) ? value : {};
}

export function listOf(row: Row, column: string): string[] {
  return toTexts(jsonOf(row, column));
}

/** Lists of scopes and audiences beside tokens. */
export function joinedOf(row: Row, column: string): string[] {
  return textOf(row, column)
    .split("|")
    .filter((text) => text !== "");
}

export function toTexts(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === "string") : [];
}

export function memberObject(object: JsonObject, name: string): JsonObject {
  const value = object[name];
  return isJsonObject(value) ? value : {};
}

export function memberText(object: JsonObject, name: string): string {
  const value = object[name];
  return typeof value === "string" ? value : "";
}

export function parsed(text: string): JsonValue | undefined {
  try {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what JSON.parse gives is JSON
    return JSON.parse(text) as JsonValue;
  } catch {
    return undefined;
  }
}

function isJson(value: unknown): value is JsonValue {
  return value !== undefined && typeof value !== "bigint" && !(value instanceof Uint8Array);
}
