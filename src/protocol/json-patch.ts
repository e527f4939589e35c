/** JSON Patch (RFC 6902) and its pointers (RFC 6901), applied whole or not at all, whatever a patch makes of a document. */
import { refuse } from "./errors.ts";
import { isJsonObject, type JsonObject, type JsonValue, requireBounded } from "./json.ts";
import { quotable } from "./text.ts";

/** An operation as it was sent; undefined is what was not. */
export interface PatchOperation {
  readonly op: string;
  readonly path: string | undefined;
  readonly from: string | undefined;
  readonly value: JsonValue | undefined;
}

export const mostPatchOperations = 1000;
/** Values and characters that a patch may write, and that its document may have then: copies of copies grow fast. */
const mostWritten = 1 << 20;

/** The document is a member of the holder, so that its root is a place like any other. */
type Holder = JsonObject & { root: JsonValue };
interface Bench {
  readonly holder: Holder;
  written: number;
}
type Apply = (operation: PatchOperation, bench: Bench) => void;

/** The patched document; the one that was given stays as it is. Refuses a patch that is malformed or does not apply. */
export function applyPatch(document: JsonValue, patch: readonly PatchOperation[]): JsonValue {
  if (patch.length > mostPatchOperations) {
    refuse("invalid_request", `A patch must not have more than ${mostPatchOperations} operations.`);
  }
  const bench: Bench = { holder: { root: structuredClone(document) }, written: 0 };
  for (const [index, operation] of patch.entries()) {
    const apply = operations.get(operation.op);
    if (apply === undefined) fail(operation, "its 'op' is none of add, remove, replace, move, copy and test", index);
    try {
      apply(operation, bench);
    } catch (error) {
      if (!(error instanceof Unfit)) throw error;
      fail(operation, error.message, index, error.code);
    }
  }
  requireBounded(bench.holder.root, "patched document");
  if (sizeOf(bench.holder.root) > mostWritten) refuse("invalid_request", "The patched document is too large.");
  return bench.holder.root;
}

/** RFC 6901 §3, §4: the names along the way, "~1" being a slash in one and "~0" a tilde. */
export function parsePointer(pointer: string): readonly string[] {
  if (pointer === "") return [];
  if (!pointer.startsWith("/")) unfit("a pointer must be empty or begin with '/'");
  if (/~(?![01])/.test(pointer)) unfit("in a pointer '~' must be written '~0'");
  const names = pointer.slice(1).split("/");
  // No JSON that means well has such a member, and JavaScript takes it for something else.
  if (names.includes("__proto__")) unfit("it names '__proto__'");
  return names.map((name) => name.replaceAll("~1", "/").replaceAll("~0", "~"));
}

/** RFC 6902 §4. */
const operations: ReadonlyMap<string, Apply> = new Map<string, Apply>([
  ["add", (operation, bench) => add(bench.holder, pathOf(operation), spend(sentValue(operation), bench))],
  ["remove", (operation, bench) => void remove(bench.holder, pathOf(operation))],
  ["replace", (operation, bench) => replace(bench.holder, pathOf(operation), spend(sentValue(operation), bench))],
  [
    "move",
    (operation, { holder }) => {
      const [from, path] = [fromOf(operation), pathOf(operation)];
      // RFC 6902 §4.4: nothing can be moved into itself.
      if (from.length < path.length && from.every((name, index) => name === path[index])) {
        unfit("its 'from' holds its 'path'");
      }
      if (from.length === path.length && from.every((name, index) => name === path[index])) find(holder, from);
      else add(holder, path, remove(holder, from));
    },
  ],
  [
    "copy",
    (operation, bench) => {
      const value = spend(find(bench.holder, fromOf(operation)), bench);
      add(bench.holder, pathOf(operation), value);
    },
  ],
  [
    "test",
    (operation, { holder }) => {
      const [path, value] = [pathOf(operation), sentValue(operation)];
      const present = seek(holder, path);
      if (present === undefined || !isEqual(present, value)) unfit("the value there is another", "aborted");
    },
  ],
]);

function pathOf({ path }: PatchOperation): readonly string[] {
  return path === undefined ? unfit("it has no 'path'") : ["root", ...parsePointer(path)];
}

function fromOf({ from }: PatchOperation): readonly string[] {
  return from === undefined ? unfit("it has no 'from'") : ["root", ...parsePointer(from)];
}

function sentValue({ value }: PatchOperation): JsonValue {
  return value === undefined ? unfit("it has no 'value'") : value;
}

function add(holder: Holder, path: readonly string[], value: JsonValue): void {
  const { parent, name } = placeOf(holder, path);
  if (!Array.isArray(parent)) parent[name] = value;
  else if (name === "-") parent.push(value);
  else parent.splice(indexOf(name, parent.length), 0, value);
}

function remove(holder: Holder, path: readonly string[]): JsonValue {
  if (path.length === 1) unfit("the whole document cannot be taken away");
  const value = find(holder, path);
  const { parent, name } = placeOf(holder, path);
  if (Array.isArray(parent)) parent.splice(Number(name), 1);
  else delete parent[name];
  return value;
}

// RFC 6902 §4.3 wants something to be there. As in Hydra, an object gets the member that it lacks.
function replace(holder: Holder, path: readonly string[], value: JsonValue): void {
  const { parent, name } = placeOf(holder, path);
  if (Array.isArray(parent)) parent[indexOf(name, parent.length - 1)] = value;
  else parent[name] = value;
}

/** The array or object in which the last name of the path is to be found, or to be put. */
function placeOf(holder: Holder, path: readonly string[]): { parent: JsonObject | JsonValue[]; name: string } {
  const parent = path.length === 1 ? holder : find(holder, path.slice(0, -1));
  if (!Array.isArray(parent) && !isJsonObject(parent)) return unfit("there is no object or array to hold it");
  return { parent, name: path.at(-1) ?? "" };
}

function find(holder: Holder, path: readonly string[]): JsonValue {
  return seek(holder, path) ?? unfit("there is no such place in the document");
}

function seek(holder: Holder, path: readonly string[]): JsonValue | undefined {
  let value: JsonValue | undefined = holder;
  for (const name of path) {
    if (Array.isArray(value)) value = /^(?:0|[1-9]\d{0,8})$/.test(name) ? value[Number(name)] : undefined;
    else if (isJsonObject(value) && Object.hasOwn(value, name)) value = value[name];
    else return undefined;
  }
  return value;
}

// RFC 6901 §4: digits, without zeros in front.
function indexOf(name: string, last: number): number {
  if (!/^(?:0|[1-9]\d{0,8})$/.test(name) || Number(name) > last) unfit("there is no such place in the array");
  return Number(name);
}

/** RFC 6902 §4.6: of one type and value; the order of members means nothing. */
function isEqual(a: JsonValue, b: JsonValue): boolean {
  if (Array.isArray(a)) {
    return Array.isArray(b) && a.length === b.length && a.every((item, index) => isSame(item, b[index]));
  }
  if (!isJsonObject(a) || !isJsonObject(b)) return a === b;
  const names = Object.keys(a);
  return (
    names.length === Object.keys(b).length && names.every((name) => Object.hasOwn(b, name) && isSame(a[name], b[name]))
  );
}

function isSame(a: JsonValue | undefined, b: JsonValue | undefined): boolean {
  return a !== undefined && b !== undefined && isEqual(a, b);
}

/** A copy: what is done to it later is done to no other, nor to the patch. */
function spend(value: JsonValue, bench: Bench): JsonValue {
  bench.written += sizeOf(value);
  if (bench.written > mostWritten) unfit("the patch writes too much");
  return structuredClone(value);
}

function sizeOf(value: JsonValue): number {
  if (typeof value === "string") return 1 + value.length;
  if (Array.isArray(value)) return value.reduce<number>((size, item) => size + sizeOf(item), 1);
  if (!isJsonObject(value)) return 1;
  return Object.entries(value).reduce((size, [name, member]) => size + name.length + sizeOf(member), 1);
}

/** Why an operation does not apply, before it is known which one it is. */
class Unfit extends Error {
  readonly code: "invalid_request" | "aborted";

  constructor(message: string, code: "invalid_request" | "aborted") {
    super(message);
    this.code = code;
  }
}

function unfit(why: string, code: "invalid_request" | "aborted" = "invalid_request"): never {
  throw new Unfit(why, code);
}

function fail(operation: PatchOperation, why: string, index: number, code: Unfit["code"] = "invalid_request"): never {
  const what = quotable(`${operation.op} ${operation.path ?? ""}`);
  refuse(code, `The operation ${index} of the patch (${what}) does not apply: ${why}.`, { field: `patch[${index}]` });
}
