/** Where log lines go and how they look there: JSON for machines, indented JSON, or colours at a terminal. */
import { isatty } from "node:tty";
import { type DestinationStream, destination } from "pino";
import { prettyFactory } from "pino-pretty";

export interface LogForm {
  readonly format: "json" | "json_pretty" | "text";
  /** Standard error unless told: what a command prints for others stays alone on standard output. */
  readonly fd?: number;
  /** A file or socket instead of `fd`, for tests. */
  readonly sink?: DestinationStream;
  /** Told how many lines were lost because the reader was slow. */
  readonly onLost?: () => void;
}

export interface LogStream {
  readonly destination: DestinationStream;
  flush(): void;
}

/** Of what waits for a slow reader, this much is kept. */
const mostBytesWaiting = 8 * 1024 * 1024;

export function openLogStream({ format, fd = 2, sink, onLost = () => {} }: LogForm): LogStream {
  const out = sink === undefined ? openFile(fd, onLost) : { destination: sink, flush: () => {} };
  const render = rendering(format, sink === undefined && isatty(fd));
  return render === undefined
    ? out
    : { destination: { write: (line) => out.destination.write(render(line)) }, flush: () => out.flush() };
}

function openFile(fd: number, onLost: () => void): LogStream {
  // Not `sync`: a full pipe would stop the event loop, and every request with it.
  const stream = destination({ fd, sync: false, maxLength: mostBytesWaiting });
  stream.on("drop", onLost);
  // A closed pipe is no reason to stop serving.
  stream.on("error", onLost);
  return {
    destination: stream,
    flush() {
      try {
        stream.flushSync();
      } catch {
        // Not opened yet, or closed: nothing can be written there.
      }
    },
  };
}

function rendering(format: LogForm["format"], atTerminal: boolean): ((line: string) => string) | undefined {
  if (format === "json_pretty") return (line) => `${JSON.stringify(JSON.parse(line), null, 2)}\n`;
  if (format === "text" && atTerminal) return prettyFactory({ colorize: true, ignore: "service_name,service_version" });
  return undefined;
}
