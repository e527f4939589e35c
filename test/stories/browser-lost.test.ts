/** What gets lost on the way: pages that never load, links that are opened twice, and time. */
import type { Page } from "playwright-core";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { chromium } from "../support/chromium.ts";
import { databases } from "../support/database.ts";
import { newPerson, type Person, type Tab } from "../support/person.ts";
import { type ReferenceWorld, startReferenceWorld } from "../support/reference-world.ts";

const browser = await chromium();
afterAll(() => browser?.close());

const [login, consent] = ["Sign in", "Allow Demo client?"];
const minute = 60;

describe.skipIf(browser === undefined).each(databases)("what is lost, on $name", (database) => {
  let world: ReferenceWorld;
  let person: Person;
  let tab: Tab;

  beforeAll(async () => {
    world = await startReferenceWorld(await database.dsn());
  });
  afterAll(async () => {
    expect(world.faults).toEqual([]);
    await world.close();
  });
  beforeEach(async () => {
    person = await newPerson(browser, world);
    tab = await person.tab();
    await tab.begin();
  });

  const steps = ["login", "consent"] as const;

  /** Sends the form of the page, and comes to the other one first. */
  async function send(step: (typeof steps)[number]) {
    if (step === "login") return tab.signIn();
    await tab.signIn();
    await tab.page.waitForSelector("#consent-title");
    return tab.press("accept");
  }

  test.for(steps)("a %s whose next page never loads: the user begins again at the client", async (step) => {
    await redirectOf(tab.page, step, () => send(step));
    await tab.begin();
    expect(await tab.goOn()).toEqual([login, consent]);
    expect(tab.told).toEqual(tab.asked.slice(-1));
    await tab.expectSignedIn();
  });

  test.for(steps)("a %s whose next page never loads: the user loads it once more", async (step) => {
    await tab.page.goto(await redirectOf(tab.page, step, () => send(step)));
    expect(await tab.goOn()).toEqual(step === "login" ? [consent] : []);
    await tab.expectSignedIn();
  });

  test("a login's next page is opened twice: both tabs come to one consent, and both end signed in", async () => {
    const other = await person.tab();
    const next = await redirectOf(tab.page, "login", () => send("login"));
    await Promise.all([tab.page.goto(next), other.page.goto(next)]);
    expect(tab.page.url()).toContain("/consent?consent_challenge=");
    expect(other.page.url()).toBe(tab.page.url());
    for (const one of [tab, other]) {
      await one.goOn();
      await one.expectSignedIn();
    }
  });

  test("a consent's next page is opened twice: both end signed in", async () => {
    const other = await person.tab();
    const next = await redirectOf(tab.page, "consent", () => send("consent"));
    await Promise.all([tab.page.goto(next), other.page.goto(next)]);
    for (const one of [tab, other]) {
      await one.goOnOrBack();
      await one.expectSignedIn();
    }
  });

  test.for(steps)("a %s that is sent too late begins anew, with the same request", async (step) => {
    if (step === "consent") {
      await tab.signIn();
      await tab.page.waitForSelector("#consent-title");
    }
    world.clock.advance(31 * minute);
    await (step === "login" ? tab.signIn() : tab.press("accept"));
    expect(await tab.goOn()).toEqual([login, consent]);
    expect(new Set(tab.asked)).toEqual(new Set(tab.told));
    await tab.expectSignedIn();
  });

  test("a login that is sent two days late says so, and the client's next one works", async () => {
    world.clock.advance(48 * 60 * minute);
    await tab.signIn();
    expect(await tab.title()).toBe("This sign-in took too long");
    await tab.begin();
    expect(await tab.goOn()).toEqual([login, consent]);
    await tab.expectSignedIn();
  });
});

/** Where the answer to the form leads: the browser never goes there. */
async function redirectOf(page: Page, step: "login" | "consent", send: () => Promise<void>): Promise<string> {
  let next = "";
  await page.route(`**/${step}`, async (route) => {
    if (route.request().method() !== "POST") return route.fallback();
    const answer = await route.fetch({ maxRedirects: 0 });
    next = answer.headers().location ?? "";
    return route.abort("aborted");
  });
  const failed = page.waitForEvent("requestfailed");
  await send();
  await failed;
  await page.unroute(`**/${step}`);
  return next;
}
