import { describe, expect, test } from "vitest";
import { type DiscoveryConfig, discoveryPages } from "../../../../src/adapters/http/endpoints/discovery.ts";
import { fallbackRoutes } from "../../../../src/adapters/http/endpoints/fallbacks.ts";
import { healthPages } from "../../../../src/adapters/http/endpoints/health.ts";
import { metricsEndpoint } from "../../../../src/adapters/http/endpoints/metrics.ts";
import { versionEndpoint } from "../../../../src/adapters/http/endpoints/version.ts";
import { httpRequest, openPort, route } from "../world.ts";

const discovery: DiscoveryConfig = {
  "urls.self.issuer": "https://id.example/",
  "urls.self.public": "https://id.example/",
  "oidc.session_management.enabled": false,
  "oidc.dynamic_client_registration.enabled": false,
  "webfinger.oidc_discovery.client_registration_url": null,
  "oidc.subject_identifiers.supported_types": ["public"],
  "webfinger.oidc_discovery.auth_url": null,
  "webfinger.oidc_discovery.token_url": "https://edge.example/token",
  "webfinger.oidc_discovery.device_authorization_url": null,
  "webfinger.oidc_discovery.userinfo_url": null,
  "webfinger.oidc_discovery.jwks_url": null,
  "webfinger.oidc_discovery.supported_scope": ["pets"],
  "webfinger.oidc_discovery.supported_claims": [],
};

describe("discovery and keys", () => {
  const open = () =>
    openPort({
      pages: discoveryPages(
        { idTokenAlgorithm: async () => "ES256", publicKeySet: async () => ({ keys: [{ kid: "k" }] }) },
        discovery,
      ),
    });

  test("DISC-001: both documents are one, with the issuer as configured", async () => {
    const world = await open();
    const documents = await Promise.all(
      ["openid-configuration", "oauth-authorization-server"].map(async (name) =>
        (await world.fetch(`/.well-known/${name}`)).json(),
      ),
    );
    expect(documents[0]).toEqual(documents[1]);
    expect(documents[0]).toMatchObject({
      issuer: "https://id.example/",
      authorization_endpoint: "https://id.example/oauth2/auth",
      token_endpoint: "https://edge.example/token",
      id_token_signing_alg_values_supported: expect.arrayContaining(["ES256"]),
      scopes_supported: expect.arrayContaining(["openid", "pets"]),
    });
  });

  test("DISC-002: Host and forwarding headers change nothing", async () => {
    const world = await open();
    const plain = await (await world.fetch("/.well-known/openid-configuration")).text();
    const heard = await world.say(
      "GET /.well-known/openid-configuration HTTP/1.1\r\nHost: evil.example\r\nX-Forwarded-Host: evil.example\r\n" +
        "X-Forwarded-Proto: gopher\r\nForwarded: host=evil.example\r\nConnection: close\r\n\r\n",
    );
    expect(heard.endsWith(plain)).toBe(true);
    expect(heard).not.toContain("evil.example");
  });

  test("D20: the keys may be kept for 300 s", async () => {
    const world = await open();
    const response = await world.fetch("/.well-known/jwks.json");
    expect(response.headers.get("cache-control")).toBe("public, max-age=300");
    expect(await response.json()).toEqual({ keys: [{ kid: "k" }] });
  });
});

describe("health", () => {
  const away = { database: "connection refused at 10.0.0.1", migrations: null };
  const pages = (readiness: typeof away | { database: null; migrations: null }, isAdmin: boolean) =>
    healthPages({ readiness: async () => readiness }, { prefix: isAdmin ? "/admin" : "", tellsReasons: isAdmin });

  test("alive and ready say ok, uncached", async () => {
    const world = await openPort({ pages: pages({ database: null, migrations: null }, false) });
    for (const path of ["/health/alive", "/health/ready"]) {
      const response = await world.fetch(path);
      expect([response.status, await response.json()]).toEqual([200, { status: "ok" }]);
      expect(response.headers.get("cache-control")).toBe("no-store");
    }
  });

  test("OPS-001: without its database the server is alive, not ready, and tells the public no reason", async () => {
    const world = await openPort({ pages: pages(away, false) });
    expect((await world.fetch("/health/alive")).status).toBe(200);
    const ready = await world.fetch("/health/ready");
    expect(ready.status).toBe(503);
    expect(await ready.json()).toEqual({ errors: { database: expect.not.stringContaining("10.0.0.1") } });
  });

  test("the admin port tells the reason, at both spellings of the path", async () => {
    const world = await openPort({ name: "admin", pages: pages(away, true) });
    for (const path of ["/health/ready", "/admin/health/ready"]) {
      const ready = await world.fetch(path);
      expect([ready.status, await ready.json()]).toEqual([503, { errors: { database: away.database } }]);
    }
  });

  test("OPS-011: a thousand probes look at the database once", async () => {
    let looks = 0;
    const readiness = async () => {
      looks += 1;
      return { database: null, migrations: null };
    };
    const world = await openPort({ pages: healthPages({ readiness }, { prefix: "", tellsReasons: false }) });
    await world.fetch("/health/ready");
    const probe = "GET /health/ready HTTP/1.1\r\nHost: x\r\n\r\n";
    const heard = await world.say(
      `${probe.repeat(999)}GET /health/ready HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`,
    );
    expect(heard.match(/HTTP\/1\.1 200/g)).toHaveLength(1000);
    expect(looks).toBeLessThan(10);
  });
});

describe("fallback pages", () => {
  test.each([
    ["login", "urls.login"],
    ["consent", "urls.consent"],
    ["logout", "urls.logout"],
    ["device", "urls.device.verification"],
  ])("/oauth2/fallbacks/%s names %s", async (name, setting) => {
    const world = await openPort({ routes: fallbackRoutes() });
    const response = await world.fetch(`/oauth2/fallbacks/${name}?login_challenge=x`);
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toBe("text/html; charset=utf-8");
    expect(await response.text()).toContain(setting);
  });

  test("/oauth2/fallbacks/error shows what it is told as text, and no more of it than a page holds", async () => {
    const world = await openPort({ routes: fallbackRoutes() });
    const query = new URLSearchParams({ error: "<b>x", error_description: `<script>${"y".repeat(5000)}` });
    const text = await (await world.fetch(`/oauth2/fallbacks/error?${query.toString()}`)).text();
    expect(text).toContain("&lt;b&gt;x");
    expect(text).not.toContain("<script");
    expect(text.length).toBeLessThan(4000);
  });
});

describe("for operators", () => {
  test("the version", async () => {
    expect((await versionEndpoint("1.2.3")(httpRequest())).body).toBe('{"version":"1.2.3"}');
  });

  test("the metrics as their provider writes them, under both spellings of the path", async () => {
    const metrics = async () => ({ contentType: "text/plain; version=0.0.4", text: "up 1\n" });
    const routes = [route("GET", "/admin/metrics/prometheus", metricsEndpoint(metrics))];
    const world = await openPort({ name: "admin", routes });
    for (const path of ["/metrics/prometheus", "/admin/metrics/prometheus"]) {
      const response = await world.fetch(path);
      expect([response.headers.get("content-type"), await response.text()]).toEqual([
        "text/plain; version=0.0.4",
        "up 1\n",
      ]);
    }
  });
});
