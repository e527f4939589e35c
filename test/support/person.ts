/** A person at a real browser, in front of the demo client: any number of tabs, one set of cookies. */
import type { Browser, Page, Request } from "playwright-core";
import { expect, onTestFinished } from "vitest";
import type { ReferenceWorld } from "./reference-world.ts";
import { send } from "./server.ts";

export interface Tab {
  readonly page: Page;
  /** The states that the client asked with, and those that came back to it, in the order of this tab's requests. */
  readonly asked: readonly string[];
  readonly told: readonly string[];
  /** From the client to the sign-in page. */
  begin(): Promise<void>;
  /** Fills in the sign-in form that is shown, and sends it. */
  signIn(): Promise<void>;
  press(button: "accept" | "retry"): Promise<void>;
  title(): Promise<string>;
  /** Answers whatever form is shown until the browser is back at the client; the titles of the pages. */
  goOn(): Promise<readonly string[]>;
  /** As `goOn`, and back to the client by hand where another tab has ended the sign-in: its page says to. */
  goOnOrBack(): Promise<void>;
  /** The end of every story: the client knows its user by tokens of this server, and they work. */
  expectSignedIn(): Promise<void>;
}

export interface Person {
  tab(): Promise<Tab>;
  /** The browser forgets the cookies of these names. */
  forget(names: RegExp): Promise<void>;
}

export async function newPerson(browser: Browser | undefined, world: ReferenceWorld): Promise<Person> {
  if (browser === undefined) throw new Error("There is no browser.");
  const context = await browser.newContext();
  context.setDefaultTimeout(15_000);
  onTestFinished(() => context.close());
  return {
    tab: async () => tabOf(await context.newPage(), world),
    forget: (name) => context.clearCookies({ name }),
  };
}

function tabOf(page: Page, world: ReferenceWorld): Tab {
  const asked: string[] = [];
  const told: string[] = [];
  page.on("request", (request) => {
    const url = new URL(request.url());
    const state = url.searchParams.get("state");
    if (state !== null && url.href.startsWith(`${world.publicUrl}/oauth2/auth?`)) asked.push(state);
    if (state !== null && url.href.startsWith(`${world.demoUrl}/callback?`)) told.push(state);
  });
  const signIn = async () => {
    await page.fill("#email", "foo@bar.com");
    await page.fill("#password", "foobar");
    await page.click("#accept");
  };
  const title = async () => (await page.textContent("h1")) ?? "";
  const goOn = async () => {
    const titles: string[] = [];
    while (page.url().startsWith(world.pagesUrl) && titles.length < 4) {
      titles.push(await title());
      if ((await page.locator("#accept").count()) === 0) return titles;
      await (titles.at(-1) === "Sign in" ? signIn() : page.click("#accept"));
    }
    return titles;
  };
  return {
    page,
    asked,
    told,
    async begin() {
      await page.goto(`${world.demoUrl}/login`);
      await page.waitForSelector("#login-title");
    },
    signIn,
    press: (button) => page.click(`#${button}`),
    title,
    goOn,
    async goOnOrBack() {
      const last = (await goOn()).at(-1);
      if (last === "This sign-in was started elsewhere") await page.goto(world.demoUrl);
    },
    async expectSignedIn() {
      expect(page.url()).toBe(`${world.demoUrl}/`);
      expect(await page.textContent("main")).toContain("Tessera says that you are foo@bar.com");
      await page.click("#userinfo");
      expect(await page.textContent("#news")).toContain("Foo Bar");
    },
  };
}

/**
 * The next form does its work at its servers, up to the redirect that `last` names, but the browser never learns what
 * came of it. The URLs that were asked.
 */
export async function loseAnswer(page: Page, last: (url: URL) => boolean): Promise<readonly string[]> {
  const lost: string[] = [];
  await page.route("**/*", async (route) => {
    const request = route.request();
    if (lost.length > 0 || request.method() !== "POST") return route.fallback();
    await followUnseen(request, last, lost);
    // As by a line that broke: the page that was there stays.
    return route.abort("aborted");
  });
  return lost;
}

async function followUnseen(form: Request, last: (url: URL) => boolean, lost: string[]): Promise<void> {
  const context = form.frame().page().context();
  let [method, url, body] = [form.method(), form.url(), form.postData() ?? undefined];
  for (;;) {
    const cookie = (await context.cookies(url)).map(({ name, value }) => `${name}=${value}`).join("; ");
    const type = body === undefined ? {} : { "content-type": "application/x-www-form-urlencoded" };
    const { headers } = await send(method, url, body, { cookie, ...type });
    lost.push(url);
    if (last(new URL(url)) || headers.location === undefined) return;
    [method, url, body] = ["GET", new URL(headers.location, url).href, undefined];
  }
}
