/** Why the demonstration did not start, in one line that says what to do. */
import type { DemoOptions, DemoPorts } from "./demo.ts";

const flags = { public: "--port-public", admin: "--port-admin", pages: "--port-pages", demo: "--port-demo" } as const;

export function startFault(error: unknown, { ports, dataFolder }: Pick<DemoOptions, "ports" | "dataFolder">): string {
  const { code, port, path, message } = described(error);
  if (code === "EADDRINUSE" && port !== undefined) {
    return `Port ${port} is in use. End what uses it, or choose another: npm start -- ${flagOf(port, ports)} PORT`;
  }
  if (path?.startsWith(dataFolder) === true && code !== undefined) {
    return `The data folder ${dataFolder} cannot be written (${code}). Choose another: npm start -- --data FOLDER`;
  }
  // Faults of the settings come one a line.
  return message.replaceAll(/\s*\n\s*/g, "; ");
}

function flagOf(port: number, ports: DemoPorts): string {
  if (port === ports.public) return flags.public;
  if (port === ports.admin) return flags.admin;
  return port === ports.pages ? flags.pages : flags.demo;
}

interface Described {
  readonly message: string;
  readonly code?: string;
  readonly port?: number;
  readonly path?: string;
}

/** The system's own error, which may stand below one that says what was tried. */
function described(error: unknown): Described {
  if (!(error instanceof Error)) return { message: String(error) };
  if (!("code" in error) && error.cause instanceof Error) {
    return { ...described(error.cause), message: error.message };
  }
  return {
    message: error.message,
    ...("code" in error && typeof error.code === "string" && { code: error.code }),
    ...("port" in error && typeof error.port === "number" && { port: error.port }),
    ...("path" in error && typeof error.path === "string" && { path: error.path }),
  };
}
