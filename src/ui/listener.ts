/** The small HTTP server under the pages: bounded forms, cookies, and the headers that keep a page to itself. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface PageRequest {
  readonly path: string;
  readonly query: URLSearchParams;
  /** Empty but for a POST. */
  readonly form: URLSearchParams;
  readonly cookies: ReadonlyMap<string, string>;
  /** The browser says that a page of this very origin sent it; false where it says nothing. */
  readonly isOwn: boolean;
}

export interface PageReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly body: string;
}

export type Page = (request: PageRequest) => PageReply | Promise<PageReply>;

export interface Listening {
  /** Scheme, host and port, without a slash at the end. */
  readonly url: string;
  readonly close: () => Promise<void>;
}

export interface ListenOptions {
  readonly host: string;
  /** 0 for any free one. */
  readonly port: number;
  /** `GET /login` and so on. */
  readonly pages: ReadonlyMap<string, Page>;
  /** The page for a path that is none, a form that is too large, or a page that threw. */
  readonly failure: (status: number, cause: unknown) => PageReply;
}

const maxFormBytes = 65_536;

// No `form-action`: browsers hold it against every redirect that follows a form, and where the client of a
// sign-in sends its user after its callback cannot be known. Scripts, frames and foreign content are shut out.
const pageHeaders = {
  "content-security-policy":
    "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "referrer-policy": "no-referrer",
  "cross-origin-resource-policy": "same-origin",
  "permissions-policy": "camera=(), geolocation=(), microphone=()",
};

export async function listen(options: ListenOptions): Promise<Listening> {
  const server = createServer({ requestTimeout: 30_000, headersTimeout: 10_000 }, (incoming, outgoing) => {
    void answer(incoming, options)
      .then((reply) => write(incoming, outgoing, reply))
      // A header that cannot be written ends this connection, not the process.
      .catch(() => outgoing.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(options.port, options.host, resolve);
  });
  const { port } = boundAddress(server);
  const host = options.host.includes(":") ? `[${options.host}]` : options.host;
  return { url: `http://${host}:${port}`, close: () => closed(server) };
}

async function answer(incoming: IncomingMessage, options: ListenOptions): Promise<PageReply> {
  try {
    const target = URL.parse(incoming.url ?? "/", "http://pages.invalid");
    if (target === null) return options.failure(404, undefined);
    const { pathname, searchParams } = target;
    // A HEAD is answered as a GET would be found, and moves nothing.
    const method = incoming.method === "HEAD" ? "GET" : incoming.method;
    const page = options.pages.get(`${method} ${pathname}`);
    if (page === undefined) return missing(pathname, options);
    if (incoming.method === "HEAD") return { status: 200, headers: {}, body: "" };
    const form = method === "POST" ? await readForm(incoming) : new URLSearchParams();
    if (typeof form === "number") return options.failure(form, undefined);
    const cookies = readCookies(incoming.headers.cookie);
    const isOwn = incoming.headers["sec-fetch-site"] === "same-origin";
    return await page({ path: pathname, query: searchParams, form, cookies, isOwn });
  } catch (error) {
    return options.failure(500, error);
  }
}

function missing(path: string, options: ListenOptions): PageReply {
  const allow = ["GET", "POST"].filter((method) => options.pages.has(`${method} ${path}`));
  if (allow.length === 0) return options.failure(404, undefined);
  const reply = options.failure(405, undefined);
  return { ...reply, headers: { ...reply.headers, allow: allow.join(", ") } };
}

/** The form, or the status it is refused with. */
async function readForm(incoming: IncomingMessage): Promise<URLSearchParams | number> {
  if (incoming.headers["content-type"]?.split(";", 1)[0]?.trim() !== "application/x-www-form-urlencoded") return 415;
  // Where the browser says who sent the form, a foreign page's is refused before its token is looked at.
  const site = incoming.headers["sec-fetch-site"];
  if (site !== undefined && site !== "same-origin" && site !== "none") return 403;
  const chunks: Buffer[] = [];
  let size = 0;
  // Not destroyed on return: the refusal still has to be written to the socket.
  for await (const piece of incoming.iterator({ destroyOnReturn: false })) {
    const chunk: Buffer = piece;
    size += chunk.length;
    if (size > maxFormBytes) return 413;
    chunks.push(chunk);
  }
  return new URLSearchParams(Buffer.concat(chunks).toString("utf8"));
}

function readCookies(header: string | undefined): ReadonlyMap<string, string> {
  const cookies = new Map<string, string>();
  for (const pair of header?.split(";") ?? []) {
    const at = pair.indexOf("=");
    const name = pair.slice(0, at).trim();
    // RFC 6265 §5.4: the more specific cookie comes first.
    if (at > 0 && !cookies.has(name)) cookies.set(name, pair.slice(at + 1).trim());
  }
  return cookies;
}

function write(incoming: IncomingMessage, outgoing: ServerResponse, reply: PageReply): void {
  // What is left of a form that was not read to its end must not be taken for the next request.
  const headers = incoming.complete ? {} : { connection: "close" };
  outgoing.writeHead(reply.status, { ...pageHeaders, ...reply.headers, ...headers });
  outgoing.end(incoming.method === "HEAD" ? undefined : reply.body);
}

function boundAddress(server: Server): AddressInfo {
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("The pages are not listening on a port.");
  return address;
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve, reject) => {
    server.close((error) => (error === undefined ? resolve() : reject(error)));
    server.closeAllConnections();
  });
}

/** 303: whatever was sent, the browser goes on with a GET (RFC 9110 §15.4.4). */
export function redirect(location: string, setCookies: readonly string[] = []): PageReply {
  return { status: 303, headers: { location, "cache-control": "no-store", "set-cookie": setCookies }, body: "" };
}

/** A parameter's value; undefined when it is absent, empty, or there twice. */
export function only(parameters: URLSearchParams, name: string): string | undefined {
  const [value, another] = parameters.getAll(name);
  return another === undefined && value !== "" ? value : undefined;
}
