/** Unary gRPC without Connect, at a quarter of its cost; whatever is unusual is left to Connect, its body unread. */
import {
  Http2ServerRequest,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
  type ServerHttp2Stream,
} from "node:http2";
import { create, fromBinary, type Message, toBinary } from "@bufbuild/protobuf";
import { anyPack } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError } from "@connectrpc/connect";
import { StatusSchema } from "../../gen/google/rpc/status_pb.js";
import type { Asker } from "../../protocol/api-key.ts";
import { type Call, type Caller, type CallRules, toRefusal } from "./call.ts";
import { toConnectError } from "./errors.ts";

export interface FastGrpcOptions {
  readonly now: () => Date;
  readonly onInternalError: CallRules["onInternalError"];
  readonly readMaxBytes: number;
  /** Longer timeouts are left to Connect, which refuses them. */
  readonly longestTimeoutMs: number;
}

/** Answers the request and says true, or says false and has not touched it. */
export type FastGrpc = (request: object, asker?: Asker) => boolean;

export function fastGrpc(calls: readonly Call[], options: FastGrpcOptions): FastGrpc {
  const byPath = new Map(calls.map((call) => [`/${call.name}`, call]));
  return (request, asker) => {
    if (!(request instanceof Http2ServerRequest)) return false;
    const { headers, method, stream, url } = request;
    const call = byPath.get(url);
    if (call === undefined || method !== "POST" || !isPlain(headers)) return false;
    const timeoutMs = readTimeout(headers["grpc-timeout"]);
    if (Number.isNaN(timeoutMs) || (timeoutMs ?? 0) > options.longestTimeoutMs) return false;
    void serve(call, stream, { authorization: headers.authorization, asker, timeoutMs }, options);
    return true;
  };
}

function isPlain(headers: IncomingHttpHeaders): boolean {
  const type = headers["content-type"];
  if (type !== "application/grpc" && type !== "application/grpc+proto") return false;
  return headers["grpc-encoding"] === undefined || headers["grpc-encoding"] === "identity";
}

const unitMs: Readonly<Record<string, number>> = { H: 3_600_000, M: 60_000, S: 1000, m: 1, u: 1e-3, n: 1e-6 };

/** Milliseconds; undefined when there is none, NaN when it is not as the protocol writes it. */
function readTimeout(header: string | string[] | undefined): number | undefined {
  if (header === undefined) return undefined;
  const match = typeof header === "string" ? /^(\d{1,8})([HMSmun])$/.exec(header) : null;
  return match === null ? Number.NaN : Number(match[1]) * (unitMs[match[2] ?? ""] ?? Number.NaN);
}

async function serve(
  call: Call,
  stream: ServerHttp2Stream,
  asked: Omit<Caller, "now">,
  options: FastGrpcOptions,
): Promise<void> {
  // A stream that breaks has nobody to tell; without a listener it would end the process.
  stream.on("error", () => {});
  const caller = { now: options.now(), ...asked };
  try {
    const input = readMessage(call, await readAll(stream, options.readMaxBytes));
    const output = toBinary(call.method.output, await call.run(input, caller));
    respond(stream, output);
  } catch (error) {
    const refusal = error instanceof ConnectError ? error : undefined;
    fail(stream, refusal ?? toConnectError(toRefusal(error, call.name, options.onInternalError)));
  }
}

/** The whole request, at most `maxBytes` of message. What the caller cuts off is not waited for. */
function readAll(stream: ServerHttp2Stream, maxBytes: number): Promise<Buffer> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  const chunks: Buffer[] = [];
  let length = 0;
  stream.on("data", (chunk: Buffer) => {
    length += chunk.length;
    if (length <= maxBytes + prefixLength) chunks.push(chunk);
    else reject(new ConnectError(`The message is larger than ${maxBytes} bytes.`, Code.ResourceExhausted));
  });
  stream.on("end", () => resolve(Buffer.concat(chunks)));
  stream.on("close", () => reject(new ConnectError("The call was canceled.", Code.Canceled)));
  return promise;
}

/** A compressed flag and the length, before every message. */
const prefixLength = 5;

function readMessage(call: Call, frame: Buffer): Message {
  if (frame.length < prefixLength || frame.readUInt32BE(1) > frame.length - prefixLength) {
    throw new ConnectError("The message is cut off.", Code.InvalidArgument);
  }
  if (frame[0] !== 0) throw new ConnectError("The message is compressed, but no header says how.", Code.Internal);
  if (frame.readUInt32BE(1) < frame.length - prefixLength) {
    throw new ConnectError("More than one message was sent.", Code.Unimplemented);
  }
  try {
    return fromBinary(call.method.input, frame.subarray(prefixLength), { readUnknownFields: false });
  } catch (cause) {
    throw new ConnectError("The message cannot be decoded.", Code.InvalidArgument, undefined, undefined, cause);
  }
}

function respond(stream: ServerHttp2Stream, message: Uint8Array): void {
  if (stream.destroyed || stream.closed) return;
  const frame = Buffer.allocUnsafe(prefixLength + message.length);
  frame[0] = 0;
  frame.writeUInt32BE(message.length, 1);
  frame.set(message, prefixLength);
  // The compatibility layer would send trailers of its own, and empty ones.
  stream.removeAllListeners("wantTrailers");
  stream.once("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0" }));
  stream.respond({ ":status": 200, "content-type": "application/grpc+proto" }, { waitForTrailers: true });
  stream.end(frame);
}

/** Trailers only, as the protocol calls an answer without a message. */
function fail(stream: ServerHttp2Stream, error: ConnectError): void {
  if (stream.destroyed || stream.closed) return;
  const headers: OutgoingHttpHeaders = {
    ":status": 200,
    "content-type": "application/grpc+proto",
    "grpc-status": String(error.code),
    "grpc-message": encodeURIComponent(error.rawMessage),
  };
  const details = error.details.flatMap((detail) => ("desc" in detail ? [detail] : []));
  if (details.length > 0) {
    const packed = details.map(({ desc, value }) => anyPack(desc, create(desc, value)));
    const status = create(StatusSchema, { code: error.code, message: error.rawMessage, details: packed });
    headers["grpc-status-details-bin"] = Buffer.from(toBinary(StatusSchema, status)).toString("base64");
  }
  stream.removeAllListeners("wantTrailers");
  stream.removeAllListeners("data");
  stream.resume();
  stream.respond(headers, { endStream: true });
}
