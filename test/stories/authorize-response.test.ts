import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  acceptConsent,
  acceptLogin,
  authorizationRequest,
  callback,
  challengeOf,
  isActive,
  landing,
  newClient,
  obtainTokens,
  redeem,
  runFlow,
  type TestClient,
} from "../support/code-flow.ts";
import { delivered, finishConsent, openConsent, openLogin, postedForm, reject } from "../support/flow-steps.ts";
import { basic, consentPage, loginPage, newBrowser, send, startWorld, type World } from "../support/server.ts";

const hostile = `"'><script>alert(1)</script>&amp;\r\nSet-Cookie: a=b\r\n\r\n\u{1F600} ${" !#$%()*+,-./:;<=>?@[\\]^_`{|}~".repeat(30)}`;
const modes = ["query", "fragment", "form_post"] as const;
type Mode = (typeof modes)[number];

describe("what the authorization endpoint answers", () => {
  let world: World;
  let client: TestClient;

  beforeAll(async () => {
    world = await startWorld();
    client = await newClient(world);
  });
  afterAll(() => world?.close());

  const request = (over: Record<string, string | undefined> = {}) => authorizationRequest(world, client, over);
  const pathOf = (url: string) => url.slice(world.publicUrl.length);

  /** Opens the last URL of a flow and reads what the client gets, if it comes in the way the mode says. */
  async function outcome(browser: ReturnType<typeof newBrowser>, url: string, mode: Mode) {
    const answer = await browser.hop("GET", url);
    expect(answer.headers["cache-control"]).toBe("no-store");
    expect(answer.headers["referrer-policy"]).toBe("no-referrer");
    if (mode === "form_post") {
      expect([answer.status, answer.headers.location]).toEqual([200, undefined]);
      const { action, fields } = postedForm(answer.body);
      expect(action).toBe(callback);
      return fields;
    }
    // RFC 9700 §4.12: never 307, which would repeat a form.
    expect(answer.status).toBe(303);
    const place = new URL(answer.headers.location ?? "");
    expect(place.origin + place.pathname).toBe(callback);
    expect(mode === "query" ? place.hash : place.search).toBe("");
    return delivered(place);
  }

  describe.each(modes)("by %s", (mode) => {
    test("RFC 6749 §4.1.2, RFC 9207 §2: a code comes with state and iss, and works", async () => {
      const browser = newBrowser();
      const { url, state, verifier } = request({ response_mode: mode });
      const back = (await acceptConsent(world, await openConsent(world, browser, url))).body.redirect_to;
      const told = await outcome(browser, back, mode);
      expect(told).toEqual({ code: told.code, scope: "openid offline read", state, iss: world.publicUrl });
      expect((await redeem(world, client, told.code ?? "", { code_verifier: verifier })).status).toBe(200);
    });

    test("RFC 6749 §4.1.2.1: a request that is refused at once is refused in the same way", async () => {
      const { url, state } = request({ response_mode: mode, scope: "admin" });
      const told = await outcome(newBrowser(), url, mode);
      expect(told).toEqual({
        error: "invalid_scope",
        error_description: told.error_description,
        state,
        iss: world.publicUrl,
      });
    });

    test("RFC 6749 §4.1.2.1: so is one that the login or the consent page rejects", async () => {
      const denied = { error: "access_denied", error_description: "No." };
      const browser = newBrowser();
      const first = request({ response_mode: mode });
      const noLogin = await reject(world, "login", await openLogin(browser, first.url), denied);
      const told = await outcome(browser, noLogin.body.redirect_to, mode);
      expect(told).toEqual({ ...denied, state: first.state, iss: world.publicUrl });
      const second = request({ response_mode: mode });
      const noConsent = await reject(world, "consent", await openConsent(world, browser, second.url), denied);
      expect((await outcome(browser, noConsent.body.redirect_to, mode)).state).toBe(second.state);
    });

    test("RFC 6749 §4.1.2, CWE-113: state comes back as it was, whatever it holds", async () => {
      const browser = newBrowser();
      const { url } = request({ response_mode: mode, state: hostile });
      const back = (await acceptConsent(world, await openConsent(world, browser, url))).body.redirect_to;
      const told = await outcome(browser, back, mode);
      // HTML §4.10.22.4 makes every line end of a posted form CR and LF; these are so already.
      expect(told.state).toBe(hostile);
      expect(
        (await outcome(browser, request({ response_mode: mode, state: hostile, scope: "x" }).url, mode)).state,
      ).toBe(hostile);
    });
  });

  test("OAuth Form Post §2, CWE-79: the posting page runs its own script only and lets nothing be framed", async () => {
    const answer = await world.get(pathOf(request({ response_mode: "form_post", state: hostile, scope: "x" }).url));
    const policy = answer.headers["content-security-policy"] ?? "";
    expect(policy).toMatch(/default-src 'none'/);
    expect(policy).toMatch(/script-src 'sha256-[A-Za-z0-9+/=]+'(;|$)/);
    expect(policy).not.toContain("unsafe");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(answer.headers["x-frame-options"]).toBe("DENY");
    expect(answer.headers["x-content-type-options"]).toBe("nosniff");
    expect(answer.text.match(/<script/g)).toHaveLength(1);
    expect(answer.text).not.toContain("alert(1)</script>");
    expect(answer.headers).not.toHaveProperty("set-cookie");
  });

  test("CWE-113: a state with NUL is refused and splits nothing", async () => {
    const answer = await world.get(
      pathOf(request().url.replace(/state=[^&]*/, "state=12345678%00%0d%0aSet-Cookie:x=y")),
    );
    expect(answer.status).toBe(400);
    expect(answer.headers).not.toHaveProperty("set-cookie");
    expect(answer.headers).not.toHaveProperty("location");
  });

  test.each([
    ["markup", { error: "<b>no</b>", error_description: '<script>"x"</script>\r\nSet-Cookie: a=b \u00e9' }],
    ["a word of its own", { error: "account locked", error_description: "Call us." }],
    ["an illegal word", { error: 'a"b\\c\u00e9', error_description: "Because." }],
    ["no word", {}],
  ])("RFC 6749 §4.1.2.1: a rejection is relayed in legal characters: %s", async (_what, body) => {
    for (const page of ["login", "consent"] as const) {
      const browser = newBrowser();
      const { url, state } = request();
      const challenge = page === "login" ? await openLogin(browser, url) : await openConsent(world, browser, url);
      const { status, body: answer } = await reject(world, page, challenge, body);
      expect(status).toBe(200);
      const told = await outcome(browser, answer.redirect_to, "query");
      expect(told.state).toBe(state);
      for (const text of [told.error, told.error_description]) expect(text).toMatch(/^[\x20\x21\x23-\x5b\x5d-\x7e]+$/);
      if (!("error" in body)) expect(told.error).toBe("access_denied");
    }
  });

  test("D37: HEAD moves nothing and sets nothing", async () => {
    const browser = newBrowser();
    const challenge = await openConsent(world, browser, request().url);
    const back = (await acceptConsent(world, challenge)).body.redirect_to;
    for (const url of [request().url, back]) {
      const head = await browser.hop("HEAD", url);
      expect([head.status, head.setCookies, head.headers.location]).toEqual([405, [], undefined]);
      expect(head.headers.allow).toBe("GET, POST");
    }
    expect(delivered(await finishConsent(world, browser, challenge))).toHaveProperty("code");
  });

  test.each([
    { "sec-purpose": "prefetch" },
    { "sec-purpose": "prefetch;prerender" },
    { "sec-purpose": "prefetch;anonymous-client-ip" },
    { purpose: "prefetch" },
    { "x-moz": "prefetch" },
    { "sec-purpose": "", purpose: "Prefetch" },
  ])("D37: a page fetched in advance moves nothing, sets nothing and uses up no verifier: %o", async (purpose) => {
    const browser = newBrowser();
    const { url } = request();
    const challenge = await openConsent(world, browser, url);
    const back = (await acceptConsent(world, challenge)).body.redirect_to;
    const headers = { ...purpose, cookie: browser.cookies.header(new URL(url)) ?? "" };
    for (const target of [url, back]) {
      const early = await send("GET", target, undefined, headers);
      expect([early.status, early.headers["set-cookie"], early.headers.location]).toEqual([403, undefined, undefined]);
      expect(early.headers["cache-control"]).toBe("no-store");
    }
    expect(delivered(await finishConsent(world, browser, challenge))).toHaveProperty("code");
  });

  test.each(["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])("RFC 9110 §15.5.6: %s is not allowed", async (method) => {
    const answer = await send(method, request().url);
    expect([answer.status, answer.headers.allow]).toEqual([405, "GET, POST"]);
  });

  test("RFC 9700 §2.6: the authorization endpoint allows no other site to read it", async () => {
    const headers = { origin: "https://evil.example", "access-control-request-method": "GET" };
    const { url } = request();
    for (const answer of [await send("OPTIONS", url, undefined, headers), await send("GET", url, undefined, headers)]) {
      expect(Object.keys(answer.headers).filter((name) => name.startsWith("access-control-"))).toEqual([]);
    }
  });

  test("RFC 9700 §4.3: the ways to the login and the consent page are stored nowhere", async () => {
    const browser = newBrowser();
    const { url } = request();
    const toLogin = await browser.hop("GET", url);
    const login = new URL(toLogin.headers.location ?? "").searchParams.get("login_challenge");
    const accept = `/admin/oauth2/auth/requests/login/accept?login_challenge=${login}`;
    const toConsent = await browser.hop(
      "GET",
      (await world.admin("PUT", accept, { subject: "alice" })).body.redirect_to,
    );
    expect(toLogin.headers.location).toMatch(new RegExp(`^${loginPage}\\?login_challenge=[\\w-]{1,63}$`));
    expect(toConsent.headers.location).toMatch(new RegExp(`^${consentPage}\\?consent_challenge=[\\w-]{1,63}$`));
    for (const { status, headers } of [toLogin, toConsent]) {
      expect([status, headers["cache-control"], headers["referrer-policy"]]).toEqual([302, "no-store", "no-referrer"]);
    }
  });

  test("RFC 6749 §10.10: codes share nothing but their label", async () => {
    const codes: string[] = [];
    for (let count = 0; count < 12; count++) codes.push(delivered(await runFlow(world, request().url)).code ?? "");
    const rest = codes.map((code) => /^tsr_ac_([\w-]{43,})$/.exec(code)?.[1] ?? "");
    expect(rest).not.toContain("");
    for (const take of [(text: string) => text.slice(0, 8), (text: string) => text.slice(-8)]) {
      expect(new Set(rest.map(take)).size).toBe(codes.length);
    }
  });

  test("RFC 6749 §10.5: a code is no token anywhere else, and looking costs it nothing", async () => {
    const { url, verifier } = request();
    const code = delivered(await runFlow(world, url)).code ?? "";
    expect(await isActive(world, code)).toBe(false);
    expect((await world.get("/userinfo", { authorization: `Bearer ${code}` })).status).toBe(401);
    await world.post("/oauth2/revoke", { token: code }, basic(client.id, client.secret));
    expect((await redeem(world, client, code, { code_verifier: verifier })).status).toBe(200);
  });

  test("CWE-532: nothing that could be used again stands in the log", async () => {
    const browser = newBrowser();
    const { url, state, verifier, nonce } = request({ login_hint: "alice@example.org" });
    const login = await openLogin(browser, url);
    const toConsent: string = (await acceptLogin(world, login, { remember: true })).body.redirect_to;
    const consent = challengeOf(await landing(browser, toConsent), "consent_challenge");
    const back: string = (await acceptConsent(world, consent)).body.redirect_to;
    const cookies = browser.cookies.header(new URL(url)) ?? "";
    const { code = "" } = delivered(await landing(browser, back));
    await redeem(world, client, code, { code_verifier: verifier });
    const secrets = [login, toConsent, consent, back, code, state, verifier, nonce, "alice@example.org"];
    const values = [...secrets, ...cookies.split("; ")].map((text) => text.slice(text.indexOf("=") + 1));
    const log = world.log.join("\n");
    expect(log).toContain("/oauth2/auth");
    expect(values.filter((value) => value.length < 8 || log.includes(value))).toEqual([]);
  });

  test("D26: an error URL of the operator's gets what the client may not get", async () => {
    const other = await startWorld({ settings: { "urls.error": "http://127.0.0.1:9/error?theme=dark" } });
    const answer = await other.get("/oauth2/auth?client_id=%22%3Cscript%3E&redirect_uri=https://evil.example/");
    expect(answer.status).toBe(302);
    expect(answer.headers.location).toMatch(
      /^http:\/\/127\.0\.0\.1:9\/error\?theme=dark&error=invalid_client&error_description=/,
    );
    expect(answer.headers.location).not.toMatch(/evil|<script|%3Cscript/i);
    await other.close();
  });

  test("RFC 9207 §2: discovery promises iss, and tokens are for who asked", async () => {
    const discovery = await world.get("/.well-known/openid-configuration");
    expect(discovery.body.authorization_response_iss_parameter_supported).toBe(true);
    expect((await obtainTokens(world, client)).scope).toBe("openid offline read");
  });
});
