/** Everything by which a server is seen, made of its settings: log, metrics, audit, traces. */
import type { Config } from "../../config/settings.ts";
import type { Events } from "../../ports/events.ts";
import { auditEvents } from "./audit.ts";
import type { LogForm } from "./log-stream.ts";
import { type Logger, startLogger } from "./logger.ts";
import { type Metrics, startMetrics } from "./metrics.ts";
import { type RequestLine, requestLines } from "./request-line.ts";
import { observeBorders } from "./span.ts";
import { startTracing } from "./tracing.ts";

export interface Telemetry {
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly events: Events;
  /** Writes the line of a request that a port has answered. */
  readonly requestLine: Readonly<Record<"public" | "admin", (line: RequestLine) => void>>;
  /** Sends and writes what waits. */
  close(): Promise<void>;
}

/** `place` is where the lines of the log go; to standard error, and nobody else's, unless it says otherwise. */
export async function startTelemetry(
  config: Config,
  version: string,
  place: Pick<LogForm, "sink" | "isShared"> = {},
): Promise<Telemetry> {
  const metrics = startMetrics(version);
  const log = startLogger({
    level: config["log.level"],
    format: config["log.format"],
    redaction: config["log.redaction_text"],
    service: config["tracing.service_name"],
    version,
    onLost: () => metrics.countLostLogLine(),
    ...place,
  });
  observeBorders((border, name, ok, seconds) => metrics.observeBorder(border, name, ok, seconds));
  const tracing = await tracingOf(config, version);
  return {
    log,
    metrics,
    events: auditEvents(log, metrics),
    requestLine: { public: linesOf("public", config, log), admin: linesOf("admin", config, log) },
    async close() {
      await tracing?.close().catch((error: unknown) => log.write("warn", "traces could not be sent", { error }));
      await log.flush();
    },
  };
}

function linesOf(interfaceName: "public" | "admin", config: Config, log: Logger): (line: RequestLine) => void {
  return requestLines(log, {
    interfaceName,
    withoutHealth: config[`serve.${interfaceName}.request_log.disable_for_health`],
    leakQueries: config["log.leak_sensitive_values"],
    redaction: config["log.redaction_text"],
  });
}

/** Only OTLP is spoken; who asks for another of Hydra's providers is warned when the settings are read. */
async function tracingOf(config: Config, version: string) {
  if (config["tracing.provider"] !== "otel") return undefined;
  return startTracing({
    collector: config["tracing.providers.otlp.server_url"],
    insecure: config["tracing.providers.otlp.insecure"],
    authorization: config["tracing.providers.otlp.authorization_header"],
    samplingRatio: config["tracing.providers.otlp.sampling.sampling_ratio"],
    service: config["tracing.service_name"],
    version,
    environment: config["tracing.deployment_environment"],
  });
}
