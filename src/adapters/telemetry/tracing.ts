/** Sends traces to an OTLP collector. OpenTelemetry's SDK is loaded only here, and only when it is wanted. */
import type { Sampler } from "@opentelemetry/sdk-trace";

export interface TracingOptions {
  /** `host:port`, or a URL. */
  readonly collector: string;
  /** Without TLS. */
  readonly insecure: boolean;
  readonly authorization: string | null;
  /** From 0 to 1. */
  readonly samplingRatio: number;
  readonly service: string;
  readonly version: string;
  readonly environment: string | null;
}

export interface Tracing {
  /** Sends what waits. */
  close(): Promise<void>;
}

export async function startTracing(options: TracingOptions): Promise<Tracing> {
  const [{ NodeSDK }, { OTLPTraceExporter }, sdk, { W3CTraceContextPropagator }] = await Promise.all([
    import("@opentelemetry/sdk-node"),
    import("@opentelemetry/exporter-trace-otlp-http"),
    import("@opentelemetry/sdk-trace"),
    import("@opentelemetry/core"),
  ]);
  const ratio = new sdk.TraceIdRatioBasedSampler(options.samplingRatio);
  // A caller's `sampled` flag asks, it does not command: else anybody could make this server trace everything.
  const sampler: Sampler = new sdk.ParentBasedSampler({ root: ratio, remoteParentSampled: ratio });
  const node = new NodeSDK({
    traceExporter: new OTLPTraceExporter({
      url: tracesUrl(options.collector, options.insecure),
      headers: options.authorization === null ? {} : { Authorization: options.authorization },
      // Also how long a collector that does not answer may hold up the end of the process.
      timeoutMillis: 3000,
    }),
    sampler,
    // Trace ids only: baggage of strangers would travel on to others.
    textMapPropagator: new W3CTraceContextPropagator(),
    resourceDetectors: [{ detect: () => ({ attributes: attributesOf(options) }) }],
    // Metrics are Prometheus's and the log is pino's.
    metricReaders: [],
    logRecordProcessors: [],
    instrumentations: [],
  });
  node.start();
  return { close: () => node.shutdown() };
}

/** Where an OTLP collector takes traces; a URL without a path gets the standard one. */
export function tracesUrl(collector: string, insecure: boolean): string {
  const base = collector.includes("://") ? collector : `${insecure ? "http" : "https"}://${collector}`;
  return /^[^:]+:\/\/[^/]+\/./.test(base) ? base : `${base.replace(/\/$/, "")}/v1/traces`;
}

function attributesOf({ service, version, environment }: TracingOptions): Record<string, string> {
  return {
    "service.name": service,
    "service.version": version,
    ...(environment === null ? {} : { "deployment.environment.name": environment }),
  };
}
