import { afterEach, describe, expect, test } from "vitest";
import { assertion, assertionType, newKeyPair, newSigningClient } from "../support/assertions.ts";
import {
  acceptDevice,
  approve,
  deviceGrant,
  devicePages,
  newDevice,
  newDeviceClient,
  openDevicePage,
  poll,
} from "../support/device-flow.ts";
import { claimsOf, refusal } from "../support/grants.ts";
import { newBrowser, startWorld, type World } from "../support/server.ts";

const setting = (name: string) => `oauth2.device_authorization.${name}`;

describe("the settings of the device flow", () => {
  let world: World | undefined;
  afterEach(() => world?.close());

  async function start(settings: Record<string, unknown>, pages: object = devicePages): Promise<World> {
    world = await startWorld({ settings: { ...pages, ...settings } });
    return world;
  }

  test.each([
    ["high", /^[abcdefghijkmnpqrstuvwxyzACDEFGHJKLMNPQRTUVWXY34679]{8}$/],
    ["medium", /^[A-Z]{8}$/],
    ["low", /^\d{9}$/],
  ] as const)("as in Hydra, user codes of the preset %s", async (preset, form) => {
    const server = await start({ [setting("user_code.entropy_preset")]: preset });
    const client = await newDeviceClient(server);
    const device = await newDevice(server, client);
    expect(device.user_code).toMatch(form);
    await approve(server, device);
    expect((await poll(server, client, device)).status).toBe(200);
  });

  test("user codes of a length and an alphabet of one's own", async () => {
    const own = { [setting("user_code.length")]: 6, [setting("user_code.character_set")]: "abcdefgh" };
    const server = await start(own);
    const client = await newDeviceClient(server);
    const device = await newDevice(server, client);
    expect(device.user_code).toMatch(/^[a-h]{6}$/);
    const challenge = await openDevicePage(server, newBrowser());
    expect((await acceptDevice(server, challenge, device.user_code.toUpperCase())).status).toBe(200);
  });

  test.each([
    [{ [setting("user_code.length")]: 5 }],
    [{ [setting("user_code.character_set")]: "aaaaaaaab" }],
    [{ [setting("user_code.character_set")]: "abcdefg-" }],
    [{ [setting("user_code.entropy_preset")]: "highest" }],
  ])("%j is no setting to start with", async (settings) => {
    await expect(start(settings)).rejects.toThrow(/device_authorization/);
  });

  test("how long codes live and how often a device may ask", async () => {
    const server = await start({ "ttl.device_user_code": "2m", [setting("token_polling_interval")]: "1.5s" });
    const client = await newDeviceClient(server);
    const device = await newDevice(server, client);
    expect(device).toMatchObject({ expires_in: 120, interval: 2 });
    expect(refusal(await poll(server, client, device))).toEqual([400, "authorization_pending"]);
    server.clock.advance(1.5);
    expect(refusal(await poll(server, client, device))).toEqual([400, "authorization_pending"]);
    server.clock.advance(1);
    expect(refusal(await poll(server, client, device))).toEqual([400, "slow_down"]);
    server.clock.advance(120);
    expect(refusal(await poll(server, client, device))).toEqual([400, "expired_token"]);
  });

  test("D40: codes look like Hydra's where gateways look at them", async () => {
    const server = await start({ "oauth2.token_prefix": "ory" });
    const client = await newDeviceClient(server);
    const device = await newDevice(server, client);
    expect(device.device_code).toMatch(/^ory_dc_/);
    await approve(server, device);
    expect((await poll(server, client, device)).status).toBe(200);
  });

  test("discovery says the operator's own address of the endpoint", async () => {
    const edge = "https://edge.example/device";
    const server = await start({ "webfinger.oidc_discovery.device_authorization_url": edge });
    const { body } = await server.get("/.well-known/openid-configuration");
    expect(body.device_authorization_endpoint).toBe(edge);
    expect(body.grant_types_supported).toContain("urn:ietf:params:oauth:grant-type:device_code");
  });

  test("pages that are not set up say so", async () => {
    const server = await start({}, {});
    const visit = await newBrowser().visit(`${server.publicUrl}/oauth2/device/verify?user_code=x`);
    expect([visit.status, new URL(visit.url).pathname]).toEqual([200, "/oauth2/fallbacks/device"]);
    expect(visit.body).toContain("urls.device.verification");
    const client = await newDeviceClient(server);
    const place = await approve(server, await newDevice(server, client));
    expect(place.pathname).toBe("/oauth2/fallbacks/device/done");
  });

  test("the operator's error page is where a refused browser comes", async () => {
    const server = await start({ "urls.error": "http://127.0.0.1:9/error" });
    const visit = await newBrowser().visit(`${server.publicUrl}/oauth2/device/verify?device_verifier=x`);
    const told = new URL(visit.url);
    expect([told.pathname, told.searchParams.get("error")]).toEqual(["/error", "access_denied"]);
  });

  test("a client's own lifespans for tokens of devices", async () => {
    const server = await start({});
    const client = await newDeviceClient(server, {
      device_authorization_grant_access_token_lifespan: "90s",
      device_authorization_grant_id_token_lifespan: "30s",
      device_authorization_grant_refresh_token_lifespan: "120s",
    });
    const device = await newDevice(server, client);
    await approve(server, device);
    const { body } = await poll(server, client, device);
    expect(body.expires_in).toBe(90);
    const { exp, iat } = claimsOf(body.id_token);
    expect(Number(exp) - Number(iat)).toBe(30);
    expect((await server.introspect({ token: body.refresh_token })).body.active).toBe(true);
    server.clock.advance(120);
    expect((await server.introspect({ token: body.refresh_token })).body).toEqual({ active: false });
  });

  test("D10: a device gets a JWT where its client wants one", async () => {
    const server = await start({});
    const client = await newDeviceClient(server, { access_token_strategy: "jwt" });
    const device = await newDevice(server, client);
    await approve(server, device);
    const { access_token: token } = (await poll(server, client, device)).body;
    expect(claimsOf(token)).toMatchObject({ client_id: client.id, sub: "alice" });
    server.clock.advance(5);
    expect(refusal(await poll(server, client, device))).toEqual([400, "invalid_grant"]);
    expect((await server.introspect({ token })).body).toEqual({ active: false });
  });

  test("D12: an assertion made for this endpoint proves a client here, once, and nowhere else", async () => {
    const server = await start({});
    const key = await newKeyPair("ES256", "tv");
    const client = await newSigningClient(server, key, { grant_types: [deviceGrant] });
    const aud = `${server.publicUrl}/oauth2/device/auth`;
    const made = await assertion(server, client, { claims: { aud } });
    const proof = { client_assertion_type: assertionType, client_assertion: made };
    expect(
      refusal(await server.post("/oauth2/token", { grant_type: deviceGrant, device_code: "x", ...proof })),
    ).toEqual([401, "invalid_client"]);
    expect((await server.post("/oauth2/device/auth", { scope: "openid", ...proof })).status).toBe(200);
    expect(refusal(await server.post("/oauth2/device/auth", { scope: "openid", ...proof }))).toEqual([
      401,
      "invalid_client",
    ]);
    const issuers = await assertion(server, client);
    const general = { client_assertion_type: assertionType, client_assertion: issuers };
    expect((await server.post("/oauth2/device/auth", { scope: "openid", ...general })).status).toBe(200);
  });

  test("RFC 8628 §3.1: a public client says who it is, and nothing more", async () => {
    const server = await start({});
    const registered = await newDeviceClient(server, { token_endpoint_auth_method: "none" });
    const client = { ...registered, secret: "" };
    const device = await newDevice(server, client);
    await approve(server, device);
    expect((await poll(server, client, device)).status).toBe(200);
  });
});
