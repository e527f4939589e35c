/** JSON from outside, read strictly: bounded depth and count, clean text, no number that would be rounded. */
import { refuse } from "./errors.ts";
import { isCleanText, quotable } from "./text.ts";

export type JsonValue = string | number | boolean | null | JsonValue[] | { [name: string]: JsonValue };
export type JsonObject = { [name: string]: JsonValue };

const maxDepth = 32;
const maxValues = 20_000;

/** Parses a JSON document, or refuses it with `invalid_request`; a rounded integer is a fault, not a value. */
export function parseJson(text: string, what = "request body"): JsonValue {
  let value: JsonValue;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    return refuse("invalid_request", `The ${what} is not valid JSON.`, { cause });
  }
  requireBounded(value, what);
  requireUniqueNames(text, what);
  return value;
}

/** RFC 8259 §4: which of two members of one name counts would be the reader's choice. The text is valid JSON. */
function requireUniqueNames(text: string, what: string): void {
  const open: Set<string>[] = [];
  for (const [token, colon] of text.matchAll(/[{}]|"[^"\\]*(?:\\.[^"\\]*)*"(\s*:)?/g)) {
    if (token === "{") open.push(new Set());
    else if (token === "}") open.pop();
    else if (colon !== undefined) {
      const quoted = token.slice(0, -colon.length);
      const name = quoted.includes("\\") ? String(JSON.parse(quoted)) : quoted.slice(1, -1);
      const names = open.at(-1);
      if (names?.has(name)) refuse("invalid_request", `The ${what} holds the member '${quotable(name)}' twice.`);
      names?.add(name);
    }
  }
}

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Refuses JSON that is nested too deep, holds too many values, a number out of bounds or a text that is not clean. */
export function requireBounded(root: JsonValue, what: string): void {
  let values = 0;
  const visit = (value: JsonValue, depth: number): void => {
    values += 1;
    if (depth > maxDepth) refuse("invalid_request", `The ${what} is nested deeper than ${maxDepth} levels.`);
    if (values > maxValues) refuse("invalid_request", `The ${what} holds more than ${maxValues} values.`);
    if (typeof value === "string") requireClean(value, what);
    else if (typeof value === "number") requireExact(value, what);
    else if (Array.isArray(value)) for (const item of value) visit(item, depth + 1);
    else if (value !== null && typeof value === "object") {
      for (const [name, member] of Object.entries(value)) {
        requireClean(name, what);
        visit(member, depth + 1);
      }
    }
  };
  visit(root, 0);
}

// Not by its spelling: `9007199254740993.0` is rounded as well, and what is written again must be readable again.
function requireExact(value: number, what: string): void {
  if (Math.abs(value) <= Number.MAX_SAFE_INTEGER) return;
  refuse("invalid_request", `The ${what} holds an integer beyond 2^53.`);
}

function requireClean(text: string, what: string): void {
  if (!isCleanText(text)) refuse("invalid_request", `The ${what} holds text that is not well-formed Unicode.`);
}
