/** The REST form: Hydra's shapes and statuses, and what a request may say. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Client } from "../../../src/protocol/client.ts";
import { aClient, aFlow } from "../../support/nouns.ts";
import { type Played, type RpcWorld, rpcWorld } from "../../support/rpc-world.ts";

const bare: Partial<Client> = {
  ...{ id: "bare", name: "", redirectUris: [], grantTypes: [], responseTypes: [], scope: "", audience: [] },
};
const flow = aFlow(aClient(bare), { sessionId: "sid" });
const played: Played = {
  getClient: async () => aClient(bare),
  createClient: async () => ({ client: aClient({ ...bare, id: "a b/c" }), secret: "s3cret", registration: null }),
  replaceClient: async () => ({ client: aClient(bare), secret: null, registration: null }),
  listClients: async () => ({ clients: [], nextPageToken: "" }),
  introspect: async () => ({ active: false }),
  getLogin: async () => ({ challenge: "c", flow, client: aClient(bare), skip: false, subject: "" }),
};

let world: RpcWorld;
beforeAll(async () => {
  world = await rpcWorld(played);
});
afterAll(() => world.close());

const clientPath = "/admin/clients";
const login = "/admin/oauth2/auth/requests/login";

/** hydra.md §1.11 and §12.26: every member of a client that nothing was registered about, in Hydra's order. */
const bareMembers = (list: null | []) => ({
  ...{ client_id: "bare", client_name: "", redirect_uris: list, grant_types: list, response_types: list, scope: "" },
  ...{ audience: [], owner: "", policy_uri: "", allowed_cors_origins: [], tos_uri: "", client_uri: "", logo_uri: "" },
  ...{ contacts: list, client_secret_expires_at: 0, subject_type: "public", jwks: {} },
  ...{ token_endpoint_auth_method: "client_secret_basic", userinfo_signed_response_alg: "none" },
  ...{ created_at: "2026-03-01T12:00:00Z", updated_at: "2026-03-01T12:00:00Z", metadata: {} },
  ...{ skip_consent: false, skip_logout_consent: null },
  ...Object.fromEntries(
    [
      ...["authorization_code_grant_access", "authorization_code_grant_id", "authorization_code_grant_refresh"],
      ...["client_credentials_grant_access", "implicit_grant_access", "implicit_grant_id", "jwt_bearer_grant_access"],
      ...["refresh_token_grant_id", "refresh_token_grant_access", "refresh_token_grant_refresh"],
      ...["device_authorization_grant_id", "device_authorization_grant_access", "device_authorization_grant_refresh"],
    ].map((name) => [`${name}_token_lifespan`, null]),
  ),
});

describe("Hydra's shapes", () => {
  test("a client that is read has [] for its empty lists", async () => {
    const { text, headers } = await world.rest("GET", `${clientPath}/bare`);
    expect(text).toBe(JSON.stringify(bareMembers([])));
    expect(headers["content-type"]).toBe("application/json; charset=utf-8");
    expect(headers["cache-control"]).toBe("private, no-cache, no-store, must-revalidate");
  });

  test("a client that is written has null for its empty lists", async () => {
    const { text } = await world.rest("PUT", `${clientPath}/bare`, { body: "{}" });
    expect(text).toBe(JSON.stringify(bareMembers(null)));
  });

  test("creating answers 201, the Location, the secret, and is not to be stored", async () => {
    const { status, headers, json } = await world.rest("POST", clientPath, { body: "{}" });
    expect(status).toBe(201);
    expect(headers.location).toBe("/admin/clients/a%20b%2Fc");
    expect(headers["cache-control"]).toContain("no-store");
    expect(json).toMatchObject({ client_secret: "s3cret" });
  });

  test("a list without clients is []", async () => {
    expect((await world.rest("GET", clientPath)).text).toBe("[]");
  });

  test("a login request says skip and subject even when there are none", async () => {
    const { json } = await world.rest("GET", `${login}?login_challenge=c`);
    expect(Object.keys(json ?? {})).toEqual([
      ...["challenge", "requested_scope", "requested_access_token_audience", "skip", "subject", "oidc_context"],
      ...["client", "request_url", "session_id"],
    ]);
    expect(json).toMatchObject({ skip: false, subject: "", requested_access_token_audience: [], session_id: "sid" });
  });

  test("RFC 7662 §2.2: a token that is not active has no other member", async () => {
    const sent = { body: "token=x", type: "application/x-www-form-urlencoded" };
    expect((await world.rest("POST", "/admin/oauth2/introspect", sent)).text).toBe('{"active":false}');
  });

  test("an active token has its audience, even an empty one, and no member that says nothing", async () => {
    const { rest, close } = await rpcWorld({
      introspect: async () => ({
        ...{ active: true, scope: "", clientId: "c", subject: "c", expiresAt: null, audience: [] },
        ...{ issuedAt: new Date(1_700_000_000_999), notBefore: new Date(1_700_000_000_999), issuer: "https://i/" },
        ...{ tokenType: "Bearer", tokenUse: "refresh_token", ext: null, obfuscatedSubject: null },
      }),
    });
    const { text } = await rest("POST", "/admin/oauth2/introspect", { body: '{"token":"x"}' });
    await close();
    expect(text).toBe(
      '{"active":true,"client_id":"c","sub":"c","iat":1700000000,"nbf":1700000000,"aud":[],"iss":"https://i/",' +
        '"token_type":"Bearer","token_use":"refresh_token"}',
    );
  });

  test("RFC 8288: first always, next while there is more, every other parameter kept", async () => {
    const { rest, close } = await rpcWorld({ listClients: async () => ({ clients: [], nextPageToken: "n=+/" }) });
    const { headers } = await rest("GET", `${clientPath}?page_size=2&page_token=old&owner=a%26b`);
    await close();
    expect(headers.link).toBe(
      '</admin/clients?page_size=2&owner=a%26b>; rel="first",' +
        '</admin/clients?page_size=2&owner=a%26b&page_token=n%3D%2B%2F>; rel="next"',
    );
    expect((await world.rest("GET", clientPath)).headers.link).toBe('</admin/clients>; rel="first"');
  });
});

describe("what a request may say", () => {
  test("`challenge` is another name of `login_challenge`", async () => {
    expect((await world.rest("GET", `${login}?challenge=c`)).status).toBe(200);
    expect(world.asked.at(-1)).toMatchObject(["getLogin", { challenge: "c" }]);
  });

  test("ADM-021: both names with different values are refused, with one value they are not", async () => {
    expect((await world.rest("GET", `${login}?challenge=a&login_challenge=b`)).status).toBe(400);
    expect((await world.rest("GET", `${login}?challenge=a&login_challenge=a`)).status).toBe(200);
  });

  test("null is as if a member were not there, and unknown members and parameters are ignored", async () => {
    const body = '{"client_name":null,"jwks":{},"metadata":null,"skip_consent":null,"nonsense":{"a":1}}';
    expect((await world.rest("POST", `${clientPath}?nonsense=1`, { body })).status).toBe(201);
    expect(world.asked.at(-1)).toMatchObject([
      "createClient",
      { id: null, metadata: { name: "", jwks: null, metadata: {} } },
    ]);
  });

  test("ADM-007: the path says which client, whatever body and query say", async () => {
    await world.rest("PUT", `${clientPath}/mine?client_id=yours`, { body: '{"client_id":"theirs"}' });
    expect(world.asked.at(-1)).toMatchObject(["replaceClient", { id: "mine" }]);
  });

  test("GRPC-012: a query reaches no field of the body", async () => {
    await world.rest("PUT", `${clientPath}/mine?client.skip_consent=true&skip_consent=true`, { body: "{}" });
    expect(world.asked.at(-1)).toMatchObject(["replaceClient", { metadata: { skipConsent: false } }]);
  });

  test("GRPC-016: a path is decoded once, and stays one segment", async () => {
    await world.rest("GET", `${clientPath}/a%252Fb%2F..%2F+c`);
    expect(world.asked.at(-1)).toEqual(["getClient", { id: "a%2Fb/../+c" }]);
  });

  test("GRPC-015: names like __proto__ are data", async () => {
    const body = '{"metadata":{"__proto__":{"polluted":true},"constructor":1},"__proto__":{"client_name":"x"}}';
    expect((await world.rest("POST", clientPath, { body })).status).toBe(201);
    const request = JSON.stringify(world.asked.at(-1)?.[1]);
    expect(request).toContain('"metadata":{"__proto__":{"polluted":true},"constructor":1}');
    expect(request).toContain('"name":""');
    expect(Reflect.get({}, "polluted")).toBeUndefined();
  });

  test("a lifespan is any Go duration", async () => {
    await world.rest("POST", clientPath, { body: '{"implicit_grant_id_token_lifespan":"1h30m0.5s"}' });
    expect(world.asked.at(-1)).toMatchObject([
      "createClient",
      { metadata: { lifespans: { implicit_grant_id_token: 5400.5 } } },
    ]);
  });
});
