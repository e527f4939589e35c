import { decodeJwt } from "jose";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { CookieBrowser } from "../support/browser.ts";
import {
  acceptLogin,
  authorizationRequest,
  landing,
  newClient,
  obtainTokens,
  redeem,
  runFlow,
  type TestClient,
} from "../support/code-flow.ts";
import { asked, delivered, finishConsent, openConsent, openLogin, reject, signedIn } from "../support/flow-steps.ts";
import { movableClock, newBrowser, startWorld, type World } from "../support/server.ts";

const sessionCookie = "ory_hydra_session_dev";

describe("who is signed in already", () => {
  let world: World;
  let client: TestClient;

  beforeAll(async () => {
    world = await startWorld();
    client = await newClient(world);
  });
  afterAll(() => world?.close());

  const request = (over: Record<string, string | undefined> = {}) => authorizationRequest(world, client, over);
  const remembered = (login: Record<string, unknown> = {}) => signedIn(world, request().url, login);
  const secretOf = (browser: CookieBrowser) => browser.cookies.value(`${world.publicUrl}/`, sessionCookie);

  /** Whether the login page would be skipped, and for whom. */
  async function loginAsked(browser: CookieBrowser, over: Record<string, string | undefined> = {}) {
    const { body } = await asked(world, "login", await openLogin(browser, request(over).url));
    return { skip: body.skip, subject: body.subject, session: body.session_id };
  }

  async function errorOf(browser: CookieBrowser, over: Record<string, string | undefined>) {
    return delivered(await landing(browser, request(over).url)).error;
  }

  async function idToken(browser: CookieBrowser, over: Record<string, string | undefined> = {}, subject = "alice") {
    const { url, verifier } = request(over);
    const place = await runFlow(world, url, { browser, login: { subject, remember: true, remember_for: 3600 } });
    const answer = await redeem(world, client, delivered(place).code ?? "", { code_verifier: verifier });
    return { token: answer.body.id_token, claims: decodeJwt(answer.body.id_token) };
  }

  test("OIDC Core §3.1.2.3: a remembered user is not asked again, and another browser's is", async () => {
    const browser = await remembered();
    const skipped = await loginAsked(browser);
    expect(skipped).toMatchObject({ skip: true, subject: "alice" });
    expect(await loginAsked(newBrowser())).toMatchObject({ skip: false, subject: "" });
    const forgotten = newBrowser();
    await runFlow(world, request().url, { browser: forgotten });
    expect(await loginAsked(forgotten)).toMatchObject({ skip: false, subject: "" });
  });

  test("OIDC Core §3.1.2.1: the session keeps its sid and its auth_time while it is remembered", async () => {
    const browser = newBrowser();
    const first = await idToken(browser);
    world.clock.advance(100);
    const second = await idToken(browser);
    expect(second.claims.sid).toBe(first.claims.sid);
    expect(second.claims.auth_time).toBe(first.claims.auth_time);
  });

  test("OIDC Core §3.1.2.6: prompt=none without a session is login_required", async () => {
    expect(await errorOf(newBrowser(), { prompt: "none" })).toBe("login_required");
  });

  test("OIDC Core §3.1.2.6: prompt=none without consent is consent_required, also when it lacks one scope", async () => {
    const browser = newBrowser();
    const { url } = request({ scope: "openid read" });
    await runFlow(world, url, { browser, login: { remember: true }, consent: { remember: true } });
    const silent = async (scope: string) => {
      const login = await openLogin(browser, request({ scope, prompt: "none" }).url);
      return landing(browser, (await acceptLogin(world, login)).body.redirect_to);
    };
    expect(delivered(await silent("openid read write")).error).toBe("consent_required");
    expect((await silent("openid read")).searchParams.has("consent_challenge")).toBe(true);
  });

  test("OIDC Core §3.1.2.1: prompt=none with login and consent gives a code through pages that skip", async () => {
    const browser = newBrowser();
    await runFlow(world, request().url, { browser, login: { remember: true }, consent: { remember: true } });
    const { url } = request({ prompt: "none" });
    const login = await openLogin(browser, url);
    expect((await asked(world, "login", login)).body).toMatchObject({ skip: true, subject: "alice" });
    const consent = await landing(browser, (await acceptLogin(world, login)).body.redirect_to);
    const challenge = consent.searchParams.get("consent_challenge") ?? "";
    expect((await asked(world, "consent", challenge)).body.skip).toBe(true);
    expect(delivered(await finishConsent(world, browser, challenge))).toHaveProperty("code");
  });

  test.each(["login", "select_account", "login consent"])(
    "OIDC Core §3.1.2.1: prompt=%s asks again",
    async (prompt) => {
      const browser = newBrowser();
      const before = await idToken(browser);
      const secret = secretOf(browser);
      world.clock.advance(10);
      expect(await loginAsked(browser, { prompt })).toMatchObject({ skip: false, subject: "" });
      const after = await idToken(browser, { prompt });
      expect(Number(after.claims.auth_time)).toBeGreaterThanOrEqual(Number(before.claims.auth_time) + 10);
      // D41: the same person keeps the session, under a new secret.
      expect(after.claims.sid).toBe(before.claims.sid);
      expect(secretOf(browser)).not.toBe(secret);
    },
  );

  test("CVE-2023-6787: who cancels at prompt=login does not go on with the old session", async () => {
    const browser = await remembered();
    const login = await openLogin(browser, request({ prompt: "login" }).url);
    const { redirect_to: back } = (await reject(world, "login", login, { error: "access_denied" })).body;
    expect(delivered(await landing(browser, back)).error).toBe("access_denied");
    // The flow is over: not by its verifier, not by an answer given later.
    expect((await browser.visit(back)).status).toBe(403);
    expect((await acceptLogin(world, login)).status).toBe(410);
    expect(await loginAsked(browser)).toMatchObject({ skip: true, subject: "alice" });
  });

  test.each([
    ["1", 2, false],
    ["0", 0, false],
    ["00", 0, false],
    ["10000", 60, true],
    ["9007199254740991", 60, true],
  ])("OIDC Core §3.1.2.1: max_age=%s after %i s", async (maxAge, seconds, skip) => {
    const browser = newBrowser();
    const before = await idToken(browser);
    world.clock.advance(seconds);
    expect((await loginAsked(browser, { max_age: maxAge })).skip).toBe(skip);
    if (!skip) expect(await errorOf(browser, { max_age: maxAge, prompt: "none" })).toBe("login_required");
    const after = await idToken(browser, { max_age: maxAge });
    expect(Number(after.claims.auth_time) - Number(before.claims.auth_time)).toBe(skip ? 0 : seconds);
  });

  test("OIDC Core §3.1.2.1: a hint of another user is never answered with this one", async () => {
    const hint = (await idToken(newBrowser(), {}, "bob")).token;
    const browser = await remembered();
    const secret = secretOf(browser);
    expect(await errorOf(browser, { id_token_hint: hint, prompt: "none" })).toBe("login_required");
    const login = await openLogin(browser, request({ id_token_hint: hint }).url);
    const { body } = await asked(world, "login", login);
    expect([body.skip, body.subject, body.oidc_context.id_token_hint_claims.sub]).toEqual([false, "", "bob"]);
    // Whoever signs in there must be the one who was hinted at; nobody's session changes before.
    const wrong = await landing(browser, (await acceptLogin(world, login, { remember: true })).body.redirect_to);
    expect(delivered(wrong).error).toBe("login_required");
    expect(secretOf(browser)).toBe(secret);
    const right = await runFlow(world, request({ id_token_hint: hint }).url, { browser, login: { subject: "bob" } });
    expect(delivered(right)).toHaveProperty("code");
  });

  test("OIDC Core §3.1.2.1: a hint may have expired, and may be another client's", async () => {
    const other = await newClient(world);
    const { id_token: hint } = await obtainTokens(world, other);
    const browser = await remembered();
    world.clock.advance(7200);
    const fresh = await remembered();
    expect(await errorOf(browser, { id_token_hint: hint, prompt: "none" })).toBe("login_required");
    expect(await loginAsked(fresh, { id_token_hint: hint })).toMatchObject({ skip: true, subject: "alice" });
  });

  test("OIDC Core §3.1.2.2: a hint that this server did not sign as an ID token is refused", async () => {
    const browser = newBrowser();
    const { token } = await idToken(browser);
    const [header = "", body = "", signature = ""] = token.split(".");
    const changed = Buffer.from(JSON.stringify({ ...decodeJwt(token), sub: "bob" })).toString("base64url");
    const unsigned = Buffer.from('{"alg":"none","typ":"JWT"}').toString("base64url");
    const jwt = await obtainTokens(world, await newClient(world, { access_token_strategy: "jwt" }));
    const twin = await startWorld({ clock: movableClock(world.clock.now()) });
    const foreign = await obtainTokens(twin, await newClient(twin));
    await twin.close();
    const forgeries = {
      changed: `${header}.${changed}.${signature}`,
      cut: `${header}.${body}.`,
      unsigned: `${unsigned}.${body}.`,
      "an access token": jwt.access_token,
      "another server's": foreign.id_token,
    };
    for (const [what, forged] of Object.entries(forgeries)) {
      const place = await landing(browser, request({ id_token_hint: forged }).url);
      expect([what, delivered(place).error]).toEqual([what, "invalid_request"]);
    }
  });

  test("D15: the session ends by the server's clock, whatever the browser keeps", async () => {
    const hour = await remembered({ remember_for: 3600 });
    const open = await remembered({ remember_for: 0 });
    world.clock.advance(3599);
    expect((await loginAsked(hour)).skip).toBe(true);
    world.clock.advance(2);
    expect((await loginAsked(hour)).skip).toBe(false);
    expect(await errorOf(hour, { prompt: "none" })).toBe("login_required");
    expect((await loginAsked(open)).skip).toBe(true);
    world.clock.advance(720 * 3600);
    expect((await loginAsked(open)).skip).toBe(false);
  });

  test("D15: remember_for=0 is a cookie of the browser session, another number its age", async () => {
    const cookieOf = async (rememberFor: number) => {
      const browser = newBrowser();
      const login = await openLogin(browser, request().url);
      const back = await acceptLogin(world, login, { remember: true, remember_for: rememberFor });
      const { setCookies } = await browser.hop("GET", back.body.redirect_to);
      return setCookies.find((cookie) => cookie.startsWith(`${sessionCookie}=`)) ?? "";
    };
    expect(await cookieOf(0)).not.toMatch(/max-age|expires/i);
    expect(await cookieOf(90)).toContain("; Max-Age=90;");
  });

  test("a skipped login makes the session last longer only when it is told to", async () => {
    const told = [
      { remember: true, remember_for: 100 },
      { extend_session_lifespan: true, remember_for: 100 },
      { extend_session_lifespan: true, remember_for: 0 },
    ];
    const browsers = await Promise.all(told.map(() => remembered({ remember_for: 100 })));
    const skipped = () => Promise.all(browsers.map(async (browser) => (await loginAsked(browser)).skip));
    world.clock.advance(60);
    for (const [index, login] of told.entries()) {
      await runFlow(world, request().url, { browser: browsers[index] ?? newBrowser(), login });
    }
    world.clock.advance(60);
    expect(await skipped()).toEqual([false, true, true]);
    world.clock.advance(60);
    expect(await skipped()).toEqual([false, false, true]);
    world.clock.advance(720 * 3600);
    expect(await skipped()).toEqual([false, false, false]);
  });

  test("FLOW-011: a skipped login answered for another user starts anew and asks", async () => {
    const browser = await remembered();
    const { url } = request({ prompt: "consent" });
    const login = await openLogin(browser, url);
    const answer = await acceptLogin(world, login, { subject: "bob" });
    const again = new URL(answer.body.redirect_to);
    expect(again.searchParams.getAll("prompt")).toEqual(["login consent"]);
    expect(again.searchParams.get("state")).toBe(new URL(url).searchParams.get("state"));
    const fresh = await openLogin(browser, again.href);
    expect((await asked(world, "login", fresh)).body).toMatchObject({ skip: false, subject: "" });
    // Nobody was switched: the old answer is worth nothing.
    expect((await loginAsked(browser)).subject).toBe("alice");
  });

  test("FLOW-011: not even prompt=none lets another user in", async () => {
    const browser = newBrowser();
    await runFlow(world, request().url, { browser, login: { remember: true }, consent: { remember: true } });
    const login = await openLogin(browser, request({ prompt: "none" }).url);
    const back = (await acceptLogin(world, login, { subject: "bob" })).body.redirect_to;
    expect(delivered(await landing(browser, back)).error).toBe("login_required");
    expect((await loginAsked(browser)).subject).toBe("alice");
  });

  test("FLOW-038: acr, amr and auth_time are the login's, and consent cannot raise them", async () => {
    const browser = newBrowser();
    const { url, verifier } = request();
    const consent = await openConsent(world, browser, url, { acr: "bronze", amr: ["pwd"] });
    const session = { id_token: { acr: "gold", amr: ["hwk"], auth_time: 1 } };
    const place = await finishConsent(world, browser, consent, { session });
    const { body } = await redeem(world, client, delivered(place).code ?? "", { code_verifier: verifier });
    expect(decodeJwt(body.id_token)).toMatchObject({ acr: "bronze", amr: ["pwd"] });
    expect(decodeJwt(body.id_token).auth_time).toBe(Math.floor(world.clock.now().getTime() / 1000));
  });
});
