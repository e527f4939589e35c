/** Signing out: from the client, through the logout application, to the place after it (OIDC RP-Initiated Logout 1.0). */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { authorizationRequest, landing } from "../support/code-flow.ts";
import {
  acceptLogout,
  askedLogout,
  askLogout,
  goodbye,
  logoutClient,
  logoutPage,
  logoutSettings,
  logoutUrl,
  rejectLogout,
  type SignedIn,
  signedOut,
  signIn,
  signOut,
  tampered,
} from "../support/logout.ts";
import { newBrowser, startWorld, type World } from "../support/server.ts";

let world: World;
beforeAll(async () => {
  world = await startWorld({ settings: logoutSettings });
});
afterAll(() => world.close());

/** A client with a signed-in user, and the parameters of its logout request. */
async function story(over: Record<string, unknown> = {}) {
  const client = await logoutClient(world, over);
  const user = await signIn(world, client);
  const parameters = { id_token_hint: user.tokens.id_token, post_logout_redirect_uri: goodbye, state: "a state" };
  return { client, ...user, parameters };
}

async function isSignedIn({ browser }: Pick<SignedIn, "browser">, client: { id: string; secret: string }) {
  const silent = authorizationRequest(world, client, { prompt: "none" });
  const place = await landing(browser, silent.url);
  if (place.searchParams.get("error") === "login_required") return false;
  if (place.searchParams.has("login_challenge")) return true;
  throw new Error(`unexpected: ${place.href}`);
}

const cookieName = "ory_hydra_session_dev";

describe("RP-initiated logout", () => {
  it("OUT-001: ends the session, and leads back to the client with its state", async () => {
    const { client, browser, parameters, sid } = await story();
    const url = logoutUrl(world, parameters);
    const challenge = await askLogout(browser, url);
    const asked = await askedLogout(world, challenge);
    expect(asked.body).toEqual({
      ...{ challenge, subject: "alice", sid, request_url: url, rp_initiated: true },
      requested_at: expect.stringMatching(/Z$/),
      expires_at: expect.stringMatching(/Z$/),
      client: expect.objectContaining({ client_id: client.id }),
    });
    expect(asked.body.client).not.toHaveProperty("client_secret");
    const accepted = await acceptLogout(world, challenge);
    expect(accepted.body.redirect_to).toMatch(`${world.publicUrl}/oauth2/sessions/logout?logout_verifier=`);
    const end = await browser.visit(accepted.body.redirect_to);
    expect(end.url).toBe(`${goodbye}?state=a+state`);
    expect(await isSignedIn({ browser }, client)).toBe(false);
  });

  it("OUT-001: works by POST, and tells the logout application its parameters too", async () => {
    const { client, browser, parameters } = await story();
    const hop = await browser.hop("POST", logoutUrl(world), parameters);
    expect(hop.status).toBe(303);
    const place = new URL(hop.headers.location ?? "");
    const challenge = place.searchParams.get("logout_challenge") ?? "";
    const { request_url } = (await askedLogout(world, challenge)).body;
    expect(new URL(request_url).searchParams.get("state")).toBe("a state");
    const end = await browser.visit((await acceptLogout(world, challenge)).body.redirect_to);
    expect(end.url).toBe(`${goodbye}?state=a+state`);
    expect(await isSignedIn({ browser }, client)).toBe(false);
  });

  it("hands the logout application what may help it, and ends without state where there is none", async () => {
    const { browser, parameters } = await story();
    const over = { ...parameters, state: undefined, logout_hint: "alice@example", ui_locales: "de en" };
    const challenge = await askLogout(browser, logoutUrl(world, over));
    const hints = { logout_hint: "alice@example", ui_locales: ["de", "en"] };
    expect((await askedLogout(world, challenge)).body).toMatchObject(hints);
    const end = await browser.visit((await acceptLogout(world, challenge)).body.redirect_to);
    expect(end.url).toBe(goodbye);
  });

  it.each([
    ["OUT-002: an unregistered address", { post_logout_redirect_uri: "http://127.0.0.1:9/elsewhere" }],
    ["OUT-003: a registered address with a query added", { post_logout_redirect_uri: `${goodbye}?a=b` }],
    [
      "OUT-003: a registered address, escaped otherwise",
      { post_logout_redirect_uri: goodbye.replace("good", "%67ood") },
    ],
    ["an address of another kind of letters", { post_logout_redirect_uri: goodbye.toUpperCase() }],
    ["OUT-008: an address, but no hint and no client", { id_token_hint: undefined }],
    ["OUT-007: a client that is not the hint's", { client_id: "another" }],
    ["OUT-004: a hint that is no token", { id_token_hint: "e30.e30.e30" }],
    ["an unknown client", { id_token_hint: undefined, client_id: "nobody" }],
  ])("refuses on its own page: %s", async (_name, over) => {
    const { client, browser, parameters } = await story();
    const end = await browser.visit(logoutUrl(world, { ...parameters, ...over }));
    expect(end.status).toBe(400);
    expect(end.url).toContain(world.publicUrl);
    expect(end.body).toContain("invalid_request");
    expect(await isSignedIn({ browser }, client)).toBe(true);
  });

  it.each([
    ["a signature that was changed", (token: string) => tampered(token, {}, { signature: true })],
    ["claims that were changed", (token: string) => tampered(token, { sub: "bob" })],
    ["another issuer", (token: string) => tampered(token, { iss: "https://elsewhere.example" })],
    ["no signature", (token: string) => tampered(token, {}, { header: { alg: "none" }, signature: "" })],
    ["an access token's type", (token: string) => tampered(token, {}, { header: { typ: "at+jwt" } })],
  ])("OUT-004: refuses a hint with %s; the session stays", async (_name, change) => {
    const { client, browser, tokens, parameters } = await story();
    const end = await browser.visit(logoutUrl(world, { ...parameters, id_token_hint: change(tokens.id_token) }));
    expect(end.status).toBe(400);
    expect(end.body).toContain("id_token_hint");
    expect(await isSignedIn({ browser }, client)).toBe(true);
  });

  it("OUT-005: takes a hint that has expired", async () => {
    const client = await logoutClient(world);
    const { browser, tokens } = await signIn(world, client, { login: { remember_for: 7200 } });
    world.clock.advance(3700);
    const parameters = { id_token_hint: tokens.id_token, post_logout_redirect_uri: goodbye, state: "a state" };
    const end = await signOut(world, browser, logoutUrl(world, parameters));
    expect(end.url).toBe(`${goodbye}?state=a+state`);
  });

  it("OUT-006: refuses another client's hint with this client's address", async () => {
    const other = await logoutClient(world, { post_logout_redirect_uris: [] });
    const { client, browser, parameters } = await story();
    const theirs = await signIn(world, other, { browser });
    const mixed = { ...parameters, id_token_hint: theirs.tokens.id_token };
    for (const over of [{}, { client_id: client.id }]) {
      expect((await browser.visit(logoutUrl(world, { ...mixed, ...over }))).status).toBe(400);
    }
    expect(await isSignedIn({ browser }, client)).toBe(true);
  });

  it.each([
    ["no parameters", {}],
    ["a state alone", { state: "a-lonely-state" }],
  ])("OUT-008: with %s asks, and ends on the operator's page", async (_name, parameters) => {
    const { client, browser, sid } = await story();
    const challenge = await askLogout(browser, logoutUrl(world, parameters));
    expect((await askedLogout(world, challenge)).body).toMatchObject({ rp_initiated: false, client: null, sid });
    const end = await browser.visit((await acceptLogout(world, challenge)).body.redirect_to);
    expect(end.url).toBe(signedOut);
    expect(await isSignedIn({ browser }, client)).toBe(false);
  });

  it("OUT-008: a hint without an address ends on the operator's page", async () => {
    const { browser, parameters } = await story();
    const url = logoutUrl(world, { ...parameters, post_logout_redirect_uri: undefined });
    expect((await signOut(world, browser, url)).url).toBe(signedOut);
  });

  it("OUT-008: a client that only names itself is gone back to, but counts as nobody who asked", async () => {
    const { client, browser } = await story({ skip_logout_consent: true });
    const url = logoutUrl(world, { client_id: client.id, post_logout_redirect_uri: goodbye, state: "s" });
    const challenge = await askLogout(browser, url);
    expect((await askedLogout(world, challenge)).body).toMatchObject({ rp_initiated: false, client: null });
    expect((await askedLogout(world, challenge)).body).not.toHaveProperty("skip");
    const end = await browser.visit((await acceptLogout(world, challenge)).body.redirect_to);
    expect(end.url).toBe(`${goodbye}?state=s`);
  });

  it("a client's user may count as having agreed (D14); the application is asked all the same", async () => {
    const { browser, parameters } = await story({ skip_logout_consent: true });
    const challenge = await askLogout(browser, logoutUrl(world, parameters));
    expect((await askedLogout(world, challenge)).body.skip).toBe(true);
  });

  it("nobody is signed in: straight on, and a stale cookie is taken back", async () => {
    const { browser, parameters } = await story();
    await signOut(world, browser, logoutUrl(world, parameters));
    expect((await browser.visit(logoutUrl(world, parameters))).url).toBe(`${goodbye}?state=a+state`);
    expect((await newBrowser().visit(logoutUrl(world))).url).toBe(signedOut);
    const stale = newBrowser();
    stale.cookies.store(new URL(world.publicUrl), [`${cookieName}=${"x".repeat(43)}`]);
    await stale.visit(logoutUrl(world));
    expect(stale.cookies.value(world.publicUrl, cookieName)).toBeUndefined();
  });

  it("the hinted session ends although the browser that asks has no cookie of it", async () => {
    const { client, browser, parameters } = await story();
    const end = await signOut(world, newBrowser(), logoutUrl(world, parameters));
    expect(end.url).toBe(`${goodbye}?state=a+state`);
    expect(await isSignedIn({ browser }, client)).toBe(false);
  });

  it("another user's session in this browser stays when the hinted one ends", async () => {
    const { client, parameters } = await story();
    const bob = await signIn(world, client, { login: { subject: "bob" } });
    const challenge = await askLogout(bob.browser, logoutUrl(world, parameters));
    expect((await askedLogout(world, challenge)).body.subject).toBe("alice");
    await bob.browser.visit((await acceptLogout(world, challenge)).body.redirect_to);
    expect(await isSignedIn(bob, client)).toBe(true);
  });

  it("the user's session in this browser ends with the hinted one, which began without a cookie", async () => {
    const client = await logoutClient(world);
    const first = await signIn(world, client, { login: { remember: false } });
    const second = await signIn(world, client, { browser: first.browser });
    expect(second.sid).not.toBe(first.sid);
    await signOut(world, first.browser, logoutUrl(world, { id_token_hint: first.tokens.id_token }));
    expect(await isSignedIn(first, client)).toBe(false);
  });
});

describe("the logout application's answer", () => {
  it("OUT-009: nothing happens without it", async () => {
    const { client, browser, parameters } = await story();
    await askLogout(browser, logoutUrl(world, parameters));
    await browser.hop("POST", logoutUrl(world), parameters);
    expect(await isSignedIn({ browser }, client)).toBe(true);
  });

  it("a rejection keeps the user signed in, until it is taken back", async () => {
    const { client, browser, parameters } = await story();
    const challenge = await askLogout(browser, logoutUrl(world, parameters));
    const verifier = (await acceptLogout(world, challenge)).body.redirect_to;
    const rejected = await rejectLogout(world, challenge);
    expect([rejected.status, rejected.text]).toEqual([204, ""]);
    const end = await browser.visit(verifier);
    expect(end.status).toBe(403);
    expect(await isSignedIn({ browser }, client)).toBe(true);
    expect((await acceptLogout(world, challenge)).body.redirect_to).toBe(verifier);
    expect((await browser.visit(verifier)).url).toBe(`${goodbye}?state=a+state`);
  });

  it("may be given again until the browser has come back; then the challenge leads on", async () => {
    const { browser, parameters } = await story();
    const url = logoutUrl(world, parameters);
    const challenge = await askLogout(browser, url);
    const [one, two] = [await acceptLogout(world, challenge), await acceptLogout(world, challenge)];
    expect(two.body).toEqual(one.body);
    await browser.visit(one.body.redirect_to);
    const gone = await askedLogout(world, challenge);
    expect([gone.status, gone.body]).toEqual([410, { redirect_to: url }]);
    expect((await acceptLogout(world, challenge)).status).toBe(410);
  });

  it("a challenge that is missing, unknown, of another step or too old is refused", async () => {
    const { browser, parameters } = await story();
    const path = "/admin/oauth2/auth/requests/logout";
    for (const [method, suffix] of [
      ["GET", ""],
      ["PUT", "/accept"],
      ["PUT", "/reject"],
    ] as const) {
      expect((await world.admin(method, path + suffix)).status).toBe(400);
      const unknown = await world.admin(method, `${path}${suffix}?logout_challenge=nonsense`);
      expect([unknown.status, unknown.body.error]).toEqual([404, "Not Found"]);
    }
    const challenge = await askLogout(browser, logoutUrl(world, parameters));
    const verifier = new URL((await acceptLogout(world, challenge)).body.redirect_to).searchParams.get(
      "logout_verifier",
    );
    expect((await askedLogout(world, verifier ?? "")).status).toBe(404);
    expect((await browser.visit(logoutUrl(world, { logout_verifier: challenge }))).status).toBe(403);
    world.clock.advance(1801);
    const late = await askedLogout(world, challenge);
    expect([late.status, late.body.error]).toEqual([401, "request_unauthorized"]);
    const end = await browser.visit(logoutUrl(world, { logout_verifier: verifier ?? "" }));
    expect(end.status).toBe(401);
  });

  it("OUT-010: a verifier of one browser ends nobody's session in another", async () => {
    const { client, browser, parameters } = await story();
    const bob = await signIn(world, client, { login: { subject: "bob" } });
    const challenge = await askLogout(browser, logoutUrl(world, parameters));
    const verifier = (await acceptLogout(world, challenge)).body.redirect_to;
    expect((await bob.browser.visit(verifier)).status).toBe(403);
    expect(await isSignedIn(bob, client)).toBe(true);
    expect(await isSignedIn({ browser }, client)).toBe(true);
    expect((await browser.visit(verifier)).url).toBe(`${goodbye}?state=a+state`);
    expect(await isSignedIn(bob, client)).toBe(true);
  });

  it("OUT-011: a verifier that comes twice leads on, and ends no later sign-in", async () => {
    const { client, browser, parameters } = await story();
    const challenge = await askLogout(browser, logoutUrl(world, parameters));
    const verifier = (await acceptLogout(world, challenge)).body.redirect_to;
    const both = await Promise.all([browser.visit(verifier), browser.visit(verifier)]);
    expect(both.map(({ url }) => url)).toEqual([`${goodbye}?state=a+state`, `${goodbye}?state=a+state`]);
    await signIn(world, client, { browser });
    expect((await browser.visit(verifier)).url).toBe(`${goodbye}?state=a+state`);
    expect(await isSignedIn({ browser }, client)).toBe(true);
  });

  it("OUT-012: the session cookie is worth nothing afterwards", async () => {
    const { client, browser, parameters } = await story();
    const cookie = browser.cookies.value(world.publicUrl, cookieName) ?? "";
    await signOut(world, browser, logoutUrl(world, parameters));
    expect(browser.cookies.value(world.publicUrl, cookieName)).toBeUndefined();
    browser.cookies.store(new URL(world.publicUrl), [`${cookieName}=${cookie}`]);
    expect(await isSignedIn({ browser }, client)).toBe(false);
  });

  it("an address that was taken from the client meanwhile is not gone to", async () => {
    const { client, browser, parameters } = await story();
    const challenge = await askLogout(browser, logoutUrl(world, parameters));
    const registered = (await world.admin("GET", `/admin/clients/${client.id}`)).body;
    await world.admin("PUT", `/admin/clients/${client.id}`, { ...registered, post_logout_redirect_uris: [] });
    const end = await browser.visit((await acceptLogout(world, challenge)).body.redirect_to);
    expect(end.url).toBe(signedOut);
  });

  it.each([
    ["markup", `"><script>alert(1)</script>`],
    ["line breaks", "a\r\nSet-Cookie: b=c"],
    ["other characters", "ü & = + %"],
  ])("OUT-019: a state with %s comes back as it was", async (_name, state) => {
    const { browser, parameters } = await story();
    const end = await signOut(world, browser, logoutUrl(world, { ...parameters, state }));
    const location = end.hops.at(-2)?.headers.location ?? "";
    expect(location).not.toMatch(/[<>"\r\n]/);
    expect(new URL(location).searchParams.get("state")).toBe(state);
  });
});

describe("the door of logout", () => {
  it("moves nothing for a page that is fetched in advance, and knows no other methods", async () => {
    const { client, browser, parameters } = await story();
    const challenge = await askLogout(browser, logoutUrl(world, parameters));
    const verifier = (await acceptLogout(world, challenge)).body.redirect_to;
    const cookie = browser.cookies.header(new URL(world.publicUrl)) ?? "";
    const path = verifier.slice(world.publicUrl.length);
    const prefetched = await world.get(path, { cookie, "sec-purpose": "prefetch" });
    expect(prefetched.status).toBe(403);
    expect((await browser.hop("HEAD", verifier)).status).toBe(405);
    expect((await browser.hop("DELETE", verifier)).status).toBe(405);
    expect(await isSignedIn({ browser }, client)).toBe(true);
  });

  it("refuses repeated parameters, other content and too much of it", async () => {
    const post = (body: string, type = "application/x-www-form-urlencoded") =>
      world.post("/oauth2/sessions/logout", body, { "content-type": type });
    expect((await world.get("/oauth2/sessions/logout?state=a&state=b")).status).toBe(400);
    expect((await post("{}", "application/json")).status).toBe(415);
    expect((await post(`state=${"x".repeat(100_001)}`)).status).toBe(413);
  });

  it("forty logouts that nobody answers leave a small Cookie header", async () => {
    const { browser } = await story();
    for (let count = 0; count < 40; count += 1) await askLogout(browser, logoutUrl(world));
    expect(browser.cookies.header(new URL(world.publicUrl))?.length).toBeLessThan(4096);
  });

  it("sends to the operator's error page where there is one", async () => {
    const errors = "http://127.0.0.1:9/error";
    const other = await startWorld({ settings: { ...logoutSettings, "urls.error": errors } });
    const end = await newBrowser().visit(logoutUrl(other, { id_token_hint: "x" }));
    expect(end.url).toMatch(`${errors}?error=invalid_request&error_description=`);
    await other.close();
  });

  it("has pages of its own where the operator names none", async () => {
    const bare = await startWorld();
    const client = await logoutClient(bare);
    const { browser } = await signIn(bare, client);
    const asked = await browser.visit(logoutUrl(bare));
    expect([asked.status, asked.url.split("?")[0]]).toEqual([200, `${bare.publicUrl}/oauth2/fallbacks/logout`]);
    expect(asked.body).toContain("urls.logout");
    const challenge = new URL(asked.url).searchParams.get("logout_challenge") ?? "";
    const end = await browser.visit((await acceptLogout(bare, challenge)).body.redirect_to);
    expect(end.url).toBe(`${bare.publicUrl}/oauth2/fallbacks/logout/callback`);
    expect(end.body).toContain("You are signed out");
    expect(end.headers["x-frame-options"]).toBe("DENY");
    await bare.close();
  });

  it("keeps what the logout application's URL says already", async () => {
    const page = `${logoutPage}?tenant=one`;
    const other = await startWorld({ settings: { ...logoutSettings, "urls.logout": page } });
    const { browser } = await signIn(other, await logoutClient(other));
    expect((await browser.visit(logoutUrl(other))).url).toMatch(`${page}&logout_challenge=`);
    await other.close();
  });
});
