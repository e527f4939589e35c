/** Configuration files in a folder that goes away with the test. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { ConfigFaults } from "../../src/config/faults.ts";
import { type Loaded, loadConfig, type Sources } from "../../src/config/load.ts";

export const secret = "a secret of the tests only";

export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "tessera-test-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

/** Writes each file and answers their paths, in order. */
export function files(contents: Readonly<Record<string, string>>): string[] {
  const folder = temporaryFolder();
  return Object.entries(contents).map(([name, text]) => {
    const path = join(folder, name);
    writeFileSync(path, text);
    return path;
  });
}

/** Loads with a secret and an https issuer, unless the sources say otherwise. */
export function load(sources: Sources): Loaded {
  const flags = { "secrets.system": [secret], "urls.self.issuer": "https://id.example.org", ...sources.flags };
  return loadConfig({ ...sources, flags });
}

/** The faults of sources that must not start, one line each. */
export function faultsOf(sources: Sources): string[] {
  try {
    loadConfig(sources);
  } catch (error) {
    if (error instanceof ConfigFaults) return error.message.split("\n");
    throw error;
  }
  throw new Error("These settings start a server.");
}
