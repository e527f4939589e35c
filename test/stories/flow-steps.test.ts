import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  acceptConsent,
  acceptLogin,
  authorizationRequest,
  landing,
  newClient,
  redeem,
  type TestClient,
} from "../support/code-flow.ts";
import { asked, delivered, finishConsent, openConsent, openLogin, type Page, reject } from "../support/flow-steps.ts";
import { newBrowser, startWorld, type World } from "../support/server.ts";

const hour = 3600;

describe("the steps of a flow", () => {
  let world: World;
  let client: TestClient;

  beforeAll(async () => {
    world = await startWorld();
    client = await newClient(world);
  });
  afterAll(() => world?.close());

  const request = () => authorizationRequest(world, client);
  const accept = (page: Page, challenge: string) =>
    page === "login"
      ? acceptLogin(world, challenge)
      : world.admin("PUT", `/admin/oauth2/auth/requests/consent/accept?consent_challenge=${challenge}`, {});
  const everyCall = (page: Page, challenge: string) =>
    Promise.all([asked(world, page, challenge), accept(page, challenge), reject(world, page, challenge)]);

  test("FLOW-001: a challenge that was guessed or altered is not found", async () => {
    const challenge = await openLogin(newBrowser(), request().url);
    const altered = Array.from(
      { length: challenge.length },
      (_, at) => challenge.slice(0, at) + (challenge[at] === "A" ? "B" : "A") + challenge.slice(at + 1),
    );
    for (const one of altered) expect([one, (await asked(world, "login", one)).status]).toEqual([one, 404]);
    for (const one of [
      challenge.slice(1),
      `${challenge}A`,
      `${challenge}=`,
      "x",
      "A".repeat(44),
      "A".repeat(4000),
      "..%2f",
      "%22",
    ]) {
      for (const answer of await everyCall("login", one)) expect([one, answer.status]).toEqual([one, 404]);
    }
    for (const answer of await everyCall("login", "")) expect(answer.status).toBe(400);
    expect((await asked(world, "login", challenge)).status).toBe(200);
  });

  test("FLOW-002: a challenge is good for its own page only", async () => {
    const browser = newBrowser();
    const login = await openLogin(browser, request().url);
    for (const answer of await everyCall("consent", login)) expect(answer.status).toBe(404);
    const consent = await openConsent(world, browser, request().url);
    for (const answer of await everyCall("login", consent)) expect(answer.status).toBe(404);
  });

  test("FLOW-003: only a verifier of its own step moves the flow", async () => {
    const browser = newBrowser();
    const login = await openLogin(browser, request().url);
    const loginVerifier = new URL((await acceptLogin(world, login)).body.redirect_to).searchParams.get(
      "login_verifier",
    );
    const consent = (
      await landing(browser, `${world.publicUrl}/oauth2/auth?login_verifier=${loginVerifier}`)
    ).searchParams.get("consent_challenge");
    const wrong = [
      `login_verifier=${login}`,
      `consent_verifier=${login}`,
      `login_verifier=${consent}`,
      `consent_verifier=${consent}`,
      `consent_verifier=${loginVerifier}`,
      "login_verifier=x",
      "consent_verifier=x",
      `login_verifier=${loginVerifier}&login_verifier=x`,
    ];
    for (const query of wrong) {
      const { status, url, setCookies } = await browser.visit(`${world.publicUrl}/oauth2/auth?${query}`);
      expect([query, status >= 400 && status < 500, setCookies]).toEqual([query, true, []]);
      expect(url).toContain(world.publicUrl);
    }
    expect(delivered(await finishConsent(world, browser, consent ?? ""))).toHaveProperty("code");
  });

  test("D13: a step may be read and answered again until its verifier is used; the last answer counts", async () => {
    const browser = newBrowser();
    const login = await openLogin(browser, request().url);
    const answers = [
      await acceptLogin(world, login, { subject: "first" }),
      await reject(world, "login", login),
      await acceptLogin(world, login, { subject: "second" }),
    ];
    expect((await asked(world, "login", login)).body).toEqual((await asked(world, "login", login)).body);
    const [back, ...others] = answers.map((answer) => answer.body.redirect_to);
    expect(others).toEqual([back, back]);
    const consent = (await landing(browser, back)).searchParams.get("consent_challenge") ?? "";
    expect((await asked(world, "consent", consent)).body.subject).toBe("second");
    const yes = await acceptConsent(world, consent);
    const no = await reject(world, "consent", consent, { error: "access_denied" });
    expect(no.body.redirect_to).toBe(yes.body.redirect_to);
    const told = delivered(await landing(browser, yes.body.redirect_to));
    expect([told.error, told.code]).toEqual(["access_denied", undefined]);
  });

  test("D13: handles fit into any URL", async () => {
    const browser = newBrowser();
    const login = await openLogin(browser, request().url);
    const back = (await acceptLogin(world, login)).body.redirect_to;
    expect(login.length).toBeLessThan(64);
    expect(back).toMatch(new RegExp(`^${world.publicUrl}/oauth2/auth\\?login_verifier=[\\w-]{1,63}$`));
  });

  test("D13: a step that is past is answered 410 with the way to begin anew", async () => {
    const browser = newBrowser();
    const { url } = request();
    const login = await openLogin(browser, url);
    const consent =
      (await landing(browser, (await acceptLogin(world, login)).body.redirect_to)).searchParams.get(
        "consent_challenge",
      ) ?? "";
    for (const answer of await everyCall("login", login)) {
      expect([answer.status, answer.body]).toEqual([410, { redirect_to: url }]);
    }
    expect(delivered(await finishConsent(world, browser, consent))).toHaveProperty("code");
    for (const answer of await everyCall("consent", consent)) {
      expect([answer.status, answer.body]).toEqual([410, { redirect_to: url }]);
    }
  });

  test("FLOW-005: a used login verifier leads its own browser to the present step and gives no second code", async () => {
    const browser = newBrowser();
    const login = await openLogin(browser, request().url);
    const back = (await acceptLogin(world, login)).body.redirect_to;
    const first = await landing(browser, back);
    const again = await browser.hop("GET", back);
    expect([again.status, again.headers.location, again.setCookies]).toEqual([302, first.href, []]);
    const consent = first.searchParams.get("consent_challenge") ?? "";
    expect(delivered(await finishConsent(world, browser, consent))).toHaveProperty("code");
    const late = await browser.visit(back);
    expect([late.status, late.url]).toEqual([403, back]);
  });

  test("FLOW-006: a used consent verifier gives no second code and spoils not the first", async () => {
    const browser = newBrowser();
    const { url, verifier } = request();
    const consent = await openConsent(world, browser, url);
    const cookie = browser.cookies.header(new URL(world.publicUrl)) ?? "";
    const back = (await acceptConsent(world, consent)).body.redirect_to;
    const { code } = delivered(await landing(browser, back));
    const again = await world.get(back.slice(world.publicUrl.length));
    expect([again.status, again.headers.location]).toEqual([403, undefined]);
    // A browser that still has the cookie never got the answer.
    const anew = await world.get(back.slice(world.publicUrl.length), { cookie });
    expect([anew.status, anew.headers.location, anew.headers["set-cookie"]]).toEqual([302, url, undefined]);
    expect((await redeem(world, client, code ?? "", { code_verifier: verifier })).status).toBe(200);
  });

  test.each(["login", "consent"] as const)(
    "FLOW-009, D46: an expired %s starts anew from the request",
    async (page) => {
      const browser = newBrowser();
      const { url } = request();
      const challenge = page === "login" ? await openLogin(browser, url) : await openConsent(world, browser, url);
      const back = (await accept(page, challenge)).body.redirect_to;
      world.clock.advance(hour / 2 - 1);
      expect((await asked(world, page, challenge)).status).toBe(200);
      world.clock.advance(2);
      for (const answer of await everyCall(page, challenge)) {
        expect([answer.status, answer.body]).toEqual([410, { redirect_to: url }]);
      }
      const hop = await browser.hop("GET", back);
      expect([hop.status, hop.headers.location]).toEqual([302, url]);
      const fresh = await openConsent(world, browser, url);
      expect(delivered(await finishConsent(world, browser, fresh))).toHaveProperty("code");
    },
  );

  test.each(["login", "consent"] as const)("D46: a day after its expiry a %s is over", async (page) => {
    const browser = newBrowser();
    const { url } = request();
    const challenge = page === "login" ? await openLogin(browser, url) : await openConsent(world, browser, url);
    const back = (await accept(page, challenge)).body.redirect_to;
    world.clock.advance(hour / 2 + 24 * hour - 1);
    expect((await asked(world, page, challenge)).status).toBe(410);
    world.clock.advance(2);
    for (const answer of await everyCall(page, challenge)) {
      expect([answer.status, answer.body.error]).toEqual([401, "request_unauthorized"]);
      expect(answer.body.error_description).toContain("expired, please try again");
    }
    const late = await browser.visit(back);
    expect([late.status, late.url]).toEqual([401, back]);
  });

  test("the time for a flow is one for login and consent together", async () => {
    const browser = newBrowser();
    world.clock.advance(1);
    const login = await openLogin(browser, request().url);
    world.clock.advance(hour / 2 - 10);
    const back = (await acceptLogin(world, login)).body.redirect_to;
    const consent = (await landing(browser, back)).searchParams.get("consent_challenge") ?? "";
    expect((await asked(world, "consent", consent)).status).toBe(200);
    world.clock.advance(11);
    expect((await asked(world, "consent", consent)).status).toBe(410);
  });

  test.each([
    ["empty", ""],
    ["absent", undefined],
    ["null", null],
    ["a number", 1],
    ["64 KiB", "a".repeat(65_536)],
    ["NUL", "a\u0000b"],
    ["a line end", "a\r\nb"],
    ["an escape", "a\u001bb"],
    ["half a surrogate pair", "a\ud800b"],
  ])("FLOW-010: a login is accepted for a subject only: %s", async (_what, subject) => {
    const challenge = await openLogin(newBrowser(), request().url);
    const answer = await acceptLogin(world, challenge, { subject });
    expect(answer.status).toBe(400);
    expect(answer.body.error).toBe("invalid_request");
  });

  test.each(["true", 1, null, [], {}])(
    "FLOW-035: remember is true or false and is not guessed: %o",
    async (remember) => {
      const challenge = await openLogin(newBrowser(), request().url);
      expect((await acceptLogin(world, challenge, { remember })).status).toBe(remember === null ? 200 : 400);
    },
  );

  test("a subject may be any text that people are called by", async () => {
    const browser = newBrowser();
    const subject = 'Zoë <"o\'x"> \u{1F600}; --';
    const consent = await openConsent(world, browser, request().url, { subject });
    expect((await asked(world, "consent", consent)).body.subject).toBe(subject);
    expect(delivered(await finishConsent(world, browser, consent))).toHaveProperty("code");
  });

  test("what the login page tells the consent page arrives", async () => {
    const context = { tenant: "t1", list: [1, null, { deep: "\u{1F600}" }] };
    const consent = await openConsent(world, newBrowser(), request().url, {
      context,
      acr: "gold",
      amr: ["pwd", "otp"],
    });
    const { body } = await asked(world, "consent", consent);
    expect(body).toMatchObject({ context, acr: "gold", amr: ["pwd", "otp"], subject: "alice", skip: false });
    expect(body.consent_request_id).toMatch(/^[0-9a-f]{32}$/);
  });
});
