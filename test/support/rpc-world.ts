/** The admin port's RPCs on a socket, over operations that the test plays. */
import { request as httpRequest } from "node:http";
import { servePort } from "../../src/adapters/http/serve.ts";
import { type Operations, type RpcOptions, rpcSurface } from "../../src/adapters/rpc/services.ts";
import type { Ports } from "../../src/ports/ports.ts";
import { start } from "./nouns.ts";

export interface RpcWorld {
  readonly port: number;
  /** What the operations were asked, in their order. */
  readonly asked: ReadonlyArray<readonly [operation: string, request: unknown]>;
  /** What `onInternalError` was told. */
  readonly faults: ReadonlyArray<readonly [cause: unknown, name: string]>;
  readonly setServing: (serving: boolean) => void;
  readonly rest: (method: string, path: string, sent?: Sent) => Promise<RestAnswer>;
  readonly close: () => Promise<void>;
}

export interface Sent {
  readonly body?: string | Uint8Array;
  readonly type?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface RestAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
  /** The parsed body, where there is one. */
  readonly json: unknown;
}

export type Played = { readonly [K in keyof Operations]?: () => ReturnType<Operations[K]> };

/** Operations that a test does not play must not be called. */
export async function rpcWorld(played: Played = {}, options: Partial<RpcOptions> = {}): Promise<RpcWorld> {
  const asked: Array<[string, unknown]> = [];
  const faults: Array<[unknown, string]> = [];
  const onInternalError = (cause: unknown, name: string) => faults.push([cause, name]);
  const surface = rpcSurface(noPorts, { now: () => start, onInternalError, ...options }, playing(played, asked));
  const served = await servePort({
    name: "admin",
    host: "127.0.0.1",
    port: 0,
    routes: surface.routes,
    rpc: surface.handler,
    readyBytes: () => undefined,
    clock: () => start,
    newId: () => "a-request",
    log: (_level, message, fields) => faults.push([fields.error, message]),
    answered: () => {},
  });
  return {
    port: served.port,
    asked,
    faults,
    setServing: (serving) => surface.setServing(serving),
    rest: (method, path, sent = {}) => rest(served.port, method, path, sent),
    close: () => served.close(100),
  };
}

/** The operations are played, so nobody looks at what they would need. */
// oxlint-disable-next-line typescript/no-unsafe-type-assertion
const noPorts = Object.freeze({}) as Ports;

function playing(played: Played, asked: Array<[string, unknown]>): Operations {
  const operation = (name: string) => async (request: unknown) => {
    asked.push([name, request]);
    const play: unknown = Reflect.get(played, name);
    if (typeof play !== "function") throw new Error(`the test plays no ${name}`);
    return play();
  };
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return new Proxy({}, { get: (_target, name) => operation(String(name)) }) as Operations;
}

function rest(port: number, method: string, path: string, sent: Sent): Promise<RestAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<RestAnswer>();
  const type = sent.type ?? (sent.body === undefined ? undefined : "application/json");
  const headers = { ...(type === undefined || type === "" ? {} : { "content-type": type }), ...sent.headers };
  const call = httpRequest({ port, host: "127.0.0.1", method, path, headers }, (response) => {
    const chunks: Buffer[] = [];
    response.on("data", (chunk: Buffer) => chunks.push(chunk));
    response.on("end", () => {
      const text = Buffer.concat(chunks).toString("utf8");
      const json: unknown = text.startsWith("{") || text.startsWith("[") ? JSON.parse(text) : undefined;
      resolve({ status: response.statusCode ?? 0, headers: response.headers, text, json });
    });
  });
  call.on("error", reject);
  call.end(sent.body);
  return promise;
}
