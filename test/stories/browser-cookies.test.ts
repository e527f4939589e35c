/** A browser whose cookies get lost, and one that has collected many. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { cookieBrowser } from "../support/browser.ts";
import { chromium } from "../support/chromium.ts";
import { newPerson, type Person, type Tab } from "../support/person.ts";
import { type ReferenceWorld, startReferenceWorld } from "../support/reference-world.ts";

const browser = await chromium();
afterAll(() => browser?.close());

const [login, consent] = ["Sign in", "Allow Demo client?"];
const steps = ["login", "consent"] as const;

let world: ReferenceWorld;
beforeAll(async () => {
  world = await startReferenceWorld();
});
afterAll(async () => {
  expect(world.faults).toEqual([]);
  await world.close();
});

describe.skipIf(browser === undefined)("cookies that are lost", () => {
  let person: Person;
  let tab: Tab;

  beforeEach(async () => {
    person = await newPerson(browser, world);
    tab = await person.tab();
    await tab.begin();
  });

  test.for(steps)("the pages' cookie is lost before the %s is sent: nobody notices", async (step) => {
    if (step === "consent") await tab.signIn();
    await tab.page.waitForSelector(`#${step}-title`);
    await person.forget(/^tessera_pages/);
    expect(await tab.goOn()).toEqual([login, consent].slice(steps.indexOf(step)));
    await tab.expectSignedIn();
  });

  test.for(steps)("the server's cookies are lost before the %s is sent: nothing is given out", async (step) => {
    if (step === "consent") await tab.signIn();
    await tab.page.waitForSelector(`#${step}-title`);
    await person.forget(/^ory_hydra/);
    await (step === "login" ? tab.signIn() : tab.press("accept"));
    expect(await tab.title()).toBe("This sign-in was started elsewhere");
    expect(tab.told).toEqual([]);
    await tab.begin();
    expect(await tab.goOn()).toEqual([login, consent]);
    await tab.expectSignedIn();
  });

  test("the client's cookies are lost: it believes nothing, and signs in anew by one click", async () => {
    await person.forget(/^tessera_demo/);
    expect(await tab.goOn()).toEqual([login, consent]);
    expect(await tab.title()).toBe("Nobody was expected back");
    await tab.press("retry");
    expect(await tab.goOn()).toEqual([login, consent]);
    await tab.expectSignedIn();
  });
});

test("RFC 6265 §6.1: after two hundred sign-ins that nobody ended the cookies are small, and the next one works", async () => {
  const user = cookieBrowser();
  for (let count = 0; count < 200; count++) await user.visit(`${world.demoUrl}/login`);
  const form = await user.visit(`${world.demoUrl}/login`);
  for (const url of [world.publicUrl, world.demoUrl, world.pagesUrl]) {
    expect((user.cookies.header(new URL(url)) ?? "").length).toBeLessThan(4096);
  }
  const question = await user.submit(form, { email: "foo@bar.com", password: "foobar", answer: "accept" });
  const home = await user.submit(question, { answer: "accept" });
  expect(home.url).toBe(`${world.demoUrl}/`);
  expect(home.body).toContain("foo@bar.com");
});
