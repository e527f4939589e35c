/** Prometheus metrics: Hydra's for HTTP, ours for the borders and for what happened. Every label is bounded. */
import { Counter, collectDefaultMetrics, Histogram, Registry } from "prom-client";
import type { Event } from "../../ports/events.ts";
import { boundedLabel } from "./bounded-label.ts";
import { eventMetrics } from "./event-metrics.ts";
import type { Border } from "./span.ts";

/** A request that has been answered. */
export interface AnsweredRequest {
  readonly method: string;
  /** The route's template, or "" when none matched: never the path that was asked for. */
  readonly endpoint: string;
  readonly status: number;
  readonly seconds: number;
  readonly requestBytes: number;
  readonly responseBytes: number;
}

export interface Metrics {
  readonly contentType: string;
  /** The page that Prometheus reads. */
  text(): Promise<string>;
  observeRequest(request: AnsweredRequest): void;
  observeBorder(border: Border, name: string, ok: boolean, seconds: number): void;
  countEvent(event: Event): void;
  /** Lost lines of the log: a reader that stalls costs lines, never requests. */
  countLostLogLine(): void;
}

const durations = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const sizes = [256, 1024, 4096, 16384, 65536, 262144, 1048576];
const methods = new Set(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]);

export function startMetrics(version: string): Metrics {
  const registry = new Registry();
  registry.setDefaultLabels({ app: "tessera", version });
  collectDefaultMetrics({ register: registry });
  const lost = new Counter({
    name: "tessera_log_lines_lost_total",
    help: "Lines that the reader of the log was too slow for.",
    registers: [registry],
  });
  return {
    contentType: registry.contentType,
    text: () => registry.metrics(),
    observeRequest: requestMetrics(registry),
    observeBorder: borderMetrics(registry),
    countEvent: eventMetrics(registry),
    countLostLogLine: () => lost.inc(),
  };
}

/** Names and labels as Hydra's dashboards expect them. An observation costs 0.2 to 0.4 us. */
function requestMetrics(registry: Registry): Metrics["observeRequest"] {
  const registers = [registry];
  const help = "HTTP requests that were answered.";
  const byEndpoint = ["code", "method", "endpoint"];
  const byCode = ["code", "method"];
  const total = new Counter({ name: "http_requests_total", help, labelNames: byEndpoint, registers });
  const statuses = new Counter({
    name: "http_requests_statuses_total",
    help,
    labelNames: ["method", "status_bucket"],
    registers,
  });
  const histogram = (name: string, labelNames: string[], buckets: number[]) =>
    new Histogram({ name, help, labelNames, buckets, registers });
  const duration = histogram("http_requests_duration_seconds", byEndpoint, durations);
  const responseTime = histogram("http_response_time_seconds", ["endpoint"], durations);
  const requestSize = histogram("http_requests_size_bytes", byCode, sizes);
  const responseSize = histogram("http_response_size_bytes", byCode, sizes);

  return ({ method: verb, endpoint: template, status, seconds, requestBytes, responseBytes }) => {
    const code = String(status);
    const method = methods.has(verb) ? verb : "other";
    const endpoint = template === "" ? "unknown" : template;
    total.inc({ code, method, endpoint });
    statuses.inc({ method, status_bucket: `${code.slice(0, 1)}xx` });
    duration.observe({ code, method, endpoint }, seconds);
    responseTime.observe({ endpoint }, seconds);
    requestSize.observe({ code, method }, requestBytes);
    responseSize.observe({ code, method }, responseBytes);
  };
}

/** RPCs, statements and outgoing calls; requests have Hydra's metrics. */
function borderMetrics(registry: Registry): Metrics["observeBorder"] {
  const histogram = (name: string, help: string) =>
    new Histogram({ name, help, labelNames: ["name", "ok"], buckets: durations, registers: [registry] });
  const histograms: Partial<Record<Border, Histogram>> = {
    rpc: histogram("tessera_rpc_duration_seconds", "Calls of the admin API, in any protocol."),
    statement: histogram("tessera_statement_duration_seconds", "Statements in the database."),
    outbound: histogram("tessera_outbound_duration_seconds", "Requests to other servers."),
    chore: histogram(
      "tessera_chore_step_duration_seconds",
      "Steps of chores: cleaning, the keys' rotation, deliveries.",
    ),
  };
  // Names stand in the code and are few; if one is ever made of input, memory must not pay for it.
  const label = boundedLabel(1000);
  return (border, name, ok, seconds) => {
    histograms[border]?.observe({ name: label(name), ok: ok ? "true" : "false" }, seconds);
  };
}
