/** One port on a free number with endpoints of the test's own, and sockets that speak to it byte by byte. */
import net from "node:net";
import { onTestFinished } from "vitest";
import { defaultLimits } from "../../../src/adapters/http/connection.ts";
import type { Endpoint, HttpRequest, Route } from "../../../src/adapters/http/message.ts";
import { type ReadyPage, readyBytes } from "../../../src/adapters/http/ready-bytes.ts";
import { type PortOptions, servePort } from "../../../src/adapters/http/serve.ts";
import type { Answered } from "../../../src/adapters/http/visit.ts";

export const now = new Date("2030-01-02T03:04:05.000Z");

export interface WorldOptions extends Partial<Omit<PortOptions, "routes" | "readyBytes">> {
  readonly routes?: readonly Route[];
  readonly pages?: readonly ReadyPage[];
}

export interface PortWorld {
  readonly port: number;
  readonly url: string;
  readonly answered: readonly Answered[];
  readonly faults: ReadonlyArray<Readonly<Record<string, unknown>>>;
  /** Sends the text over a connection of its own and gives back all that came until the server closed it. */
  say(text: string | Buffer): Promise<string>;
  fetch(path: string, init?: RequestInit): Promise<Response>;
  close(graceMs?: number): Promise<void>;
}

export async function openPort({ routes = [], pages = [], ...options }: WorldOptions = {}): Promise<PortWorld> {
  const answered: Answered[] = [];
  const faults: Array<Readonly<Record<string, unknown>>> = [];
  const ready = readyBytes(pages);
  const served = await servePort({
    name: "public",
    host: "127.0.0.1",
    port: 0,
    routes: [...routes, ...ready.routes],
    readyBytes: (path) => ready.answer(path),
    clock: () => now,
    newId: () => "made-by-the-port",
    log: (_level, message, fields) => faults.push({ message, ...fields }),
    answered: (request) => answered.push(request),
    ...options,
    limits: { ...defaultLimits, ...options.limits },
  });
  const close = (graceMs = 0) => served.close(graceMs);
  onTestFinished(() => close());
  const url = `http://127.0.0.1:${served.port}`;
  return {
    port: served.port,
    url,
    answered,
    faults,
    say: (text) => say(served.port, text),
    fetch: (path, init) => fetch(url + path, { redirect: "manual", ...init }),
    close,
  };
}

export function say(port: number, text: string | Buffer): Promise<string> {
  return new Promise((resolve) => {
    let heard = "";
    const socket = net.connect(port, "127.0.0.1", () => socket.write(text));
    socket.setEncoding("latin1");
    socket.on("data", (chunk) => {
      heard += chunk;
    });
    socket.on("error", () => {});
    socket.on("close", () => resolve(heard));
  });
}

/** Answers 200 with what it was asked, as JSON. */
export const echo: Endpoint = (request) => ({
  status: 200,
  headers: { "content-type": "application/json" },
  body: JSON.stringify(request),
});

export const route = (method: string, path: string, endpoint: Endpoint = echo): Route => ({ method, path, endpoint });

export function httpRequest(parts: Partial<HttpRequest> = {}): HttpRequest {
  return {
    method: "GET",
    path: "/",
    query: "",
    headers: {},
    body: "",
    params: {},
    now,
    remoteAddress: "127.0.0.1",
    ...parts,
  };
}

export function formRequest(body: string, parts: Partial<HttpRequest> = {}): HttpRequest {
  return httpRequest({
    method: "POST",
    body,
    ...parts,
    headers: { "content-type": "application/x-www-form-urlencoded", ...parts.headers },
  });
}

/** Promises that settle when the test says so. */
export function gate() {
  return Promise.withResolvers<void>();
}
