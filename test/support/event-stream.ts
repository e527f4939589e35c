/** Followers of events, by clients that are not ours: plain HTTP for Server-Sent Events, grpc-js, and Connect's. */
import { get, type IncomingMessage } from "node:http";
import { join } from "node:path";
import type { MessageInitShape } from "@bufbuild/protobuf";
import { createClient, type Transport } from "@connectrpc/connect";
import { createConnectTransport, createGrpcTransport, createGrpcWebTransport } from "@connectrpc/connect-node";
import { credentials, Metadata, type MethodDefinition, Client as PlainClient, type ServiceError } from "@grpc/grpc-js";
import { loadSync } from "@grpc/proto-loader";
import { EventService, type WatchEventsRequestSchema } from "../../src/gen/tessera/admin/v1/event_service_pb.js";

export interface Told {
  readonly type: string;
  readonly cursor: string;
  readonly client_id?: string;
  readonly subject?: string;
  readonly [fact: string]: unknown;
}

export interface Follower {
  /** What was told so far. */
  readonly told: readonly Told[];
  /** The last cursor. */
  readonly cursor: () => string;
  /** Resolves when so many events were told, or when it is over. */
  until(count: number): Promise<readonly Told[]>;
  /** How it ended: undefined without an error. */
  readonly ended: Promise<Fault | undefined>;
  close(): void;
}

export interface Fault {
  readonly code: number | string;
  readonly message: string;
}

export type Wish = MessageInitShape<typeof WatchEventsRequestSchema>;

/** Collects; whoever drives it says what came and when it is over. */
function collector() {
  const told: Told[] = [];
  const over = Promise.withResolvers<Fault | undefined>();
  const open = Promise.withResolvers<void>();
  const waiting = new Set<() => void>();
  let [cursor, isOver] = ["", false];
  const wake = () => {
    for (const look of waiting) look();
  };
  return {
    open,
    add: (events: readonly Told[], at: string) => {
      told.push(...events);
      if (at !== "") cursor = at;
      open.resolve();
      wake();
    },
    end: (fault?: Fault) => {
      isOver = true;
      open.resolve();
      over.resolve(fault);
      wake();
    },
    follower: (close: () => void): Follower => ({
      told,
      cursor: () => cursor,
      ended: over.promise,
      close,
      until(count) {
        return new Promise((resolve) => {
          const look = () => {
            if (told.length < count && !isOver) return;
            waiting.delete(look);
            resolve(told);
          };
          waiting.add(look);
          look();
        });
      },
    }),
  };
}

/** Server-Sent Events as WHATWG HTML §9.2.6 reads them; resolves with the first bytes, or with the refusal's status. */
export function sse(adminUrl: string, query = "", headers: Record<string, string> = {}) {
  const { add, end, follower } = collector();
  return new Promise<Follower & { readonly response: IncomingMessage; readonly text: () => string }>(
    (resolve, reject) => {
      let [pending, text] = ["", ""];
      const request = get(`${adminUrl}/admin/events${query}`, { agent: false, headers }, (response) => {
        const opened = () => resolve({ ...follower(() => request.destroy()), response, text: () => text });
        response.setEncoding("utf8");
        response.on("data", (part: string) => {
          text += part;
          const blocks = (pending + part).split("\n\n");
          pending = blocks.pop() ?? "";
          for (const block of blocks) addBlock(block);
          opened();
        });
        response.on("error", () => end({ code: "cut", message: "" }));
        response.on("end", () => {
          end();
          opened();
        });
      });
      request.on("error", reject);

      function addBlock(block: string): void {
        const fields = new Map(
          block.split("\n").map((line): [string, string] => {
            const [name = "", ...value] = line.split(": ");
            return [name, value.join(": ")];
          }),
        );
        const data = fields.get("data");
        if (fields.get("event") === "error") end(JSON.parse(data ?? "{}"));
        else add(data === undefined ? [] : [JSON.parse(data)], fields.get("id") ?? "");
      }
    },
  );
}

export const streamProtocols = ["gRPC by grpc-js", "gRPC by Connect", "gRPC-Web", "Connect"] as const;

/** Resolves when the server has said that it is there. */
export async function follow(protocol: (typeof streamProtocols)[number], adminUrl: string, wish: Wish = {}) {
  const { add, end, open, follower } = collector();
  const close = protocol === "gRPC by grpc-js" ? grpcJs() : connect(transportOf(protocol, adminUrl));
  await open.promise;
  return follower(close);

  function grpcJs(): () => void {
    const client = new PlainClient(new URL(adminUrl).host, credentials.createInsecure());
    const definition = watchDefinition();
    const { typePrefix: type_prefix, clientId: client_id, cursor, subject } = wish;
    const call = client.makeServerStreamRequest(
      definition.path,
      definition.requestSerialize,
      definition.responseDeserialize,
      { cursor, type_prefix, client_id, subject },
      new Metadata(),
    );
    call.on("data", (message: object) => {
      if ("events" in message && Array.isArray(message.events) && "cursor" in message) {
        add(message.events, String(message.cursor));
      }
    });
    call.on("error", (error: ServiceError) => {
      end({ code: error.code, message: error.details });
      client.close();
    });
    call.on("end", () => end());
    return () => call.cancel();
  }

  function connect(transport: Transport): () => void {
    const leaving = new AbortController();
    const stream = createClient(EventService, transport).watchEvents(wish, { signal: leaving.signal });
    void (async () => {
      try {
        for await (const { events, cursor } of stream) {
          add(
            events.map(({ type, cursor: at, clientId, subject }) => ({
              type,
              cursor: at,
              client_id: clientId,
              subject,
            })),
            cursor,
          );
        }
        end();
      } catch (error) {
        end(
          error instanceof Error && "code" in error ? { code: Number(error.code), message: error.message } : undefined,
        );
      }
    })();
    return () => leaving.abort();
  }
}

function transportOf(
  protocol: Exclude<(typeof streamProtocols)[number], "gRPC by grpc-js">,
  baseUrl: string,
): Transport {
  if (protocol === "gRPC by Connect") return createGrpcTransport({ baseUrl });
  const http1 = { baseUrl, httpVersion: "1.1" } as const;
  return protocol === "gRPC-Web" ? createGrpcWebTransport(http1) : createConnectTransport(http1);
}

/** As users of grpc-js load it: from the `.proto` file, not from what we generate. */
const loaded = loadSync("tessera/admin/v1/event_service.proto", {
  includeDirs: [join(import.meta.dirname, "../../proto")],
  keepCase: true,
  defaults: true,
});

function watchDefinition(): MethodDefinition<object, object> {
  const definition: unknown = Reflect.get(loaded[EventService.typeName] ?? {}, "WatchEvents");
  if (isDefinition(definition)) return definition;
  throw new Error("WatchEvents is not in the .proto file");
}

function isDefinition(value: unknown): value is MethodDefinition<object, object> {
  return typeof value === "object" && value !== null && "requestSerialize" in value;
}
