/** What the OpenAPI document says is what the server answers, call by call. */
import { generateKeyPairSync } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  acceptLogin,
  authorizationRequest,
  challengeOf,
  landing,
  newClient,
  obtainTokens,
  redeem,
  refresh,
} from "../support/code-flow.ts";
import { type Described, described } from "../support/described.ts";
import {
  approve,
  askDevice,
  devicePages,
  newDevice,
  newDeviceClient,
  openDevicePage,
  poll,
  rejectDevice,
} from "../support/device-flow.ts";
import { openConsent } from "../support/flow-steps.ts";
import { logoutSettings } from "../support/logout.ts";
import { basic, newBrowser, send, startWorld, type World } from "../support/server.ts";

let world: World;
let told: Described;

const settings = { ...devicePages, ...logoutSettings, "oidc.dynamic_client_registration.enabled": true };

beforeAll(async () => {
  world = await startWorld({ settings });
  told = await described(world);
});
afterAll(() => world?.close());

const { publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
const jwk = { ...publicKey.export({ format: "jwk" }), kid: "partner", alg: "ES256", use: "sig" };

describe("every answer is as the OpenAPI document says", () => {
  test("clients", async () => {
    const { id } = await newClient(told, { metadata: { a: 1 }, jwks: { keys: [jwk] }, contacts: ["a@example.org"] });
    const path = `/admin/clients/${id}`;
    await told.admin("GET", path);
    await told.admin("GET", "/clients?page_size=1");
    await told.admin("PUT", path, { client_name: "Other" });
    await told.admin("PATCH", path, [{ op: "replace", path: "/client_name", value: "Another" }]);
    await told.admin("PUT", `${path}/lifespans`, { client_credentials_grant_access_token_lifespan: "1h" });
    await told.admin("POST", `${path}/secrets/rotate`);
    await told.admin("DELETE", `${path}/secrets/rotate`);
    await told.admin("POST", "/admin/clients", { client_id: id });
    await told.admin("POST", "/admin/clients", { redirect_uris: ["https://a.example/#x"] });
    await told.admin("DELETE", `/admin/oauth2/tokens?client_id=${id}`);
    expect((await told.admin("DELETE", path)).status).toBe(204);
    expect((await told.admin("GET", path)).status).toBe(404);
  });

  test("a user's sign-in, its tokens and its end", async () => {
    const client = await newClient(told);
    const choices = { login: { remember: true }, consent: { remember: true } };
    const tokens = await obtainTokens(told, client, {}, choices);
    const next = await refresh(told, client, tokens.refresh_token);
    expect(next.status).toBe(200);
    await told.introspect({ token: next.body.access_token });
    await told.introspect({ token: "unknown" });
    await told.introspect("");
    await told.get("/userinfo", { authorization: `Bearer ${next.body.access_token}` });
    await told.get("/userinfo");
    expect((await told.admin("GET", "/admin/oauth2/auth/sessions/consent?subject=alice")).body).toHaveLength(1);
    await told.post("/oauth2/revoke", { token: next.body.refresh_token }, basic(client.id, client.secret));
    await redeem(told, client, "unknown");
    await told.post("/oauth2/token", { grant_type: "client_credentials" }, basic(client.id, "wrong"));
    await told.admin("DELETE", "/admin/oauth2/auth/sessions/consent?subject=alice&all=true");
    expect((await told.admin("GET", "/admin/oauth2/auth/sessions/login?subject=alice")).status).toBe(200);
    await told.admin("DELETE", "/admin/oauth2/auth/sessions/login?subject=alice");
  });

  test("login, consent and logout requests, and steps that are past", async () => {
    const client = await newClient(told);
    const browser = newBrowser();
    const asked = authorizationRequest(told, client, { ui_locales: "de", login_hint: "al", acr_values: "1 2" });
    const login = challengeOf(await landing(browser, asked.url), "login_challenge");
    const requests = "/admin/oauth2/auth/requests";
    await told.admin("GET", `${requests}/login?login_challenge=${login}`);
    const accepted = await acceptLogin(told, login, { remember: true });
    const consent = challengeOf(await landing(browser, accepted.body.redirect_to), "consent_challenge");
    await told.admin("GET", `${requests}/consent?consent_challenge=${consent}`);
    await told.admin("PUT", `${requests}/consent/reject?consent_challenge=${consent}`, { error: "access_denied" });
    expect((await told.admin("GET", `${requests}/login?login_challenge=${login}`)).status).toBe(410);
    const refused = challengeOf(await landing(newBrowser(), asked.url), "login_challenge");
    await told.admin("PUT", `${requests}/login/reject?login_challenge=${refused}`, {});
    const leaving = newBrowser();
    await openConsent(world, leaving, authorizationRequest(told, client).url, { remember: true });
    const logout = challengeOf(await landing(leaving, `${told.publicUrl}/oauth2/sessions/logout`), "logout_challenge");
    await told.admin("GET", `${requests}/logout?logout_challenge=${logout}`);
    await told.admin("PUT", `${requests}/logout/reject?logout_challenge=${logout}`);
    const again = challengeOf(await landing(leaving, `${told.publicUrl}/oauth2/sessions/logout`), "logout_challenge");
    await told.admin("PUT", `${requests}/logout/accept?logout_challenge=${again}`);
    for (const kind of ["login", "consent", "logout", "device"]) {
      expect((await told.admin("GET", `${requests}/${kind}?${kind}_challenge=unknown`)).status).toBe(404);
      expect((await told.admin("GET", `${requests}/${kind}`)).status).toBe(400);
    }
  });

  test("a device", async () => {
    const client = await newDeviceClient(told);
    const device = await newDevice(told, client);
    await poll(told, client, device);
    await approve(told, device);
    world.clock.advance(10);
    expect((await poll(told, client, device)).status).toBe(200);
    const refused = await openDevicePage(world, newBrowser());
    expect((await rejectDevice(told, refused, {})).status).toBe(200);
    expect((await askDevice(told, client, { scope: "unknown" })).status).toBe(400);
  });

  test("keys and trusted issuers", async () => {
    const set = "/admin/keys/billing";
    await told.admin("POST", set, { alg: "ES256", use: "sig", kid: "one" });
    await told.admin("GET", set);
    await told.admin("GET", `${set}/one`);
    expect((await told.admin("PUT", `${set}/partner`, jwk)).status).toBe(200);
    await told.admin("PUT", set, { keys: [jwk] });
    await told.admin("DELETE", `${set}/partner`);
    await told.admin("DELETE", set);
    expect((await told.admin("GET", `${set}/one`)).status).toBe(404);
    const trust = "/admin/trust/grants/jwt-bearer/issuers";
    const trusted = { issuer: "https://partner.example", subject: "p", scope: ["read"], jwk };
    const made = await told.admin("POST", trust, { ...trusted, expires_at: "2099-01-01T00:00:00Z" });
    expect(made.status).toBe(201);
    await told.admin("GET", trust);
    await told.admin("GET", `${trust}/${made.body.id}`);
    await told.admin("DELETE", `${trust}/${made.body.id}`);
  });

  test("API keys", async () => {
    const made = await told.admin("POST", "/admin/api-keys", { name: "watcher", scopes: ["read"] });
    expect(made.status).toBe(201);
    await told.admin("GET", "/admin/api-keys");
    await told.admin("DELETE", `/admin/api-keys/${made.body.id}`);
  });

  test("a client that registers itself", async () => {
    const path = "/oauth2/register";
    const body = JSON.stringify({ redirect_uris: ["https://app.example/callback"] });
    const made = await told.post(path, body, { "content-type": "application/json" });
    expect(made.status).toBe(201);
    const bearer = { authorization: `Bearer ${made.body.registration_access_token}` };
    expect((await told.get(`${path}/${made.body.client_id}`, bearer)).status).toBe(200);
    await told.get(`${path}/${made.body.client_id}`);
  });

  test("documents, health, version and pages", async () => {
    for (const path of [
      "/.well-known/openid-configuration",
      "/.well-known/oauth-authorization-server",
      "/.well-known/jwks.json",
      "/health/alive",
      "/health/ready",
      ...["login", "consent", "logout", "device", "device/done", "logout/callback"].map(
        (name) => `/oauth2/fallbacks/${name}`,
      ),
    ]) {
      expect((await told.get(path)).status, path).toBe(200);
    }
    for (const path of ["health/alive", "health/ready", "version", "metrics/prometheus", "openapi.json", "docs"]) {
      expect((await told.admin("GET", `/admin/${path}`)).status, path).toBe(200);
    }
    expect((await told.get("/oauth2/fallbacks/error")).status).toBe(400);
    expect((await told.get("/oauth2/auth")).status).toBe(400);
  });

  test("the document names this server's addresses and release", async () => {
    const { body, text } = await told.admin("GET", "/admin/openapi.json");
    expect(body.paths["/oauth2/token"].servers[0].url).toBe(world.publicUrl);
    expect(body.info.version).toBe((await told.admin("GET", "/admin/version")).body.version);
    expect(text).not.toContain(".invalid");
    expect((await send("GET", `${world.publicUrl}/admin/openapi.json`)).status).toBe(404);
  });
});

test("no call of the admin port was left out", async () => {
  const { body } = await world.admin("GET", "/admin/openapi.json");
  const all = Object.entries<Record<string, { readonly operationId?: string }>>(body.paths)
    .filter(([path]) => path.startsWith("/admin/"))
    .flatMap(([, item]) => Object.values(item).flatMap(({ operationId }) => operationId ?? []));
  const never = ["WatchEvents", "GetDocsFile"];
  expect(all.filter((id) => !told.called.has(id)).toSorted()).toEqual(never.toSorted());
});

test("Swagger UI and its files are not there unless the operator wants them", async () => {
  const without = await startWorld({ settings: { "serve.admin.docs.enabled": false } });
  for (const path of ["/admin/docs", "/admin/docs/start.js", "/admin/docs/swagger-ui.css"]) {
    expect((await without.admin("GET", path)).status).toBe(404);
    expect((await world.admin("GET", path)).status).toBe(200);
  }
  for (const path of ["/admin/docs/package.json", "/admin/docs/..%2Fpackage.json", "/admin/docs/../start.js"]) {
    expect((await world.admin("GET", path)).status).toBe(404);
  }
  await without.close();
});
