/** Telling clients through the browser that its user has signed out: OpenID Connect Front-Channel Logout 1.0. */
import { createServer } from "node:http";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { chromium } from "../support/chromium.ts";
import {
  acceptLogout,
  askLogout,
  goodbye,
  logoutClient,
  logoutSettings,
  logoutUrl,
  signedOut,
  signIn,
  signOut,
} from "../support/logout.ts";
import { startWorld, type World } from "../support/server.ts";

const chrome = await chromium();

let world: World;
beforeAll(async () => {
  world = await startWorld({ settings: logoutSettings });
});
afterAll(async () => {
  await chrome?.close();
  await world.close();
});

const framesOf = (markup: string) =>
  [...markup.matchAll(/<iframe src="([^"]*)"/g)].map(([, src = ""]) => src.replaceAll("&amp;", "&"));

describe("the page", () => {
  it("OUT-016: frames the registered addresses with `iss` and `sid`, and may frame nothing else", async () => {
    const one = await logoutClient(world, { frontchannel_logout_uri: "https://one.example/out?tenant=a" });
    const two = await logoutClient(world, { frontchannel_logout_uri: "https://two.example:8443/out" });
    const none = await logoutClient(world);
    const { browser, sid } = await signIn(world, one);
    for (const client of [two, none, two]) await signIn(world, client, { browser });
    const page = await signOut(world, browser);
    expect(page.status).toBe(200);
    const told = new URLSearchParams({ iss: world.publicUrl, sid }).toString();
    expect(framesOf(page.body).toSorted()).toEqual([
      `https://one.example/out?tenant=a&${told}`,
      `https://two.example:8443/out?${told}`,
    ]);
    const policy = page.headers["content-security-policy"] ?? "";
    const frames = /frame-src ([^;]*)/.exec(policy)?.[1]?.split(" ").toSorted();
    expect(frames).toEqual(["https://one.example", "https://two.example:8443"]);
    expect(policy).toMatch(/default-src 'none'; .*script-src 'sha256-[^']+'/);
    // OUT-020: nobody frames it, and nobody keeps it.
    expect(policy).toContain("frame-ancestors 'none'");
    expect(page.headers["x-frame-options"]).toBe("DENY");
    expect(page.headers["cache-control"]).toBe("no-store");
    expect(browser.cookies.value(world.publicUrl, "ory_hydra_session_dev")).toBeUndefined();
  });

  it("has one way on with scripts and one without, to the same place", async () => {
    const client = await logoutClient(world, { frontchannel_logout_uri: "https://one.example/out" });
    const { browser, tokens } = await signIn(world, client);
    const state = `"><script>alert(1)</script>`;
    const parameters = { id_token_hint: tokens.id_token, post_logout_redirect_uri: goodbye, state };
    const page = await signOut(world, browser, logoutUrl(world, parameters));
    const onward = /<a id="onward" href="([^"]*)">/.exec(page.body)?.[1] ?? "";
    expect(new URL(onward).searchParams.get("state")).toBe(state);
    expect(page.body).toContain(`<noscript><meta http-equiv="refresh" content="5;url=${onward}"></noscript>`);
    expect(page.body.match(/http-equiv="refresh"/g)).toHaveLength(1);
    expect(page.body.match(/<script>/g)).toHaveLength(1);
  });

  it("shown again, it tells nobody again, and leads on", async () => {
    const client = await logoutClient(world, { frontchannel_logout_uri: "https://one.example/out" });
    const { browser } = await signIn(world, client);
    const challenge = await askLogout(browser, logoutUrl(world));
    const verifier = (await acceptLogout(world, challenge)).body.redirect_to;
    expect((await browser.visit(verifier)).status).toBe(200);
    expect((await browser.visit(verifier)).url).toBe(signedOut);
  });
});

/** Two clients' servers in one: it hears who is told, and where the browser comes to in the end. */
async function clientServer() {
  const heard: string[] = [];
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? "/", "http://clients");
    if (pathname !== "/favicon.ico") heard.push(pathname);
    response.setHeader("content-type", "text/html").end("<!doctype html><title>A client</title>");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  return { url: `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`, heard };
}

describe.skipIf(chrome === undefined)("in a browser", () => {
  it.each([
    ["with scripts", true],
    ["without scripts", false],
  ])("%s the clients are told, and then it goes on, once", async (_name, javaScriptEnabled) => {
    const clients = await clientServer();
    const redirect_uris = ["http://127.0.0.1:9/callback", `${clients.url}/callback`];
    const post_logout_redirect_uris = [`${clients.url}/bye`];
    const over = { redirect_uris, post_logout_redirect_uris };
    const one = await logoutClient(world, { ...over, frontchannel_logout_uri: `${clients.url}/one` });
    const two = await logoutClient(world, { ...over, frontchannel_logout_uri: `${clients.url}/two` });
    const { browser, tokens } = await signIn(world, one);
    await signIn(world, two, { browser });
    const parameters = { id_token_hint: tokens.id_token, post_logout_redirect_uri: `${clients.url}/bye` };
    const challenge = await askLogout(browser, logoutUrl(world, parameters));
    const verifier = (await acceptLogout(world, challenge)).body.redirect_to;

    const context = await chrome?.newContext({ javaScriptEnabled });
    const page = await context?.newPage();
    if (context === undefined || page === undefined) throw new Error("There is no browser.");
    onTestFinished(() => context.close());
    const cookies = (browser.cookies.header(new URL(world.publicUrl)) ?? "").split("; ").map((pair) => {
      const [name = "", value = ""] = pair.split("=");
      return { name, value, url: world.publicUrl };
    });
    await context.addCookies(cookies);
    const violations: string[] = [];
    page.on("console", (message) => violations.push(message.text()));
    await page.goto(verifier);
    await page.waitForURL(`${clients.url}/bye`, { timeout: 10_000 });
    expect(clients.heard.toSorted()).toEqual(["/bye", "/one", "/two"]);
    expect(clients.heard.at(-1)).toBe("/bye");
    expect(violations).toEqual([]);
  });
});
