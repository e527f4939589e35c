/** `--format`: which forms there are, and a value in each that is no table. */
import { InvalidArgumentError, Option } from "commander";
import { stringify } from "yaml";
import { isJsonObject } from "../protocol/json.ts";
import { CommandFailure } from "./failure.ts";
import { parsePath, selectPath } from "./json-path.ts";

export type Format = "table" | DataFormat;

export type DataFormat = "json" | "json-pretty" | "yaml" | `jsonpath=${string}` | `jsonpointer=${string}`;

export function formatOption(): Option {
  return new Option("--format <format>", "table, json, json-pretty, yaml, jsonpath=<path> or jsonpointer=<pointer>")
    .argParser(parseFormat)
    .default("table");
}

/** Words to complete. */
export const formatWords: readonly string[] = ["table", "json", "json-pretty", "yaml", "jsonpath=", "jsonpointer="];

function parseFormat(text: string): Format {
  const [name, path = ""] = cut(text);
  switch (name) {
    case "table":
    case "json":
    case "json-pretty":
    case "yaml":
      if (text === name) return name;
      break;
    case "jsonpath":
      if (path === "") throw new InvalidArgumentError("Expected a path, such as jsonpath=client_id.");
      return checked(`jsonpath=${path}`, () => parsePath(path));
    case "jsonpointer":
      if (text === name) throw new InvalidArgumentError("Expected a pointer, such as jsonpointer=/client_id.");
      return checked(`jsonpointer=${path}`, () => parsePointer(path));
  }
  throw new InvalidArgumentError(`Expected one of ${formatWords.join(", ").replaceAll("=", "=...")}.`);
}

function cut(text: string): [string, string?] {
  const at = text.indexOf("=");
  return at === -1 ? [text] : [text.slice(0, at), text.slice(at + 1)];
}

/** What is wrong with a path is said before anything is asked of a server. */
function checked(format: Format, parse: () => unknown): Format {
  try {
    parse();
    return format;
  } catch (error) {
    throw new InvalidArgumentError(error instanceof Error ? error.message : String(error));
  }
}

/** Any value as data. */
export function renderData(value: unknown, format: DataFormat): string {
  if (format === "json") return `${JSON.stringify(value)}\n`;
  // Read by YAML 1.1 too, to which `y`, `no` and 2026-11-24 are no texts unless they are quoted.
  if (format === "yaml") return stringify(value, { compat: "yaml-1.1", indentSeq: false, lineWidth: 0 });
  return `${JSON.stringify(chosen(value, format) ?? null, null, 2)}\n`;
}

function chosen(value: unknown, format: Exclude<DataFormat, "json" | "yaml">): unknown {
  if (format === "json-pretty") return value;
  const [name, path = ""] = cut(format);
  return name === "jsonpath" ? selectPath(value, parsePath(path)) : selectPointer(value, parsePointer(path));
}

/** RFC 6901 §3 and §4. */
function parsePointer(pointer: string): readonly string[] {
  if (pointer === "") return [];
  if (!pointer.startsWith("/")) throw new Error("A JSON pointer begins with a slash.");
  if (/~(?![01])/.test(pointer)) throw new Error("In a JSON pointer ~ is written ~0, and / within a name ~1.");
  return pointer
    .slice(1)
    .split("/")
    .map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"));
}

function selectPointer(value: unknown, parts: readonly string[]): unknown {
  let at = value;
  for (const part of parts) {
    const within: unknown = at;
    if (Array.isArray(within) && /^(0|[1-9]\d*)$/.test(part)) at = within[Number(part)];
    else at = isJsonObject(within) && Object.hasOwn(within, part) ? within[part] : undefined;
    if (at === undefined) throw new CommandFailure(`--format: the answer has nothing at '${part}' of the JSON pointer`);
  }
  return at;
}
