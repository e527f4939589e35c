/** Paths into JSON as Hydra's `--format jsonpath=` has them: those of GJSON, as far as an answer of the API needs them. */
import { isJsonObject } from "../protocol/json.ts";

/** One part of a path, between dots. */
type Step =
  | { readonly kind: "member"; readonly name: string }
  /** `*` and `?` stand for any characters and any one. */
  | { readonly kind: "pattern"; readonly pattern: RegExp }
  /** `#`: how many there are; before more steps, each of them. */
  | { readonly kind: "each" }
  /** `#(scope=="a")`, the first that is so; with another `#` behind it, all that are. */
  | { readonly kind: "where"; readonly test: Test; readonly all: boolean };

interface Test {
  readonly path: Path;
  /** Null: the member is there. */
  readonly operator: string | null;
  readonly operand: unknown;
}

/** Between pipes; what stands behind a pipe goes on with the whole result before it. */
export type Path = readonly (readonly Step[])[];

const syntax =
  'Expected a path such as client_id, redirect_uris.0, items.#.client_id or items.#(owner=="me")#.client_id';

/** Throws when it is no path. */
export function parsePath(text: string): Path {
  if (/^\$|[[\]{}]|^@|[.|]@/.test(text.replace(/\(.*?\)|\\./g, ""))) throw new Error(`${syntax}.`);
  return split(text, "|").map((segment) => split(segment, ".").map(parseStep));
}

/** Undefined where there is nothing. */
export function selectPath(value: unknown, path: Path): unknown {
  return path.reduce<unknown>((found, steps) => walk(found, steps), value);
}

/** At separators that are neither escaped, nor quoted, nor within a query. */
function split(text: string, separator: string): string[] {
  const parts = text.match(
    separator === "|"
      ? /(?:\\.|\((?:"(?:\\.|[^"])*"|[^)"])*\)|[^|\\])+/g
      : /(?:\\.|\((?:"(?:\\.|[^"])*"|[^)"])*\)|[^.\\])+/g,
  );
  if (parts === null || parts.join(separator) !== text) throw new Error(`${syntax}.`);
  return parts;
}

function parseStep(text: string): Step {
  if (text === "#") return { kind: "each" };
  const query = /^#\((.*)\)(#?)$/.exec(text);
  if (query !== null) return { kind: "where", test: parseTest(query[1] ?? ""), all: query[2] === "#" };
  if (/(?<!\\)[*?]/.test(text)) {
    const pattern = text.replace(/\\(.)|(\*)|(\?)|([^\\*?]+)/g, (_all, escaped, any, one, plain) =>
      any !== undefined
        ? ".*"
        : one !== undefined
          ? "."
          : String(escaped ?? plain).replace(/[\\^$.*+?()[\]{}|]/g, "\\$&"),
    );
    return { kind: "pattern", pattern: new RegExp(`^${pattern}$`, "s") };
  }
  return { kind: "member", name: text.replace(/\\(.)/g, "$1") };
}

function parseTest(text: string): Test {
  const parts = /^(.*?)\s*(==|!=|<=|>=|<|>|!%|%|=)\s*(.*)$/.exec(text);
  if (parts === null) return { path: parsePath(text), operator: null, operand: null };
  const [, path = "", operator = "", operand = ""] = parts;
  return {
    path: path === "" ? [] : parsePath(path),
    operator: operator === "=" ? "==" : operator,
    operand: literal(operand),
  };
}

function literal(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function walk(value: unknown, [step, ...rest]: readonly Step[]): unknown {
  if (value === undefined || step === undefined) return value;
  if (step.kind === "member") return walk(memberOf(value, step.name), rest);
  if (step.kind === "pattern") {
    const members = Object.entries(isJsonObject(value) ? value : {});
    return walk(members.find(([name]) => step.pattern.test(name))?.[1], rest);
  }
  if (!Array.isArray(value)) return undefined;
  if (step.kind === "each") return rest.length === 0 ? value.length : each(value, rest);
  const passes = (item: unknown) => holds(item, step.test);
  return step.all ? each(value.filter(passes), rest) : walk(value.find(passes), rest);
}

function memberOf(value: unknown, name: string): unknown {
  if (Array.isArray(value)) return /^\d+$/.test(name) ? value[Number(name)] : undefined;
  return isJsonObject(value) && Object.hasOwn(value, name) ? value[name] : undefined;
}

/** Those that have nothing there are left out. */
function each(items: readonly unknown[], steps: readonly Step[]): unknown[] {
  return items.map((item) => walk(item, steps)).filter((found) => found !== undefined);
}

function holds(item: unknown, { path, operator, operand }: Test): boolean {
  const value = selectPath(item, path);
  if (operator === null) return value !== undefined;
  if (value === undefined) return false;
  if (operator === "==") return value === operand;
  if (operator === "!=") return value !== operand;
  if (operator === "%" || operator === "!%")
    return typeof value === "string" && like(value, String(operand)) === (operator === "%");
  return inOrder(value, operator, operand);
}

function like(value: string, pattern: string): boolean {
  const step = parseStep(pattern.replaceAll(".", "\\."));
  return step.kind === "pattern" ? step.pattern.test(value) : value === pattern;
}

function inOrder(value: unknown, operator: string, operand: unknown): boolean {
  const order = compare(value, operand);
  if (order === undefined) return false;
  if (order === 0) return operator.endsWith("=");
  return operator.startsWith("<") === order < 0;
}

/** Undefined where the two are of different kinds. */
function compare(value: unknown, operand: unknown): number | undefined {
  if (typeof value === "number" && typeof operand === "number") return value - operand;
  if (typeof value !== "string" || typeof operand !== "string") return undefined;
  return value === operand ? 0 : value < operand ? -1 : 1;
}
