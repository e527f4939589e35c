/** A request and its reply as plain records: what stands between the sockets and the endpoints. */
import type { Asker } from "../../protocol/api-key.ts";

export interface HttpRequest {
  /** Upper case. */
  readonly method: string;
  /** Still percent-encoded; one trailing slash has been taken off. */
  readonly path: string;
  /** What stands after `?`, as sent; "" when nothing. */
  readonly query: string;
  /** Lower-case names. A header that was sent more than once and may not be is answered 400 before this exists. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** Valid UTF-8, within the port's limit; "" when there is none. */
  readonly body: string;
  /** Values of the route's `{names}`, percent-decoded once. */
  readonly params: Readonly<Record<string, string>>;
  /** The one time of this request. */
  readonly now: Date;
  /** The peer: no header is believed. */
  readonly remoteAddress: string;
  /** Who asks, where the port is guarded. */
  readonly asker?: Asker | undefined;
}

export interface HttpReply {
  readonly status: number;
  /** Lower-case names; a list makes one header line each. */
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly body: string | Uint8Array;
  /** Comes instead of the body, part by part, for as long as it lasts. */
  readonly stream?: ReplyStream;
}

export interface ReplyStream {
  readonly parts: AsyncIterable<string>;
  /** Nobody takes any more. */
  readonly stop: () => void;
}

/** An endpoint of the public port, or a REST route of the admin port. */
export type Endpoint = (request: HttpRequest) => Promise<HttpReply> | HttpReply;

/** One row of a port's routing table. `path` is a template: `/admin/clients/{id}`. */
export interface Route {
  readonly method: string;
  readonly path: string;
  readonly endpoint: Endpoint;
}
