/** Where log lines go and how they look there: JSON for machines, indented JSON, or colours at a terminal. */
import { createRequire } from "node:module";
import { isatty } from "node:tty";
import { type Line, type LineWriter, lineWriter, textOf } from "./line-writer.ts";

export interface LogForm {
  readonly format: "json" | "json_pretty" | "text";
  /** Standard error unless told: what a command prints for others stays alone on standard output. */
  readonly fd?: number;
  /** Takes the lines instead of `fd`, for tests. */
  readonly sink?: { write(line: string): void };
  /** Whether other processes write there too. */
  readonly isShared?: boolean;
  /** Told of each line that was lost because the reader was slow or gone. */
  readonly onLost?: () => void;
}

/** What a pipe keeps together, whoever else writes into it (POSIX `PIPE_BUF`, as Linux has it). */
const pipeBytes = 4096;
/** Of what waits for a slow reader, this much is kept. */
const mostWaiting = 8 * 1024 * 1024;

export function openLogStream({ format, fd = 2, sink, isShared = false, onLost = () => {} }: LogForm): LineWriter {
  const out =
    sink === undefined
      ? lineWriter({ fd, mostWaiting, atOnce: isShared ? pipeBytes : undefined, onLost })
      : { write: (line: Line) => sink.write(textOf(line)), flush: async () => {} };
  const render = rendering(format, sink === undefined && isatty(fd));
  const rendered = (line: Line) => out.write(render === undefined ? line : () => render(textOf(line)));
  return { write: rendered, flush: () => out.flush() };
}

/** Loaded only for a reader at a terminal. */
const pretty = (): typeof import("pino-pretty") => createRequire(import.meta.url)("pino-pretty");

function rendering(format: LogForm["format"], atTerminal: boolean): ((line: string) => string) | undefined {
  if (format === "json_pretty") return (line) => `${JSON.stringify(JSON.parse(line), null, 2)}\n`;
  if (format === "text" && atTerminal)
    return pretty().prettyFactory({ colorize: true, ignore: "service_name,service_version" });
  return undefined;
}
