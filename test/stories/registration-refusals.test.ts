/** Dynamic registration under hostile hands: what a stranger may not say, and how often (security §2.14). */
import { generateKeyPairSync } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { manage, register, registrationSettings } from "../support/registration.ts";
import { startWorld, type World } from "../support/server.ts";

const callback = "https://app.example/callback";
const usual = { redirect_uris: [callback] };
const json = { "content-type": "application/json" };

/** Outside dev mode, as strangers meet it. */
const strict = {
  ...registrationSettings,
  dev: false,
  "urls.self.issuer": "https://id.example",
  "oidc.dynamic_client_registration.default_scope": ["openid", "profile"],
};

describe("what a stranger says", () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld({ settings: strict });
  });
  afterAll(() => world?.close());

  async function expectRefusal(document: unknown, code: string, member?: string): Promise<void> {
    const { status, body, headers } = await register(world, document);
    expect([status, body.error, headers["cache-control"]]).toEqual([400, code, "no-store"]);
    expect(Object.keys(body)).toEqual(["error", "error_description"]);
    if (member !== undefined) expect(body.error_description).toContain(member);
  }

  test.each([
    "https://app.example/#fragment",
    "/relative",
    "app.example/callback",
    "javascript:alert(1)",
    "data:text/html,x",
    "vbscript:x",
    "file:///etc/passwd",
    "blob:https://app.example/1",
    "https://*.app.example/cb",
    "https://user:secret@app.example/cb",
    "https:///cb",
    "http://app.example/cb",
    "https://app.example\\@evil.example/cb",
    "https://app.example/\tcb",
    `https://app.example/${"a".repeat(4096)}`,
    "",
  ])("DCR-008: the redirect URI %.60j is refused", async (uri) => {
    await expectRefusal({ redirect_uris: [callback, uri] }, "invalid_redirect_uri");
  });

  test("DCR-008: a thousand redirect URIs are refused, and none where one is needed", async () => {
    const many = Array.from({ length: 1000 }, (_, n) => `https://app.example/${n}`);
    for (const uris of [many, [], null, "https://app.example/", [1], [null]]) {
      await expectRefusal({ redirect_uris: uris }, "invalid_redirect_uri", "redirect_uris");
    }
  });

  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const secretJwk = privateKey.export({ format: "jwk" });
  const { d: _private, ...publicJwk } = secretJwk;

  test.each<[string, Record<string, unknown>]>([
    // DCR-002: an administrator's.
    ["skip_consent", { skip_consent: true }],
    ["skip_logout_consent", { skip_logout_consent: true }],
    ["access_token_strategy", { access_token_strategy: "jwt" }],
    ["metadata", { metadata: { role: "admin" } }],
    ["owner", { owner: "the bank" }],
    ["client_credentials_grant_access_token_lifespan", { client_credentials_grant_access_token_lifespan: "9000h" }],
    ["refresh_token_grant_refresh_token_lifespan", { refresh_token_grant_refresh_token_lifespan: "9000h" }],
    ["skip_consent", { skipConsent: true }],
    ["audience", { audience: ["https://api.example"] }],
    ["client_secret", { client_secret: "a-secret-of-the-client" }],
    ["client_secret", { client_secret: 1 }],
    // DCR-009.
    ["jwks", { jwks: { keys: [publicJwk] }, jwks_uri: "https://app.example/jwks" }],
    ["jwks", { jwks: { keys: [secretJwk] } }],
    ["jwks", { jwks: { keys: "none" } }],
    ["jwks", { jwks: [publicJwk] }],
    ["jwks", { jwks: { keys: [{ kty: "oct", k: "AAAA" }] } }],
    ["jwks", { token_endpoint_auth_method: "private_key_jwt" }],
    // DCR-010.
    ["jwks_uri", { jwks_uri: "file:///etc/passwd" }],
    ["jwks_uri", { jwks_uri: "gopher://127.0.0.1/" }],
    ["request_uris", { request_uris: ["ftp://app.example/r"] }],
    ["backchannel_logout_uri", { backchannel_logout_uri: "javascript:alert(1)" }],
    ["frontchannel_logout_uri", { frontchannel_logout_uri: "data:text/html,x" }],
    ["initiate_login_uri", { initiate_login_uri: "http://app.example/login" }],
    ["initiate_login_uri", { initiate_login_uri: "javascript:alert(1)" }],
    // DCR-013.
    ["grant_types", { grant_types: ["password"] }],
    ["grant_types", { grant_types: "authorization_code" }],
    ["grant_types", { grant_types: ["authorization_code"], response_types: ["id_token"] }],
    ["grant_types", { grant_types: ["implicit"], response_types: ["code id_token"] }],
    ["grant_types", { grant_types: ["refresh_token"], response_types: ["code"] }],
    ["response_types", { grant_types: ["implicit"] }],
    ["response_types", { response_types: ["code code"] }],
    ["response_types", { response_types: ["none"] }],
    ["response_types", { response_types: [""] }],
    // DCR-014.
    ["token_endpoint_auth_method", { token_endpoint_auth_method: "tls_client_auth" }],
    ["grant_types", { token_endpoint_auth_method: "none", grant_types: ["client_credentials"] }],
    // DCR-015.
    ["scope", { scope: "admin everything" }],
    ["scope", { scope: 'open"id' }],
    ["scope", { scope: 7 }],
    // DCR-016.
    ["logo_uri", { logo_uri: "javascript:alert(1)" }],
    ["policy_uri", { policy_uri: 'https://app.example/"><script>' }],
    ["tos_uri", { tos_uri: "data:text/html,x" }],
    ["client_uri", { client_uri: "https://user@app.example/" }],
    ["client_name", { client_name: "knab \u202ekcart" }],
    ["client_name", { client_name: "two\nlines" }],
    ["client_name", { client_name: "n".repeat(65_536) }],
    ["client_name", { client_name: { de: "Name" } }],
    // DCR-017.
    ["post_logout_redirect_uris", { post_logout_redirect_uris: ["https://evil.example/bye"] }],
    // DCR-025.
    ["allowed_cors_origins", { allowed_cors_origins: ["https://*app.example"] }],
    ["allowed_cors_origins", { allowed_cors_origins: ["https://app.example/path"] }],
    ["allowed_cors_origins", { allowed_cors_origins: ["null"] }],
    ["allowed_cors_origins", { allowed_cors_origins: ["https://user@app.example"] }],
    ["application_type", { application_type: "robot" }],
  ])("RFC 7591 §3.2.2: the refusal names %s: %.80j", async (member, document) => {
    await expectRefusal({ ...usual, ...document }, "invalid_client_metadata", member);
  });

  test("DCR-027, RFC 7591 §2.3: a software statement is refused in its own words", async () => {
    await expectRefusal({ ...usual, software_statement: "e30.e30." }, "invalid_software_statement");
  });

  test.each([
    ["OIDC Registration §2: a web client has https", { application_type: "web", redirect_uris: ["com.app:/cb"] }],
    ["a web client has no loopback", { application_type: "web", redirect_uris: ["http://127.0.0.1/cb"] }],
    [
      "a native client has http on the loopback only",
      { application_type: "native", redirect_uris: ["http://a.example/"] },
    ],
    ["no token is sent to an unclaimed scheme", { response_types: ["id_token"], redirect_uris: ["com.app:/cb"] }],
    ["no token is sent over http", { response_types: ["code token"], redirect_uris: ["http://127.0.0.1/cb"] }],
  ])("%s", async (_sentence, document) => {
    await expectRefusal(document, "invalid_redirect_uri");
  });

  test.each([
    { application_type: "native", redirect_uris: ["com.app:/cb", "http://127.0.0.1/cb", "http://[::1]:7/", callback] },
    { application_type: "native", response_types: ["id_token"], redirect_uris: ["http://localhost:9/cb"] },
    { application_type: "web", redirect_uris: [callback] },
    { redirect_uris: ["http://127.0.0.1:33418/callback"], token_endpoint_auth_method: "none" },
    { redirect_uris: [callback], initiate_login_uri: "https://app.example/login", default_acr_values: ["gold"] },
  ])("%j is registered as it is", async (document) => {
    const { status, body } = await register(world, document);
    expect(status).toBe(201);
    expect(body).toMatchObject(document);
  });

  test.each([
    [{}, ["authorization_code"], ["code"]],
    [{ response_types: ["code id_token"] }, ["authorization_code", "implicit"], ["code id_token"]],
    [{ response_types: ["token id_token"] }, ["implicit"], ["token id_token"]],
    [{ grant_types: ["client_credentials"] }, ["client_credentials"], []],
    [{ grant_types: ["authorization_code", "refresh_token"] }, ["authorization_code", "refresh_token"], ["code"]],
  ])("RFC 7591 §2.1: what %j leaves open follows from it", async (document, grants, responses) => {
    const { body } = await register(world, { ...usual, ...document });
    expect([body.grant_types, body.response_types]).toEqual([grants, responses]);
  });

  test("DCR-015: of the scope is left what strangers may have, and the answer says so", async () => {
    const { body } = await register(world, { ...usual, scope: "openid admin profile offline" });
    expect(body.scope).toBe("openid profile");
    const put = await manage("PUT", world.publicUrl + pathOf(body), body.registration_access_token, {
      ...usual,
      scope: "openid root",
    });
    expect([put.status, put.body.scope]).toEqual([200, "openid"]);
  });

  test("DCR-002: what only the server says is ignored: the id, the token, the times", async () => {
    const { status, body } = await register(world, {
      ...usual,
      client_id: "admin",
      registration_access_token: "mine",
      registration_client_uri: "https://evil.example/",
      client_secret_expires_at: 1,
      created_at: "1999-01-01T00:00:00Z",
      skip_consent: false,
      metadata: {},
      jwks: {},
    });
    expect(status).toBe(201);
    expect(body.client_id).not.toBe("admin");
    expect(body.registration_access_token).toMatch(/^tsr_rg_/);
    expect([body.client_secret_expires_at, body.created_at.slice(0, 4)]).toEqual([
      0,
      expect.not.stringMatching("1999"),
    ]);
    expect(body.registration_client_uri).toBe(`https://id.example/oauth2/register/${body.client_id}`);
  });

  test.each([
    ["null", 400],
    ["[]", 400],
    ["7", 400],
    ['"text"', 400],
    ["{", 400],
    ["", 400],
    ['{"client_name":"a","client_name":"b"}', 400],
    ['{"client_name":"a","client\\u005fname":"b"}', 400],
    [`{"x":${"[".repeat(100_000)}${"]".repeat(100_000)}}`, 400],
    ['{"client_name":"\\u0000"}', 400],
    ['{"client_name":"\\ud800"}', 400],
    [`{"x":"${"a".repeat(10 << 20)}"}`, 413],
  ])("DCR-018: the body %.40s is answered %i", async (body, status) => {
    expect((await register(world, body)).status).toBe(status);
  });

  test.each([{}, { "content-type": "text/plain" }, { "content-type": "application/x-www-form-urlencoded" }])(
    "DCR-019: a body of %j is no registration",
    async (headers) => {
      expect((await register(world, usual, headers)).status).toBe(415);
      expect((await register(world, usual, { "content-type": "application/json; charset=latin1" })).status).toBe(415);
      expect((await register(world, usual, { "content-type": "application/json; charset=UTF-8" })).status).toBe(201);
    },
  );
});

function pathOf(body: { readonly client_id: string }): string {
  return `/oauth2/register/${body.client_id}`;
}

test("DCR-001: off, it answers 404 in Hydra's words, and discovery is silent about it", async () => {
  const world = await startWorld();
  try {
    const words = {
      error: "The requested resource could not be found",
      error_description: "Dynamic registration is not enabled.",
    };
    const made = await world.admin("POST", "/admin/clients", usual);
    const { registration_access_token: token, client_id: id } = made.body;
    expect(await register(world, usual)).toMatchObject({ status: 404, body: words });
    for (const method of ["GET", "PUT", "DELETE"] as const) {
      const answer = await manage(
        method,
        `${world.publicUrl}/oauth2/register/${id}`,
        token,
        method === "PUT" ? usual : undefined,
      );
      expect(answer).toMatchObject({ status: 404, body: words });
    }
    expect((await world.get("/.well-known/openid-configuration")).body).not.toHaveProperty("registration_endpoint");
  } finally {
    await world.close();
  }
});

describe("DCR-023: a flood of registrations", () => {
  let world: World;
  beforeAll(async () => {
    const limited = {
      ...registrationSettings,
      "oidc.dynamic_client_registration.rate_limit": 2,
      "serve.public.trusted_proxies": ["127.0.0.1"],
    };
    world = await startWorld({ settings: limited });
  });
  afterAll(() => world?.close());

  test("one address is told to wait, whatever it claims, and another is not", async () => {
    const from = (forwarded: string) => register(world, usual, { ...json, "x-forwarded-for": forwarded });
    for (const forwarded of ["203.0.113.7", "198.51.100.1, 203.0.113.7"]) {
      expect((await from(forwarded)).status).toBe(201);
    }
    const refused = await from("198.51.100.2, 203.0.113.7");
    expect([refused.status, refused.body.error]).toEqual([429, "too_many_requests"]);
    expect(Number(refused.headers["retry-after"])).toBeGreaterThan(20);
    expect((await from("203.0.113.8")).status).toBe(201);
    expect((await register(world, usual)).status).toBe(201);
  });
});

describe("DCR-023, RFC 7591 §3: where not everybody may register", () => {
  const [first, second] = ["an-initial-token-of-the-operator", "another-initial-token"];
  let world: World;
  beforeAll(async () => {
    const tokens = { "oidc.dynamic_client_registration.initial_access_tokens": [first, second] };
    world = await startWorld({ settings: { ...registrationSettings, ...tokens } });
  });
  afterAll(() => world?.close());

  const bringing = (authorization?: string) =>
    register(world, usual, authorization === undefined ? json : { ...json, authorization });

  test("each of the operator's tokens lets a client in, and nothing else does", async () => {
    for (const token of [first, second]) expect((await bringing(`Bearer ${token}`)).status).toBe(201);
    const strangers = [undefined, `Bearer ${first.slice(1)}`, `Bearer ${first}x`, `Basic ${btoa(`a:${first}`)}`];
    for (const authorization of strangers) {
      const refused = await bringing(authorization);
      expect([refused.status, refused.body.error]).toEqual([401, "invalid_token"]);
      expect(refused.headers["www-authenticate"]).toContain("Bearer");
    }
    const { body } = await bringing(`Bearer ${first}`);
    expect((await bringing(`Bearer ${body.registration_access_token}`)).status).toBe(401);
    expect((await manage("GET", body.registration_client_uri, first)).status).toBe(401);
  });
});
