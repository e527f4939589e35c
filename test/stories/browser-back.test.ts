/** Going back, pressing twice, and lines that break: whoever goes on is signed in. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { chromium } from "../support/chromium.ts";
import { databases } from "../support/database.ts";
import { loseAnswer, newPerson } from "../support/person.ts";
import { type ReferenceWorld, startReferenceWorld } from "../support/reference-world.ts";

const browser = await chromium();
afterAll(() => browser?.close());

const [login, consent] = ["Sign in", "Allow Demo client?"];

describe.skipIf(browser === undefined).each(databases)("a sign-in on $name", (database) => {
  let world: ReferenceWorld;

  beforeAll(async () => {
    world = await startReferenceWorld(await database.dsn());
  });
  afterAll(async () => {
    expect(world.faults).toEqual([]);
    await world.close();
  });

  async function atLogin() {
    const tab = await (await newPerson(browser, world)).tab();
    await tab.begin();
    return tab;
  }

  async function atConsent() {
    const tab = await atLogin();
    await tab.signIn();
    await tab.page.waitForSelector("#consent-title");
    return tab;
  }

  test("back from the consent page, the sign-in form is sent once more", async () => {
    const tab = await atConsent();
    await tab.page.goBack();
    expect(await tab.goOn()).toEqual([login, consent]);
    await tab.expectSignedIn();
  });

  test("back after the callback, the sign-in begins anew and ends well", async () => {
    const tab = await atConsent();
    await tab.press("accept");
    await tab.page.waitForURL(`${world.demoUrl}/`);
    await tab.page.goBack();
    expect(await tab.goOn()).toEqual([login, consent]);
    await tab.expectSignedIn();
    // All the way back, to the first form.
    while (!tab.page.url().startsWith(`${world.pagesUrl}/login`)) await tab.page.goBack();
    expect(await tab.goOn()).toEqual([login, consent]);
    await tab.expectSignedIn();
  });

  test("a callback that is opened once more leaves its user signed in", async () => {
    const tab = await atConsent();
    const callback = tab.page.waitForRequest((request) => request.url().startsWith(`${world.demoUrl}/callback?`));
    await tab.press("accept");
    await tab.page.goto((await callback).url());
    await tab.expectSignedIn();
  });

  test("two clicks on every button are as good as one", async () => {
    const tab = await atLogin();
    await tab.page.fill("#email", "foo@bar.com");
    await tab.page.fill("#password", "foobar");
    await tab.page.dblclick("#accept");
    await tab.page.waitForSelector("#consent-title");
    await tab.page.dblclick("#accept");
    // The second click may find that the first has used up the consent: then the sign-in begins anew.
    await tab.page.waitForSelector("#signed-in, #login-title");
    await tab.goOn();
    await tab.expectSignedIn();
  });

  test.for([
    ["the sign-in form", (url: URL) => url.pathname === "/login", [login, consent]],
    ["the login verifier", (url: URL) => url.searchParams.has("login_verifier"), [login, login, consent]],
    ["the consent form", (url: URL) => url.pathname === "/consent", [consent]],
    ["the consent verifier", (url: URL) => url.searchParams.has("consent_verifier"), [consent, login, consent]],
    ["the callback", (url: URL) => url.pathname === "/callback", [consent, login, consent]],
  ] as const)("the answer to %s is lost, and its user presses again", async ([, last, titles]) => {
    const tab = await atLogin();
    const isLogin = titles[0] === login;
    if (!isLogin) await tab.signIn();
    const lost = await loseAnswer(tab.page, last);
    const failed = tab.page.waitForEvent("requestfailed");
    await (isLogin ? tab.signIn() : tab.press("accept"));
    await failed;
    expect(last(new URL(lost.at(-1) ?? ""))).toBe(true);
    expect(await tab.goOn()).toEqual(titles);
    await tab.expectSignedIn();
  });
});
