import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { acceptConsent, acceptLogin, challengeOf, landing, newClient } from "../support/code-flow.ts";
import { databases } from "../support/database.ts";
import {
  acceptDevice,
  approve,
  askedDevice,
  devicePage,
  devicePages,
  newDevice,
  newDeviceClient,
  openDeviceLogin,
  openDevicePage,
  poll,
  rejectDevice,
} from "../support/device-flow.ts";
import { asked, openLogin, signedIn } from "../support/flow-steps.ts";
import { countStatuses, refusal } from "../support/grants.ts";
import { newBrowser, startWorld, type World } from "../support/server.ts";

const verify = "/oauth2/device/verify";

describe.each(databases)("a user code on $name", (database) => {
  let world: World;

  beforeAll(async () => {
    world = await startWorld({ dsn: await database.dsn(), settings: devicePages });
  });
  afterAll(() => world?.close());

  test("RFC 8628 §3.3: the browser comes to the device page, with a cookie of its own", async () => {
    const browser = newBrowser();
    const visit = await browser.visit(`${world.publicUrl}${verify}`);
    const place = new URL(visit.url);
    expect(place.origin + place.pathname).toBe(devicePage);
    expect([...place.searchParams.keys()]).toEqual(["device_challenge"]);
    expect(visit.hops[0]?.setCookies).toEqual([expect.stringMatching(/HttpOnly; SameSite=Lax/)]);
  });

  test("RFC 8628 §3.3.1: a code that came with the URL is handed to the page, and not accepted by itself", async () => {
    const client = await newDeviceClient(world);
    const device = await newDevice(world, client);
    const browser = newBrowser();
    const place = await landing(browser, device.verification_uri_complete);
    expect(place.searchParams.get("user_code")).toBe(device.user_code);
    expect(refusal(await poll(world, client, device))).toEqual([400, "authorization_pending"]);
    const challenge = challengeOf(place, "device_challenge");
    const before = await askedDevice(world, challenge);
    expect(before.body).toEqual({
      challenge,
      request_url: `${world.publicUrl}${verify}?user_code=****`,
      requested_scope: [],
      requested_access_token_audience: [],
    });
    const seen = await askedDevice(world, challenge, device.user_code);
    expect(seen.body).toMatchObject({
      challenge,
      client: { client_id: client.id, client_name: "A television" },
      requested_scope: ["openid", "offline", "read"],
    });
    expect(seen.text).not.toContain('client_secret"');
    expect((await askedDevice(world, challenge)).body).not.toHaveProperty("client");
    await acceptDevice(world, challenge, device.user_code);
    expect((await askedDevice(world, challenge)).body.client.client_id).toBe(client.id);
  });

  test("DEV-013, RFC 8628 §6.1: case, dashes and spaces do not matter, and everything else does", async () => {
    const client = await newDeviceClient(world);
    const { user_code } = await newDevice(world, client);
    const plain = user_code.replace("-", "");
    const challenge = () => openDevicePage(world, newBrowser());
    const good = [
      user_code.toLowerCase(),
      plain,
      ` ${plain} `,
      Array.from(plain).join(" "),
      Array.from(plain).join("--"),
    ];
    for (const typed of good) expect((await acceptDevice(world, await challenge(), typed)).status, typed).toBe(200);
    const bad = [
      `${plain}B`,
      plain.slice(1),
      plain.replace(/^./, "Ⅎ"),
      `${plain}\u200b`,
      plain.replaceAll(/(?=.)/g, "_"),
    ];
    for (const typed of bad) expect((await acceptDevice(world, await challenge(), typed)).status, typed).toBe(400);
    expect(refusal(await acceptDevice(world, await challenge(), ""))).toEqual([400, "invalid_request"]);
    expect((await acceptDevice(world, await challenge(), "B".repeat(257))).status).toBe(400);
  });

  test("RFC 8628 §5.1: five wrong codes end a challenge, whoever asks, and the way back is a new one", async () => {
    const client = await newDeviceClient(world);
    const device = await newDevice(world, client);
    const challenge = await openDevicePage(world, newBrowser());
    const wrong = (index: number) => (index % 2 === 0 ? acceptDevice : askedDevice)(world, challenge, "BBBB-BBBB");
    for (let index = 0; index < 4; index += 1) expect((await wrong(index)).status).toBe(400);
    expect((await askedDevice(world, challenge, device.user_code)).status).toBe(200);
    expect((await rejectDevice(world, challenge, { user_code: "BBBB-BBBB" })).status).toBe(400);
    for (const answer of [
      await acceptDevice(world, challenge, device.user_code),
      await askedDevice(world, challenge),
      await rejectDevice(world, challenge, {}),
    ]) {
      expect([answer.status, answer.body]).toEqual([410, { redirect_to: `${world.publicUrl}${verify}` }]);
    }
  });

  test("a challenge that is not known, or is another step's, is not found", async () => {
    const client = await newDeviceClient(world);
    const login = await openDeviceLogin(world, newBrowser(), await newDevice(world, client));
    for (const challenge of ["x", login]) {
      const answer = await acceptDevice(world, challenge, "BBBB-BBBB");
      expect([answer.status, answer.body.error]).toEqual([404, "Not Found"]);
    }
    expect((await world.admin("GET", "/admin/oauth2/auth/requests/device")).status).toBe(400);
  });

  test("a challenge that has expired says where to begin anew", async () => {
    const challenge = await openDevicePage(world, newBrowser());
    world.clock.advance(1800);
    const answer = await acceptDevice(world, challenge, "BBBB-BBBB");
    expect([answer.status, answer.body]).toEqual([410, { redirect_to: `${world.publicUrl}${verify}` }]);
  });

  test("a double click and a second thought lead to the last code's device", async () => {
    const client = await newDeviceClient(world);
    const [first, second] = [await newDevice(world, client), await newDevice(world, client)];
    const browser = newBrowser();
    const challenge = await openDevicePage(world, browser);
    const once = await acceptDevice(world, challenge, first.user_code);
    const again = await acceptDevice(world, challenge, second.user_code);
    expect(again.body).toEqual(once.body);
    const login = await openLogin(browser, again.body.redirect_to);
    const consent = challengeOf(
      await landing(browser, (await acceptLogin(world, login)).body.redirect_to),
      "consent_challenge",
    );
    await landing(browser, (await acceptConsent(world, consent)).body.redirect_to);
    expect(refusal(await poll(world, client, first))).toEqual([400, "authorization_pending"]);
    expect((await poll(world, client, second)).status).toBe(200);
  });

  test("a user who is signed in is not asked again, and may not be switched silently", async () => {
    const web = await newClient(world);
    const query = new URLSearchParams({ client_id: web.id, response_type: "code", scope: "openid", state: "12345678" });
    query.set("redirect_uri", "http://127.0.0.1:9/callback");
    const browser = await signedIn(world, `${world.publicUrl}/oauth2/auth?${query.toString()}`);
    const client = await newDeviceClient(world);
    const device = await newDevice(world, client);
    const login = await openDeviceLogin(world, browser, device);
    expect((await asked(world, "login", login)).body).toMatchObject({
      skip: true,
      subject: "alice",
      request_url: `${world.publicUrl}${verify}`,
      oidc_context: {},
      client: { client_id: client.id },
    });
    const switched = (await acceptLogin(world, login, { subject: "bob" })).body.redirect_to;
    const anew = await openLogin(browser, switched);
    expect((await asked(world, "login", anew)).body.skip).toBe(false);
    const place = await landing(browser, (await acceptLogin(world, anew, { subject: "bob" })).body.redirect_to);
    await landing(browser, (await acceptConsent(world, challengeOf(place, "consent_challenge"))).body.redirect_to);
    const tokens = (await poll(world, client, device)).body;
    expect((await world.introspect({ token: tokens.access_token })).body.sub).toBe("bob");
  });

  test("D37: what is fetched in advance begins nothing", async () => {
    for (const headers of [{ "sec-purpose": "prefetch" }, { purpose: "prefetch" }]) {
      const answer = await world.get(verify, headers);
      expect(answer.status).toBe(403);
      expect(answer.headers).not.toHaveProperty("set-cookie");
    }
    expect((await world.post(verify, "")).status).toBe(405);
  });
});

describe.each(databases)("on $name", (database) => {
  test("D46: a login that took too long begins anew, for the same device", async () => {
    const settings = { ...devicePages, "ttl.login_consent_request": "1m" };
    const world = await startWorld({ dsn: await database.dsn(), settings });
    try {
      const client = await newDeviceClient(world);
      const device = await newDevice(world, client);
      const browser = newBrowser();
      const login = await openDeviceLogin(world, browser, device);
      world.clock.advance(60);
      const late = await asked(world, "login", login);
      expect(late.status).toBe(410);
      const anew = await openLogin(browser, late.body.redirect_to);
      const consent = challengeOf(
        await landing(browser, (await acceptLogin(world, anew)).body.redirect_to),
        "consent_challenge",
      );
      await landing(browser, (await acceptConsent(world, consent)).body.redirect_to);
      expect((await poll(world, client, device)).status).toBe(200);
      expect((await browser.visit(late.body.redirect_to)).status).toBe(403);
    } finally {
      await world.close();
    }
  });

  test("DEV-012, RFC 8628 §5.1: a hundred wrong codes a minute are tried in all, and then not even a right one", async () => {
    const world = await startWorld({ dsn: await database.dsn(), settings: devicePages });
    try {
      const client = await newDeviceClient(world);
      const device = await newDevice(world, client);
      const guess = async (code: string) => acceptDevice(world, await openDevicePage(world, newBrowser()), code);
      expect((await guess(device.user_code)).status).toBe(200);
      const answers = await Promise.all(Array.from({ length: 130 }, () => guess("BBBB-BBBB")));
      expect(countStatuses(answers)).toEqual({ 400: 100, 429: 30 });
      const tired = await guess(device.user_code);
      expect([tired.status, tired.headers["retry-after"], tired.body.error]).toEqual([429, "60", "too_many_requests"]);
      world.clock.advance(60);
      expect((await guess(device.user_code)).status).toBe(200);
    } finally {
      await world.close();
    }
  });

  test("DEV-017: no code is in the log, whatever is shown of requests", async () => {
    const settings = { ...devicePages, "log.leak_sensitive_values": true, "log.level": "debug" };
    const world = await startWorld({ dsn: await database.dsn(), settings });
    try {
      const client = await newDeviceClient(world);
      const device = await newDevice(world, client);
      await landing(newBrowser(), device.verification_uri_complete);
      await askedDevice(world, await openDevicePage(world, newBrowser()), device.user_code);
      await approve(world, device);
      await poll(world, client, device);
      const log = world.log.join("\n");
      for (const secret of [device.user_code, device.user_code.replace("-", ""), device.device_code]) {
        expect(log.toLowerCase()).not.toContain(secret.toLowerCase());
      }
      expect(log).toContain("user_code_accepted");
    } finally {
      await world.close();
    }
  });
});
