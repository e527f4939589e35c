/**
 * The settings as documents: JSON Schema for editors, Markdown for people, a masked list for the start of a server.
 * Run by itself (`node src/config/reference.ts [schema]`) it prints the Markdown, or the schema.
 */
import { z } from "zod";
import { renderDuration } from "../protocol/lifespan.ts";
import { variableOf } from "./environment.ts";
import { isSettingKey } from "./files.ts";
import type { Setting } from "./settings/setting.ts";
import { type Config, type SettingKey, settings } from "./settings.ts";

const keys: readonly SettingKey[] = Object.keys(settings).filter(isSettingKey);

interface SchemaNode {
  properties?: Record<string, SchemaNode>;
  readonly [keyword: string]: unknown;
}

/** The JSON Schema of a configuration file: what editors complete and check by. */
export function configSchema(): SchemaNode {
  const root: SchemaNode = {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "Tessera's configuration",
    type: "object",
    additionalProperties: false,
    properties: { $schema: { type: "string" } },
  };
  for (const key of keys) {
    const path = key.split(".");
    const leaf = path.pop() ?? key;
    let node = root;
    for (const name of path) node = branchOf(node, name);
    node.properties = { ...node.properties, [leaf]: leafOf(settings[key]) };
  }
  return root;
}

function branchOf(node: SchemaNode, name: string): SchemaNode {
  const found = node.properties?.[name];
  if (found !== undefined) return found;
  // Hydra tolerates any feature flag.
  const branch: SchemaNode = { type: "object", additionalProperties: name === "feature_flags", properties: {} };
  node.properties = { ...node.properties, [name]: branch };
  return branch;
}

function leafOf(setting: Setting): SchemaNode {
  const { $schema: _, properties: __, ...schema } = z.toJSONSchema(setting.kind.schema, { io: "input" });
  return { ...schema, description: meaningOf(setting) };
}

function meaningOf(setting: Setting): string {
  if (setting.class === "without effect") return `${setting.meaning} Accepted without effect: ${setting.because}.`;
  if (setting.class === "refused") return `${setting.meaning} Refused when set: ${setting.because}.`;
  return setting.meaning;
}

/** A Markdown table of every setting. */
export function configReference(): string {
  const head = ["| setting | default | environment | meaning |", "|---|---|---|---|"];
  const lines = keys.map((key) => {
    const setting = settings[key];
    const cells = [
      `\`${key}\``,
      defaultOf(setting),
      `\`${variableOf(key)}\``,
      `${meaningOf(setting)} ${expectedOf(setting)}`,
    ];
    return `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  });
  return [...head, ...lines, ""].join("\n");
}

function defaultOf(setting: Setting): string {
  return setting.default === null ? "" : `\`${written(setting, setting.default)}\``;
}

function expectedOf(setting: Setting): string {
  const { expected } = setting.kind;
  return `(${expected[0]?.toUpperCase()}${expected.slice(1)}.)`;
}

/** A value as one would write it in a file. */
function written(setting: Setting, value: unknown): string {
  if (setting.unit === "seconds" && setting.kind.form === "text" && typeof value === "number") {
    return renderDuration(value);
  }
  return typeof value === "string" ? value || '""' : JSON.stringify(value);
}

/** What differs from the defaults, with every secret masked: for the log at start. */
export function maskedConfig(config: Config): Readonly<Record<string, string>> {
  const differing = keys.filter((key) => JSON.stringify(config[key]) !== JSON.stringify(settings[key].default));
  return Object.fromEntries(differing.map((key) => [key, masked(key, config[key])]));
}

function masked(key: SettingKey, value: unknown): string {
  if (key === "dsn" && typeof value === "string") return maskedDsn(value);
  return settings[key].secret === true ? "****" : written(settings[key], value);
}

/** Without user, password and parameters: libpq takes a password among those too. */
export function maskedDsn(dsn: string): string {
  const [place = ""] = dsn.split("?");
  return place.replace(/\/\/.*@/, "//****@");
}

if (import.meta.main) {
  const schema = process.argv[2] === "schema";
  process.stdout.write(schema ? `${JSON.stringify(configSchema(), null, 2)}\n` : configReference());
}
