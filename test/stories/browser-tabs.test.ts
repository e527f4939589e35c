/** Several tabs of one browser at once: each ends signed in, with the state that it began with. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { chromium } from "../support/chromium.ts";
import { databases } from "../support/database.ts";
import { newPerson } from "../support/person.ts";
import { type ReferenceWorld, startReferenceWorld } from "../support/reference-world.ts";

const browser = await chromium();
afterAll(() => browser?.close());

describe.skipIf(browser === undefined).each(databases)("tabs on $name", (database) => {
  let world: ReferenceWorld;

  beforeAll(async () => {
    world = await startReferenceWorld(await database.dsn());
  });
  afterAll(async () => {
    expect(world.faults).toEqual([]);
    await world.close();
  });

  test.for([2, 5])("%i tabs that begin, sign in and allow at the same moments each end signed in", async (count) => {
    const person = await newPerson(browser, world);
    const tabs = await Promise.all(Array.from({ length: count }, () => person.tab()));
    await Promise.all(tabs.map((tab) => tab.begin()));
    await Promise.all(tabs.map((tab) => tab.signIn()));
    await Promise.all(tabs.map((tab) => tab.press("accept")));
    for (const tab of tabs) {
      expect(tab.asked).toHaveLength(1);
      expect(tab.told).toEqual(tab.asked);
      await tab.expectSignedIn();
    }
    expect(new Set(tabs.flatMap((tab) => tab.told)).size).toBe(count);
  });

  test("tabs that were opened before a sign-in end it afterwards, in any order", async () => {
    const person = await newPerson(browser, world);
    const [first, second, third] = [await person.tab(), await person.tab(), await person.tab()];
    for (const tab of [first, second, third]) await tab.begin();
    await third.signIn();
    await first.signIn();
    await third.press("accept");
    await third.expectSignedIn();
    await second.signIn();
    await second.press("accept");
    await first.press("accept");
    for (const tab of [first, second]) {
      expect(tab.told).toEqual(tab.asked);
      await tab.expectSignedIn();
    }
  });

  test("one sign-in page in two tabs: both may be sent, and both end signed in", async () => {
    const person = await newPerson(browser, world);
    const [one, other] = [await person.tab(), await person.tab()];
    await one.begin();
    await other.page.goto(one.page.url());
    await Promise.all([one.signIn(), other.signIn()]);
    for (const tab of [one, other]) {
      await tab.goOn();
      await tab.expectSignedIn();
    }
  });

  test("one consent page in two tabs: both may be sent, and both end signed in", async () => {
    const person = await newPerson(browser, world);
    const [one, other] = [await person.tab(), await person.tab()];
    await one.begin();
    await one.signIn();
    await other.page.goto(one.page.url());
    await Promise.all([one.press("accept"), other.press("accept")]);
    for (const tab of [one, other]) {
      await tab.goOnOrBack();
      await tab.expectSignedIn();
    }
  });
});
