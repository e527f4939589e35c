/** What those who judge the settings know, and where they write what they find. */
import type { Fault } from "./faults.ts";
import type { SettingKey } from "./settings.ts";

export interface Judgement {
  /** Where each setting that is not at its default was written. */
  readonly origins: ReadonlyMap<SettingKey, string>;
  readonly faults: readonly Fault[];
  /** One sentence each, for the operator. */
  readonly warnings: readonly string[];
  /** Adds a fault, unless the key has one already. */
  refuse(key: SettingKey, message: string): void;
  warn(message: string): void;
}

export function startJudgement(origins: ReadonlyMap<SettingKey, string>, faults: Fault[]): Judgement {
  const warnings: string[] = [];
  return {
    origins,
    faults,
    warnings,
    refuse(key, message) {
      if (!faults.some((fault) => fault.key === key)) faults.push({ key, message, source: origins.get(key) ?? null });
    },
    warn: (message) => void warnings.push(message),
  };
}
