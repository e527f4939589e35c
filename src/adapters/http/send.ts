/** Writes a reply onto its connection, with the headers that every answer bears. */
import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from "node:http";
import { hasBody } from "./admit.ts";
import type { HttpReply } from "./message.ts";
import { pour } from "./pour.ts";
import type { Visit } from "./visit.ts";

export interface Wire {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly visit: Visit;
  /** Whether the connection is ours to promise TLS for (RFC 6797). */
  readonly isSecure: boolean;
  /** Whether the connection takes no more requests after this answer. */
  readonly isLast: boolean;
}

export function send({ request, response, visit, isSecure, isLast }: Wire, reply: HttpReply): void {
  if (response.headersSent || response.destroyed) return;
  const headers: OutgoingHttpHeaders = {
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
  };
  if (isSecure) headers["strict-transport-security"] = "max-age=31536000";
  Object.assign(headers, reply.headers);
  // The id may be the caller's own word: it must not stand in what a shared cache hands to others.
  if (headers["cache-control"] === "no-store") headers["x-request-id"] = visit.id;
  if (reply.stream !== undefined) {
    response.writeHead(reply.status, headers);
    void pour(reply.stream, response, visit);
    return;
  }
  const isBodyless = reply.status === 204 || reply.status === 304;
  const length = isBodyless ? 0 : Buffer.byteLength(reply.body);
  if (!isBodyless) headers["content-length"] = length;
  // Whoever is still sending must not go on for ever to be ignored.
  const isUnread = hasBody(request) && !request.complete;
  if ((isUnread || isLast) && request.httpVersionMajor === 1) headers.connection = "close";
  visit.responseBytes = length;
  response.writeHead(reply.status, headers);
  if (isBodyless || request.method === "HEAD") response.end();
  else response.end(reply.body);
}
