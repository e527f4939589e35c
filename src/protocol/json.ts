/** JSON from outside, read strictly: bounded depth and count, clean text, no number that would be rounded. */
import { refuse } from "./errors.ts";
import { isCleanText } from "./text.ts";

export type JsonValue = string | number | boolean | null | JsonValue[] | { [name: string]: JsonValue };
export type JsonObject = { [name: string]: JsonValue };

const maxDepth = 32;
const maxValues = 20_000;

/** Parses a JSON document, or refuses it with `invalid_request`; a rounded integer is a fault, not a value. */
export function parseJson(text: string, what = "request body"): JsonValue {
  let value: JsonValue;
  try {
    value = JSON.parse(text, requireExactNumber);
  } catch (cause) {
    if (cause instanceof RangeError) refuse("invalid_request", `The ${what} holds an integer beyond 2^53.`, { cause });
    refuse("invalid_request", `The ${what} is not valid JSON.`, { cause });
  }
  requireBounded(value, what);
  return value;
}

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function requireExactNumber(_name: string, value: unknown, context?: { source?: string }): unknown {
  if (typeof value !== "number" || Number.isSafeInteger(value)) return value;
  if (!Number.isFinite(value) || /^-?\d+$/.test(context?.source ?? "")) throw new RangeError("unsafe number");
  return value;
}

/** Refuses JSON that is nested too deep, holds too many values or a text that is not clean. */
export function requireBounded(root: JsonValue, what: string): void {
  let values = 0;
  const visit = (value: JsonValue, depth: number): void => {
    values += 1;
    if (depth > maxDepth) refuse("invalid_request", `The ${what} is nested deeper than ${maxDepth} levels.`);
    if (values > maxValues) refuse("invalid_request", `The ${what} holds more than ${maxValues} values.`);
    if (typeof value === "string") requireClean(value, what);
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

function requireClean(text: string, what: string): void {
  if (!isCleanText(text)) refuse("invalid_request", `The ${what} holds text that is not well-formed Unicode.`);
}
