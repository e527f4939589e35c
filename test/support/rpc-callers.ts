/** The ways to ask an RPC, each with a client that is not ours: grpc-js, and Connect's for gRPC, gRPC-Web and Connect. */
import { join } from "node:path";
import {
  create,
  type DescMethodUnary,
  fromBinary,
  type JsonValue,
  type Message,
  type MessageInitShape,
  type MessageShape,
  toBinary,
  toJson,
} from "@bufbuild/protobuf";
import { anyUnpack } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError, type Transport } from "@connectrpc/connect";
import {
  compressionGzip,
  createConnectTransport,
  createGrpcTransport,
  createGrpcWebTransport,
  Http2SessionManager,
} from "@connectrpc/connect-node";
import { credentials, Metadata, type MethodDefinition, Client as PlainClient, type ServiceError } from "@grpc/grpc-js";
import { loadSync } from "@grpc/proto-loader";
import { BadRequestSchema, ErrorInfoSchema } from "../../src/gen/google/rpc/error_details_pb.js";
import { StatusSchema } from "../../src/gen/google/rpc/status_pb.js";

export interface Refused {
  readonly code: string;
  readonly message: string;
  readonly reason?: string | undefined;
  readonly domain?: string | undefined;
  readonly redirectTo?: string | undefined;
  readonly field?: string | undefined;
}

export interface Heard {
  /** In protobuf's JSON, with the contract's names. */
  readonly answer?: JsonValue;
  readonly refused?: Refused;
}

export interface Caller {
  readonly ask: <M extends DescMethodUnary>(
    method: M,
    input: MessageInitShape<M["input"]>,
    timeoutMs?: number,
  ) => Promise<Heard>;
  readonly close: () => void;
}

export const protocols = [
  "gRPC by grpc-js",
  "gRPC by Connect",
  "gRPC compressed",
  "gRPC-Web",
  "Connect over HTTP/1.1",
  "Connect over HTTP/2",
  "Connect in binary",
] as const;

export type Protocol = (typeof protocols)[number];

/** `key`: an API key that every call bears. */
export function caller(protocol: Protocol, port: number, key?: string): Caller {
  const baseUrl = `http://127.0.0.1:${port}`;
  const headers: Record<string, string> = key === undefined ? {} : { authorization: `Bearer ${key}` };
  if (protocol === "gRPC by grpc-js") return plainCaller(port, headers);
  const sessionManager = new Http2SessionManager(baseUrl);
  const http2 = { baseUrl, httpVersion: "2", sessionManager } as const;
  const http1 = { baseUrl, httpVersion: "1.1" } as const;
  const gzip = { acceptCompression: [compressionGzip], compressMinBytes: 0, sendCompression: compressionGzip };
  const transports: Record<typeof protocol, () => Transport> = {
    "gRPC by Connect": () => createGrpcTransport({ baseUrl, sessionManager }),
    "gRPC compressed": () => createGrpcTransport({ baseUrl, sessionManager, ...gzip }),
    "gRPC-Web": () => createGrpcWebTransport(http1),
    "Connect over HTTP/1.1": () => createConnectTransport(http1),
    "Connect over HTTP/2": () => createConnectTransport(http2),
    "Connect in binary": () => createConnectTransport({ ...http1, useBinaryFormat: true }),
  };
  return connectCaller(transports[protocol](), headers, () => sessionManager.abort());
}

function connectCaller(transport: Transport, headers: Record<string, string>, close: () => void): Caller {
  return {
    close,
    async ask(method, input, timeoutMs) {
      try {
        const { message } = await transport.unary(method, undefined, timeoutMs, headers, input);
        return { answer: toAnswer(method, message) };
      } catch (error) {
        const refusal = ConnectError.from(error);
        const info = refusal.findDetails(ErrorInfoSchema)[0];
        const violation = refusal.findDetails(BadRequestSchema)[0]?.fieldViolations[0];
        return { refused: toRefused(refusal.code, refusal.rawMessage, info, violation?.field) };
      }
    },
  };
}

const protoFolder = join(import.meta.dirname, "../../proto");

/** Definitions as grpc-js users load them: from the `.proto` files, not from what we generate. */
export const loaded = loadSync(
  [
    "tessera/admin/v1/client_service.proto",
    "tessera/admin/v1/token_service.proto",
    "tessera/flow/v1/login_flow_service.proto",
    "tessera/flow/v1/consent_flow_service.proto",
    "tessera/flow/v1/device_flow_service.proto",
    "tessera/flow/v1/logout_flow_service.proto",
    "tessera/admin/v1/session_service.proto",
    "tessera/admin/v1/key_service.proto",
    "tessera/admin/v1/trust_service.proto",
    "tessera/admin/v1/api_key_service.proto",
    "grpc/health/v1/health.proto",
    "grpc/reflection/v1/reflection.proto",
  ],
  { includeDirs: [protoFolder], keepCase: true },
);

function plainCaller(port: number, headers: Record<string, string>): Caller {
  const metadata = new Metadata();
  for (const [name, value] of Object.entries(headers)) metadata.set(name, value);
  const client = new PlainClient(`127.0.0.1:${port}`, credentials.createInsecure());
  return {
    close: () => client.close(),
    ask(method, input, timeoutMs = 10_000) {
      const definition = definitionOf(method);
      // Through the loaded definition's own objects and back: the bytes are its work, not ours.
      const plain: object = definition.requestDeserialize(
        Buffer.from(toBinary(method.input, create(method.input, input))),
      );
      const { promise, resolve } = Promise.withResolvers<Heard>();
      const { path, requestSerialize, responseDeserialize } = definition;
      const options = { deadline: Date.now() + timeoutMs };
      client.makeUnaryRequest(path, requestSerialize, responseDeserialize, plain, metadata, options, (error, value) =>
        resolve(
          error === null
            ? { answer: toAnswer(method, fromBinary(method.output, definition.responseSerialize(value ?? {}))) }
            : { refused: plainRefused(error) },
        ),
      );
      return promise;
    },
  };
}

function definitionOf(method: DescMethodUnary): MethodDefinition<object, object> {
  const service = loaded[method.parent.typeName];
  const definition: unknown = service === undefined ? undefined : Reflect.get(service, method.name);
  if (!isDefinition(definition)) throw new Error(`${method.name} is not in the .proto files`);
  return definition;
}

function isDefinition(value: unknown): value is MethodDefinition<object, object> {
  return typeof value === "object" && value !== null && "requestSerialize" in value;
}

function plainRefused(error: ServiceError): Refused {
  const bytes = error.metadata.get("grpc-status-details-bin")[0];
  const details = Buffer.isBuffer(bytes) ? fromBinary(StatusSchema, bytes).details : [];
  const info = details.flatMap((detail) => anyUnpack(detail, ErrorInfoSchema) ?? [])[0];
  const violation = details.flatMap((detail) => anyUnpack(detail, BadRequestSchema)?.fieldViolations ?? [])[0];
  return toRefused(error.code, decodeURIComponent(error.details), info, violation?.field);
}

function toRefused(
  code: number,
  message: string,
  info: MessageShape<typeof ErrorInfoSchema> | undefined,
  field: string | undefined,
): Refused {
  const known = info === undefined ? {} : { reason: info.reason, domain: info.domain };
  const redirectTo = info?.metadata.redirect_to;
  return {
    code: Code[code] ?? String(code),
    message,
    ...known,
    ...(redirectTo === undefined ? {} : { redirectTo }),
    ...(field === undefined ? {} : { field }),
  };
}

function toAnswer(method: DescMethodUnary, message: Message): JsonValue {
  return toJson(method.output, message, { useProtoFieldName: true });
}
