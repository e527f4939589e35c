/** The device flow as others run it: openid-client on the device, and a person with a real browser without scripts. */
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as openid from "openid-client";
import type { Page } from "playwright-core";
import { afterAll, expect, onTestFinished, test } from "vitest";
import { startDemo } from "../../src/cli/start/demo.ts";
import { chromium } from "../support/chromium.ts";
import { newDeviceClient } from "../support/device-flow.ts";
import { callable } from "../support/server.ts";

const screenshots = join(tmpdir(), "tessera-screenshots");
mkdirSync(screenshots, { recursive: true });

const browser = await chromium();
afterAll(() => browser?.close());

const looks = [
  { name: "phone-light", width: 375, colorScheme: "light" },
  { name: "desktop-dark", width: 1280, colorScheme: "dark" },
] as const;

/** Everything of `npm start`, with a device that may ask every second. */
async function world() {
  const dataFolder = mkdtempSync(join(tmpdir(), "tessera-device-"));
  const demo = await startDemo({
    dataFolder,
    ports: { public: 0, admin: 0, pages: 0, demo: 0 },
    environment: { OAUTH2_DEVICE_AUTHORIZATION_TOKEN_POLLING_INTERVAL: "1s" },
    writeLog: () => undefined,
  });
  onTestFinished(async () => {
    await demo.close();
    rmSync(dataFolder, { recursive: true });
  });
  const [publicUrl, adminUrl] = [demo.config["urls.self.public"], demo.config["urls.self.admin"]];
  const server = callable({ publicUrl: publicUrl.replace(/\/$/, ""), adminUrl: adminUrl.replace(/\/$/, "") });
  const client = await newDeviceClient(server, { client_uri: "https://tv.example/" });
  const insecure = { execute: [openid.allowInsecureRequests] };
  const issuer = new URL(demo.config["urls.self.issuer"]);
  const config = await openid.discovery(issuer, client.id, {}, openid.ClientSecretBasic(client.secret), insecure);
  return { client, config };
}

async function userOf({ name, width, colorScheme }: (typeof looks)[number]) {
  if (browser === undefined) throw new Error("no browser");
  const context = await browser.newContext({
    viewport: { width, height: 800 },
    colorScheme,
    javaScriptEnabled: false,
  });
  onTestFinished(() => context.close());
  const page = await context.newPage();
  const shoot = async (step: string) => {
    expect(await page.locator("html").evaluate((html) => html.scrollWidth <= html.clientWidth)).toBe(true);
    await page.screenshot({ path: join(screenshots, `device-${step}-${name}.png`), fullPage: true });
  };
  return { page, shoot };
}

async function signIn(page: Page): Promise<void> {
  await page.fill("#email", "foo@bar.com");
  await page.fill("#password", "foobar");
  await page.click("#accept");
}

test.skipIf(browser === undefined).each(looks)("openid-client gets tokens of a user who typed: $name", async (look) => {
  const { client, config } = await world();
  const device = await openid.initiateDeviceAuthorization(config, { scope: "openid offline" });
  expect(device.interval).toBe(1);
  const polling = openid.pollDeviceAuthorizationGrant(config, device);
  const { page, shoot } = await userOf(look);
  await page.goto(device.verification_uri);
  await shoot("1-code");
  await page.fill("#user-code", "BBBB-BBBB");
  await page.click("#accept");
  await shoot("2-wrong");
  await page.fill("#user-code", device.user_code.toLowerCase());
  await page.click("#accept");
  await signIn(page);
  await shoot("3-consent");
  expect(await page.locator("#destination").textContent()).toContain("A device waits");
  await page.click("#accept");
  await shoot("4-done");
  expect(await page.locator("#device-done").textContent()).toBe("Your device is connected");
  const tokens = await polling;
  expect(tokens.claims()).toMatchObject({ sub: "foo@bar.com", aud: [client.id] });
  const refreshed = await openid.refreshTokenGrant(config, tokens.refresh_token ?? "");
  expect(refreshed.access_token).not.toBe(tokens.access_token);
});

test.skipIf(browser === undefined).each(looks)("openid-client hears of a user who refused: $name", async (look) => {
  const { config } = await world();
  const device = await openid.initiateDeviceAuthorization(config, { scope: "openid" });
  const polling = openid.pollDeviceAuthorizationGrant(config, device);
  const { page, shoot } = await userOf(look);
  await page.goto(device.verification_uri_complete ?? "");
  await shoot("5-question");
  expect(await page.locator("#device-title").textContent()).toBe("Connect A television?");
  expect(await page.locator("#shown-code").textContent()).toBe(device.user_code);
  expect(await page.locator("#origin").textContent()).toContain("tv.example");
  await page.click("#reject");
  await shoot("6-refused");
  await expect(polling).rejects.toMatchObject({ error: "access_denied" });
});
