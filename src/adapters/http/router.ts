/** Fastify, as far as it is used: it finds the route and reads the body; answers are written by `send`. */
import { isUtf8 } from "node:buffer";
import type http from "node:http";
import type { Duplex } from "node:stream";
import { type FastifyError, type FastifyReply, type FastifyRequest, fastify } from "fastify";
import { OAuthError } from "../../protocol/errors.ts";
import type { Handler } from "./connection.ts";
import type { Route } from "./message.ts";

// Imported as a module, `node:http` hands out its WebSocket too, and loads 14 MB of undici for it.
const { STATUS_CODES } = process.getBuiltinModule("node:http");

/** What becomes of a request that Fastify has read. */
export interface Outcomes {
  found(route: Route, request: FastifyRequest, response: http.ServerResponse): void;
  lost(request: http.IncomingMessage, response: http.ServerResponse): void;
  failed(error: unknown, request: http.IncomingMessage, response: http.ServerResponse): void;
}

export interface RouterOptions {
  /** Stays with its owner: Fastify neither opens nor closes it. */
  readonly server: http.Server;
  readonly routes: readonly Route[];
  readonly bodyBytes: number;
}

export interface Router {
  readonly handle: Handler;
  close(): Promise<void>;
}

export async function createRouter({ server, routes, bodyBytes }: RouterOptions, to: Outcomes): Promise<Router> {
  let handle: Handler = () => {};
  const failed = (error: FastifyError, request: FastifyRequest, reply: FastifyReply) => {
    reply.hijack();
    to.failed(toRefusal(error), request.raw, reply.raw);
  };
  const app = fastify({
    serverFactory(handler) {
      handle = handler;
      return server;
    },
    bodyLimit: bodyBytes,
    exposeHeadRoutes: false,
    genReqId: () => "",
    clientErrorHandler: refuseGarbage,
    frameworkErrors: failed,
    // The query is read by the endpoints, strictly.
    routerOptions: { maxParamLength: 2048, querystringParser: () => ({}) },
  });
  app.removeAllContentTypeParsers();
  // Every type is read alike; one that is named costs less than one that has to be understood first.
  for (const type of ["application/x-www-form-urlencoded", "application/json", "*"]) {
    app.addContentTypeParser<Buffer>(type, { parseAs: "buffer" }, (_request, body, done) => {
      if (isUtf8(body)) done(null, body.toString("utf8"));
      else done(new OAuthError("invalid_request", "The request body is not valid UTF-8."));
    });
  }
  app.setErrorHandler<FastifyError>((error, request, reply) => failed(error, request, reply));
  app.setNotFoundHandler((request, reply) => {
    reply.hijack();
    to.lost(request.raw, reply.raw);
  });
  for (const route of routes) {
    app.route({
      method: route.method,
      url: route.path.replaceAll(/\{(\w+)\}/g, ":$1"),
      handler(request, reply) {
        reply.hijack();
        to.found(route, request, reply.raw);
      },
    });
  }
  await app.ready();
  return { handle, close: () => app.close() };
}

/** Fastify's own errors echo what was sent; ours do not. */
function toRefusal(error: FastifyError): Error {
  if (error instanceof OAuthError) return error;
  const { code, statusCode = 500 } = error;
  if (code === "FST_ERR_MAX_PARAM_LENGTH") return new OAuthError("not_found", "A part of the path is too long.");
  if (statusCode === 413) return new OAuthError("payload_too_large", "The request body is too large.");
  if (statusCode === 415) return new OAuthError("unsupported_media_type", "The content type is not well-formed.");
  if (statusCode >= 400 && statusCode < 500) {
    return new OAuthError("invalid_request", "The request is not well-formed HTTP.", { cause: error });
  }
  return error;
}

const garbageStatus: ReadonlyMap<string | undefined, number> = new Map([
  ["HPE_HEADER_OVERFLOW", 431],
  ["HPE_CHUNK_EXTENSIONS_OVERFLOW", 413],
  ["ERR_HTTP_REQUEST_TIMEOUT", 408],
]);

/** What the HTTP/1.1 parser refuses: the connection ends, since nobody knows where the next request would begin. */
function refuseGarbage(error: NodeJS.ErrnoException, socket: Duplex): void {
  // Behind an answer that is still under way, a second status line would be taken for a part of it.
  const isAnswering = (Reflect.get(socket, "_httpMessage") ?? null) !== null;
  if (!socket.writable || error.code === "ECONNRESET" || isAnswering) {
    socket.destroy();
    return;
  }
  const status = garbageStatus.get(error.code) ?? 400;
  const head = `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`;
  socket.end(head, () => socket.destroy());
}
