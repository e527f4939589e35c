/** Prometheus metrics: Hydra's for HTTP, ours for the borders and for what happened. Every label is bounded. */
import { AggregatorRegistry, collectDefaultMetrics, Registry } from "prom-client";
import type { Event } from "../../ports/events.ts";
import { boundedLabel } from "./bounded-label.ts";
import { eventMetrics } from "./event-metrics.ts";
import { counter, histogram, kept, type SeriesOf } from "./series.ts";
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
  /** The same as data, for a page of several processes. */
  page(): Promise<unknown>;
  /** One page of several, counts added up. */
  textOf(pages: readonly unknown[]): Promise<string>;
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
  const lost = counter(registry, {
    name: "tessera_log_lines_lost_total",
    help: "Lines that the reader of the log was too slow for.",
    labels: [],
  })();
  return {
    contentType: registry.contentType,
    text: () => registry.metrics(),
    page: () => registry.getMetricsAsJSON(),
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- pages of this very function, of other processes
    textOf: (pages) => AggregatorRegistry.aggregate(pages as object[]).metrics(),
    observeRequest: requestMetrics(registry),
    observeBorder: borderMetrics(registry),
    countEvent: eventMetrics(registry),
    countLostLogLine: () => lost.add(1),
  };
}

/** Names and labels as Hydra's dashboards expect them. */
function requestMetrics(registry: Registry): Metrics["observeRequest"] {
  const help = "HTTP requests that were answered.";
  const byEndpoint = ["code", "method", "endpoint"];
  const byCode = ["code", "method"];
  const total = counter(registry, { name: "http_requests_total", help, labels: byEndpoint });
  const statuses = counter(registry, {
    name: "http_requests_statuses_total",
    help,
    labels: ["method", "status_bucket"],
  });
  const spread = (name: string, labels: string[], buckets: number[]) =>
    histogram(registry, { name, help, labels }, buckets);
  const duration = spread("http_requests_duration_seconds", byEndpoint, durations);
  const responseTime = spread("http_response_time_seconds", ["endpoint"], durations);
  const requestSize = spread("http_requests_size_bytes", byCode, sizes);
  const responseSize = spread("http_response_size_bytes", byCode, sizes);

  const seriesOf = kept(([code = "", method = "", endpoint = ""]) => ({
    total: total(code, method, endpoint),
    statuses: statuses(method, `${code.slice(0, 1)}xx`),
    duration: duration(code, method, endpoint),
    responseTime: responseTime(endpoint),
    requestSize: requestSize(code, method),
    responseSize: responseSize(code, method),
  }));

  return ({ method, endpoint, status, seconds, requestBytes, responseBytes }) => {
    const series = seriesOf(
      String(status),
      methods.has(method) ? method : "other",
      endpoint === "" ? "unknown" : endpoint,
    );
    series.total.add(1);
    series.statuses.add(1);
    series.duration.add(seconds);
    series.responseTime.add(seconds);
    series.requestSize.add(requestBytes);
    series.responseSize.add(responseBytes);
  };
}

/** RPCs, statements and outgoing calls; requests have Hydra's metrics. */
function borderMetrics(registry: Registry): Metrics["observeBorder"] {
  const spread = (name: string, help: string) => histogram(registry, { name, help, labels: ["name", "ok"] }, durations);
  const histograms: Partial<Record<Border, SeriesOf>> = {
    rpc: spread("tessera_rpc_duration_seconds", "Calls of the admin API, in any protocol."),
    statement: spread("tessera_statement_duration_seconds", "Statements in the database."),
    outbound: spread("tessera_outbound_duration_seconds", "Requests to other servers."),
    chore: spread("tessera_chore_step_duration_seconds", "Steps of chores: cleaning, the keys' rotation, deliveries."),
  };
  // Names stand in the code and are few; if one is ever made of input, memory must not pay for it.
  const label = boundedLabel(1000);
  return (border, name, ok, seconds) => {
    histograms[border]?.(label(name), ok ? "true" : "false").add(seconds);
  };
}
