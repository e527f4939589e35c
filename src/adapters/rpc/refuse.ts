/** Refuses a request before anything of it is read, in the words of the protocol that it speaks. */
import { Http2ServerRequest } from "node:http2";
import { create, toBinary } from "@bufbuild/protobuf";
import { anyPack } from "@bufbuild/protobuf/wkt";
import { Code, type ConnectError } from "@connectrpc/connect";
import { StatusSchema } from "../../gen/google/rpc/status_pb.js";
import type { OAuthError } from "../../protocol/errors.ts";
import type { NodeRequest, NodeResponse } from "./connect.ts";
import { toConnectError } from "./errors.ts";

export function refuseRpc(request: NodeRequest, response: NodeResponse, refusal: OAuthError): void {
  const type = request.headers["content-type"] ?? "";
  const error = toConnectError(refusal);
  const { headers, status, body } = type.startsWith("application/grpc")
    ? trailersOnly(type, error)
    : type.startsWith("application/connect+")
      ? endOfStream(type, error)
      : unary(refusal, error);
  // Who sends a body for nothing is not to go on.
  if (request.httpVersionMajor === 1 && !request.complete) headers.connection = "close";
  const head = { "cache-control": "no-store", ...headers };
  if (body === "" && request instanceof Http2ServerRequest) {
    // The compatibility layer would send trailers of its own, and empty ones.
    request.stream.removeAllListeners("wantTrailers");
    request.stream.respond({ ":status": status, ...head }, { endStream: true });
  } else {
    response.writeHead(status, head);
    response.end(body);
  }
  request.resume();
}

interface Answer {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: string | Buffer;
}

/** gRPC and gRPC-Web: the status stands in the headers of an answer without a message. */
function trailersOnly(type: string, error: ConnectError): Answer {
  const status = create(StatusSchema, { code: error.code, message: error.rawMessage, details: packed(error) });
  const headers = {
    "content-type": type,
    "grpc-status": String(error.code),
    "grpc-message": encodeURIComponent(error.rawMessage),
    "grpc-status-details-bin": Buffer.from(toBinary(StatusSchema, status)).toString("base64"),
  };
  return { status: 200, headers, body: "" };
}

/** Connect's streams: one message, which is the end. */
function endOfStream(type: string, error: ConnectError): Answer {
  const text = Buffer.from(JSON.stringify({ error: told(error) }));
  const prefix = Buffer.from([2, 0, 0, 0, 0]);
  prefix.writeUInt32BE(text.length, 1);
  return { status: 200, headers: { "content-type": type }, body: Buffer.concat([prefix, text]) };
}

function unary(refusal: OAuthError, error: ConnectError): Answer {
  const { retryAfterSeconds } = refusal.details;
  return {
    status: refusal.status.http,
    headers: {
      "content-type": "application/json",
      // RFC 9110 §11.6.1.
      ...(refusal.status.http === 401 ? { "www-authenticate": "Bearer" } : {}),
      ...(retryAfterSeconds === undefined ? {} : { "retry-after": String(Math.ceil(retryAfterSeconds)) }),
    },
    body: JSON.stringify(told(error)),
  };
}

function told(error: ConnectError): object {
  const details = packed(error).map(({ typeUrl, value }) => ({
    type: typeUrl.slice(typeUrl.lastIndexOf("/") + 1),
    value: Buffer.from(value).toString("base64").replaceAll("=", ""),
  }));
  return { code: wordOf(error.code), message: error.rawMessage, details };
}

function packed(error: ConnectError) {
  return error.details.flatMap((detail) =>
    "desc" in detail ? [anyPack(detail.desc, create(detail.desc, detail.value))] : [],
  );
}

/** `PermissionDenied` is `permission_denied` in Connect. */
function wordOf(code: Code): string {
  return Code[code].replaceAll(/(?<=[a-z])[A-Z]/g, "_$&").toLowerCase();
}
