/** What a request must be before anything of it is read: strict where leniency lets two readers disagree (RFC 9112 §11). */
import type { IncomingMessage } from "node:http";
import { OAuthError } from "../../protocol/errors.ts";

const maxHeaders = 128;
/** Over HTTP/1.1 the parser holds the bound; over HTTP/2 it is only announced. */
const maxHeaderBytes = 16 * 1024;

/** Headers of which a second one makes it a matter of taste which counts (D36). */
const single: ReadonlySet<string> = new Set([
  "authorization",
  "content-encoding",
  "content-length",
  "content-type",
  "dpop",
  "host",
  "origin",
  "proxy-authorization",
  "purpose",
  "referer",
  "sec-purpose",
  "user-agent",
  "x-request-id",
]);

/** Why the header section is refused, or undefined. */
export function headerFault(request: IncomingMessage): OAuthError | undefined {
  const { rawHeaders, headers } = request;
  const count = rawHeaders.length / 2;
  if (count > maxHeaders) return new OAuthError("invalid_request", `More than ${maxHeaders} headers were sent.`);
  if (request.httpVersionMajor === 2 && sizeOf(rawHeaders) > maxHeaderBytes) {
    return new OAuthError("invalid_request", `The headers are larger than ${maxHeaderBytes} bytes.`);
  }
  // RFC 9110 §7.8: an upgrade may be ignored, and that of HTTP/2 is, since clients offer it unasked.
  const upgrade = headers.upgrade;
  if (upgrade !== undefined && upgrade.toLowerCase() !== "h2c") {
    return new OAuthError("invalid_request", "The connection cannot be upgraded to another protocol.");
  }
  // As many names as headers means that none was sent twice; the usual case, and a cheap one.
  if (Object.keys(headers).length === count) return undefined;
  const seen = new Set<string>();
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index]?.toLowerCase() ?? "";
    if (seen.has(name) && single.has(name)) {
      return new OAuthError("invalid_request", `The header '${name}' was sent more than once.`);
    }
    seen.add(name);
  }
  return undefined;
}

function sizeOf(texts: readonly string[]): number {
  return texts.reduce((size, text) => size + text.length, 0);
}

/** Bodies are read as they are: unpacking one is how a small request becomes a large one. */
export function isEncoded(request: IncomingMessage): boolean {
  const encoding = request.headers["content-encoding"];
  return encoding !== undefined && encoding.trim().toLowerCase() !== "identity";
}

/** Whether a body was announced (RFC 9112 §6.3); over HTTP/2 the stream's end says it, and Node reads it anyway. */
export function hasBody({ headers }: IncomingMessage): boolean {
  return headers["transfer-encoding"] !== undefined || (headers["content-length"] ?? "0") !== "0";
}

export interface Target {
  /** As sent, still percent-encoded. */
  readonly path: string;
  readonly query: string;
}

/** The request target, undefined when it is none; the authority of an absolute one is ignored (RFC 9112 §3.2.2). */
export function readTarget(url: string | undefined): Target | undefined {
  // Printable ASCII without `#`: anything else has no place in a request line.
  if (url === undefined || !/^[\x21\x22\x24-\x7e]+$/.test(url)) return undefined;
  const local = url.startsWith("/") ? url : withoutAuthority(url);
  if (local === undefined) return undefined;
  const mark = local.indexOf("?");
  return mark === -1 ? { path: local, query: "" } : { path: local.slice(0, mark), query: local.slice(mark + 1) };
}

function withoutAuthority(url: string): string | undefined {
  const authority = /^https?:\/\/[^/?]+/i.exec(url)?.[0];
  if (authority === undefined) return undefined;
  const rest = url.slice(authority.length);
  return rest.startsWith("/") ? rest : `/${rest}`;
}

/** Takes one trailing slash off, and nothing else: every other spelling of a path is another path (HTTP 404). */
export function withoutSlash(path: string): string {
  return path.length > 1 && path.endsWith("/") ? path.slice(0, -1) : path;
}
