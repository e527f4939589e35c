import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { newClient, obtainTokens, type TestClient } from "../support/code-flow.ts";
import { basic, send, startWorld, type World } from "../support/server.ts";

const site = "https://app.example";

describe("cross-origin calls (Fetch §3.2, RFC 9700 §2.6)", () => {
  let world: World;
  let client: TestClient;

  beforeAll(async () => {
    world = await startWorld({
      settings: {
        "serve.public.cors.enabled": true,
        "serve.public.cors.allowed_origins": ["https://known.example", "https://*.tenants.example", "https://*foo.com"],
      },
    });
    client = await newClient(world, { allowed_cors_origins: [site] });
  });
  afterAll(() => world?.close());

  const token = (origin: string, id: string) =>
    world.post("/oauth2/token", { grant_type: "client_credentials" }, { ...basic(id, client.secret), origin });

  test.each(["https://known.example", "https://a.tenants.example", "https://a.b.tenants.example"])(
    "a listed origin may read the answer: %s",
    async (origin) => {
      const answer = await token(origin, client.id);
      expect(answer.headers).toMatchObject({ "access-control-allow-origin": origin, vary: "Origin" });
      expect(answer.headers["access-control-allow-credentials"]).toBe("true");
    },
  );

  test.each([
    "https://unknown.example",
    "https://known.example.evil.example",
    "http://known.example",
    "https://known.example:8443",
    "https://tenants.example",
    "https://barfoo.com",
    "null",
    "https://known.example/",
    "https://user@known.example",
  ])("TOK-015: any other may not: %s", async (origin) => {
    const answer = await token(origin, client.id);
    expect(answer.status).toBe(200);
    expect(answer.headers).not.toHaveProperty("access-control-allow-origin");
    expect(answer.headers.vary).toBe("Origin");
  });

  test("a client's registered origin may read what that client is answered, and no other client", async () => {
    const other = await newClient(world);
    expect((await token(site, client.id)).headers["access-control-allow-origin"]).toBe(site);
    expect((await token(site, other.id)).headers).not.toHaveProperty("access-control-allow-origin");
    const tokens = await obtainTokens(world, client);
    const bearer = { authorization: `Bearer ${tokens.access_token}`, origin: site };
    expect((await world.get("/userinfo", bearer)).headers["access-control-allow-origin"]).toBe(site);
    const refused = await world.post("/oauth2/token", { client_id: client.id, grant_type: "x" }, { origin: site });
    expect(refused.headers["access-control-allow-origin"]).toBe(site);
  });

  const preflight = (path: string, origin: string) =>
    send("OPTIONS", world.publicUrl + path, undefined, { origin, "access-control-request-method": "POST" });

  test("a preflight is answered where a client's page may have to ask, and never at the authorization endpoint", async () => {
    const answer = await preflight("/oauth2/token", site);
    expect(answer.status).toBe(204);
    expect(answer.headers["access-control-allow-headers"]).toContain("Authorization");
    expect((await preflight("/userinfo", site)).status).toBe(204);
    expect((await preflight("/oauth2/token", "null")).status).toBe(405);
    expect((await preflight("/oauth2/auth", "https://known.example")).status).toBe(405);
    const page = await world.get(`/oauth2/auth?client_id=${client.id}`, { origin: "https://known.example" });
    expect(page.headers).not.toHaveProperty("access-control-allow-origin");
  });
});

test("an empty list is everybody, who may not bring cookies along", async () => {
  const world = await startWorld({ settings: { "serve.public.cors.enabled": true } });
  try {
    const answer = await world.post("/oauth2/token", { grant_type: "x" }, { origin: site });
    expect(answer.headers["access-control-allow-origin"]).toBe(site);
    expect(answer.headers).not.toHaveProperty("access-control-allow-credentials");
  } finally {
    await world.close();
  }
});

test("without the setting no page of another origin may read anything, and OPTIONS is no method", async () => {
  const world = await startWorld();
  try {
    const answer = await world.post("/oauth2/token", { grant_type: "x" }, { origin: site });
    expect(answer.headers).not.toHaveProperty("access-control-allow-origin");
    const headers = { origin: site, "access-control-request-method": "POST" };
    expect((await send("OPTIONS", `${world.publicUrl}/oauth2/token`, undefined, headers)).status).toBe(405);
  } finally {
    await world.close();
  }
});
