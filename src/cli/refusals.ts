/** Why the server could not start, in words that name the setting to change. */
import type { Config } from "../config/settings.ts";
import { reasonOf } from "./failure.ts";

/** One line for each fault. */
export function explainStart(error: unknown, config: Config): readonly string[] {
  if (error instanceof AggregateError) return error.errors.flatMap((one: unknown) => explainStart(one, config));
  return [explain(error, config)];
}

function explain(error: unknown, config: Config): string {
  const { code, port, path } = systemError(error);
  const setting = port === config["serve.admin.port"] ? "serve.admin.port" : "serve.public.port";
  switch (code) {
    case "EADDRINUSE":
      return port === undefined
        ? `serve.*.host: somebody already listens at ${path ?? "this socket"}`
        : `${setting}: port ${port} is in use by another program`;
    case "EADDRNOTAVAIL":
      return `${setting.replace("port", "host")}: this machine has no such address`;
    case "EACCES":
    case "EPERM":
    case "EROFS":
      if (port !== undefined) return `${setting}: this user may not listen at port ${port}`;
      return `${path ?? "the data folder"} cannot be written or read (dsn, data.folder): ${reasonOf(error)}`;
    default:
      return reasonOf(error);
  }
}

interface SystemError {
  readonly code?: string;
  readonly port?: number;
  readonly path?: string;
}

function systemError(error: unknown): SystemError {
  if (!(error instanceof Error)) return {};
  return {
    ...("code" in error && typeof error.code === "string" ? { code: error.code } : {}),
    ...("port" in error && typeof error.port === "number" && error.port > 0 ? { port: error.port } : {}),
    ...("path" in error && typeof error.path === "string" ? { path: error.path } : {}),
  };
}
