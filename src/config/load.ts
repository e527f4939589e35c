/** Joins files, flags and environment into one frozen Config, or tells everything that is wrong with them. */
import { derive, dsnOf } from "./derive.ts";
import { type Environment, readEnvironment } from "./environment.ts";
import { ConfigFaults, type Fault } from "./faults.ts";
import { type Entries, type Entry, isSettingKey, readSettingsFile } from "./files.ts";
import { startJudgement } from "./judgement.ts";
import type { Setting } from "./settings/setting.ts";
import { type Config, type SettingKey, type Settings, settings } from "./settings.ts";

/** From the weakest to the strongest. */
export interface Sources {
  /** Paths; of two files that set the same key the later wins. */
  readonly files?: readonly string[];
  readonly flags?: Readonly<Partial<Record<SettingKey, unknown>>>;
  readonly environment?: Environment;
  /** Makes, or finds again, the secret of development mode in this folder. Without it, secrets.system is required. */
  readonly devSecret?: (folder: string) => string;
}

export interface Loaded {
  readonly config: Config;
  /** One sentence each, for the operator. */
  readonly warnings: readonly string[];
  /** Where the settings that are not at their default were written. */
  readonly origins: ReadonlyMap<SettingKey, string>;
}

/** The environment of this process: nothing else in the program reads it. */
export const processEnvironment: Environment = process.env;

/** Throws ConfigFaults. */
export function loadConfig(sources: Sources): Loaded {
  const { entries, faults } = gather(sources);
  const judgement = startJudgement(new Map([...entries].map(([key, { source }]) => [key, source])), faults);
  const config = derive(parseAll(entries, faults), judgement, sources.devSecret ?? null);
  if (faults.length > 0) throw new ConfigFaults(faults);
  return { config: Object.freeze(config), warnings: judgement.warnings, origins: judgement.origins };
}

/** Only the database: a migration's job need not know the secrets. Throws ConfigFaults. */
export function loadDsn(sources: Sources): string {
  const { entries, faults } = gather(sources);
  const parsed = parseAll(entries, faults);
  const concerning = faults.filter(({ key }) => !isSettingKey(key) || key === "dsn" || key === "data.folder");
  if (concerning.length > 0) throw new ConfigFaults(concerning);
  return dsnOf(parsed);
}

function gather(sources: Sources): { readonly entries: Entries; readonly faults: Fault[] } {
  const entries: Entries = new Map();
  const faults: Fault[] = [];
  for (const file of sources.files ?? []) readSettingsFile(file, entries, faults);
  for (const [key, value] of Object.entries(sources.flags ?? {})) {
    if (isSettingKey(key) && value !== undefined) entries.set(key, { value, source: `flag ${key}` });
  }
  readEnvironment(sources.environment ?? {}, entries);
  return { entries, faults };
}

function parseAll(entries: Entries, faults: Fault[]): Settings {
  const values = Object.keys(settings)
    .filter(isSettingKey)
    .map((key) => {
      const entry = entries.get(key);
      return [key, entry === undefined ? settings[key].default : parseEntry(key, entry, faults)];
    });
  // Each value came through the schema its key has in `Settings`, or is that row's default.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return Object.fromEntries(values) as Settings;
}

/** A value that is refused is a fault and counts as unset, so that the rest can still be judged. */
function parseEntry(key: SettingKey, { value, source }: Entry, faults: Fault[]): unknown {
  const setting: Setting = settings[key];
  const result = setting.kind.schema.safeParse(value);
  if (!result.success) {
    const got = setting.secret === true ? "" : `, not ${shown(value)}`;
    faults.push({ key, message: `expected ${setting.kind.expected}${got}`, source });
    return setting.default;
  }
  if (setting.class === "refused" && result.data !== setting.default) {
    faults.push({ key, message: `refused: ${setting.because}`, source });
  }
  return result.data;
}

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 60 ? `${text.slice(0, 60)}...` : text;
}
