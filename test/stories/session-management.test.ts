/** Clients that watch in a frame whether the user is still signed in: OpenID Connect Session Management 1.0. */
import { createServer } from "node:http";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { chromium } from "../support/chromium.ts";
import { authorizationRequest, newClient, runFlow } from "../support/code-flow.ts";
import { logoutSettings, logoutUrl, signOut } from "../support/logout.ts";
import { newBrowser, startWorld, type World } from "../support/server.ts";

const chrome = await chromium();

let world: World;
beforeAll(async () => {
  world = await startWorld({ settings: { ...logoutSettings, "oidc.session_management.enabled": true } });
});
afterAll(async () => {
  await chrome?.close();
  await world.close();
});

const stateCookie = "ory_hydra_session_dev_state";

async function sessionState(browser = newBrowser(), over: Record<string, string> = {}, login = {}) {
  const client = await newClient(world);
  const url = authorizationRequest(world, client, over).url;
  const place = await runFlow(world, url, { browser, login: { remember: true, ...login } });
  return { browser, client, state: place.searchParams.get("session_state") };
}

describe("session_state", () => {
  it("comes with the answer, salted, and stands for the browser's cookie", async () => {
    const { browser, state } = await sessionState();
    expect(state).toMatch(/^[0-9a-f]{64}\.[\w-]{11}$/);
    expect(browser.cookies.value(world.publicUrl, stateCookie)).toMatch(/^[\w-]{22}$/);
  });

  it("is not for what is no OpenID Connect request", async () => {
    expect((await sessionState(newBrowser(), { scope: "read" })).state).toBeNull();
  });

  it("the browser's state is another after each login, none after the logout", async () => {
    const { browser } = await sessionState();
    const first = browser.cookies.value(world.publicUrl, stateCookie);
    await sessionState(browser);
    expect(browser.cookies.value(world.publicUrl, stateCookie)).toBe(first);
    await sessionState(browser, { prompt: "login" });
    const second = browser.cookies.value(world.publicUrl, stateCookie);
    expect(second).not.toBe(first);
    await signOut(world, browser);
    expect(browser.cookies.value(world.publicUrl, stateCookie)).toBeUndefined();
  });

  it("a browser that was signed in before anybody watched gets a state", async () => {
    const { browser } = await sessionState();
    browser.cookies.store(new URL(world.publicUrl), [`${stateCookie}=; Max-Age=0; Path=/`]);
    expect((await sessionState(browser)).state).not.toBeNull();
    expect(browser.cookies.value(world.publicUrl, stateCookie)).toMatch(/^[\w-]{22}$/);
  });

  it("is off unless it is asked for", async () => {
    const plain = await startWorld({ settings: logoutSettings });
    const client = await newClient(plain);
    const browser = newBrowser();
    const place = await runFlow(plain, authorizationRequest(plain, client).url, { browser, login: { remember: true } });
    expect(place.searchParams.has("session_state")).toBe(false);
    expect(browser.cookies.value(plain.publicUrl, stateCookie)).toBeUndefined();
    expect((await plain.get("/oauth2/sessions/check")).status).toBe(404);
    expect((await plain.get("/.well-known/openid-configuration")).body).not.toHaveProperty("check_session_iframe");
    await plain.close();
  });
});

describe("the frame", () => {
  it("is named by discovery, may be framed by anyone, and runs its own script only", async () => {
    const { body } = await world.get("/.well-known/openid-configuration");
    expect(body.check_session_iframe).toBe(`${world.publicUrl}/oauth2/sessions/check`);
    const page = await world.get("/oauth2/sessions/check");
    expect(page.status).toBe(200);
    expect(page.headers["x-frame-options"]).toBeUndefined();
    const policy = page.headers["content-security-policy"] ?? "";
    expect(policy).toMatch(/^default-src 'none'; script-src 'sha256-[^']+'; base-uri 'none'; form-action 'none'$/);
  });

  it.skipIf(chrome === undefined)("answers unchanged, changed after the logout, and error to nonsense", async () => {
    const { url, context, page, ask } = await watcher();
    const client = await newClient(world, { redirect_uris: [`${url}/callback`] });
    const browser = newBrowser();
    const asked = authorizationRequest(world, client, { redirect_uri: `${url}/callback` });
    const place = await runFlow(world, asked.url, { browser, login: { remember: true } });
    const state = place.searchParams.get("session_state") ?? "";
    const share = async () => {
      await context.clearCookies();
      const value = browser.cookies.value(world.publicUrl, stateCookie);
      if (value !== undefined) await context.addCookies([{ name: stateCookie, value, url: world.publicUrl }]);
    };
    await share();
    await page.goto(url);
    expect(await ask(`${client.id} ${state}`)).toBe("unchanged");
    expect(await ask(`another ${state}`)).toBe("changed");
    expect(await ask("nonsense")).toBe("error");
    await browser.visit(logoutUrl(world));
    await signOut(world, browser);
    await share();
    expect(await ask(`${client.id} ${state}`)).toBe("changed");
  });
});

/** A client's page with the server's frame in it. */
async function watcher() {
  const page = `<!doctype html><iframe id="op" src="${world.publicUrl}/oauth2/sessions/check"></iframe>`;
  const server = createServer((_request, response) => response.setHeader("content-type", "text/html").end(page));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const url = `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`;
  const context = await chrome?.newContext();
  if (context === undefined) throw new Error("There is no browser.");
  onTestFinished(async () => {
    await context.close();
    server.closeAllConnections();
    server.close();
  });
  const tab = await context.newPage();
  const ask = (message: string): Promise<string> =>
    tab.evaluate(`new Promise((resolve) => {
      window.addEventListener("message", (event) => resolve(String(event.data)), { once: true });
      document.querySelector("iframe").contentWindow.postMessage(${JSON.stringify(message)}, "${world.publicUrl}");
    })`);
  return { url, context, page: tab, ask };
}
