/** What the server says of itself, and the keys it signs with: RFC 8414, OIDC Discovery, RFC 7517 (D20). */
import { connect } from "node:net";
import { createLocalJWKSet, jwtVerify } from "jose";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { newClient, obtainTokens, type TestClient } from "../support/code-flow.ts";
import { databases } from "../support/database.ts";
import { frontChannelTypes } from "../support/front-channel.ts";
import { claimsOf, headerOf, introspected } from "../support/grants.ts";
import { send, startWorld, type World } from "../support/server.ts";

const paths = [
  "/.well-known/openid-configuration",
  "/.well-known/oauth-authorization-server",
  "/.well-known/jwks.json",
];

describe("discovery", () => {
  let world: World;
  let client: TestClient;

  beforeAll(async () => {
    world = await startWorld();
    client = await newClient(world);
  });
  afterAll(() => world?.close());

  test("RFC 8414 §3.3: the issuer is the configured one, and both documents say the same", async () => {
    const [openid, oauth] = await Promise.all(paths.slice(0, 2).map((path) => world.get(path)));
    expect(openid?.body.issuer).toBe(world.publicUrl);
    expect(openid?.text).toBe(oauth?.text);
    const tokens = await obtainTokens(world, client);
    expect(claimsOf(tokens.id_token).iss).toBe(openid?.body.issuer);
  });

  test("CWE-644: nothing that the caller says of the host changes a byte or comes back", async () => {
    const evil = "evil.example";
    const games: Record<string, string>[] = [
      { host: evil },
      { host: `${new URL(world.publicUrl).host}.${evil}` },
      { host: `${new URL(world.publicUrl).hostname}:1` },
      { "x-forwarded-host": evil },
      { "x-forwarded-proto": "https", "x-forwarded-port": "444", "x-forwarded-prefix": "/evil" },
      { forwarded: `host=${evil};proto=https;for=1.2.3.4` },
      { "x-original-uri": "/admin/clients", "x-original-url": "/admin/clients", "x-rewrite-url": "/admin/clients" },
      { "x-host": evil, "x-forwarded-server": evil, "x-http-host-override": evil, origin: `https://${evil}` },
      { "x-http-method-override": "DELETE", "x-forwarded-for": "127.0.0.1" },
    ];
    for (const path of paths) {
      const plain = await world.get(path);
      for (const headers of games) {
        const answer = await world.get(path, headers);
        expect([answer.status, answer.text, answer.headers.etag]).toEqual([200, plain.text, plain.headers.etag]);
        expect(JSON.stringify(answer.headers)).not.toContain("evil");
      }
    }
    const absolute = await rawGet(world, `http://${evil}/.well-known/openid-configuration`, evil);
    expect(absolute).toContain("HTTP/1.1 200");
    expect(absolute).not.toContain(evil);
  });

  test("CWE-644: nor does it change where a flow leads or whose cookie is set", async () => {
    const query = `client_id=${client.id}&response_type=code&scope=openid&state=12345678&redirect_uri=http://127.0.0.1:9/callback`;
    const answer = await world.get(`/oauth2/auth?${query}`, {
      host: "evil.example",
      "x-forwarded-host": "evil.example",
    });
    expect(answer.status).toBe(302);
    expect(JSON.stringify(answer.headers)).not.toContain("evil");
    expect(answer.headers["set-cookie"]).not.toMatch(/domain/i);
  });

  test("RFC 9111: it may be kept for a while, validated, and sets no cookie", async () => {
    for (const path of paths) {
      const answer = await world.get(path);
      expect(answer.headers["cache-control"]).toMatch(/^public, max-age=\d{2,4}$/);
      expect(answer.headers).not.toHaveProperty("set-cookie");
      expect(answer.headers["content-type"]).toMatch(/^application\/json/);
      const again = await world.get(path, { "if-none-match": answer.headers.etag ?? "" });
      expect([again.status, again.text]).toEqual([304, ""]);
      const head = await send("HEAD", world.publicUrl + path);
      expect([head.status, head.text]).toEqual([200, ""]);
      expect((await send("POST", world.publicUrl + path)).status).toBe(405);
    }
  });

  test("RFC 8414 §2: the endpoints it names answer, below its own address", async () => {
    const { body } = await world.get("/.well-known/openid-configuration");
    const named = Object.entries(body).filter(([name]) => name.endsWith("_endpoint") || name === "jwks_uri");
    expect(named.map(([name]) => name).sort()).toEqual([
      "authorization_endpoint",
      "device_authorization_endpoint",
      "end_session_endpoint",
      "jwks_uri",
      "revocation_endpoint",
      "token_endpoint",
      "userinfo_endpoint",
    ]);
    for (const [name, url] of named) {
      expect(url, name).toMatch(new RegExp(`^${world.publicUrl}/`));
      expect((await send("POST", String(url))).status, name).not.toBe(404);
    }
  });

  test("D20, RFC 8414 §2: what it lists is accepted, and what it does not list is not", async () => {
    const { body } = await world.get("/.well-known/openid-configuration");
    expect(body).toMatchObject({
      grant_types_supported: [
        "authorization_code",
        "implicit",
        "refresh_token",
        "client_credentials",
        "urn:ietf:params:oauth:grant-type:device_code",
        "urn:ietf:params:oauth:grant-type:jwt-bearer",
      ],
      code_challenge_methods_supported: ["S256"],
      response_modes_supported: ["query", "fragment", "form_post"],
      subject_types_supported: ["public"],
      authorization_response_iss_parameter_supported: true,
      request_parameter_supported: true,
      request_uri_parameter_supported: true,
      claims_parameter_supported: true,
    });
    const secret = "a secret of people";
    const methods = ["client_secret_basic", "client_secret_post", "client_secret_jwt", "none", "private_key_jwt"];
    expect(new Set(body.token_endpoint_auth_methods_supported)).toEqual(new Set(methods));
    const others = ["tls_client_auth", "self_signed_tls_client_auth", "x"];
    for (const token_endpoint_auth_method of others) {
      const answer = await world.admin("POST", "/admin/clients", { token_endpoint_auth_method, client_secret: secret });
      expect(answer.status, token_endpoint_auth_method).toBe(400);
    }
    for (const algorithm of ["none", "HS256", "HS512", "ES256K", "RSA1_5"]) {
      // Symmetric ones are for clients that sign with their secret.
      const isListed = body.token_endpoint_auth_signing_alg_values_supported.includes(algorithm);
      expect(isListed, algorithm).toBe(algorithm.startsWith("HS"));
      const answer = await world.admin("POST", "/admin/clients", { token_endpoint_auth_signing_alg: algorithm });
      expect(answer.status, algorithm).toBe(400);
    }
    for (const grant_type of ["implicit", "password"]) {
      const answer = await world.post("/oauth2/token", { grant_type, client_id: "x" });
      expect(["invalid_client", "unsupported_grant_type"]).toContain(answer.body.error);
    }
    expect(body.grant_types_supported).not.toContain("password");
    expect(new Set(body.response_types_supported)).toEqual(new Set(["code", ...frontChannelTypes]));
  });

  test("RFC 7517 §9.2: the keys are public halves only, strong, and each with its own name", async () => {
    const { keys } = (await world.get("/.well-known/jwks.json")).body;
    expect(keys.length).toBeGreaterThanOrEqual(2);
    for (const key of keys) {
      for (const member of ["d", "p", "q", "dp", "dq", "qi", "oth", "k"]) expect(key).not.toHaveProperty(member);
      expect(key).toMatchObject({ use: "sig", kid: expect.any(String), alg: expect.any(String) });
      expect(["RSA", "EC", "OKP"]).toContain(key.kty);
      if (key.kty === "RSA") expect(Buffer.from(key.n, "base64url").length).toBeGreaterThanOrEqual(256);
    }
    expect(new Set(keys.map(({ kid }: { kid: string }) => kid)).size).toBe(keys.length);
  });
});

test("DISC-005: outside of dev mode every address is https, below the issuer, wherever the request came from", async () => {
  const settings = { dev: false, "urls.self.issuer": "https://id.example.org/tenant/" };
  const world = await startWorld({ settings });
  const { body } = await world.get("/.well-known/openid-configuration");
  expect(body.issuer).toBe("https://id.example.org/tenant/");
  for (const [name, url] of Object.entries(body)) {
    if (name.endsWith("_endpoint") || name === "jwks_uri")
      expect(url).toMatch(/^https:\/\/id\.example\.org\/tenant\/[.\w]/);
  }
  await world.close();
});

test("as in Hydra, the operator may publish other addresses, scopes and claims", async () => {
  const settings = {
    "webfinger.oidc_discovery.token_url": "https://gateway.example/token",
    "webfinger.oidc_discovery.jwks_url": "https://cdn.example/keys",
    "webfinger.oidc_discovery.supported_scope": ["email", "openid"],
    "webfinger.oidc_discovery.supported_claims": ["email"],
  };
  const world = await startWorld({ settings });
  const { body } = await world.get("/.well-known/openid-configuration");
  expect(body).toMatchObject({
    token_endpoint: "https://gateway.example/token",
    jwks_uri: "https://cdn.example/keys",
    scopes_supported: ["offline_access", "offline", "openid", "email"],
    claims_supported: ["sub", "email"],
  });
  await world.close();
});

describe.each([
  ["RS256", undefined],
  ["ES256", "ES384"],
  ["EdDSA", "EdDSA"],
  ["PS512", "RS256"],
])("D31: ID tokens signed with %s", (idAlgorithm, accessAlgorithm = "ES256") => {
  test.each(databases)(
    `verify with the published keys, as do JWT access tokens of ${accessAlgorithm} ($name)`,
    async (database) => {
      const settings = {
        "keys.id_token_signing_algorithm": idAlgorithm,
        "keys.access_token_signing_algorithm": accessAlgorithm,
      };
      const world = await startWorld({ dsn: await database.dsn(), settings });
      const { body } = await world.get("/.well-known/openid-configuration");
      expect(body.id_token_signing_alg_values_supported[0]).toBe(idAlgorithm);
      expect(body.id_token_signed_response_alg).toEqual([idAlgorithm]);
      const client = await newClient(world, { access_token_strategy: "jwt" });
      const tokens = await obtainTokens(world, client);
      const keys = createLocalJWKSet((await world.get("/.well-known/jwks.json")).body);
      const checks = { issuer: world.publicUrl, currentDate: world.clock.now() };
      const id = await jwtVerify(tokens.id_token, keys, { ...checks, audience: client.id, algorithms: [idAlgorithm] });
      expect(id.protectedHeader.kid).not.toBe(headerOf(tokens.access_token).kid);
      const access = { ...checks, audience: world.publicUrl, typ: "at+jwt", algorithms: [accessAlgorithm] };
      await jwtVerify(tokens.access_token, keys, access);
      expect(await introspected(world, tokens.access_token)).toMatchObject({ active: true });
      await world.close();
    },
  );
});

/** A request line as no well-behaved client would write it. */
function rawGet(world: World, target: string, host: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(world.publicUrl);
    const socket = connect(Number(port), hostname, () =>
      socket.write(`GET ${target} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`),
    );
    const chunks: Buffer[] = [];
    socket.on("data", (chunk) => chunks.push(chunk));
    socket.on("error", reject);
    socket.on("close", () => resolve(Buffer.concat(chunks).toString()));
  });
}
