/** The borders where work is measured: a request, an RPC, a statement, an outgoing call, a step of a chore. */
import {
  type Attributes,
  context,
  ProxyTracerProvider,
  propagation,
  SpanKind,
  SpanStatusCode,
  trace,
} from "@opentelemetry/api";

export type Border = "request" | "rpc" | "statement" | "outbound" | "chore";

const kinds: Record<Border, SpanKind> = {
  request: SpanKind.SERVER,
  rpc: SpanKind.SERVER,
  statement: SpanKind.CLIENT,
  outbound: SpanKind.CLIENT,
  chore: SpanKind.INTERNAL,
};

const tracer = trace.getTracer("tessera");
/** What OpenTelemetry hands spans to while nobody has asked for them. */
const nobody = new ProxyTracerProvider().getDelegate();

/** A span that nobody keeps would cost 2 us of every statement and request all the same. */
export function areKept(): boolean {
  const provider = trace.getTracerProvider();
  return !(provider instanceof ProxyTracerProvider) || provider.getDelegate() !== nobody;
}

export type BorderObserver = (border: Border, name: string, ok: boolean, seconds: number) => void;

// The one mutable binding of a module: like OpenTelemetry's tracer it is the process's, not a server's, so that a
// border may be crossed anywhere without handing a meter through every factory. Of two servers the later one counts.
let observe: BorderObserver = () => {};

/** From now on every border is reported to this observer. */
export function observeBorders(observer: BorderObserver): void {
  observe = observer;
}

/** Runs the work inside a span and adds its duration to the border's histogram. `name` must be of low cardinality. */
export function inSpan<T>(
  border: Border,
  name: string,
  run: () => Promise<T>,
  attributes: Attributes = {},
): Promise<T> {
  return areKept() ? traced(border, name, run, attributes) : timed(border, name, run);
}

async function timed<T>(border: Border, name: string, run: () => Promise<T>): Promise<T> {
  const startedAt = performance.now();
  let ok = false;
  try {
    const result = await run();
    ok = true;
    return result;
  } finally {
    observe(border, name, ok, (performance.now() - startedAt) / 1000);
  }
}

function traced<T>(border: Border, name: string, run: () => Promise<T>, attributes: Attributes): Promise<T> {
  return tracer.startActiveSpan(name, { kind: kinds[border], attributes }, async (span) => {
    try {
      return await timed(border, name, run);
    } catch (error) {
      span.setStatus({ code: SpanStatusCode.ERROR });
      throw error;
    } finally {
      span.end();
    }
  });
}

/** Runs the work as part of the trace that a caller's headers name (W3C Trace Context), where traces are kept at all. */
export function inTraceOf<T>(headers: Readonly<Record<string, string | undefined>>, run: () => T): T {
  return context.with(propagation.extract(context.active(), headers), run);
}

/** Headers by which another server continues the trace; none where traces are not kept. */
export function traceHeaders(): Record<string, string> {
  const headers: Record<string, string> = {};
  propagation.inject(context.active(), headers);
  return headers;
}
