/** One request on its way through a port: who asks, how long it takes, and what is told of it when it is answered. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { type Context, context } from "@opentelemetry/api";
import type { Asker } from "../../protocol/api-key.ts";
import { areKept, inSpan, inTraceOf } from "../telemetry/span.ts";

/** A request that has been answered, for the log and the metrics. */
export interface Answered {
  readonly method: string;
  /** As sent, without the query. */
  readonly path: string;
  /** As sent; whoever writes it down hides what could be used again. */
  readonly query: string;
  /** The route's template, or "" when none matched. */
  readonly endpoint: string;
  readonly status: number;
  readonly seconds: number;
  readonly requestBytes: number;
  readonly responseBytes: number;
  readonly remoteAddress: string;
  readonly requestId: string;
}

export interface Visit {
  readonly id: string;
  readonly startedAt: number;
  readonly remoteAddress: string;
  /** As sent and as routed; "" until the target has been read. */
  given: string;
  path: string;
  query: string;
  endpoint: string;
  responseBytes: number;
  /** The request's span, so that what is told afterwards bears its trace. */
  context: Context | undefined;
  /** Who asks, where the port is guarded. */
  asker: Asker | undefined;
  /** Lifts the bound of time on the whole request, for an answer that lasts. */
  unbound: () => void;
}

const key = Symbol("visit");

/** Its visit travels on the request: a WeakMap cost 1 us more. */
type Visitor = IncomingMessage & { [key]?: Visit };

export function beginVisit(request: Visitor, newId: () => string): Visit {
  const visit: Visit = {
    id: idOf(request, newId),
    startedAt: performance.now(),
    remoteAddress: request.socket.remoteAddress ?? "",
    given: "",
    path: "",
    query: "",
    endpoint: "",
    responseBytes: 0,
    context: undefined,
    asker: undefined,
    unbound: () => {},
  };
  request[key] = visit;
  return visit;
}

/** The visit that `beginVisit` has begun for this request. */
export function visitOf(request: Visitor): Visit {
  const visit = request[key];
  if (visit === undefined) throw new TypeError("The request has no visit.");
  return visit;
}

/** The proxy's id when it is one that fits into a log, else a new one. */
function idOf(request: IncomingMessage, newId: () => string): string {
  const sent = request.headers["x-request-id"];
  return typeof sent === "string" && /^[\w.~-]{8,64}$/.test(sent) ? sent : newId();
}

/** Runs an endpoint inside the request's span, below the caller's own when it names one (W3C Trace Context). */
export function inVisit<T>(visit: Visit, request: IncomingMessage, run: () => Promise<T>): Promise<T> {
  // A request's duration has metrics of its own.
  if (!areKept()) return run();
  const spanned = () =>
    inSpan("request", `${request.method} ${visit.endpoint}`, () => {
      visit.context = context.active();
      return run();
    });
  const { traceparent, tracestate } = request.headers;
  if (typeof traceparent !== "string") return spanned();
  return inTraceOf(typeof tracestate === "string" ? { traceparent, tracestate } : { traceparent }, spanned);
}

/** Tells of something in the request's trace, also when its span has ended. */
export function tell(visit: Visit, telling: () => void): void {
  if (visit.context === undefined) telling();
  else context.with(visit.context, telling);
}

export function answeredOf(visit: Visit, request: IncomingMessage, response: ServerResponse): Answered {
  return {
    method: request.method ?? "",
    path: visit.given,
    query: visit.query,
    endpoint: visit.endpoint,
    // As nginx and Hydra count a caller that went away.
    status: response.writableFinished ? response.statusCode : 499,
    seconds: (performance.now() - visit.startedAt) / 1000,
    requestBytes: Number(request.headers["content-length"] ?? 0),
    responseBytes: visit.responseBytes,
    remoteAddress: visit.remoteAddress,
    requestId: visit.id,
  };
}
