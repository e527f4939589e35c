/** The same server by gRPC, gRPC-Web, Connect and REST: one judgement, whole writes, and no flood that drowns others. */
import { connect as connectTcp } from "node:net";
import { type DescMethodUnary, fromJson, type MessageInitShape } from "@bufbuild/protobuf";
import { ValueSchema } from "@bufbuild/protobuf/wkt";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { ClientService } from "../../src/gen/tessera/admin/v1/client_service_pb.js";
import { TokenService } from "../../src/gen/tessera/admin/v1/token_service_pb.js";
import { ConsentFlowService } from "../../src/gen/tessera/flow/v1/consent_flow_service_pb.js";
import { LoginFlowService } from "../../src/gen/tessera/flow/v1/login_flow_service_pb.js";
import { authorizationRequest, isActive, newClient, obtainTokens } from "../support/code-flow.ts";
import { databases } from "../support/database.ts";
import { openConsent, openLogin } from "../support/flow-steps.ts";
import { type Caller, caller, type Protocol } from "../support/rpc-callers.ts";
import { newBrowser, startWorld, type World } from "../support/server.ts";

const clients = ClientService.method;
const portOf = (world: World) => Number(new URL(world.adminUrl).port);

function callerOf(world: World, protocol: Protocol = "gRPC by grpc-js"): Caller {
  const one = caller(protocol, portOf(world));
  onTestFinished(() => one.close());
  return one;
}

describe("GRPC-004, GRPC-017: a refusal is one, by whichever protocol", () => {
  let world: World;
  const known = { login: "", consent: "" };
  beforeAll(async () => {
    world = await startWorld();
    const client = await newClient(world, { client_id: "known" });
    known.login = await openLogin(newBrowser(), authorizationRequest(world, client).url);
    known.consent = await openConsent(world, newBrowser(), authorizationRequest(world, client).url);
  });
  afterAll(() => world?.close());

  interface Refusal<M extends DescMethodUnary> {
    readonly method: M;
    readonly input: () => MessageInitShape<M["input"]>;
    readonly rest: readonly [method: string, path: string, body?: () => object];
    readonly code: string;
    readonly reason: string;
    readonly status: number;
    readonly field?: string;
  }
  const row = <M extends DescMethodUnary>(it: Refusal<M>) => it;
  const flows = "/admin/oauth2/auth/requests";
  const wrong = "wrong\r\nx-injected: 1";
  const other = fromJson(ValueSchema, "other");

  const refusals = [
    row({
      ...{ method: clients.getClient, input: () => ({ clientId: "nobody" }), rest: ["GET", "/admin/clients/nobody"] },
      ...{ code: "NotFound", reason: "not_found", status: 404 },
    }),
    row({
      ...{ method: clients.deleteClient, input: () => ({ clientId: "nobody" }) },
      ...{ rest: ["DELETE", "/admin/clients/nobody"], code: "NotFound", reason: "not_found", status: 404 },
    }),
    row({
      ...{ method: clients.createClient, input: () => ({ client: { clientId: "known" } }) },
      rest: ["POST", "/admin/clients", () => ({ client_id: "known" })],
      ...{ code: "AlreadyExists", reason: "already_exists", status: 409, field: "client_id" },
    }),
    row({
      ...{ method: clients.createClient, input: () => ({ client: { grantTypes: [wrong] } }) },
      rest: ["POST", "/admin/clients", () => ({ grant_types: [wrong] })],
      ...{ code: "InvalidArgument", reason: "invalid_client_metadata", status: 400, field: "grant_types" },
    }),
    row({
      ...{ method: clients.createClient, input: () => ({ client: { clientName: "a\u0000" } }) },
      rest: ["POST", "/admin/clients", () => ({ client_name: "a\u0000" })],
      ...{ code: "InvalidArgument", reason: "invalid_request", status: 400 },
    }),
    row({
      ...{ method: clients.replaceClient, input: () => ({ clientId: "known", client: { redirectUris: ["data:x"] } }) },
      rest: ["PUT", "/admin/clients/known", () => ({ redirect_uris: ["data:x"] })],
      ...{ code: "InvalidArgument", reason: "invalid_redirect_uri", status: 400, field: "redirect_uris" },
    }),
    row({
      method: clients.patchClient,
      input: () => ({ clientId: "known", patch: [{ op: "remove", path: "/nothing" }] }),
      rest: ["PATCH", "/admin/clients/known", () => [{ op: "remove", path: "/nothing" }]],
      ...{ code: "InvalidArgument", reason: "invalid_request", status: 400, field: "patch[0]" },
    }),
    row({
      method: clients.patchClient,
      input: () => ({ clientId: "known", patch: [{ op: "test", path: "/client_name", value: other }] }),
      rest: ["PATCH", "/admin/clients/known", () => [{ op: "test", path: "/client_name", value: "other" }]],
      ...{ code: "Aborted", reason: "aborted", status: 409, field: "patch[0]" },
    }),
    row({
      method: clients.patchClient,
      input: () => ({ clientId: "known", patch: [{ op: "add", path: "/client_id", value: other }] }),
      rest: ["PATCH", "/admin/clients/known", () => [{ op: "add", path: "/client_id", value: "other" }]],
      ...{ code: "InvalidArgument", reason: "invalid_request", status: 400, field: "client_id" },
    }),
    row({
      method: clients.patchClient,
      input: () => ({ clientId: "known", patch: [{ op: "test", value: other }] }),
      rest: ["PATCH", "/admin/clients/known", () => [{ op: "test", value: "other" }]],
      ...{ code: "InvalidArgument", reason: "invalid_request", status: 400, field: "patch[0].path" },
    }),
    row({
      ...{ method: clients.patchClient, input: () => ({ clientId: "nobody" }) },
      ...{ rest: ["PATCH", "/admin/clients/nobody", () => []], code: "NotFound", reason: "not_found", status: 404 },
    }),
    row({
      method: clients.setClientLifespans,
      input: () => ({ clientId: "known", lifespans: { implicitGrantIdTokenLifespan: "soon" } }),
      rest: ["PUT", "/admin/clients/known/lifespans", () => ({ implicit_grant_id_token_lifespan: "soon" })],
      ...{ code: "InvalidArgument", reason: "invalid_request", status: 400 },
      field: "implicit_grant_id_token_lifespan",
    }),
    row({
      ...{ method: clients.rotateClientSecret, input: () => ({ clientId: "nobody" }) },
      rest: ["POST", "/admin/clients/nobody/secrets/rotate?client_id=known"],
      ...{ code: "NotFound", reason: "not_found", status: 404 },
    }),
    row({
      ...{ method: clients.deleteRotatedClientSecrets, input: () => ({ clientId: "nobody" }) },
      rest: ["DELETE", "/admin/clients/nobody/secrets/rotate?client_id=known"],
      ...{ code: "NotFound", reason: "not_found", status: 404 },
    }),
    row({
      ...{ method: TokenService.method.deleteTokens, input: () => ({ clientId: "" }) },
      rest: ["DELETE", "/admin/oauth2/tokens?client_id="],
      ...{ code: "InvalidArgument", reason: "invalid_request", status: 400, field: "client_id" },
    }),
    row({
      ...{ method: clients.listClients, input: () => ({ pageToken: "garbage" }) },
      ...{ rest: ["GET", "/admin/clients?page_token=garbage"], field: "page_token" },
      ...{ code: "InvalidArgument", reason: "invalid_request", status: 400 },
    }),
    row({
      ...{ method: clients.listClients, input: () => ({ pageSize: -1 }), rest: ["GET", "/admin/clients?page_size=-1"] },
      ...{ code: "InvalidArgument", reason: "invalid_request", status: 400, field: "page_size" },
    }),
    row({
      ...{ method: TokenService.method.introspectToken, input: () => ({ token: "" }) },
      rest: ["POST", "/admin/oauth2/introspect", () => ({ token: "" })],
      ...{ code: "InvalidArgument", reason: "invalid_request", status: 400, field: "token" },
    }),
    row({
      ...{
        method: LoginFlowService.method.acceptLogin,
        rest: ["PUT", `${flows}/login/accept`, () => ({ subject: "a" })],
      },
      input: () => ({ loginChallenge: known.consent, login: { subject: "a" } }),
      ...{ code: "NotFound", reason: "not_found", status: 404 },
    }),
    row({
      ...{
        method: LoginFlowService.method.acceptLogin,
        rest: ["PUT", `${flows}/login/accept`, () => ({ subject: "" })],
      },
      input: () => ({ loginChallenge: known.login, login: { subject: "" } }),
      ...{ code: "InvalidArgument", reason: "invalid_request", status: 400, field: "login.subject" },
    }),
    row({
      method: ConsentFlowService.method.acceptConsent,
      rest: ["PUT", `${flows}/consent/accept`, () => ({ grant_scope: ["never-asked"] })],
      input: () => ({ consentChallenge: known.consent, consent: { grantScope: ["never-asked"] } }),
      ...{ code: "InvalidArgument", reason: "invalid_request", status: 400 },
    }),
  ];

  const spelled = ["gRPC by grpc-js", "gRPC by Connect", "gRPC-Web", "Connect over HTTP/1.1"] as const;

  test.each(refusals.map((one) => [one.method.name, one.reason, one] as const))("%s: %s", async (_, __, one) => {
    const messages = new Set<string>();
    for (const protocol of spelled) {
      const { refused } = await callerOf(world, protocol).ask<DescMethodUnary>(one.method, one.input());
      expect(refused).toMatchObject({ code: one.code, reason: one.reason, domain: "tessera" });
      if (one.field !== undefined) expect(one.field).toContain(refused?.field ?? "none");
      messages.add(refused?.message ?? "");
    }
    expect(messages.size).toBe(1);
    expect([...messages].join()).not.toMatch(/sqlite|\.ts|stack|[\r\n]/i);
    const [method, path, body] = one.rest;
    const challenge = path.includes("/login/")
      ? `?challenge=${one.code === "NotFound" ? known.consent : known.login}`
      : path.includes("/consent/")
        ? `?challenge=${known.consent}`
        : "";
    const answer = await world.admin(method, path + challenge, body?.());
    expect(answer.status).toBe(one.status);
    expect(answer.headers).not.toHaveProperty("x-injected");
  });

  test("ADM-028: a challenge opens its own step only, and no verifier, code or token opens one", async () => {
    const client = await newClient(world);
    const tokens = await obtainTokens(world, client);
    const others = [
      known.consent,
      `${known.login}A`,
      known.login.slice(0, -1),
      tokens.access_token,
      tokens.refresh_token,
    ];
    const login = callerOf(world);
    for (const loginChallenge of others) {
      const heard = await login.ask(LoginFlowService.method.getLogin, { loginChallenge });
      expect(heard.refused?.code).toBe("NotFound");
    }
  });
});

describe.each(databases)("GRPC-007: a write is done or not done, on $name", (database) => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld({ dsn: await database.dsn() });
  });
  afterAll(() => world?.close());

  test("whoever gives up in its middle leaves whole clients and the way free for others", async () => {
    const grpc = callerOf(world);
    const ids = Array.from({ length: 40 }, (_, index) => `given-up-${index}`);
    const made = ids.map((clientId, index) => {
      const client = { clientId, clientName: clientId, owner: "o" };
      // From a deadline that has passed to one that is kept.
      return grpc.ask(clients.createClient, { client }, index * 2);
    });
    const heard = await Promise.all(made);
    for (const { refused } of heard) if (refused) expect(["DeadlineExceeded", "Canceled"]).toContain(refused.code);
    // What had begun runs to its end; asking once more makes the id taken or makes the client.
    for (const [index, id] of ids.entries()) {
      const again = await grpc.ask(clients.createClient, { client: { clientId: id, clientName: id, owner: "o" } });
      if (heard[index]?.answer !== undefined) expect(again.refused?.code).toBe("AlreadyExists");
      const { body } = await world.admin("GET", `/admin/clients/${id}`);
      expect(body).toMatchObject({ client_id: id, client_name: id, owner: "o", subject_type: "public" });
    }
  });
});

describe("GRPC-009: floods on one HTTP/2 connection", () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld();
  });
  afterAll(() => world?.close());

  const preface = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
  const [data, headers, rstStream, settings, ping, continuation] = [0, 1, 3, 4, 6, 9];

  function frame(type: number, flags: number, stream: number, payload: Buffer = Buffer.alloc(0)): Buffer {
    const head = Buffer.alloc(9);
    head.writeUIntBE(payload.length, 0, 3);
    head[3] = type;
    head[4] = flags;
    head.writeUInt32BE(stream, 5);
    return Buffer.concat([head, payload]);
  }
  const literal = (index: number, text: string) => Buffer.from([index, text.length, ...Buffer.from(text)]);
  /** HPACK (RFC 7541): the method and scheme by their static index, path, authority and type spelled out. */
  const block = (method: 0x82 | 0x83, path: string) =>
    Buffer.concat([Buffer.from([method, 0x86]), literal(0x04, path), literal(0x01, "localhost")]);
  const list = block(0x82, "/admin/clients");
  const rpc = Buffer.concat([
    ...[block(0x83, "/tessera.admin.v1.ClientService/ListClients"), Buffer.from([0x0f, 0x10, 16])],
    Buffer.from("application/grpc"),
  ]);
  const streams = (count: number) => Array.from({ length: count }, (_, index) => 2 * index + 1);

  const floods: ReadonlyArray<readonly [name: string, frames: () => Buffer[]]> = [
    [
      "CVE-2023-44487: streams opened and reset",
      () => streams(10_000).flatMap((id) => [frame(headers, 5, id, list), frame(rstStream, 0, id, Buffer.alloc(4))]),
    ],
    [
      "calls opened and reset",
      () => streams(5000).flatMap((id) => [frame(headers, 4, id, rpc), frame(rstStream, 0, id, Buffer.alloc(4))]),
    ],
    ["more streams than are granted", () => streams(5000).map((id) => frame(headers, 4, id, rpc))],
    ["pings", () => Array(50_000).fill(frame(ping, 0, 0, Buffer.alloc(8)))],
    ["settings", () => Array(50_000).fill(frame(settings, 0, 0))],
    ["empty data", () => [frame(headers, 4, 1, rpc), ...Array(50_000).fill(frame(data, 0, 1))]],
    [
      "CVE-2024-27983: continuations without an end",
      () => [
        frame(headers, 0, 1, list),
        ...Array(2000).fill(frame(continuation, 0, 1, Buffer.concat([literal(0x00, "x"), literal(0x00, "y")]))),
      ],
    ],
    ["CVE-2025-59465: headers that no table holds", () => [frame(headers, 5, 1, Buffer.alloc(8000, 0xff))]],
    ["a frame above the agreed size", () => [frame(headers, 4, 1, rpc), frame(data, 0, 1, Buffer.alloc(1 << 20))]],
  ];

  /** Writes the frames without reading a single answer; settles when the server has closed the connection. */
  function flood(frames: Buffer[]): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const socket = connectTcp(portOf(world), "127.0.0.1");
    socket.on("error", () => resolve()).on("close", () => resolve());
    socket.write(Buffer.concat([preface, frame(settings, 0, 0), ...frames]), () => socket.resume());
    onTestFinished(() => void socket.destroy());
    return promise;
  }

  test.each(floods)("%s: others are served meanwhile and afterwards", async (name, frames) => {
    const client = await newClient(world);
    const before = process.memoryUsage().rss;
    const flooding = flood(frames());
    const served = await Promise.all(
      Array.from({ length: 10 }, () => world.admin("GET", `/admin/clients/${client.id}`)),
    );
    expect(served.map(({ status }) => status)).toEqual(Array(10).fill(200));
    // What no honest client does ends the connection.
    if (/CVE|above|calls opened/.test(name)) await flooding;
    expect((await callerOf(world).ask(clients.getClient, { clientId: client.id })).answer).toBeDefined();
    expect(process.memoryUsage().rss - before).toBeLessThan(200 * 2 ** 20);
    expect(await isActive(world, "x")).toBe(false);
    expect(world.log.join("\n")).not.toContain('"level":"error"');
  });
});
