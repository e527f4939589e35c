/** What `npm start` starts, clicked through in a real browser with scripts switched off. */
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { afterAll, describe, expect, it, onTestFinished } from "vitest";
import { type DemoPorts, type RunningDemo, startDemo } from "../../src/cli/start/demo.ts";
import { chromium } from "../support/chromium.ts";

const screenshots = join(tmpdir(), "tessera-screenshots");
mkdirSync(screenshots, { recursive: true });

const browser = await chromium();
afterAll(() => browser?.close());

interface Look {
  readonly name: string;
  readonly width: number;
  readonly colorScheme: "light" | "dark";
}

const looks: readonly Look[] = [
  { name: "phone-light", width: 375, colorScheme: "light" },
  { name: "desktop-dark", width: 1280, colorScheme: "dark" },
];

const anyPorts: DemoPorts = { public: 0, admin: 0, pages: 0, demo: 0 };

async function startIn(dataFolder: string, ports = anyPorts): Promise<RunningDemo> {
  return startDemo({ dataFolder, ports, environment: {}, writeLog: () => undefined });
}

/** An empty data folder, everything running on it, and a user before the demo client's page. */
async function world(look: Look = { name: "tablet-light", width: 820, colorScheme: "light" }) {
  const dataFolder = mkdtempSync(join(tmpdir(), "tessera-demo-"));
  const demo = await startIn(dataFolder);
  onTestFinished(async () => {
    await demo.close();
    rmSync(dataFolder, { recursive: true });
  });
  const user = await userOf(look);
  await user.page.goto(demo.demoUrl);
  return { demo, dataFolder, ...user };
}

async function userOf(look: Look) {
  if (browser === undefined) throw new Error("no browser");
  const context = await browser.newContext({
    viewport: { width: look.width, height: 800 },
    colorScheme: look.colorScheme,
    javaScriptEnabled: false,
  });
  onTestFinished(() => context.close());
  const page = await context.newPage();
  const shoot = async (name: string) => {
    // A page that scrolls sideways is broken, on a phone most of all.
    expect(await page.locator("html").evaluate((html) => html.scrollWidth <= html.clientWidth)).toBe(true);
    await page.screenshot({ path: join(screenshots, `${name}-${look.name}.png`), fullPage: true });
  };
  return { page, shoot };
}

async function signIn(page: Page, remember = false): Promise<void> {
  await page.fill("#email", "foo@bar.com");
  await page.fill("#password", "foobar");
  if (remember) await page.check("#remember");
  await page.click("#accept");
}

const fact = (page: Page, list: string, name: string) =>
  page
    .locator(`#${list} dt`, { hasText: new RegExp(`^${name}$`) })
    .locator("+ dd")
    .textContent();

describe.skipIf(browser === undefined)("the demonstration", () => {
  it.each(looks)("leads from one click to tokens: $name", async (look) => {
    const { demo, page, shoot } = await world(look);
    await shoot("1-welcome");
    await page.click("#sign-in");
    expect(page.url()).toContain(`${demo.pagesUrl}/login?login_challenge=`);
    await shoot("2-login");
    await signIn(page);
    expect(page.url()).toContain(`${demo.pagesUrl}/consent?consent_challenge=`);
    expect(await page.textContent("#destination")).toContain(new URL(demo.demoUrl).host);
    await shoot("3-consent");
    await page.click("#accept");
    expect(page.url()).toBe(`${demo.demoUrl}/`);
    await shoot("4-tokens");
    expect(await page.textContent("#subject")).toBe("foo@bar.com");
    expect(await fact(page, "claims", "iss")).toBe(demo.config["urls.self.issuer"]);
    expect(await fact(page, "claims", "email")).toBe("foo@bar.com");
    expect(await fact(page, "tokens", "granted scope")).toBe("openid profile email offline_access");

    await page.click("#userinfo");
    expect(await page.textContent("#news")).toContain("Foo Bar");
    await shoot("5-userinfo");
  });

  it("refreshes, and after a revocation refuses both tokens", async () => {
    const { page } = await world();
    await page.click("#sign-in");
    await signIn(page);
    await page.click("#accept");
    const before = await fact(page, "tokens", "access token");
    await page.click("#refresh");
    expect(await page.textContent("#news")).toContain("Refreshed");
    expect(await fact(page, "tokens", "access token")).not.toBe(before);
    await page.click("#revoke");
    expect(await page.textContent("#news")).toContain("Revoked");
    await page.click("#refresh");
    expect(await page.textContent("#news")).toContain("invalid_grant");
    await page.click("#userinfo");
    expect(await page.textContent("#news")).toContain("The server refused");
  });

  it("tells the client when its user denies, and shares only what stays ticked", async () => {
    const { page, shoot } = await world();
    await page.click("#sign-in");
    await signIn(page);
    await page.click("#reject");
    expect(await page.textContent("#news")).toContain("access_denied");
    await shoot("6-denied");

    await page.click("#sign-in");
    await signIn(page);
    await page.uncheck("[name=grant_scope][value=profile]");
    await page.click("#accept");
    expect(await fact(page, "tokens", "granted scope")).toBe("openid email offline_access");
    expect(await page.locator("#claims dt", { hasText: /^name$/ }).count()).toBe(0);
  });

  it("signs out for good", async () => {
    const { demo, page, shoot } = await world();
    await page.click("#sign-in");
    await signIn(page, true);
    await page.click("#accept");
    await page.click("#sign-out");
    expect(page.url()).toContain(`${demo.pagesUrl}/logout?logout_challenge=`);
    expect(await page.textContent(".lead")).toContain("Demo client");
    await shoot("9-sign-out");
    await page.click("#reject");
    await shoot("10-still-signed-in");
    await page.click("#again");
    await page.click("#accept");
    expect(page.url()).toBe(`${demo.demoUrl}/`);
    expect(await page.textContent("#news")).toContain("signed out");
    // Remembered no longer: the password is asked for again.
    await page.click("#sign-in");
    expect(await page.textContent("#login-title")).toContain("Sign in");
  });

  it("says that one is signed out where no application wants one back", async () => {
    const { demo, page, shoot } = await world();
    await page.goto(`${demo.config["urls.self.public"]}oauth2/sessions/logout`);
    expect(page.url()).toBe(`${demo.pagesUrl}/signed-out`);
    await shoot("11-signed-out");
  });

  it("asks again after a wrong password, and shows what the server refuses", async () => {
    const { demo, page, shoot } = await world();
    await page.click("#sign-in");
    await page.fill("#email", "foo@bar.com");
    await page.fill("#password", "wrong");
    await page.click("#accept");
    await shoot("7-wrong-password");
    await signIn(page);
    expect(page.url()).toContain("/consent?");

    await page.goto(`${demo.config["urls.self.public"]}oauth2/auth?client_id=nobody&response_type=code`);
    expect(page.url()).toContain(`${demo.pagesUrl}/error?error=`);
    await shoot("8-error");
  });

  it("finds at its second start the data of the first", async () => {
    const { demo, dataFolder, page } = await world();
    await page.click("#sign-in");
    await signIn(page, true);
    await page.check("#remember");
    await page.click("#accept");
    await demo.close();

    const again = await startIn(dataFolder, {
      public: demo.config["serve.public.port"],
      admin: demo.config["serve.admin.port"],
      pages: Number(new URL(demo.pagesUrl).port),
      demo: Number(new URL(demo.demoUrl).port),
    });
    onTestFinished(() => again.close());
    await page.goto(again.demoUrl);
    expect(await page.locator("#welcome").count()).toBe(1);
    // Signed in and agreed before: neither page is shown again.
    await page.click("#sign-in");
    expect(page.url()).toBe(`${again.demoUrl}/`);
    expect(await page.textContent("#subject")).toBe("foo@bar.com");
  });
});
