import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { CookieBrowser } from "../support/browser.ts";
import {
  acceptConsent,
  acceptLogin,
  authorizationRequest,
  landing,
  newClient,
  redeem,
  runFlow,
  type TestClient,
} from "../support/code-flow.ts";
import { asked, delivered, finishConsent, openConsent, openLogin, signedIn } from "../support/flow-steps.ts";
import { newBrowser, send, startWorld, type World } from "../support/server.ts";

const session = "ory_hydra_session_dev";

describe("which browser a flow belongs to", () => {
  let world: World;
  let client: TestClient;

  beforeAll(async () => {
    world = await startWorld();
    client = await newClient(world);
  });
  afterAll(() => world?.close());

  const request = (of = client) => authorizationRequest(world, of);
  const cookiesOf = (browser: CookieBrowser) => browser.cookies.header(new URL(world.publicUrl)) ?? "";
  const secretOf = (browser: CookieBrowser) => browser.cookies.value(`${world.publicUrl}/`, session);
  const plant = (browser: CookieBrowser, cookie: string) => browser.cookies.store(new URL(world.publicUrl), [cookie]);

  async function skips(browser: CookieBrowser): Promise<string> {
    const { body } = await asked(world, "login", await openLogin(browser, request().url));
    return body.skip ? body.subject : "";
  }

  /** D42: our own error page, and nothing else. */
  async function expectForbidden(browser: CookieBrowser, url: string) {
    const answer = await browser.hop("GET", url);
    expect([answer.status, answer.headers.location, answer.setCookies]).toEqual([403, undefined, []]);
    expect(answer.headers["content-type"]).toContain("text/html");
    expect(answer.body).toContain("<code>request_forbidden</code>");
    expect(answer.body).not.toContain(client.id);
  }

  test("D42, RFC 6749 §10.12: a login is not finished in another browser, and its own still can", async () => {
    const [own, other] = [newBrowser(), newBrowser()];
    const login = await openLogin(own, request().url);
    const back = (await acceptLogin(world, login, { remember: true })).body.redirect_to;
    await expectForbidden(other, back);
    await openLogin(other, request().url);
    await expectForbidden(other, back);
    expect(await skips(other)).toBe("");
    const consent = (await landing(own, back)).searchParams.get("consent_challenge") ?? "";
    expect(delivered(await finishConsent(world, own, consent))).toHaveProperty("code");
  });

  test("D42, RFC 6749 §10.12: a consent is not finished in another browser, and its own still can", async () => {
    const [own, other] = [newBrowser(), newBrowser()];
    const { url, verifier } = request();
    const consent = await openConsent(world, own, url);
    const back = (await acceptConsent(world, consent)).body.redirect_to;
    await expectForbidden(other, back);
    const { code } = delivered(await landing(own, back));
    expect((await redeem(world, client, code ?? "", { code_verifier: verifier })).status).toBe(200);
  });

  test("RFC 9700 §4.7: nobody is signed in as the attacker who began the flow", async () => {
    const [attacker, victim] = [newBrowser(), await signedIn(world, request().url)];
    const login = await openLogin(attacker, request().url);
    const back = (await acceptLogin(world, login, { subject: "mallory", remember: true })).body.redirect_to;
    await expectForbidden(victim, back);
    expect(await skips(victim)).toBe("alice");
  });

  test("RFC 9700 §4.7: an attacker who lets the victim sign in for his flow gets nothing", async () => {
    const [attacker, victim] = [newBrowser(), newBrowser()];
    // The victim is sent to the login page with the attacker's challenge, and signs in there.
    const login = await openLogin(attacker, request().url);
    const back = (await acceptLogin(world, login, { subject: "victim", remember: true })).body.redirect_to;
    await expectForbidden(victim, back);
    // All that the attacker holds is the challenge.
    const guess = `${world.publicUrl}/oauth2/auth?login_verifier=${login}`;
    const answer = await attacker.hop("GET", guess);
    expect([answer.status, answer.headers.location]).toEqual([403, undefined]);
    expect((await asked(world, "login", login)).status).toBe(200);
  });

  test("FLOW-026: a flow's cookie that was tampered with is none", async () => {
    const browser = newBrowser();
    const { redirect_to: back } = (await acceptLogin(world, await openLogin(browser, request().url))).body;
    const [name = "", value = ""] = cookiesOf(browser).split("=");
    const flip = (text: string) => text.slice(0, -1) + (text.endsWith("A") ? "B" : "A");
    const forged = ["", "x", value.slice(0, -1), flip(value), `${value}A`, "A".repeat(8000), `"${value}"`, "%00", "{}"];
    for (const one of forged) {
      const answer = await send("GET", back, undefined, { cookie: `${name}=${one}` });
      expect([one, answer.status]).toEqual([one, 403]);
    }
    const renamed = await send("GET", back, undefined, { cookie: `${flip(name)}=${value}` });
    expect(renamed.status).toBe(403);
    // A sibling domain's cookie of the same name locks nobody out.
    const tossed = await send("GET", back, undefined, { cookie: `${name}=planted; ${name}=${value}` });
    expect(tossed.headers.location).toContain("consent_challenge=");
  });

  test("FLOW-026, FLOW-029: a session cookie that was tampered with, or sent twice, signs nobody in", async () => {
    const [alice, bob] = [
      await signedIn(world, request().url),
      await signedIn(world, request().url, { subject: "bob" }),
    ];
    const secret = secretOf(alice) ?? "";
    const flip = secret.slice(0, -2) + (secret.at(-2) === "A" ? "B" : "A") + secret.slice(-1);
    const headers = [
      `${session}=`,
      `${session}=${secret.slice(1)}`,
      `${session}=${flip}`,
      `${session}=${"A".repeat(8000)}`,
      `${session}="${secret}"`,
      `${session}=${secret}; ${session}=${secretOf(bob)}`,
      `${session.toUpperCase()}=${secret}`,
      `${session}=planted; ${session}=${secret}`,
    ];
    const subjectFor = async (cookie: string) => {
      const answer = await send("GET", request().url, undefined, { cookie });
      const challenge = new URL(answer.headers.location ?? "").searchParams.get("login_challenge") ?? "";
      return (await asked(world, "login", challenge)).body.subject;
    };
    for (const cookie of headers) expect([cookie, await subjectFor(cookie)]).toEqual([cookie, ""]);
    expect(await subjectFor(`${session}=${secret}`)).toBe("alice");
  });

  test("D41, CWE-384: a session cookie that was planted is not the one of the login", async () => {
    const browser = newBrowser();
    plant(browser, `${session}=a-value-that-the-attacker-knows; Path=/`);
    await runFlow(world, request().url, { browser, login: { remember: true } });
    expect(secretOf(browser)).not.toBe("a-value-that-the-attacker-knows");
    expect(secretOf(browser)).toMatch(/^[\w-]{43,}$/);
    // Nor is the attacker's own, real session.
    const attacker = await signedIn(world, request().url, { subject: "mallory" });
    const victim = newBrowser();
    plant(victim, `${session}=${secretOf(attacker)}; Path=/`);
    await runFlow(world, `${request().url}&prompt=login`, { browser: victim, login: { remember: true } });
    expect(await skips(victim)).toBe("alice");
    expect(await skips(attacker)).toBe("");
  });

  test("D41: each login changes the cookie's secret, and the old one is worth nothing", async () => {
    const browser = await signedIn(world, request().url);
    const thief = newBrowser();
    plant(thief, `${session}=${secretOf(browser)}; Path=/`);
    expect(await skips(thief)).toBe("alice");
    const { body } = await asked(world, "login", await openLogin(browser, request().url));
    expect(JSON.stringify(body)).not.toContain(secretOf(browser));
    await runFlow(world, `${request().url}&prompt=login`, { browser, login: { remember: true } });
    expect(await skips(browser)).toBe("alice");
    expect(await skips(thief)).toBe("");
  });

  test("D41: another user's login ends the session that the browser had", async () => {
    const browser = await signedIn(world, request().url);
    const copy = newBrowser();
    plant(copy, `${session}=${secretOf(browser)}; Path=/`);
    const login = { subject: "bob", remember: true };
    await runFlow(world, `${request().url}&prompt=login`, { browser, login });
    expect([await skips(browser), await skips(copy)]).toEqual(["bob", ""]);
  });

  test("D41: a login that is not to be remembered ends what was", async () => {
    for (const subject of ["alice", "bob"]) {
      const browser = await signedIn(world, request().url);
      const copy = newBrowser();
      plant(copy, `${session}=${secretOf(browser)}; Path=/`);
      await runFlow(world, `${request().url}&prompt=login`, { browser, login: { subject } });
      expect([secretOf(browser), await skips(browser), await skips(copy)]).toEqual([undefined, "", ""]);
    }
  });

  test("D13: any number of tabs of one client, and of others, run side by side in any order", async () => {
    const browser = newBrowser();
    const other = await newClient(world);
    const owners = [client, client, other, client, other, client];
    const tabs = owners.map((owner) => ({ owner, ...request(owner) }));
    const logins: string[] = [];
    for (const { url } of tabs) logins.push(await openLogin(browser, url));
    const consents: string[] = [];
    for (const login of logins.toReversed()) {
      const place = await landing(browser, (await acceptLogin(world, login, { remember: true })).body.redirect_to);
      consents.unshift(place.searchParams.get("consent_challenge") ?? "");
    }
    for (const [index, { owner, state, verifier }] of tabs.entries()) {
      const told = delivered(await finishConsent(world, browser, consents[index] ?? ""));
      expect(told.state).toBe(state);
      expect((await redeem(world, owner, told.code ?? "", { code_verifier: verifier })).status).toBe(200);
    }
    expect(cookiesOf(browser)).toMatch(new RegExp(`^${session}=[\\w-]+$`));
  });

  test("FLOW-030: a hundred abandoned flows leave room in the header, and the newest of them still work", async () => {
    const browser = newBrowser();
    const logins: string[] = [];
    for (let count = 0; count < 100; count++) {
      logins.push(await openLogin(browser, request().url));
      if (count % 30 === 0) world.clock.advance(61);
      expect(cookiesOf(browser).length).toBeLessThan(2048);
    }
    for (const login of [logins.at(-1), logins.at(-2), logins.at(-20)]) {
      const back = (await acceptLogin(world, login ?? "")).body.redirect_to;
      const consent = (await landing(browser, back)).searchParams.get("consent_challenge") ?? "";
      expect(delivered(await finishConsent(world, browser, consent))).toHaveProperty("code");
    }
    expect(delivered(await runFlow(world, request().url, { browser }))).toHaveProperty("code");
    expect(cookiesOf(browser).length).toBeLessThan(4096);
  });

  test("FLOW-025: cookies are host-only, unreadable for scripts and, outside of dev mode, for https only", async () => {
    const settings = { dev: false, "urls.self.issuer": "https://id.example" };
    const strict = await startWorld({ settings });
    const owner = await newClient(strict, { redirect_uris: ["https://app.example/cb"] });
    const { url } = authorizationRequest(strict, owner, { redirect_uri: "https://app.example/cb" });
    const first = await send("GET", url);
    const login = new URL(first.headers.location ?? "").searchParams.get("login_challenge") ?? "";
    const back: string = (await acceptLogin(strict, login, { remember: true, remember_for: 60 })).body.redirect_to;
    const cookie = first.headers["set-cookie"]?.split(";")[0] ?? "";
    const second = await send("GET", back.replace("https://id.example", strict.publicUrl), undefined, { cookie });
    // D46: the flow's cookie lives as long as the flow can be started anew.
    expect(first.headers["set-cookie"]).toMatch(
      /^ory_hydra_login_csrf_[0-9a-f]{8}=[\w.-]+; Max-Age=88200; Path=\/; HttpOnly; Secure; SameSite=None$/,
    );
    expect(second.headers["set-cookie"]).toMatch(
      /^ory_hydra_session=[\w-]{43,}; Max-Age=60; Path=\/; HttpOnly; Secure; SameSite=None$/,
    );
    await strict.close();
  });
});
