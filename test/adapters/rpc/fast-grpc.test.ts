/** Which calls the fast path takes, and which it leaves to Connect untouched. */
import { connect, createServer, type IncomingHttpHeaders } from "node:http2";
import { create } from "@bufbuild/protobuf";
import { expect, test } from "vitest";
import type { Call } from "../../../src/adapters/rpc/call.ts";
import { fastGrpc } from "../../../src/adapters/rpc/fast-grpc.ts";
import { ClientService, DeleteClientResponseSchema } from "../../../src/gen/tessera/admin/v1/client_service_pb.js";
import { start } from "../../support/nouns.ts";

const call: Call = {
  name: "tessera.admin.v1.ClientService/DeleteClient",
  method: ClientService.method.deleteClient,
  run: async () => create(DeleteClientResponseSchema),
};

/** "fast", or "left" with the body that was still there to be read. */
async function taken(headers: Record<string, string>): Promise<string> {
  const serve = fastGrpc([call], {
    ...{ now: () => start, onInternalError: () => {}, readMaxBytes: 1000, longestTimeoutMs: 60_000 },
  });
  const server = createServer((request, response) => {
    if (serve(request)) return;
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => response.end(`left ${Buffer.concat(chunks).length}`));
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const address = server.address();
  const session = connect(`http://127.0.0.1:${typeof address === "object" ? address?.port : ""}`);
  const stream = session.request({ ":method": "POST", ":path": `/${call.name}`, te: "trailers", ...headers });
  let trailers: IncomingHttpHeaders = {};
  let text = "";
  stream.on("trailers", (told) => {
    trailers = told;
  });
  stream.on("data", (chunk: Buffer) => {
    text += chunk.toString();
  });
  stream.end(Buffer.from([0, 0, 0, 0, 3, 10, 1, 97]));
  await new Promise((closed) => stream.once("close", closed));
  session.close();
  server.close();
  return trailers["grpc-status"] === "0" ? "fast" : text;
}

test.each([
  ["plain gRPC", { "content-type": "application/grpc" }, "fast"],
  ["gRPC that names its codec", { "content-type": "application/grpc+proto" }, "fast"],
  [
    "a message that is said to be uncompressed",
    { "content-type": "application/grpc", "grpc-encoding": "identity" },
    "fast",
  ],
  ["a timeout", { "content-type": "application/grpc", "grpc-timeout": "59S" }, "fast"],
  ["a timeout that is too long", { "content-type": "application/grpc", "grpc-timeout": "61S" }, "left 8"],
  ["a timeout that is none", { "content-type": "application/grpc", "grpc-timeout": "1y" }, "left 8"],
  ["compression", { "content-type": "application/grpc", "grpc-encoding": "gzip" }, "left 8"],
  ["JSON", { "content-type": "application/grpc+json" }, "left 8"],
  ["gRPC-Web", { "content-type": "application/grpc-web" }, "left 8"],
  ["Connect", { "content-type": "application/proto" }, "left 8"],
  [
    "another method",
    { "content-type": "application/grpc", ":path": "/tessera.admin.v1.ClientService/Nothing" },
    "left 8",
  ],
  ["a query", { "content-type": "application/grpc", ":path": `/${call.name}?a=b` }, "left 8"],
])("%s", async (_, headers, expected) => {
  expect(await taken(headers)).toBe(expected);
});
