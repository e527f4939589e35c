/** The Hydra that tests compare with and whose commands they run: a binary that an environment variable names. */
import { execFileSync } from "node:child_process";

export interface HydraBinary {
  /** "" where there is none. */
  readonly path: string;
  /** Why tests with it are skipped; stands in their names. */
  readonly lack: string | undefined;
}

export function hydraBinary(): HydraBinary {
  const path = process.env.HYDRA_BINARY ?? "";
  return { path, lack: path === "" ? "SKIPPED: HYDRA_BINARY names no Hydra" : undefined };
}

/** What Hydra can do, by its own help: those after 2.3 know the device flow. */
export function knowsDevices(path: string): boolean {
  return execFileSync(path, ["perform", "--help"], { encoding: "utf8" }).includes("device-code");
}
