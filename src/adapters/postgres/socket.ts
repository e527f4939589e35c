/** The connection's own socket: TCP or Unix, TLS as `sslmode` says, and a clean end is an error like any other. */
import { connect, Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import type { Dsn } from "./dsn.ts";

const sslRequest = Buffer.from([0, 0, 0, 8, 4, 210, 22, 47]);

/**
 * A socket over which PostgreSQL's start-up message may be written. It never fails: one that cannot be had is answered
 * as a socket that dies at once, because postgres.js forgets a connection whose socket could not be made.
 */
export async function openSocket(dsn: Dsn): Promise<Socket> {
  try {
    const plain = await connected(dsn);
    return guarded(dsn.tls === "disable" ? plain : await secured(plain, dsn));
  } catch (error) {
    return stillborn(error instanceof Error ? error : new Error(String(error)));
  }
}

/** Dies once its taker has had time to listen. */
export function stillborn(error: Error): Socket {
  const socket = mourned(new Socket());
  setImmediate(() => socket.destroy(error));
  return socket;
}

async function connected(dsn: Dsn): Promise<Socket> {
  const place = dsn.host.startsWith("/") ? { path: dsn.host } : { host: dsn.host, port: dsn.port };
  const socket = mourned(connect({ ...place, noDelay: true, keepAlive: true, keepAliveInitialDelay: 30_000 }));
  return await within(dsn, socket, (ready) => socket.once("connect", () => ready(socket)));
}

/** PostgreSQL's own way into TLS: ask in clear text, and hear one byte. */
async function secured(plain: Socket, dsn: Dsn): Promise<Socket> {
  plain.write(sslRequest);
  const answer = await within<Buffer>(dsn, plain, (ready) => plain.once("data", ready));
  plain.pause();
  // More than the one byte would be clear text that somebody slipped in before the encryption began (CVE-2021-23222).
  if (answer.length !== 1) throw new Error("The server sent more than its answer to the request for TLS.");
  if (answer[0] === 0x4e && dsn.tls === "prefer") return plain.resume();
  if (answer[0] !== 0x53) throw new Error("The server does not offer TLS.");
  const socket = mourned(connectTls({ socket: plain, host: dsn.host, ...dsn.tlsOptions }));
  return await within(dsn, socket, (ready) => socket.once("secureConnect", () => ready(socket)));
}

function within<T>(dsn: Dsn, socket: Socket, listen: (ready: (value: T) => void) => void): Promise<T> {
  return new Promise((resolve, reject) => {
    const late = () => socket.destroy(new Error(`The server did not answer within ${dsn.connectSeconds} seconds.`));
    const timer = setTimeout(late, dsn.connectSeconds * 1000);
    const fail = (error: Error) => {
      clearTimeout(timer);
      reject(error);
    };
    const close = () => fail(new Error("The server closed the connection before it was open."));
    socket.once("error", fail).once("close", close);
    listen((value) => {
      clearTimeout(timer);
      socket.off("error", fail).off("close", close);
      resolve(value);
    });
  });
}

/** Between two owners an error must find a listener, or the process ends. */
function mourned<S extends Socket>(socket: S): S {
  return socket.on("error", () => undefined);
}

// A server that closes without an error (a pooler that restarts, a server that is shutting down) makes postgres.js
// 3.4.9 connect again in a hot loop while it has not become ready.
function guarded(socket: Socket): Socket {
  socket.once("end", () => {
    if (!socket.writableEnded) socket.destroy(new Error("The server closed the connection."));
  });
  return socket;
}
