/** What comes off a connection, and how much of it is put up with. */
import type { IncomingMessage, ServerResponse } from "node:http";

/** HTTP/2 requests come in the same form. */
export type Handler = (request: IncomingMessage, response: ServerResponse) => void;

export interface Limits {
  readonly headerBytes: number;
  readonly bodyBytes: number;
  /** Until the last byte of the header has come; for the first byte of a connection as long again. */
  readonly headersTimeoutMs: number;
  /** Until the last byte of the request has come; over HTTP/2, until the answer has been taken too. */
  readonly requestTimeoutMs: number;
  /** Between two requests. Longer than the 60 s of common load balancers, so that they are the ones who close. */
  readonly keepAliveTimeoutMs: number;
  /** Without a byte in either direction, in the middle of a request or an answer. */
  readonly socketTimeoutMs: number;
  readonly connections: number;
  readonly streamsPerConnection: number;
}

export const defaultLimits: Limits = {
  headerBytes: 16 * 1024,
  bodyBytes: 1024 * 1024,
  headersTimeoutMs: 10_000,
  requestTimeoutMs: 30_000,
  keepAliveTimeoutMs: 65_000,
  socketTimeoutMs: 120_000,
  connections: 10_000,
  streamsPerConnection: 128,
};
