/** A log that a test can read. */
import { type Logger, type LogOptions, startLogger } from "../../../src/adapters/telemetry/logger.ts";

interface Lines {
  readonly log: Logger;
  readonly texts: string[];
  /** Every line so far, parsed. */
  // biome-ignore lint/suspicious/noExplicitAny: a test reads what the log says
  readonly parsed: () => any[];
}

export function lines(options: Partial<LogOptions> = {}): Lines {
  const texts: string[] = [];
  const log = startLogger({
    level: "info",
    format: "json",
    redaction: "[gone]",
    service: "Tessera",
    version: "1.2.3",
    sink: { write: (line) => void texts.push(line) },
    ...options,
  });
  return { log, texts, parsed: () => texts.map((text) => JSON.parse(text)) };
}
