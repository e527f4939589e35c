/** The HTTP/2 half of a port: its server, and the sessions that are open, bounded in number, size and idle time. */
import type { EventEmitter } from "node:events";
import http2 from "node:http2";
import type { Handler, Limits } from "./connection.ts";

export interface Sessions {
  readonly server: http2.Http2Server;
  /** Says GOAWAY on each; open streams finish (RFC 9113 §6.8). */
  goAway(): void;
  destroy(): void;
}

interface Open {
  streams: number;
  idleSince: number;
}

export function http2Sessions(limits: Limits, handler: Handler): Sessions {
  const open = new Map<http2.ServerHttp2Session, Open>();
  const server = http2.createServer({
    maxHeaderListPairs: 128,
    maxSessionMemory: 16,
    settings: { maxConcurrentStreams: limits.streamsPerConnection, maxHeaderListSize: limits.headerBytes },
  });
  // Node's compatibility API answers as HTTP/1.1's does; only its type is another, so the untyped view listens.
  const untyped: EventEmitter = server;
  untyped.on("request", handler);
  server.on("sessionError", () => {});
  server.on("session", (session) => track(session, open));
  const sweep = setInterval(
    () => closeIdle(open, limits.keepAliveTimeoutMs),
    Math.min(1000, limits.keepAliveTimeoutMs),
  );
  sweep.unref();
  return {
    server,
    goAway() {
      for (const session of open.keys()) session.close();
    },
    destroy() {
      clearInterval(sweep);
      for (const session of open.keys()) session.destroy();
    },
  };
}

function track(session: http2.ServerHttp2Session, open: Map<http2.ServerHttp2Session, Open>): void {
  const state: Open = { streams: 0, idleSince: performance.now() };
  open.set(session, state);
  session.once("close", () => open.delete(session));
  session.on("error", () => session.destroy());
  session.on("stream", (stream) => {
    state.streams += 1;
    stream.once("close", () => {
      state.streams -= 1;
      state.idleSince = performance.now();
    });
  });
}

// Counted by streams and not by bytes: PING or half a header, dripped, keeps nothing open.
function closeIdle(open: Map<http2.ServerHttp2Session, Open>, timeoutMs: number): void {
  const limit = performance.now() - timeoutMs;
  for (const [session, state] of open) {
    if (state.streams > 0 || state.idleSince > limit) continue;
    if (session.closed) session.destroy();
    else session.close();
  }
}

/** A response over HTTP/2 has a stream besides what a response over HTTP/1.1 has. */
interface StreamResponse {
  readonly statusCode: number;
  readonly stream?: http2.ServerHttp2Stream;
}

/**
 * HTTP/2 has no request timeout of its own: a stream that has not been answered and taken by then is cancelled, unless the
 * bound is lifted.
 */
export function boundStream({ stream }: StreamResponse, timeoutMs: number): () => void {
  if (stream === undefined) return () => {};
  const timer = setTimeout(() => stream.close(http2.constants.NGHTTP2_CANCEL), timeoutMs);
  const lift = () => clearTimeout(timer);
  stream.once("close", lift);
  return lift;
}
