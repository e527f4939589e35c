/** Reads settings from environment variables, by Hydra's rule: dots become underscores, letters upper case. */
import type { Entries, Entry } from "./files.ts";
import { isSettingKey } from "./files.ts";
import type { Form } from "./settings/setting.ts";
import { type SettingKey, settings } from "./settings.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

/** Names that older releases of Hydra used. A certificate by these names also switches TLS on. */
const olderNames = {
  HTTPS_TLS_CERT_PATH: "serve.tls.cert.path",
  HTTPS_TLS_KEY_PATH: "serve.tls.key.path",
  HTTPS_TLS_CERT: "serve.tls.cert.base64",
  HTTPS_TLS_KEY: "serve.tls.key.base64",
} as const satisfies Readonly<Record<string, SettingKey>>;

export function variableOf(key: string): string {
  return key.toUpperCase().replaceAll(".", "_");
}

/** Adds what the variables say. An empty variable says nothing. */
export function readEnvironment(environment: Environment, entries: Entries): void {
  for (const [name, key] of Object.entries(olderNames)) {
    const value = environment[name];
    if (value === undefined || value === "") continue;
    entries.set(key, { value: key.endsWith("base64") ? inBase64(value) : value, source: name });
    entries.set("serve.tls.enabled", { value: true, source: name });
  }
  for (const key of Object.keys(settings).filter(isSettingKey)) {
    const entry = readVariable(environment, variableOf(key), settings[key].kind.form);
    if (entry !== undefined) entries.set(key, entry);
  }
}

function readVariable(environment: Environment, name: string, form: Form): Entry | undefined {
  const value = environment[name];
  if (value !== undefined && value !== "") return { value: fromText(value, form), source: name };
  if (form !== "list") return undefined;
  const items: string[] = [];
  for (let item = environment[`${name}_0`]; item !== undefined; item = environment[`${name}_${items.length}`]) {
    items.push(item);
  }
  return items.length === 0 ? undefined : { value: items, source: `${name}_0...` };
}

/** What the text stands for; text that stands for nothing stays as it is, for the setting's schema to refuse. */
function fromText(text: string, form: Form): unknown {
  const trimmed = text.trim();
  switch (form) {
    case "number":
      return /^-?\d+(\.\d+)?$/.test(trimmed) ? Number(trimmed) : text;
    case "boolean":
      return truth.get(trimmed.toLowerCase()) ?? text;
    case "list":
      return trimmed.startsWith("[") ? fromJson(trimmed) : trimmed.split(",").map((item) => item.trim());
    case "object":
      return trimmed.startsWith("{") ? fromJson(trimmed) : trimmed;
    default:
      return text;
  }
}

// What Go's strconv.ParseBool takes.
const truth = new Map([
  ["true", true],
  ["t", true],
  ["1", true],
  ["false", false],
  ["f", false],
  ["0", false],
]);

function fromJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** By value, a certificate may be PEM itself or, as Hydra wants it, PEM in base64. */
function inBase64(value: string): string {
  return value.trimStart().startsWith("-----BEGIN") ? Buffer.from(value).toString("base64") : value;
}
