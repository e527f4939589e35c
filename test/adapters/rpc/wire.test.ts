/** gRPC below its clients: frames, limits, timeouts, and methods that are not there. */
import { connect, constants, type IncomingHttpHeaders } from "node:http2";
import { gzipSync } from "node:zlib";
import { create, toBinary } from "@bufbuild/protobuf";
import { describe, expect, test } from "vitest";
import {
  ClientService,
  CreateClientRequestSchema,
  GetClientRequestSchema,
} from "../../../src/gen/tessera/admin/v1/client_service_pb.js";
import { aClient } from "../../support/nouns.ts";
import { caller, protocols } from "../../support/rpc-callers.ts";
import { rpcWorld } from "../../support/rpc-world.ts";

const { getClient, createClient } = ClientService.method;
const played = {
  getClient: async () => aClient(),
  createClient: async () => ({ client: aClient(), secret: null, registration: null }),
};
const path = "/tessera.admin.v1.ClientService/GetClient";
const message = toBinary(GetClientRequestSchema, create(GetClientRequestSchema, { clientId: "x" }));

function frame(bytes: Uint8Array, flag = 0, length = bytes.length): Buffer {
  const prefix = Buffer.alloc(5);
  prefix[0] = flag;
  prefix.writeUInt32BE(length, 1);
  return Buffer.concat([prefix, bytes]);
}

interface Told {
  readonly status: string | undefined;
  readonly message: string | undefined;
}

/** One raw gRPC call: what stands in `grpc-status`, wherever it stands. */
async function raw(body: Uint8Array, headers: Record<string, string> = {}): Promise<Told> {
  const world = await rpcWorld(played);
  const session = connect(`http://127.0.0.1:${world.port}`);
  const { promise, resolve, reject } = Promise.withResolvers<IncomingHttpHeaders>();
  const asked = { "content-type": "application/grpc", te: "trailers", ":method": "POST", ":path": path, ...headers };
  const stream = session.request(asked);
  let heard: IncomingHttpHeaders = {};
  stream.on("response", (head) => {
    heard = { ...heard, ...head };
  });
  stream.on("trailers", (trailers) => {
    heard = { ...heard, ...trailers };
  });
  stream.on("error", reject);
  stream.on("close", () => resolve(heard));
  stream.resume();
  stream.end(body);
  const told = await promise;
  session.close();
  await world.close();
  return { status: told["grpc-status"]?.toString(), message: told["grpc-message"]?.toString() };
}

const ok = "0";
const invalidArgument = "3";
const deadlineExceeded = "4";
const resourceExhausted = "8";
const unimplemented = "12";

describe("frames", () => {
  test("one whole message is answered", async () => {
    expect(await raw(frame(message))).toMatchObject({ status: ok });
  });

  test.each([
    ["nothing at all", Buffer.alloc(0)],
    ["half a prefix", Buffer.alloc(3)],
    ["less than the prefix promises", frame(message, 0, message.length + 1)],
    ["2^32 - 1 promised bytes", frame(message, 0, 2 ** 32 - 1)],
    ["a field that runs beyond the message", frame(Buffer.from([0x0a, 0xff, 0x01, 0x61]))],
    ["a tag of field 0", frame(Buffer.from([0x00, 0x00]))],
    ["a varint without an end", frame(Buffer.alloc(20, 0xff))],
    ["text that is not UTF-8", frame(Buffer.from([0x0a, 0x02, 0xc3, 0x28]))],
  ])("%s is invalid, and nobody is asked", async (_, body) => {
    expect(await raw(body)).toMatchObject({ status: invalidArgument });
  });

  test("a compressed message, of which no header says how it is compressed, is refused", async () => {
    expect((await raw(frame(gzipSync(message), 1))).status).not.toBe(ok);
  });

  test("two messages for a method that takes one", async () => {
    expect(await raw(Buffer.concat([frame(message), frame(message)]))).toMatchObject({ status: unimplemented });
  });

  test("GRPC-006: fields nobody knows are skipped, nesting without an end is refused", async () => {
    const unknown = Buffer.concat([message, ...Array.from({ length: 100_000 }, () => Buffer.from([0x78, 0x01]))]);
    expect(await raw(frame(unknown))).toMatchObject({ status: ok });
    // Groups of field 15, each in the one before.
    expect(await raw(frame(Buffer.alloc(100_000, 0x7b)))).toMatchObject({ status: invalidArgument });
  });
});

describe("limits", () => {
  test("a message above 1 MiB is refused", async () => {
    const large = toBinary(
      CreateClientRequestSchema,
      create(CreateClientRequestSchema, { client: { scope: "x".repeat(1 << 20) } }),
    );
    const told = await raw(frame(large), { ":path": "/tessera.admin.v1.ClientService/CreateClient" });
    expect(told).toMatchObject({ status: resourceExhausted });
  });

  test("GRPC-005: a compressed bomb is refused by its size, an unknown compression by its name", async () => {
    const bomb = gzipSync(Buffer.alloc(64 << 20));
    expect(bomb.length).toBeLessThan(1 << 20);
    expect(await raw(frame(bomb, 1), { "grpc-encoding": "gzip" })).toMatchObject({ status: resourceExhausted });
    expect(await raw(frame(message, 1), { "grpc-encoding": "zstd" })).toMatchObject({ status: unimplemented });
  });

  test.each(protocols)("%s: free JSON is bounded in depth and in its numbers", async (protocol) => {
    const world = await rpcWorld(played);
    const client = caller(protocol, world.port);
    const nested = JSON.parse(`${'{"a":'.repeat(40)}1${"}".repeat(40)}`);
    const asked = [
      await client.ask(createClient, { client: { metadata: nested } }),
      await client.ask(createClient, { client: { metadata: { n: 2 ** 60 } } }),
      await client.ask(createClient, { client: { metadata: { n: 1e300 } } }),
      await client.ask(createClient, { client: { metadata: { n: 2 ** 52 } } }),
    ];
    const refused = "InvalidArgument";
    expect(asked.map((heard) => heard.refused?.code)).toEqual([refused, refused, refused, undefined]);
    client.close();
    await world.close();
  });
});

describe("GRPC-008: timeouts", () => {
  test.each(["", "1", "1x", "-1S", "123456789S", "1.5S", "99999999H"])("'%s' is refused", async (timeout) => {
    expect(await raw(frame(message), { "grpc-timeout": timeout })).toMatchObject({ status: invalidArgument });
  });

  test("a deadline that has passed is exceeded", async () => {
    expect(await raw(frame(message), { "grpc-timeout": "0n" })).toMatchObject({ status: deadlineExceeded });
  });

  test("10S is granted", async () => {
    expect(await raw(frame(message), { "grpc-timeout": "10S" })).toMatchObject({ status: ok });
  });

  test.each(protocols)("%s: a call ends at its deadline, whatever the operation does", async (protocol) => {
    const world = await rpcWorld({ getClient: () => new Promise(() => {}) });
    const client = caller(protocol, world.port);
    expect(await client.ask(getClient, { clientId: "x" }, 50)).toMatchObject({ refused: { code: "DeadlineExceeded" } });
    client.close();
    await world.close();
  });

  test("a caller without a deadline has the server's, over REST 504", async () => {
    const world = await rpcWorld({ getClient: () => new Promise(() => {}) }, { maxTimeoutMs: 20 });
    const client = caller("gRPC by grpc-js", world.port);
    expect(await client.ask(getClient, { clientId: "x" })).toMatchObject({
      refused: { code: "DeadlineExceeded", reason: "deadline_exceeded" },
    });
    expect((await world.rest("GET", "/admin/clients/x")).status).toBe(504);
    client.close();
    await world.close();
  });
});

describe("what is not there", () => {
  test("an unknown method, an unknown service and a foreign path are unimplemented in gRPC", async () => {
    const paths = [
      "/tessera.admin.v1.ClientService/Nothing",
      "/tessera.admin.v9.Nothing/Get",
      "/other.Service/Get",
      "/",
    ];
    const told = await Promise.all(paths.map((unknown) => raw(frame(message), { ":path": unknown })));
    expect(told.map(({ status }) => status)).toEqual(paths.map(() => unimplemented));
  });

  test("and 404 in Connect", async () => {
    const world = await rpcWorld(played);
    const sent = { body: "{}", type: "application/json" };
    const heard = await world.rest("POST", "/tessera.admin.v1.ClientService/Nothing", sent);
    await world.close();
    expect([heard.status, heard.json]).toMatchObject([404, { code: "unimplemented" }]);
  });
});

test("who asks is decided before anything else, for every protocol alike", async () => {
  const seen: string[] = [];
  const admit = (name: string, { authorization }: { authorization: string | undefined }) => {
    seen.push(`${name} ${authorization}`);
    if (authorization !== "Bearer key") throw new TypeError("a hook that breaks is our fault");
  };
  const world = await rpcWorld(played, { admit });
  const headers = { authorization: "Bearer key" };
  expect((await world.rest("GET", "/admin/clients/x", { headers })).status).toBe(200);
  expect((await world.rest("GET", "/admin/clients/x")).status).toBe(500);
  for (const protocol of protocols) {
    const client = caller(protocol, world.port);
    expect((await client.ask(getClient, { clientId: "" })).refused?.code).toBe("Internal");
    client.close();
  }
  await world.close();
  expect(seen).toEqual([
    "tessera.admin.v1.ClientService/GetClient Bearer key",
    ...Array.from({ length: protocols.length + 1 }, () => "tessera.admin.v1.ClientService/GetClient undefined"),
  ]);
});

test.each(["application/grpc", "application/grpc-web+proto"])("%s: a body that never ends is cut off", async (type) => {
  const world = await rpcWorld(played, { maxTimeoutMs: 20 });
  const session = connect(`http://127.0.0.1:${world.port}`);
  const stream = session.request({ ":method": "POST", ":path": path, "content-type": type });
  stream.on("error", () => {});
  stream.write(frame(message).subarray(0, 4));
  await new Promise((closed) => stream.once("close", closed));
  expect(stream.rstCode).toBe(constants.NGHTTP2_CANCEL);
  session.close();
  await world.close();
  expect([world.asked, world.faults]).toEqual([[], []]);
});

test("a caller who hangs up ends nothing but its own call", async () => {
  const world = await rpcWorld(played);
  const session = connect(`http://127.0.0.1:${world.port}`);
  const hungUp = session.request({ ":method": "POST", ":path": path, "content-type": "application/grpc" });
  hungUp.on("error", () => {});
  hungUp.write(frame(message).subarray(0, 4));
  hungUp.close(constants.NGHTTP2_CANCEL);
  const client = caller("gRPC by grpc-js", world.port);
  expect(await client.ask(getClient, { clientId: "x" })).toHaveProperty("answer");
  client.close();
  session.close();
  await world.close();
  expect(world.faults).toEqual([]);
});
