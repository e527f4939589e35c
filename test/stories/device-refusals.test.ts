import { createHash, randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { acceptConsent, acceptLogin, landing, newClient } from "../support/code-flow.ts";
import { databases } from "../support/database.ts";
import {
  acceptDevice,
  approve,
  askDevice,
  askedDevice,
  deviceGrant,
  devicePages,
  newDevice,
  newDeviceClient,
  openDeviceConsent,
  openDeviceLogin,
  openDevicePage,
  poll,
  rejectDevice,
} from "../support/device-flow.ts";
import { asked, reject } from "../support/flow-steps.ts";
import { countStatuses, expectAlive, expectDead, refusal } from "../support/grants.ts";
import { newBrowser, startWorld, type World } from "../support/server.ts";

describe.each(databases)("the device flow on $name refuses", (database) => {
  let world: World;

  beforeAll(async () => {
    world = await startWorld({ dsn: await database.dsn(), settings: devicePages });
  });
  afterAll(() => world?.close());

  async function approved(over: Record<string, unknown> = {}, form: Record<string, string> = {}) {
    const client = await newDeviceClient(world, over);
    const device = await newDevice(world, client, form);
    await approve(world, device);
    return { client, device };
  }

  test("DEV-001, RFC 8628 §3.1: a client that is not registered for the grant", async () => {
    const client = await newClient(world);
    expect(refusal(await askDevice(world, client))).toEqual([400, "unauthorized_client"]);
    const form = { device_code: "tsr_dc_x" };
    expect(refusal(await poll(world, client, form))).toEqual([400, "unauthorized_client"]);
  });

  test("DEV-002, RFC 8628 §3.1: a confidential client that does not prove itself", async () => {
    const client = await newDeviceClient(world);
    expect(refusal(await askDevice(world, { ...client, secret: "" }))).toEqual([401, "invalid_client"]);
    expect(refusal(await askDevice(world, { ...client, secret: "a wrong one" }))).toEqual([401, "invalid_client"]);
    expect(refusal(await askDevice(world, client, { client_id: "another" }))).toEqual([400, "invalid_request"]);
    expect(refusal(await world.post("/oauth2/device/auth", { scope: "openid" }))).toEqual([401, "invalid_client"]);
  });

  test("DEV-021: a scope or audience that the client may not have", async () => {
    const client = await newDeviceClient(world, { audience: ["https://api.example"] });
    expect(refusal(await askDevice(world, client, { scope: "openid admin" }))).toEqual([400, "invalid_scope"]);
    const elsewhere = { audience: "https://other.example" };
    expect(refusal(await askDevice(world, client, elsewhere))).toEqual([400, "invalid_target"]);
    const device = await newDevice(world, client, { audience: "https://api.example" });
    await approve(world, device);
    const { body } = await poll(world, client, device);
    expect((await world.introspect({ token: body.access_token })).body.aud).toEqual(["https://api.example"]);
  });

  test("DEV-021: what a client lost while its user signed in", async () => {
    const client = await newDeviceClient(world);
    const device = await newDevice(world, client);
    const browser = newBrowser();
    const consent = await openDeviceConsent(world, device, { browser });
    const { body } = await world.admin("GET", `/admin/clients/${client.id}`);
    await world.admin("PUT", `/admin/clients/${client.id}`, { ...body, scope: "openid" });
    const visit = await browser.visit((await acceptConsent(world, consent)).body.redirect_to);
    expect([visit.status, visit.headers["content-type"]]).toEqual([400, "text/html; charset=utf-8"]);
    expect(visit.body).toContain("invalid_scope");
    expect(refusal(await poll(world, client, device))).toEqual([400, "access_denied"]);
  });

  test("DEV-005, RFC 8628 §3.5: a device that asks too often, for longer each time", async () => {
    const client = await newDeviceClient(world);
    const device = await newDevice(world, client);
    const pollLater = async (seconds: number) => {
      world.clock.advance(seconds);
      return (await poll(world, client, device)).body.error;
    };
    expect(await pollLater(0)).toBe("authorization_pending");
    expect(await pollLater(5)).toBe("authorization_pending");
    expect(await pollLater(2)).toBe("slow_down");
    expect(await pollLater(5)).toBe("slow_down");
    expect(await pollLater(15)).toBe("authorization_pending");
    expect(await pollLater(14)).toBe("authorization_pending");
    expect(await pollLater(10)).toBe("slow_down");
    await approve(world, device);
    expect((await poll(world, client, device)).status).toBe(200);
  });

  test("DEV-006, RFC 8628 §3.5: a device that its user denied, for good", async () => {
    for (const page of ["login", "consent"] as const) {
      const client = await newDeviceClient(world);
      const device = await newDevice(world, client);
      const browser = newBrowser();
      const challenge =
        page === "login"
          ? await openDeviceLogin(world, browser, device)
          : await openDeviceConsent(world, device, { browser });
      const { redirect_to } = (await reject(world, page, challenge, { error: "access_denied" })).body;
      expect(refusal(await poll(world, client, device))).toEqual([400, "authorization_pending"]);
      const visit = await browser.visit(redirect_to);
      expect([visit.status, visit.headers["content-type"]]).toEqual([403, "text/html; charset=utf-8"]);
      expect(visit.body).toContain("access_denied");
      for (const seconds of [0, 30]) {
        world.clock.advance(seconds);
        expect(refusal(await poll(world, client, device))).toEqual([400, "access_denied"]);
      }
      expect((await acceptDevice(world, await openDevicePage(world, newBrowser()), device.user_code)).status).toBe(400);
    }
  });

  test("a device that its user does not know", async () => {
    const client = await newDeviceClient(world);
    const device = await newDevice(world, client);
    const browser = newBrowser();
    const challenge = await openDevicePage(world, browser, device.verification_uri_complete);
    const answer = await rejectDevice(world, challenge, { user_code: device.user_code });
    expect(answer.status).toBe(200);
    expect(refusal(await poll(world, client, device))).toEqual([400, "access_denied"]);
    const visit = await browser.visit(answer.body.redirect_to);
    expect(visit.status).toBe(403);
    expect(visit.body).toContain("access_denied");
  });

  test("DEV-007, RFC 8628 §3.5: a code that has expired, for the device and for its user", async () => {
    const client = await newDeviceClient(world);
    const device = await newDevice(world, client);
    const browser = newBrowser();
    const challenge = await openDevicePage(world, browser);
    const early = (await acceptDevice(world, challenge, device.user_code)).body.redirect_to;
    const late = await newDevice(world, client);
    await approve(world, late);
    world.clock.advance(600);
    expect(refusal(await poll(world, client, device))).toEqual([400, "expired_token"]);
    expect(refusal(await poll(world, client, late))).toEqual([400, "expired_token"]);
    expect(refusal(await acceptDevice(world, challenge, device.user_code))).toEqual([400, "invalid_request"]);
    const visit = await browser.visit(early);
    expect([visit.status, visit.headers["content-type"]]).toEqual([401, "text/html; charset=utf-8"]);
  });

  test("an approval that comes when the device's code has expired meanwhile", async () => {
    const client = await newDeviceClient(world);
    const device = await newDevice(world, client);
    const browser = newBrowser();
    const consent = await openDeviceConsent(world, device, { browser });
    world.clock.advance(600);
    const visit = await browser.visit((await acceptConsent(world, consent)).body.redirect_to);
    expect(visit.status).toBe(401);
    expect(visit.body).toContain("expired");
    expect(refusal(await poll(world, client, device))).toEqual([400, "expired_token"]);
  });

  test("DEV-008, RFC 8628 §3.4: a code that was redeemed, and after a moment its tokens end", async () => {
    const { client, device } = await approved();
    const tokens = (await poll(world, client, device)).body;
    expect(refusal(await poll(world, client, device))).toEqual([400, "invalid_grant"]);
    await expectAlive(world, tokens);
    world.clock.advance(5);
    expect(refusal(await poll(world, client, device))).toEqual([400, "invalid_grant"]);
    await expectDead(world, client, tokens);
  });

  test("DEV-009, CWE-367: nineteen of twenty that redeem one code at once", async () => {
    const { client, device } = await approved();
    const answers = await Promise.all(Array.from({ length: 20 }, () => poll(world, client, device)));
    expect(countStatuses(answers)).toEqual({ 200: 1, 400: 19 });
    const refused = answers.filter(({ status }) => status === 400);
    expect(new Set(refused.map(({ body }) => body.error))).toEqual(new Set(["invalid_grant"]));
    const tokens = answers.find(({ status }) => status === 200)?.body;
    await expectAlive(world, tokens);
  });

  test("DEV-009: a second of two users who let one device in at once", async () => {
    const client = await newDeviceClient(world);
    const device = await newDevice(world, client);
    const browsers = [newBrowser(), newBrowser(), newBrowser(), newBrowser()];
    const backs = await Promise.all(
      browsers.map(async (browser, index) => {
        const login = { subject: `user-${index}` };
        const consent = await openDeviceConsent(world, device, { browser, login });
        return (await acceptConsent(world, consent)).body.redirect_to;
      }),
    );
    const ends = await Promise.all(browsers.map((browser, index) => browser.visit(backs[index])));
    const winners = ends.flatMap(({ status }, index) => (status === 0 ? [index] : []));
    expect(winners).toHaveLength(1);
    for (const { status } of ends) expect([0, 403]).toContain(status);
    const tokens = (await poll(world, client, device)).body;
    expect((await world.introspect({ token: tokens.access_token })).body.sub).toBe(`user-${winners[0]}`);
  });

  test("DEV-010, RFC 8628 §3.4: another client's device code, which stays good", async () => {
    const { client, device } = await approved();
    const thief = await newDeviceClient(world);
    expect(refusal(await poll(world, thief, device))).toEqual([400, "invalid_grant"]);
    const tokens = (await poll(world, client, device)).body;
    world.clock.advance(10);
    expect(refusal(await poll(world, thief, device))).toEqual([400, "invalid_grant"]);
    await expectAlive(world, tokens);
    for (const device_code of ["", "tsr_dc_unknown", `${device.device_code}x`, device.user_code]) {
      const error = device_code === "" ? "invalid_request" : "invalid_grant";
      expect(refusal(await poll(world, client, { device_code }))).toEqual([400, error]);
    }
  });

  test("DEV-011, CVE-2024-52287: a scope that is sent with the device code", async () => {
    const client = await newDeviceClient(world);
    const device = await newDevice(world, client, { scope: "openid read" });
    await approve(world, device, { consent: { grant_scope: ["openid"] } });
    const { body } = await poll(world, client, device, { scope: "openid read write offline" });
    expect(body.scope).toBe("openid");
    expect(body).not.toHaveProperty("refresh_token");
    expect((await world.introspect({ token: body.access_token })).body.scope).toBe("openid");
  });

  test("DEV-014: a user code that was approved", async () => {
    const { device } = await approved();
    const challenge = await openDevicePage(world, newBrowser());
    expect(refusal(await acceptDevice(world, challenge, device.user_code))).toEqual([400, "invalid_request"]);
    expect(refusal(await askedDevice(world, challenge, device.user_code))).toEqual([400, "invalid_request"]);
  });

  test("DEV-015: a browser that did not begin", async () => {
    const client = await newDeviceClient(world);
    const device = await newDevice(world, client);
    const [mine, foreign] = [newBrowser(), newBrowser()];
    const challenge = await openDevicePage(world, mine);
    await openDevicePage(world, foreign);
    const { redirect_to } = (await acceptDevice(world, challenge, device.user_code)).body;
    const visit = await foreign.visit(redirect_to);
    expect([visit.status, visit.headers["content-type"]]).toEqual([403, "text/html; charset=utf-8"]);
    const login = new URL((await mine.visit(redirect_to)).url).searchParams.get("login_challenge") ?? "";
    const back = (await acceptLogin(world, login)).body.redirect_to;
    expect((await foreign.visit(back)).status).toBe(403);
    expect((await landing(mine, back)).searchParams.get("consent_challenge")).not.toBeNull();
  });

  test("DEV-018: a consent that was remembered, or is skipped for the client, to stand for a device", async () => {
    const client = await newDeviceClient(world, { skip_consent: true });
    const consent = { remember: true, remember_for: 0 };
    await approve(world, await newDevice(world, client), { consent });
    const again = await openDeviceConsent(world, await newDevice(world, client));
    expect((await asked(world, "consent", again)).body.skip).toBe(false);
  });

  test("DEV-020, RFC 7636 §4.6: a device that sent a challenge and has not its verifier", async () => {
    const verifier = randomBytes(32).toString("base64url");
    const code_challenge = createHash("sha256").update(verifier).digest("base64url");
    const { client, device } = await approved({}, { code_challenge, code_challenge_method: "S256" });
    expect(refusal(await poll(world, client, device))).toEqual([400, "invalid_grant"]);
    const wrong = { code_verifier: randomBytes(32).toString("base64url") };
    expect(refusal(await poll(world, client, device, wrong))).toEqual([400, "invalid_grant"]);
    expect((await poll(world, client, device, { code_verifier: verifier })).status).toBe(200);
    const plain = { code_challenge: verifier, code_challenge_method: "plain" };
    expect(refusal(await askDevice(world, client, plain))).toEqual([400, "invalid_request"]);
  });

  test("RFC 6749 §3.1: repeated parameters, and a code in the URL", async () => {
    const client = await newDeviceClient(world);
    const device = await newDevice(world, client);
    const twice = await world.get("/oauth2/device/verify?user_code=a&user_code=b");
    expect([twice.status, twice.headers["content-type"]]).toEqual([400, "text/html; charset=utf-8"]);
    const url = `/oauth2/token?device_code=${device.device_code}`;
    const form = { grant_type: deviceGrant, client_id: client.id, client_secret: client.secret };
    expect(refusal(await world.post(url, form))).toEqual([400, "invalid_request"]);
  });

  test("tokens of an authorization that was revoked before the device came", async () => {
    const { client, device } = await approved();
    await world.admin("DELETE", "/admin/oauth2/auth/sessions/consent?subject=alice&all=true");
    expect(refusal(await poll(world, client, device))).toEqual([400, "invalid_grant"]);
  });

  test("a client that was deleted, though it was made anew", async () => {
    const { client, device } = await approved();
    const found = (await world.admin("GET", `/admin/clients/${client.id}`)).body;
    await world.admin("DELETE", `/admin/clients/${client.id}`);
    expect(refusal(await poll(world, client, device))).toEqual([401, "invalid_client"]);
    await world.admin("POST", "/admin/clients", { ...found, client_secret: client.secret });
    expect(refusal(await poll(world, client, device))).toEqual([400, "invalid_grant"]);
  });
});
