/** Reads configuration files: YAML, JSON or TOML, nested by the dots of the settings' keys. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { extname } from "node:path";
import type { Fault } from "./faults.ts";
import { nearest } from "./nearest.ts";
import { type SettingKey, settings } from "./settings.ts";

/** What somebody wrote for a setting, and where; not judged yet. */
export interface Entry {
  readonly value: unknown;
  readonly source: string;
}

export type Entries = Map<SettingKey, Entry>;

export const isSettingKey = (key: string): key is SettingKey => Object.hasOwn(settings, key);

const knownKeys = Object.keys(settings);
const branches = new Set(knownKeys.flatMap((key) => [...key.matchAll(/\./g)].map((dot) => key.slice(0, dot.index))));

/** Adds what the file says to the entries, and what is wrong with it to the faults. */
export function readSettingsFile(file: string, entries: Entries, faults: Fault[]): void {
  let tree: unknown;
  try {
    // A byte order mark is no part of the text.
    tree = parse(file, readFileSync(file, "utf8").replace(/^\uFEFF/, ""));
  } catch (error) {
    faults.push({ key: file, message: `cannot be read: ${reasonOf(error)}`, source: null });
    return;
  }
  if (tree === null || tree === undefined) return;
  if (!isBranch(tree)) {
    faults.push({ key: file, message: "expected settings by name", source: null });
    return;
  }
  // Editors find the JSON Schema of a file by this member.
  const { $schema: _, ...rest } = tree;
  collect("", rest, { file, entries, faults });
}

/** The parsers are loaded when a file needs them: most servers are set by their environment. */
const load = createRequire(import.meta.url);

function parse(file: string, text: string): unknown {
  switch (extname(file).toLowerCase()) {
    case ".json":
      return JSON.parse(text);
    case ".toml":
      return toml().parse(text);
    default:
      // Anchors are how YAML files share settings between ports.
      return yaml().parse(text, { merge: true });
  }
}

const toml = (): typeof import("smol-toml") => load("smol-toml");
const yaml = (): typeof import("yaml") => load("yaml");

/** The parser's first line: the rest of it quotes the file, which may hold secrets. */
function reasonOf(error: unknown): string {
  const [line = ""] = (error instanceof Error ? error.message : String(error)).split("\n");
  if (error instanceof SyntaxError) return "not valid JSON";
  return line.replace(/:$/, "");
}

interface Collection {
  readonly file: string;
  readonly entries: Entries;
  readonly faults: Fault[];
}

function collect(prefix: string, tree: Readonly<Record<string, unknown>>, into: Collection): void {
  for (const [name, value] of Object.entries(tree)) {
    const key = prefix + name;
    if (value === null || value === undefined) {
      if (!isSettingKey(key) && !branches.has(key)) into.faults.push(unknownKey(key, into.file));
    } else if (isSettingKey(key)) {
      into.entries.set(key, { value, source: into.file });
    } else if (branches.has(key)) {
      if (isBranch(value)) collect(`${key}.`, value, into);
      else into.faults.push({ key, message: "expected settings by name", source: into.file });
    } else if (!key.startsWith("feature_flags.")) {
      // Hydra tolerates any feature flag; every other unknown key is a mistake that would go unnoticed.
      into.faults.push(unknownKey(key, into.file));
    }
  }
}

function unknownKey(key: string, file: string): Fault {
  const meant = nearest(key, [...knownKeys, ...branches]);
  const hint = meant === undefined ? "" : `; did you mean ${meant}?`;
  return { key, message: `there is no such setting${hint}`, source: file };
}

function isBranch(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Date);
}
