/** Connect mounts the wrapped methods for gRPC, gRPC-Web and Connect, over HTTP/1.1 and HTTP/2. It holds no rule. */
import { Code, ConnectError, type ConnectRouter, type Interceptor } from "@connectrpc/connect";
import { connectNodeAdapter } from "@connectrpc/connect-node";
import type { Asker } from "../../protocol/api-key.ts";
import { askedBy, callerOf } from "./asking.ts";
import { type Call, type CallRules, toRefusal } from "./call.ts";
import { toConnectError } from "./errors.ts";

type NodeHandler = ReturnType<typeof connectNodeAdapter>;
/** A request and response of `node:http` or of `node:http2`. */
export type NodeRequest = Parameters<NodeHandler>[0];
export type NodeResponse = Parameters<NodeHandler>[1];

export interface ConnectOptions {
  readonly now: () => Date;
  readonly onInternalError: CallRules["onInternalError"];
  readonly readMaxBytes: number;
  /** Connect refuses longer timeouts. */
  readonly longestTimeoutMs: number;
  /** Services that are no part of the contract: health and reflection. */
  readonly others: (router: ConnectRouter) => void;
}

export function connectHandler(calls: readonly Call[], options: ConnectOptions) {
  const askers = new WeakMap<object, Asker>();
  const handle = connectNodeAdapter({
    contextValues: (request) => askedBy(askers.get(request)),
    readMaxBytes: options.readMaxBytes,
    maxTimeoutMs: options.longestTimeoutMs,
    binaryOptions: { readUnknownFields: false },
    jsonOptions: { ignoreUnknownFields: true },
    interceptors: [unexpectedErrors(options.onInternalError)],
    fallback: refuseUnknown,
    routes: (router) => {
      for (const call of calls) {
        router.rpc(call.method, async (input, context) => {
          try {
            return await call.run(input, callerOf(context, options.now()));
          } catch (error) {
            throw toConnectError(toRefusal(error, call.name, options.onInternalError));
          }
        });
      }
      options.others(router);
    },
  });
  return (request: NodeRequest, response: NodeResponse, asker?: Asker): void => {
    if (asker !== undefined) askers.set(request, asker);
    handle(request, response);
  };
}

/** Connect answers what it did not expect with `internal` and swallows the cause. */
function unexpectedErrors(onInternalError: CallRules["onInternalError"]): Interceptor {
  return (next) => async (request) => {
    try {
      return await next(request);
    } catch (error) {
      if (!(error instanceof ConnectError))
        onInternalError(error, `${request.service.typeName}/${request.method.name}`);
      throw error;
    }
  };
}

/** A method that is not there: gRPC says so with a status of its own, Connect with 404. */
function refuseUnknown(request: NodeRequest, response: NodeResponse): void {
  const message = "The method is not known.";
  const type = request.headers["content-type"] ?? "";
  if (type.startsWith("application/grpc")) {
    const status = { "grpc-status": String(Code.Unimplemented), "grpc-message": encodeURIComponent(message) };
    response.writeHead(200, { "content-type": type, ...status });
    response.end();
  } else {
    response.writeHead(404, { "content-type": "application/json" });
    response.end(JSON.stringify({ code: "unimplemented", message }));
  }
}
