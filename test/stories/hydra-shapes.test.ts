/** What Hydra's clients see, member by member: names, order, null, empty and absent, statuses, headers, words. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { authorizationRequest, newClient, obtainTokens } from "../support/code-flow.ts";
import { openConsent, openLogin } from "../support/flow-steps.ts";
import { frontChannelTypes } from "../support/front-channel.ts";
import { askToken, revokeToken, userinfo } from "../support/grants.ts";
import { movableClock, newBrowser, send, startWorld, type World } from "../support/server.ts";

let world: World;
beforeAll(async () => {
  world = await startWorld({ clock: movableClock(new Date("2026-03-01T12:00:00.700Z")) });
});
afterAll(() => world?.close());

const clients = "/admin/clients";
const json = "application/json; charset=utf-8";
const oauth = "application/json;charset=UTF-8";
const uuid = expect.stringMatching(/^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/);
const opaque = expect.stringMatching(/^[\w-]{30,63}$/);

const lifespans = (value: string | null) =>
  Object.fromEntries(
    [
      ...["authorization_code_grant_access", "authorization_code_grant_id", "authorization_code_grant_refresh"],
      ...["client_credentials_grant_access", "implicit_grant_access", "implicit_grant_id", "jwt_bearer_grant_access"],
      ...["refresh_token_grant_id", "refresh_token_grant_access", "refresh_token_grant_refresh"],
      ...["device_authorization_grant_id", "device_authorization_grant_access", "device_authorization_grant_refresh"],
    ].map((name) => [`${name}_token_lifespan`, value]),
  );

/** A client of which nothing was said, in the order in which Hydra says it; written ones have null for their lists. */
const bare = (id: string, list: null | []) => ({
  ...{ client_id: id, client_name: "", redirect_uris: list, grant_types: list, response_types: list },
  ...{ scope: "offline_access offline openid", audience: [], owner: "", policy_uri: "", allowed_cors_origins: [] },
  ...{ tos_uri: "", client_uri: "", logo_uri: "", contacts: list, client_secret_expires_at: 0 },
  ...{ subject_type: "public", jwks: {}, token_endpoint_auth_method: "client_secret_basic" },
  ...{ userinfo_signed_response_alg: "none", created_at: "2026-03-01T12:00:00Z", updated_at: "2026-03-01T12:00:00Z" },
  ...{ metadata: {}, skip_consent: false, skip_logout_consent: null, ...lifespans(null) },
});

/** A client of which everything was said. */
const full = {
  ...{ client_id: "full", client_name: "n", redirect_uris: ["https://a.example/cb"] },
  ...{ grant_types: ["authorization_code", "refresh_token"], response_types: ["code"], scope: "openid read" },
  ...{ audience: ["https://api.example"], owner: "o", policy_uri: "https://a.example/p" },
  ...{ allowed_cors_origins: ["https://a.example"], tos_uri: "https://a.example/t", client_uri: "https://a.example" },
  ...{ logo_uri: "https://a.example/l", contacts: ["x@a.example"], client_secret_expires_at: 0 },
  ...{ subject_type: "public", jwks: {}, token_endpoint_auth_method: "client_secret_post" },
  ...{ request_uris: ["https://a.example/r"], request_object_signing_alg: "RS256" },
  ...{ userinfo_signed_response_alg: "none", created_at: "2026-03-01T12:00:00Z", updated_at: "2026-03-01T12:00:00Z" },
  ...{ frontchannel_logout_uri: "https://a.example/f", frontchannel_logout_session_required: true },
  ...{ post_logout_redirect_uris: ["https://a.example/out"], backchannel_logout_uri: "https://a.example/b" },
  ...{ backchannel_logout_session_required: true, metadata: { b: 1, a: [null, { z: 1 }] } },
  ...{ access_token_strategy: "opaque", skip_consent: true, skip_logout_consent: true, ...lifespans("1h30m0s") },
};

describe("clients", () => {
  test("POST: 201, its Location, the secret of 26 characters after the name, null for what is not there", async () => {
    const { status, headers, text, body } = await world.admin("POST", clients, { client_id: "bare" });
    expect([status, headers.location, headers["content-type"]]).toEqual([201, "/admin/clients/bare", json]);
    const { client_secret: secret, registration_access_token: token, registration_client_uri: own, ...rest } = body;
    expect(secret).toMatch(/^[\w.~-]{26}$/);
    expect([token, own]).toEqual([
      expect.stringMatching(/^tsr_rg_[\w-]{43}$/),
      `${world.publicUrl}/oauth2/register/bare`,
    ]);
    expect(Object.keys(body).slice(0, 3)).toEqual(["client_id", "client_name", "client_secret"]);
    expect(JSON.stringify(rest)).toBe(JSON.stringify(bare("bare", null)));
    expect(JSON.parse(text)).toEqual(body);
  });

  test("POST: a public client is told of no secret, even of one that was sent along", async () => {
    const sent = { token_endpoint_auth_method: "none", client_secret: "a secret of mine" };
    const { status, body } = await world.admin("POST", clients, sent);
    expect([status, body.client_secret]).toEqual([201, undefined]);
  });

  test("GET: the same with [] for what is not there, and PUT answers null again", async () => {
    await world.admin("POST", clients, { client_id: "read" });
    const read = await world.admin("GET", `${clients}/read`);
    expect(read.text).toBe(JSON.stringify(bare("read", [])));
    expect(read.headers["cache-control"]).toBe("private, no-cache, no-store, must-revalidate");
    expect((await world.admin("PUT", `${clients}/read`, {})).text).toBe(JSON.stringify(bare("read", null)));
  });

  test("every member comes back, and what GET says may be PUT", async () => {
    const created = await world.admin("POST", clients, { ...full, client_secret: "a secret of mine" });
    expect(created.body).toMatchObject({ ...full, client_secret: "a secret of mine" });
    expect((await world.admin("GET", `${clients}/full`)).text).toBe(JSON.stringify(full));
    expect((await world.admin("PUT", `${clients}/full`, full)).text).toBe(JSON.stringify(full));
    expect((await world.admin("GET", clients)).body).toContainEqual(full);
  });

  test("durations come back as Go writes them, and an empty one is none", async () => {
    const name = "client_credentials_grant_access_token_lifespan";
    for (const [sent, said] of [
      ["1h", "1h0m0s"],
      ["90m", "1h30m0s"],
      ["1.5s", "1.5s"],
      ["100ms", "100ms"],
    ] as const) {
      expect((await world.admin("POST", clients, { [name]: sent })).body[name]).toBe(said);
    }
    const refused = await world.admin("POST", clients, { [name]: "" });
    expect([refused.status, refused.body.error]).toEqual([400, malformed]);
  });

  const malformed = "The request was malformed or contained invalid parameters";
  const lost = { error: "Unable to locate the resource", error_description: "" };
  const taken = "Unable to insert or update resource because a resource with that value exists already";

  test.each([
    ["GET", "/nobody", undefined, 404, lost],
    ["PUT", "/nobody", {}, 404, lost],
    ["DELETE", "/nobody", undefined, 404, lost],
    ["POST", "", { client_id: "full" }, 409, { error: taken, error_description: "" }],
    ["POST", "", [], 400, { error: malformed }],
    ["POST", "", { client_name: 1 }, 400, { error: malformed }],
    ["GET", "?page_token=garbage", undefined, 400, { error: malformed }],
    ["POST", "", { client_secret: "short" }, 400, { error: "invalid_client_metadata" }],
    ["POST", "", { subject_type: "x" }, 400, { error: "invalid_client_metadata" }],
    ["POST", "", { redirect_uris: ["https://a.example/#x"] }, 400, { error: "invalid_redirect_uri" }],
  ])("%s /admin/clients%s %j is %i", async (method, path, sent, status, said) => {
    const answer = await world.admin(method, clients + path, sent);
    expect([answer.status, answer.headers["content-type"]]).toEqual([status, "application/json"]);
    expect(answer.body).toMatchObject(said);
    expect(Object.keys(answer.body)).toEqual(["error", "error_description"]);
  });

  test("an odd id is escaped once in Location, which leads to it; DELETE answers 204 without a body", async () => {
    const { headers } = await world.admin("POST", clients, { client_id: "a b/c%d" });
    expect(headers.location).toBe("/admin/clients/a%20b%2Fc%25d");
    expect((await world.admin("GET", headers.location ?? "")).body.client_id).toBe("a b/c%d");
    const gone = await world.admin("DELETE", headers.location ?? "");
    expect([gone.status, gone.text, gone.headers["content-type"]]).toEqual([204, "", undefined]);
  });
});

describe("login and consent requests", () => {
  const requests = "/admin/oauth2/auth/requests";
  const asking = { audience: "https://api.example", login_hint: "al", ui_locales: "de en", acr_values: "1 2" };

  async function begin() {
    const client = await newClient(world, { audience: ["https://api.example"] });
    const asked = authorizationRequest(world, client, { ...asking, display: "page" });
    const shown = (await world.admin("GET", `${clients}/${client.id}`)).body;
    return { asked, shown, browser: newBrowser() };
  }
  const context = { acr_values: ["1", "2"], ui_locales: ["de", "en"], display: "page", login_hint: "al" };

  test("a login request, by either name of its challenge", async () => {
    const { asked, shown, browser } = await begin();
    const challenge = await openLogin(browser, asked.url);
    const { text, body } = await world.admin("GET", `${requests}/login?login_challenge=${challenge}`);
    const expected = {
      ...{ challenge, requested_scope: ["openid", "offline", "read"] },
      ...{ requested_access_token_audience: ["https://api.example"], skip: false, subject: "" },
      ...{ oidc_context: context, client: shown, request_url: asked.url, session_id: uuid },
    };
    expect(body).toEqual(expected);
    expect(Object.keys(body)).toEqual(Object.keys(expected));
    expect((await world.admin("GET", `${requests}/login?challenge=${challenge}`)).text).toBe(text);
  });

  test("a consent request, with null for the context that nobody gave", async () => {
    const { asked, shown, browser } = await begin();
    const challenge = await openConsent(world, browser, asked.url, { acr: "2", amr: ["pwd"] });
    const { body } = await world.admin("GET", `${requests}/consent?consent_challenge=${challenge}`);
    const expected = {
      ...{ challenge, consent_request_id: expect.stringMatching(/^[\da-f]{32}$/) },
      ...{ requested_scope: ["openid", "offline", "read"], requested_access_token_audience: ["https://api.example"] },
      ...{ skip: false, subject: "alice", oidc_context: context, client: shown, request_url: asked.url },
      ...{ login_challenge: opaque, login_session_id: uuid, acr: "2", amr: ["pwd"], context: null },
    };
    expect(body).toEqual(expected);
    expect(Object.keys(body)).toEqual(Object.keys(expected));
  });

  test("an answer is redirect_to, the same again; a used step is 410 with redirect_to", async () => {
    const { asked, browser } = await begin();
    const challenge = await openLogin(browser, asked.url);
    const accept = () => world.admin("PUT", `${requests}/login/accept?challenge=${challenge}`, { subject: "alice" });
    const first = await accept();
    expect([first.status, first.headers["content-type"], Object.keys(first.body)]).toEqual([
      200,
      json,
      ["redirect_to"],
    ]);
    expect((await accept()).text).toBe(first.text);
    await browser.visit(first.body.redirect_to);
    const past = await world.admin("GET", `${requests}/login?login_challenge=${challenge}`);
    expect([past.status, past.body]).toEqual([410, { redirect_to: asked.url }]);
  });

  test.each([
    ["GET", "/login", undefined, 400, "invalid_request"],
    ["GET", "/consent", undefined, 400, "invalid_request"],
    ["GET", "/login?login_challenge=garbage", undefined, 404, "Not Found"],
    ["GET", "/consent?consent_challenge=garbage", undefined, 404, "Not Found"],
    ["PUT", "/login/accept?login_challenge=garbage", { subject: "a" }, 404, "Not Found"],
    ["PUT", "/login/accept?login_challenge=garbage", {}, 400, "invalid_request"],
    ["PUT", "/login/accept?login_challenge=garbage", [], 400, "invalid_request"],
    ["PUT", "/login/reject?login_challenge=garbage", {}, 404, "Not Found"],
    ["PUT", "/consent/accept?consent_challenge=garbage", {}, 404, "Not Found"],
    ["PUT", "/consent/accept?consent_challenge=garbage", [], 400, "error"],
  ])("%s %s %j is %i %s", async (method, path, sent, status, error) => {
    const answer = await world.admin(method, requests + path, sent);
    expect([answer.status, answer.body.error]).toEqual([status, error]);
    if (status === 404) expect(answer.body.error_description).toBe("Unable to locate the requested resource");
  });
});

describe("tokens", () => {
  test("the token answer, and what introspection says of each token", async () => {
    const client = await newClient(world, { client_id: "photos", audience: ["https://api.example"] });
    const session = { access_token: { tenant: "t1" }, id_token: { email: "a@example" } };
    const tokens = await obtainTokens(world, client, { audience: "https://api.example" }, { consent: { session } });
    const seconds = 1_772_366_400;
    const common = { client_id: "photos", sub: "alice" };
    const told = { iat: seconds, nbf: seconds, aud: ["https://api.example"], iss: world.publicUrl };
    const expected = (use: string, life: number) => ({
      ...{ active: true, scope: "openid offline read", ...common, exp: seconds + life, ...told },
      ...{ token_type: "Bearer", token_use: use, ext: { tenant: "t1" } },
    });
    const access = await world.introspect({ token: tokens.access_token });
    expect(access.text).toBe(JSON.stringify(expected("access_token", 3600)));
    expect(access.headers).toMatchObject({ "content-type": oauth, "cache-control": "no-store", pragma: "no-cache" });
    const refresh = await world.introspect({ token: tokens.refresh_token });
    expect(refresh.text).toBe(JSON.stringify(expected("refresh_token", 2_592_000)));
    expect((await userinfo(world, tokens.access_token)).body).toEqual({
      ...{ email: "a@example", iss: world.publicUrl, sub: "alice", aud: ["photos"] },
      ...{ auth_time: seconds, iat: seconds, rat: seconds },
    });
  });

  test("a client's own token, bearer in lower case, and the empty answer of a revocation", async () => {
    const client = await newClient(world);
    const { body, headers } = await askToken(world, client, { grant_type: "client_credentials", scope: "read" });
    expect(body).toEqual({ access_token: opaque, expires_in: 3600, scope: "read", token_type: "bearer" });
    expect(headers).toMatchObject({ "content-type": oauth, "cache-control": "no-store", pragma: "no-cache" });
    const revoked = await revokeToken(world, client, body.access_token);
    expect([revoked.status, revoked.text]).toEqual([200, ""]);
    const dead = await world.introspect({ token: body.access_token });
    expect([dead.status, dead.text, dead.headers["content-type"]]).toEqual([200, '{"active":false}', oauth]);
  });

  test("introspection finds one scope that was not granted, and refuses a body without a token", async () => {
    const client = await newClient(world);
    const { body } = await askToken(world, client, { grant_type: "client_credentials", scope: "read" });
    expect((await world.introspect({ token: body.access_token, scope: "read" })).body.active).toBe(true);
    expect((await world.introspect({ token: body.access_token, scope: "read write" })).body).toEqual({ active: false });
    const refused = await world.introspect("");
    expect([refused.status, refused.body.error, refused.headers["content-type"]]).toEqual([
      ...[400, "invalid_request", oauth],
    ]);
  });
});

describe("both ports", () => {
  test("discovery has every member that Hydra's clients require, except what is not served yet", async () => {
    const { status, headers, body } = await world.get("/.well-known/openid-configuration");
    expect([status, headers["content-type"]]).toEqual([200, json]);
    expect(body).toMatchObject({
      ...{ issuer: world.publicUrl, authorization_endpoint: `${world.publicUrl}/oauth2/auth` },
      ...{ token_endpoint: `${world.publicUrl}/oauth2/token`, jwks_uri: `${world.publicUrl}/.well-known/jwks.json` },
      ...{ subject_types_supported: ["public"], response_types_supported: ["code", ...frontChannelTypes] },
      ...{ id_token_signed_response_alg: ["RS256"] },
      userinfo_signed_response_alg: ["none"],
    });
    expect((await world.get("/.well-known/oauth-authorization-server")).body).toEqual(body);
  });

  test("the key set: public keys, each with its use, id and algorithm", async () => {
    const { body } = await world.get("/.well-known/jwks.json");
    expect(Object.keys(body)).toEqual(["keys"]);
    expect(body.keys).toEqual([
      { use: "sig", kid: uuid, alg: "RS256", kty: "RSA", n: expect.any(String), e: "AQAB" },
      { use: "sig", kid: uuid, alg: "ES256", kty: "EC", crv: "P-256", x: expect.any(String), y: expect.any(String) },
    ]);
  });

  test.each([
    ["GET", "/health/alive", 200, { status: "ok" }],
    ["GET", "/health/ready", 200, { status: "ok" }],
    ["GET", "/admin/health/alive", 200, { status: "ok" }],
    ["GET", "/version", 200, { version: expect.any(String) }],
    ["GET", "/admin/version", 200, { version: expect.any(String) }],
    ["GET", "/clients?client_name=nobody", 200, []],
    ["GET", "/clients/?client_name=nobody", 200, []],
    ["GET", "/admin/clients/?client_name=nobody", 200, []],
    ["GET", "/admin/clients//", 404, { error: "not_found" }],
    ["GET", "/oauth2/auth/requests/login/", 400, { error: "invalid_request" }],
    ["GET", "/oauth2/token", 404, { error: "not_found" }],
    ["GET", "/", 404, { error: "not_found" }],
    ["DELETE", "/admin/clients", 405, { error: "method_not_allowed" }],
  ])("the admin port answers %s %s with %i", async (method, path, status, body) => {
    const answer = await world.admin(method, path);
    expect(answer.status).toBe(status);
    expect(answer.body).toEqual(Array.isArray(body) ? body : expect.objectContaining(body));
    if (status === 405) expect(answer.headers.allow).toBe("GET, POST");
  });

  test("an empty list has a Link to itself, unless it is one of consents", async () => {
    const link = async (path: string) => (await world.admin("GET", path)).headers.link;
    expect(await link("/admin/oauth2/auth/sessions/consent?subject=nobody")).toBeUndefined();
    expect(await link("/admin/clients?client_name=nobody")).toBe('</admin/clients?client_name=nobody>; rel="first"');
  });

  test("null stands for an empty list where it was sent, [] where it is read or changed in part", async () => {
    const { body } = await world.admin("POST", "/admin/clients", {});
    const path = `/admin/clients/${body.client_id}`;
    const lists = ({ body: client }: { body: Record<string, unknown> }) =>
      ["redirect_uris", "grant_types", "response_types", "contacts"].map((name) => client[name]);
    expect(lists({ body })).toEqual([null, null, null, null]);
    expect(lists(await world.admin("PUT", path, {}))).toEqual([null, null, null, null]);
    for (const answer of [
      await world.admin("GET", path),
      await world.admin("PATCH", path, [{ op: "replace", path: "/client_name", value: "x" }]),
      await world.admin("PUT", `${path}/lifespans`, {}),
      await world.admin("POST", `${path}/secrets/rotate`),
      await world.admin("DELETE", `${path}/secrets/rotate`),
    ]) {
      expect([answer.status, lists(answer)]).toEqual([200, [[], [], [], []]]);
    }
  });

  test("metrics are Prometheus' text, with and without the prefix, and only on the admin port", async () => {
    for (const path of ["/metrics/prometheus", "/admin/metrics/prometheus"]) {
      const { status, headers, text } = await world.admin("GET", path);
      expect([status, headers["content-type"]]).toEqual([200, "text/plain; version=0.0.4; charset=utf-8"]);
      expect(text).toContain("\nhttp_requests_total{");
      expect((await send("GET", world.publicUrl + path)).status).toBe(404);
    }
  });
});
