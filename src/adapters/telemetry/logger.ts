/** The log: one line per thing, as JSON or for a reader at a terminal. Whoever reads too slowly loses lines. */
import { trace } from "@opentelemetry/api";
import { pino } from "pino";
import { type LogForm, openLogStream } from "./log-stream.ts";
import { redact } from "./redaction.ts";

export type Level = "debug" | "info" | "warn" | "error" | "fatal";

export interface Logger {
  write(level: Level, message: string, fields?: Readonly<Record<string, unknown>>): void;
  /** A line of plain JSON in which nothing has to be hidden or described. Its fields are asked for when it is written. */
  writeLater(level: Level, message: string, fields: () => Readonly<Record<string, unknown>>): void;
  isLogged(level: Level): boolean;
  /** Writes out what waits: the last thing a process does. */
  flush(): Promise<void>;
}

export interface LogOptions extends LogForm {
  /** Hydra's words. */
  readonly level: "panic" | "fatal" | "error" | "warn" | "warning" | "info" | "debug" | "trace";
  readonly redaction: string;
  readonly service: string;
  readonly version: string;
}

/** Words of Hydra that pino does not know. */
const levels = new Map([
  ["panic", "fatal"],
  ["warning", "warn"],
]);

export function startLogger(options: LogOptions): Logger {
  const stream = openLogStream(options);
  const log = pino(
    {
      level: levels.get(options.level) ?? options.level,
      base: { service_name: options.service, service_version: options.version },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }), log: (fields) => redact(fields, options.redaction) },
      // Below the fields of a line, which may name another audience.
      mixin: () => ({ audience: "application", ...traceOfNow() }),
      serializers: { error: describeError },
    },
    stream,
  );
  const base = bareMembers({
    service_name: options.service,
    service_version: options.version,
    audience: "application",
  });
  return {
    write: (level, message, fields = {}) => log[level](fields, message),
    writeLater(level, message, fields) {
      if (!log.isLevelEnabled(level)) return;
      const time = pino.stdTimeFunctions.isoTime();
      const traced = traceOfNow();
      stream.write(() => {
        const members = bareMembers({ ...traced, ...fields(), msg: message });
        return `{"level":"${level}"${time},${base},${members}}\n`;
      });
    },
    isLogged: (level) => log.isLevelEnabled(level),
    flush: () => stream.flush(),
  };
}

/** The members of an object as JSON, without its braces. */
function bareMembers(fields: object): string {
  return JSON.stringify(fields).slice(1, -1);
}

function traceOfNow(): object {
  const span = trace.getActiveSpan()?.spanContext();
  return span === undefined || /^0+$/.test(span.traceId)
    ? {}
    : { otel: { trace_id: span.traceId, span_id: span.spanId } };
}

/** What an operator needs of an error; not its other members, in which libraries keep rows and connection strings. */
function describeError(error: unknown, depth = 0): unknown {
  if (!(error instanceof Error)) return { message: String(error) };
  const code = "code" in error && typeof error.code === "string" ? { error_code: error.code } : {};
  const cause = error.cause === undefined || depth >= 4 ? {} : { cause: describeError(error.cause, depth + 1) };
  return { type: error.name, message: error.message, ...code, stack_trace: error.stack ?? "", ...cause };
}
