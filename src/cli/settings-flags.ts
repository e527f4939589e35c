/** The flags by which commands of the server side find their settings. */
import { availableParallelism } from "node:os";
import { type Command, InvalidArgumentError, Option } from "commander";
import type { Sources } from "../config/load.ts";
import { processEnvironment } from "../config/load.ts";
import type { SettingKey } from "../config/settings.ts";
import { devSecret } from "./dev-secret.ts";

export interface ServeFlags {
  readonly config: readonly string[];
  readonly dev?: boolean;
  readonly dangerousForceHttp?: boolean;
  readonly httpsTlsCertPath?: string;
  readonly httpsTlsKeyPath?: string;
  readonly workers?: number;
}

/** Gathers a flag that may be given several times. */
export const gather = (value: string, before: readonly string[]): readonly string[] => [...before, value];

export function addConfigFlag(command: Command): Command {
  return command.option("-c, --config <file>", "a configuration file (YAML, JSON, TOML); repeatable", gather, []);
}

export function addServeFlags(command: Command): Command {
  return addConfigFlag(command)
    .option("--dev", "development mode: http, a secret made up, hints in errors")
    .option("--dangerous-force-http", "for tests: development mode without TLS")
    .option("--https-tls-cert-path <file>", "the certificate chain of both ports (PEM)")
    .option("--https-tls-key-path <file>", "the private key of both ports (PEM)")
    .addOption(
      new Option("--workers <number>", "processes that serve, or `auto` for one a core; PostgreSQL only")
        .argParser(toWorkers)
        .default(1),
    )
    .addOption(new Option("--sqa-opt-out", "accepted: this server never reports its use").hideHelp());
}

const mostWorkers = 256;

function toWorkers(text: string): number {
  const number = text === "auto" ? availableParallelism() : Number(text);
  if (Number.isInteger(number) && number >= 1 && number <= mostWorkers) return number;
  throw new InvalidArgumentError(`It must be \`auto\` or a number from 1 to ${mostWorkers}.`);
}

/** The sources of a server's settings, given its flags. */
export function serveSources(flags: ServeFlags): Sources {
  const set: Partial<Record<SettingKey, unknown>> = {};
  if (flags.dev === true || flags.dangerousForceHttp === true) set.dev = true;
  if (flags.httpsTlsCertPath !== undefined) set["serve.tls.cert.path"] = flags.httpsTlsCertPath;
  if (flags.httpsTlsKeyPath !== undefined) set["serve.tls.key.path"] = flags.httpsTlsKeyPath;
  if (flags.httpsTlsCertPath !== undefined || flags.httpsTlsKeyPath !== undefined) set["serve.tls.enabled"] = true;
  if (flags.dangerousForceHttp === true) {
    set["serve.tls.enabled"] = false;
    set["serve.public.tls.enabled"] = false;
    set["serve.admin.tls.enabled"] = false;
  }
  return { files: flags.config, flags: set, environment: processEnvironment, devSecret };
}
