/** Requests to places that clients name, guarded (D24, mechanisms §16): where they go, how long, how much comes back. */
import type { IncomingMessage } from "node:http";
import { request as httpsRequest } from "node:https";
import type { LookupFunction } from "node:net";
import type { Outbound } from "../../ports/ports.ts";
import { refuse } from "../../protocol/errors.ts";
import { isJsonObject, type JsonObject, type JsonValue, parseJson } from "../../protocol/json.ts";
import { encodePairs } from "../../protocol/redirect-uri.ts";
import { inSpan } from "../telemetry/span.ts";
import { type Destination, type DestinationRules, destinations, type FindDestination } from "./destination.ts";
import { together } from "./together.ts";

// Imported as a module, `node:http` hands out its WebSocket too, and loads 14 MB of undici for it.
const { request: httpRequest } = process.getBuiltinModule("node:http");

export interface OutboundLimits {
  /** For the whole: name, connection, answer. */
  readonly milliseconds: number;
  readonly bytes: number;
}

const defaultLimits: OutboundLimits = { milliseconds: 5_000, bytes: 524_288 };
/** Texts are fetched for browsers, whoever sends them here. */
const mostTexts = 64;
const mostTextBytes = 16_384;

export function outbound(
  rules: DestinationRules,
  limits: OutboundLimits = defaultLimits,
): Pick<Outbound, "fetchJson" | "fetchJsonArray" | "fetchText" | "postForm"> {
  const find = destinations(rules);
  const fetchDocument = <T>(url: string, read: (text: string) => T): Promise<T> =>
    inSpan("outbound", "fetch_json", async () => {
      try {
        return read(await fetchText(url, find, limits));
      } catch (cause) {
        // One sentence for every failure: the reason would let a client feel its way through our network.
        return refuse("invalid_request", "The document at the client's URL could not be fetched.", { cause });
      }
    });
  const fetchOnce = together(mostTexts, (url) => fetchText(url, find, { ...limits, bytes: mostTextBytes }));
  return {
    fetchJson: (url) => fetchDocument(url, toObject),
    fetchJsonArray: (url) => fetchDocument(url, toArray),
    fetchText: (url) => inSpan("outbound", "fetch_text", () => fetchOnce(url)),
    postForm: (url, parameters) =>
      inSpan("outbound", "post_form", () => post(url, encodePairs(parameters), find, limits.milliseconds)),
  };
}

/** Only the status is of interest: what else the client says is not read. */
async function post(url: string, body: string, find: FindDestination, milliseconds: number): Promise<number> {
  const signal = AbortSignal.timeout(milliseconds);
  const destination = await beforeAbort(find(url), signal);
  const response = await send(destination, signal, { body, type: "application/x-www-form-urlencoded" });
  response.destroy();
  return response.statusCode ?? 0;
}

async function fetchText(url: string, find: FindDestination, limits: OutboundLimits): Promise<string> {
  const signal = AbortSignal.timeout(limits.milliseconds);
  const destination = await beforeAbort(find(url), signal);
  const response = await send(destination, signal);
  try {
    requirePlainAnswer(response);
    return await readText(response, limits.bytes);
  } finally {
    response.destroy();
  }
}

/** A name that does not resolve keeps its thread, but not the caller. */
function beforeAbort<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
    work.then(resolve, reject);
  });
}

interface Content {
  readonly body: string;
  readonly type: string;
}

function send(
  { url, addresses, mayReach }: Destination,
  signal: AbortSignal,
  content: Content | null = null,
): Promise<IncomingMessage> {
  const start = url.protocol === "https:" ? httpsRequest : httpRequest;
  // No cookie, no credentials, no trace of ours: a stranger gets a plain question.
  const plain = {
    accept: "application/json, application/oauth-authz-req+jwt, */*;q=0.5",
    "accept-encoding": "identity",
    "user-agent": "tessera",
  };
  const told = content && { "content-type": content.type, "content-length": Buffer.byteLength(content.body) };
  const headers = { ...plain, ...told };
  const method = content === null ? "GET" : "POST";
  return new Promise((resolve, reject) => {
    // Without an agent, no connection of another request's is used again, and no proxy of the environment.
    const sent = start(url, {
      agent: false,
      method,
      headers,
      signal,
      lookup: pinned(addresses),
      maxHeaderSize: 16_384,
    });
    sent.on("socket", (socket) => {
      socket.on("connect", () => {
        const reached = socket.remoteAddress ?? "";
        if (!mayReach(reached)) socket.destroy(new Error(`The connection leads to ${reached}, which is not public.`));
      });
    });
    sent.on("response", resolve);
    sent.on("error", reject);
    sent.end(content?.body);
  });
}

/** Answers with the addresses that were judged: a second question could have another answer (DNS rebinding). */
function pinned(addresses: Destination["addresses"]): LookupFunction {
  return (_hostname, options, callback) => {
    const [first] = addresses;
    if (options.all === true) callback(null, [...addresses]);
    else callback(null, first?.address ?? "", first?.family);
  };
}

function requirePlainAnswer({ statusCode, headers }: IncomingMessage): void {
  // A redirect is an answer other than 200 like any other: it is not followed.
  if (statusCode !== 200) throw new Error(`The answer has status ${statusCode}.`);
  requireUnencoded({ headers });
}

/** What is compressed grows when it is read; we asked for plain text. */
export function requireUnencoded({ headers }: Pick<IncomingMessage, "headers">): void {
  const encoding = headers["content-encoding"] ?? "identity";
  if (encoding !== "identity") throw new Error(`The answer is encoded (${encoding}).`);
}

export async function readText(response: IncomingMessage, limit: number): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of response) {
    if (!Buffer.isBuffer(chunk)) throw new Error("The answer is no bytes.");
    length += chunk.length;
    if (length > limit) throw new Error(`The answer is longer than ${limit} bytes.`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function toArray(text: string): readonly JsonValue[] {
  const value = parseJson(text, "fetched document");
  if (!Array.isArray(value)) throw new Error("The document is no JSON array.");
  return value;
}

function toObject(text: string): JsonObject {
  const value = parseJson(text, "fetched document");
  if (!isJsonObject(value)) throw new Error("The document is no JSON object.");
  return value;
}
