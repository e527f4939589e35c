/** `version`: which program this is. */
import { readFileSync } from "node:fs";
import type { Command } from "commander";

export function addVersion(program: Command, print: (text: string) => void): void {
  program
    .command("version")
    .description("show the version")
    .action(() => print(`Version:    v${programVersion()}\nNode:       ${process.version}\n`));
}

export function programVersion(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
  const hasVersion = typeof manifest === "object" && manifest !== null && "version" in manifest;
  return hasVersion ? String(manifest.version) : "0.0.0";
}
