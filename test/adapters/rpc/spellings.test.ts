/** Every RPC, asked in every way: one question, one answer, one refusal (GRPC-004). */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ClientService } from "../../../src/gen/tessera/admin/v1/client_service_pb.js";
import { OAuthError, unavailable } from "../../../src/protocol/errors.ts";
import { type Caller, caller, protocols } from "../../support/rpc-callers.ts";
import { played, rows } from "../../support/rpc-rows.ts";
import { type RpcWorld, rpcWorld } from "../../support/rpc-world.ts";

const { getClient, createClient } = ClientService.method;

describe.each(protocols)("%s", (protocol) => {
  let world: RpcWorld;
  let client: Caller;
  beforeAll(async () => {
    world = await rpcWorld(played);
    client = caller(protocol, world.port);
  });
  afterAll(async () => {
    client.close();
    await world.close();
  });

  test.each(rows.map((row) => [row.method.name, row] as const))("%s asks its operation and answers", async (_, row) => {
    expect(await client.ask(row.method, row.input)).toEqual({ answer: row.answer });
    expect(world.asked.at(-1)).toMatchObject(row.asked);
  });
});

describe("REST", () => {
  let world: RpcWorld;
  beforeAll(async () => {
    world = await rpcWorld(played);
  });
  afterAll(() => world.close());

  test.each(rows.map((row) => [row.method.name, row] as const))("%s asks its operation and answers", async (_, row) => {
    const heard = await world.rest(...row.rest);
    expect(heard.status).toBe(
      row.method.name.startsWith("Create") ? 201 : Object.keys(row.answer).length === 0 ? 204 : 200,
    );
    expect(world.asked.at(-1)).toMatchObject(row.asked);
    const resources = [
      "client",
      "clients",
      "login",
      "consent",
      "device",
      "logout",
      "consent_sessions",
      "login_sessions",
      "key_set",
      "key",
      "trusted_issuer",
      "trusted_issuers",
      "api_key",
      "api_keys",
    ];
    const resource = resources.find((name) => Object.hasOwn(row.answer, name));
    const bare: unknown = resource === undefined ? row.answer : Reflect.get(row.answer, resource);
    if (heard.status !== 204) expect(heard.json).toMatchObject(bare ?? {});
  });
});

const secret = "postgres://tessera:hunter2@db";

/** What an operation throws, and what its caller hears: in gRPC and Connect, and over REST from GetClient and GetLogin. */
const refusals = [
  {
    thrown: new OAuthError("not_found", "Unable to locate the resource"),
    refused: { code: "NotFound", reason: "not_found" },
    client: [404, { error: "Unable to locate the resource", error_description: "" }],
    login: [404, { error: "Not Found", error_description: "Unable to locate the requested resource" }],
  },
  {
    thrown: new OAuthError("already_exists", "A client with this id exists already.", { field: "client_id" }),
    refused: { code: "AlreadyExists", reason: "already_exists", field: "client_id" },
    client: [
      409,
      {
        error: "Unable to insert or update resource because a resource with that value exists already",
        error_description: "",
      },
    ],
    login: [409, { error: "already_exists", error_description: "A client with this id exists already." }],
  },
  {
    thrown: new OAuthError("invalid_request", 'The "page" is wrong.', { field: "page_token" }),
    refused: { code: "InvalidArgument", reason: "invalid_request", field: "page_token" },
    client: [
      400,
      {
        error: "The request was malformed or contained invalid parameters",
        error_description: "The 'page' is wrong.",
      },
    ],
    login: [400, { error: "invalid_request", error_description: "The 'page' is wrong." }],
  },
  {
    thrown: new OAuthError("invalid_redirect_uri", "Ein Fehler: ü", { field: "redirect_uris" }),
    refused: {
      code: "InvalidArgument",
      reason: "invalid_redirect_uri",
      message: "Ein Fehler: ü",
      field: "redirect_uris",
    },
    client: [400, { error: "invalid_redirect_uri", error_description: "Ein Fehler: ü" }],
    login: [400, { error: "invalid_redirect_uri", error_description: "Ein Fehler: ü" }],
  },
  {
    thrown: new OAuthError("request_unauthorized", "The login request has expired, please try again."),
    refused: { code: "Unauthenticated", reason: "request_unauthorized" },
    client: [401, { error: "request_unauthorized" }],
    login: [401, { error: "request_unauthorized" }],
  },
  {
    thrown: new OAuthError("gone", "The login request has been used.", { redirectTo: "https://id.example/?a=1&b" }),
    refused: { code: "FailedPrecondition", reason: "gone", redirectTo: "https://id.example/?a=1&b" },
    client: [410, { redirect_to: "https://id.example/?a=1&b" }],
    login: [410, { redirect_to: "https://id.example/?a=1&b" }],
  },
  {
    thrown: unavailable(new Error(secret)),
    refused: { code: "Unavailable", reason: "temporarily_unavailable" },
    client: [503, { error: "temporarily_unavailable" }],
    login: [503, { error: "temporarily_unavailable" }],
  },
  {
    thrown: new TypeError(secret),
    refused: { code: "Internal", reason: "server_error" },
    client: [500, { error: "server_error", error_description: "The server met an unexpected condition." }],
    login: [500, { error: "server_error", error_description: "The server met an unexpected condition." }],
  },
] as const;

describe.each(refusals.map((refusal) => [refusal.refused.reason, refusal] as const))("a refusal: %s", (_, refusal) => {
  const refuse = () => Promise.reject(refusal.thrown);
  const world = () => rpcWorld({ getClient: refuse, getLogin: refuse });

  test.each(protocols)("%s hears code, reason and field, and nothing else", async (protocol) => {
    const { port, faults, close } = await world();
    const client = caller(protocol, port);
    const heard = await client.ask(getClient, { clientId: "x" });
    expect(heard).toMatchObject({ refused: { ...refusal.refused, domain: "tessera" } });
    expect(JSON.stringify(heard)).not.toContain(secret);
    expect(faults.length).toBe(["Internal", "Unavailable"].includes(refusal.refused.code) ? 1 : 0);
    client.close();
    await close();
  });

  test("REST hears Hydra's words", async () => {
    const { rest, faults, close } = await world();
    const asked = await Promise.all([
      rest("GET", "/admin/clients/x"),
      rest("GET", "/admin/oauth2/auth/requests/login?login_challenge=x"),
    ]);
    await close();
    for (const [heard, [status, body]] of [
      [asked[0], refusal.client],
      [asked[1], refusal.login],
    ] as const) {
      expect(heard.status).toBe(status);
      expect(heard.json).toMatchObject(body);
      // D55: never another member.
      expect(Object.keys(heard.json ?? {})).toEqual(status === 410 ? ["redirect_to"] : ["error", "error_description"]);
      expect(heard.text).not.toContain(secret);
      expect(heard.headers["retry-after"]).toBe(status === 503 ? "1" : undefined);
    }
    expect(faults.every(([cause]) => cause instanceof Error && cause.message === secret)).toBe(true);
    expect(faults.map(([, name]) => name)).toEqual(
      asked[0].status >= 500
        ? ["tessera.admin.v1.ClientService/GetClient", "tessera.flow.v1.LoginFlowService/GetLogin"]
        : [],
    );
  });
});

describe("a request that the contract forbids", () => {
  const tooLong = "x".repeat(300);

  test.each(protocols)("%s hears which field is at fault, and no operation is asked", async (protocol) => {
    const world = await rpcWorld(played);
    const client = caller(protocol, world.port);
    const asked = [
      await client.ask(getClient, { clientId: tooLong }),
      await client.ask(getClient, {}),
      await client.ask(createClient, {
        client: { clientId: "ok", redirectUris: ["https://a.example", tooLong.repeat(9)] },
      }),
      await client.ask(getClient, { clientId: "a\u0000b" }),
    ];
    expect(asked.map(({ refused }) => [refused?.code, refused?.reason, refused?.field])).toEqual([
      ["InvalidArgument", "invalid_request", "client_id"],
      ["InvalidArgument", "invalid_request", "client_id"],
      ["InvalidArgument", "invalid_request", "redirect_uris[1]"],
      ["InvalidArgument", "invalid_request", "client_id"],
    ]);
    expect(world.asked).toEqual([]);
    client.close();
    await world.close();
  });
});
