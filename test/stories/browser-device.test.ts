/** The device page in a real browser: pressed twice, left and come back to, too late, and in two tabs. */
import type { Page } from "playwright-core";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { chromium } from "../support/chromium.ts";
import type { TestClient } from "../support/code-flow.ts";
import { databases } from "../support/database.ts";
import { type DeviceCodes, newDevice, newDeviceClient, poll } from "../support/device-flow.ts";
import { loseAnswer, newPerson, type Person } from "../support/person.ts";
import { type ReferenceWorld, startReferenceWorld } from "../support/reference-world.ts";

const browser = await chromium();
afterAll(() => browser?.close());

describe.skipIf(browser === undefined).each(databases)("a device is connected, on $name", (database) => {
  let world: ReferenceWorld;
  let client: TestClient;
  let device: DeviceCodes;
  let person: Person;
  let page: Page;

  beforeAll(async () => {
    world = await startReferenceWorld(await database.dsn());
    client = await newDeviceClient(world);
  });
  afterAll(async () => {
    expect(world.faults).toEqual([]);
    await world.close();
  });
  beforeEach(async () => {
    device = await newDevice(world, client);
    person = await newPerson(browser, world);
    ({ page } = await person.tab());
    await page.goto(device.verification_uri);
  });

  const typeCode = (at = page) => at.fill("#user-code", device.user_code);

  /** Answers whatever form is shown; the titles of the pages, the last one included. */
  async function goOn(at = page): Promise<readonly string[]> {
    const titles: string[] = [];
    while (titles.length < 6) {
      titles.push((await at.textContent("h1")) ?? "");
      if ((await at.locator("#accept").count()) === 0) break;
      await answer(at);
    }
    return titles;
  }

  async function answer(at: Page): Promise<void> {
    if ((await at.locator("#user-code").count()) === 1) await typeCode(at);
    if ((await at.locator("#email").count()) === 1) await at.fill("#email", "foo@bar.com");
    if ((await at.locator("#password").count()) === 1) await at.fill("#password", "foobar");
    await at.click("#accept");
  }

  const [code, login, consent] = ["Connect a device", "Sign in", "Allow A television?"];
  const done = "Your device is connected";

  async function expectTokens() {
    world.clock.advance(5);
    const { status, body } = await poll(world, client, device);
    expect([status, body.token_type]).toEqual([200, "bearer"]);
  }

  test("two clicks on every button are as good as one", async () => {
    await typeCode();
    await page.dblclick("#accept");
    await page.waitForSelector("#login-title");
    await page.fill("#email", "foo@bar.com");
    await page.fill("#password", "foobar");
    await page.dblclick("#accept");
    await page.waitForSelector("#consent-title");
    await page.dblclick("#accept");
    await page.waitForSelector("#device-done");
    await expectTokens();
  });

  test("back from the sign-in page, the code is typed once more", async () => {
    await typeCode();
    await page.click("#accept");
    await page.waitForSelector("#login-title");
    await page.goBack();
    expect(await goOn()).toEqual([code, login, consent, done]);
    await expectTokens();
  });

  test("one device page in two tabs: both may be sent", async () => {
    const other = (await person.tab()).page;
    await other.goto(page.url());
    await Promise.all([typeCode(), typeCode(other)]);
    await Promise.all([page.click("#accept"), other.click("#accept")]);
    expect((await goOn()).at(-1)).toBe(done);
    await expectTokens();
  });

  test("the link of the code is opened in two tabs: each asks, and one of them connects it", async () => {
    const other = (await person.tab()).page;
    await Promise.all([page, other].map((one) => one.goto(device.verification_uri_complete)));
    expect(await other.textContent("#shown-code")).toBe(device.user_code);
    expect(await goOn()).toEqual(["Connect A television?", login, consent, done]);
    await expectTokens();
  });

  test.for([
    ["the code", (url: URL) => url.pathname === "/device", [code, login, consent, done]],
    ["the sign-in", (url: URL) => url.searchParams.has("login_verifier"), [login, login, consent, done]],
    ["the consent form", (url: URL) => url.pathname === "/consent", [consent, done]],
    ["the consent", (url: URL) => url.searchParams.has("consent_verifier"), [consent, done]],
  ] as const)("the answer to %s is lost, and the user presses again", async ([, last, titles]) => {
    while ((await page.textContent("h1")) !== titles[0]) await answer(page);
    const lost = await loseAnswer(page, last);
    const failed = page.waitForEvent("requestfailed");
    await answer(page);
    await failed;
    expect(last(new URL(lost.at(-1) ?? ""))).toBe(true);
    expect(await goOn()).toEqual(titles);
    await expectTokens();
  });

  test("back from the end, the device stays connected", async () => {
    await goOn();
    await page.goBack();
    expect(await goOn()).toEqual([done]);
    await expectTokens();
  });

  test("a sign-in that is sent too late says so, and a new code works", async () => {
    await typeCode();
    await page.click("#accept");
    await page.waitForSelector("#login-title");
    world.clock.advance(31 * 60);
    expect(await goOn()).toEqual([login, "This sign-in took too long"]);
    device = await newDevice(world, client);
    await page.goto(device.verification_uri);
    expect(await goOn()).toEqual([code, login, consent, done]);
    await expectTokens();
  });
});
