/** One port for HTTP/1.1 and HTTP/2, cleartext or TLS: told apart by first bytes or ALPN, bounded, drained on stop. */
import { once } from "node:events";
import { chmod, unlink } from "node:fs/promises";
import type http from "node:http";
import https from "node:https";
import net from "node:net";
import type { Handler, Limits } from "./connection.ts";
import { http2Sessions, type Sessions } from "./sessions.ts";
import { type Sniffer, sniffer } from "./sniff.ts";

// Imported as a module, `node:http` hands out its WebSocket too, and loads 14 MB of undici for it.
const { createServer } = process.getBuiltinModule("node:http");

export interface Place {
  /** An interface, or `unix:<path>`. */
  readonly host: string;
  readonly port: number;
  /** Permission bits of a unix socket. */
  readonly socketMode?: number | undefined;
  /** PEM. */
  readonly tls?:
    | {
        readonly key: string | Buffer;
        readonly cert: string | Buffer;
        /** Whose certificates clients may show; they are asked for one, and it is for the guard what none is worth. */
        readonly clientCa?: string | Buffer | undefined;
      }
    | undefined;
}

export interface Listener {
  /** The HTTP/1.1 half, which owns the port. */
  readonly front: http.Server;
  /** Begins to listen; the number of the port, 0 for a unix socket. */
  open(): Promise<number>;
  /** Takes no more connections, lets running requests finish, and closes what is left after the last `graceMs`. */
  readonly close: (graceMs: number) => Promise<void>;
}

export function listener(place: Place, limits: Limits, handler: Handler): Listener {
  const front = createFront(place.tls, limits, handler);
  const sessions = http2Sessions(limits, handler);
  // The HTTP/1.1 server is the listener, because its timeouts start when it listens;
  // but each connection is looked at before it, or HTTP/2, takes the socket.
  const event = place.tls === undefined ? "connection" : "secureConnection";
  const [toHttp1] = front.listeners(event);
  front.removeAllListeners(event);
  const hand = (socket: net.Socket, isHttp2: boolean) => {
    if (isHttp2) sessions.server.emit("connection", socket);
    else toHttp1?.call(front, socket);
  };
  const waiting = sniffer(limits.headersTimeoutMs, hand);
  if (place.tls === undefined) front.on(event, (socket: net.Socket) => waiting.take(socket));
  else front.on(event, (socket: net.Socket & { alpnProtocol?: string }) => hand(socket, socket.alpnProtocol === "h2"));
  const sockets = new Set<net.Socket>();
  front.prependListener("connection", (socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  return {
    front,
    open: () => bind(front, place),
    close: drainer({ front, sessions, waiting, sockets }),
  };
}

function createFront(tls: Place["tls"], limits: Limits, handler: Handler): http.Server {
  const options: http.ServerOptions = {
    maxHeaderSize: limits.headerBytes,
    headersTimeout: limits.headersTimeoutMs,
    requestTimeout: limits.requestTimeoutMs,
    keepAliveTimeout: limits.keepAliveTimeoutMs,
    connectionsCheckingInterval: Math.min(1000, limits.headersTimeoutMs),
    insecureHTTPParser: false,
    requireHostHeader: true,
  };
  const secure = { minVersion: "TLSv1.2", ALPNProtocols: ["h2", "http/1.1"] } as const;
  const server =
    tls === undefined
      ? createServer(options, handler)
      : https.createServer(
          { ...options, ...secure, ...materialOf(tls), handshakeTimeout: limits.headersTimeoutMs },
          handler,
        );
  server.timeout = limits.socketTimeoutMs;
  server.maxConnections = limits.connections;
  // Node drops the headers above this count without a word; here a request with too many is refused (`admit`).
  server.maxHeadersCount = 0;
  return server;
}

function materialOf({ key, cert, clientCa }: NonNullable<Place["tls"]>) {
  return clientCa === undefined
    ? { key, cert }
    : { key, cert, ca: clientCa, requestCert: true, rejectUnauthorized: false };
}

async function bind(front: http.Server, { host, port, socketMode }: Place): Promise<number> {
  const path = host.startsWith("unix:") ? host.slice("unix:".length) : undefined;
  if (path !== undefined) await removeStaleSocket(path);
  await new Promise<void>((resolve, reject) => {
    front.once("error", reject);
    front.listen(path === undefined ? { host, port } : { path }, () => {
      front.off("error", reject);
      resolve();
    });
  });
  if (path !== undefined) await chmod(path, socketMode ?? 0o755);
  const address = front.address();
  return typeof address === "object" && address !== null ? address.port : 0;
}

/** A socket file that nobody listens at was left by a killed process. */
async function removeStaleSocket(path: string): Promise<void> {
  const isStale = await new Promise<boolean>((resolve) => {
    const probe = net.connect(path, () => {
      probe.destroy();
      resolve(false);
    });
    probe.once("error", (error: NodeJS.ErrnoException) => resolve(error.code === "ECONNREFUSED"));
  });
  if (isStale) await unlink(path);
}

interface Open {
  readonly front: http.Server;
  readonly sessions: Sessions;
  readonly waiting: Sniffer;
  readonly sockets: ReadonlySet<net.Socket>;
}

/** Closes once, however often it is asked to: who asks again may be in more of a hurry. */
function drainer({ front, sessions, waiting, sockets }: Open): (graceMs: number) => Promise<void> {
  const cut: Array<Promise<unknown>> = [];
  let draining: Promise<void> | undefined;
  let end: NodeJS.Timeout | undefined;

  const cutLater = (graceMs: number): void => {
    clearTimeout(end);
    end = setTimeout(() => {
      sessions.destroy();
      for (const socket of sockets) cut.push(once(socket.destroy(), "close"));
    }, graceMs).unref();
  };

  const drain = async (): Promise<void> => {
    const gone = new Promise<void>((resolve) => {
      front.close(() => resolve());
    });
    waiting.drop();
    sessions.goAway();
    // A connection whose answer had begun before the drain was not told to close; it is closed when it falls idle.
    const reap = setInterval(() => front.closeIdleConnections(), 50);
    await gone;
    // The responses that were cut hear of it later than their server does.
    await Promise.all(cut);
    clearInterval(reap);
    clearTimeout(end);
    sessions.destroy();
  };

  return (graceMs) => {
    cutLater(graceMs);
    draining ??= drain();
    return draining;
  };
}
