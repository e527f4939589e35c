/** Single steps of the browser's way, for stories that leave it. */
import type { CookieBrowser } from "./browser.ts";
import { acceptConsent, acceptLogin, challengeOf, landing, runFlow } from "./code-flow.ts";
import { type Answer, newBrowser, type World } from "./server.ts";

export type Page = "login" | "consent";

/** Opens the URL and comes to the login page. */
export async function openLogin(browser: CookieBrowser, url: string): Promise<string> {
  return challengeOf(await landing(browser, url), "login_challenge");
}

/** Opens the URL, accepts the login and comes to the consent page. */
export async function openConsent(
  world: World,
  browser: CookieBrowser,
  url: string,
  login: Record<string, unknown> = {},
): Promise<string> {
  const back = (await acceptLogin(world, await openLogin(browser, url), login)).body.redirect_to;
  return challengeOf(await landing(browser, back), "consent_challenge");
}

/** What the login or consent application is told. */
export async function asked(world: World, page: Page, challenge: string): Promise<Answer> {
  return world.admin("GET", `/admin/oauth2/auth/requests/${page}?${page}_challenge=${challenge}`);
}

export async function reject(world: World, page: Page, challenge: string, body: object = {}): Promise<Answer> {
  return world.admin("PUT", `/admin/oauth2/auth/requests/${page}/reject?${page}_challenge=${challenge}`, body);
}

/** Accepts the consent and comes to the client. */
export async function finishConsent(
  world: World,
  browser: CookieBrowser,
  challenge: string,
  consent: Record<string, unknown> = {},
): Promise<URL> {
  return landing(browser, (await acceptConsent(world, challenge, consent)).body.redirect_to);
}

/** A browser in which the user is signed in and remembered. */
export async function signedIn(world: World, url: string, login: Record<string, unknown> = {}): Promise<CookieBrowser> {
  const browser = newBrowser();
  await runFlow(world, url, { browser, login: { remember: true, remember_for: 3600, ...login } });
  return browser;
}

/** The parameters that came to the client, whatever the response mode; undefined when they did not come there. */
export function delivered(place: URL): Record<string, string> {
  const text = place.hash === "" ? place.search : place.hash;
  return Object.fromEntries(new URLSearchParams(text.slice(1)));
}

/** What a page's form would post. */
export function postedForm(markup: string): { readonly action: string; readonly fields: Record<string, string> } {
  const action = unescaped(/<form method="post" action="([^"]*)"/.exec(markup)?.[1] ?? "");
  const inputs = markup.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)">/g);
  return {
    action,
    fields: Object.fromEntries([...inputs].map(([, name = "", value = ""]) => [unescaped(name), unescaped(value)])),
  };
}

function unescaped(text: string): string {
  const entities: Record<string, string> = { "&amp;": "&", "&lt;": "<", "&gt;": ">", "&quot;": '"', "&#39;": "'" };
  return text.replace(/&(?:amp|lt|gt|quot|#39);/g, (entity) => entities[entity] ?? entity);
}
