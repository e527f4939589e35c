import { createLocalJWKSet, decodeJwt, jwtVerify } from "jose";
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
import { asked, delivered, finishConsent, openConsent, openLogin } from "../support/flow-steps.ts";
import { newBrowser, startWorld, type World } from "../support/server.ts";

const api = "https://api.example/v1";

describe("what a user consents to", () => {
  let world: World;
  let client: TestClient;

  beforeAll(async () => {
    world = await startWorld();
    client = await newClient(world, { audience: [api] });
  });
  afterAll(() => world?.close());

  const request = (over: Record<string, string | undefined> = {}, of = client) => authorizationRequest(world, of, over);

  /** A browser whose user has consented to this request and is remembered with it. */
  async function consented(
    url: string,
    consent: Record<string, unknown> = {},
    subject = "alice",
  ): Promise<CookieBrowser> {
    const browser = newBrowser();
    await runFlow(world, url, { browser, login: { subject, remember: true }, consent: { remember: true, ...consent } });
    return browser;
  }

  async function skips(browser: CookieBrowser, url: string, subject = "alice"): Promise<boolean> {
    const consent = await openConsent(world, browser, url, { subject });
    return (await asked(world, "consent", consent)).body.skip;
  }

  test("OIDC Core §3.1.2.4: a remembered consent is not asked again, for the same scopes or fewer", async () => {
    const browser = await consented(request().url);
    expect(await skips(browser, request().url)).toBe(true);
    expect(await skips(browser, request({ scope: "read openid" }).url)).toBe(true);
    expect(await skips(newBrowser(), request().url)).toBe(true);
    const forgetful = await consented(request().url, { remember: false }, "bob");
    expect(await skips(forgetful, request().url, "bob")).toBe(false);
  });

  test.each([
    ["another scope", { scope: "openid offline read write" }],
    ["an audience", { audience: api }],
    ["OIDC Core §3.1.2.1: prompt=consent", { prompt: "consent" }],
  ])("OIDC Core §3.1.2.4: the consent is asked again for %s", async (_what, over) => {
    expect(await skips(await consented(request().url), request(over).url)).toBe(false);
  });

  test("a remembered consent covers what was granted, not what was asked", async () => {
    const browser = await consented(request({ audience: api }).url, { grant_scope: ["openid"] }, "carol");
    expect(await skips(browser, request({ scope: "openid read" }).url, "carol")).toBe(false);
    expect(await skips(browser, request({ scope: "openid", audience: api }).url, "carol")).toBe(true);
  });

  test("FLOW-016, FLOW-017: a consent is one user's for one client", async () => {
    const browser = await consented(request().url, {}, "dave");
    const other = await newClient(world);
    expect(await skips(browser, request({}, other).url, "dave")).toBe(false);
    expect(await skips(newBrowser(), request().url, "dav")).toBe(false);
    expect(await skips(newBrowser(), request().url, "dave ")).toBe(false);
    expect(await skips(newBrowser(), request().url, "Dave")).toBe(false);
  });

  test("FLOW-020: a consent is remembered as long as it was said", async () => {
    const short = await consented(request().url, { remember_for: 100 }, "erin");
    world.clock.advance(99);
    expect(await skips(short, request().url, "erin")).toBe(true);
    world.clock.advance(2);
    expect(await skips(short, request().url, "erin")).toBe(false);
    await consented(request().url, { remember_for: 0 }, "frank");
    world.clock.advance(20 * 365 * 24 * 3600);
    expect(await skips(newBrowser(), request().url, "frank")).toBe(true);
  });

  test("a skipped consent is no new one: it does not make the old one last longer", async () => {
    const browser = await consented(request().url, { remember_for: 100 }, "grace");
    world.clock.advance(60);
    await runFlow(world, request().url, {
      browser,
      login: { subject: "grace" },
      consent: { remember: true, remember_for: 100 },
    });
    world.clock.advance(60);
    expect(await skips(browser, request().url, "grace")).toBe(false);
  });

  test("RFC 8252 §8.6, FLOW-018: who anyone can pretend to be is asked about every time", async () => {
    const redirectUri = "com.example.app:/cb";
    const over = {
      redirect_uris: [redirectUri],
      token_endpoint_auth_method: "none",
      grant_types: ["authorization_code"],
    };
    for (const skip of [false, true]) {
      const app = await newClient(world, { ...over, skip_consent: skip });
      const browser = newBrowser();
      const parameters = { redirect_uri: redirectUri, scope: "openid read" };
      const consent = await openConsent(world, browser, request(parameters, app).url, { remember: true });
      const back = (await acceptConsent(world, consent, { remember: true })).body.redirect_to;
      expect((await browser.hop("GET", back)).headers.location).toMatch(/^com\.example\.app:\/cb\?code=/);
      expect(await skips(browser, request(parameters, app).url)).toBe(false);
      const login = await openLogin(browser, request({ ...parameters, prompt: "none" }, app).url);
      const silent = await browser.hop("GET", (await acceptLogin(world, login)).body.redirect_to);
      expect(silent.headers.location).toMatch(/^com\.example\.app:\/cb\?error=consent_required&/);
    }
  });

  test("D14: for a client with skip_consent the consent page is told to skip, and prompt=none succeeds", async () => {
    const own = await newClient(world, { skip_consent: true });
    const browser = newBrowser();
    const first = await openConsent(world, browser, request({}, own).url, { remember: true });
    const { body } = await asked(world, "consent", first);
    expect([body.skip, body.client.skip_consent]).toEqual([true, true]);
    expect(delivered(await finishConsent(world, browser, first))).toHaveProperty("code");
    expect(delivered(await runFlow(world, request({ prompt: "none" }, own).url, { browser }))).toHaveProperty("code");
    expect(await skips(browser, request({ prompt: "consent" }, own).url)).toBe(false);
    const stranger = await landing(newBrowser(), request({ prompt: "none" }, own).url);
    expect(delivered(stranger).error).toBe("login_required");
  });

  test.each([
    ["a scope that was not requested", { grant_scope: ["openid", "write"] }, /scope 'write'/],
    ["a scope in other case", { grant_scope: ["OpenID"] }, /scope/],
    ["two scopes in one", { grant_scope: ["openid read"] }, /scope/],
    ["an empty scope", { grant_scope: [""] }, /scope/],
    ["an audience that was not requested", { grant_access_token_audience: [`${api}/x`] }, /audience/],
    ["an audience of no client", { grant_access_token_audience: ["https://evil.example"] }, /audience/],
  ])("D8: a consent grants nothing that was not asked: %s", async (_what, grant, words) => {
    const browser = newBrowser();
    const consent = await openConsent(world, browser, request({ audience: api }).url);
    const answer = await acceptConsent(world, consent, grant);
    expect([answer.status, answer.body.error]).toEqual([400, "invalid_request"]);
    expect(answer.body.error_description).toMatch(words);
    expect((await asked(world, "consent", consent)).status).toBe(200);
    const early = await browser.hop("GET", request().url);
    expect(early.status).toBe(302);
    expect(delivered(await finishConsent(world, browser, consent))).toHaveProperty("code");
  });

  test("what is not granted is not there", async () => {
    const { url, verifier } = request();
    const place = await runFlow(world, url, { consent: { grant_scope: ["read"] } });
    expect(delivered(place).scope).toBe("read");
    const { body } = await redeem(world, client, delivered(place).code ?? "", { code_verifier: verifier });
    expect([body.scope, body.id_token, body.refresh_token]).toEqual(["read", undefined, undefined]);
    const none = request();
    const bare = delivered(await runFlow(world, none.url, { consent: { grant_scope: [] } }));
    const tokens = await redeem(world, client, bare.code ?? "", { code_verifier: none.verifier });
    const introspected = await world.introspect({ token: tokens.body.access_token });
    expect(introspected.body).toMatchObject({ active: true, sub: "alice" });
    expect(introspected.body.scope ?? "").toBe("");
  });

  test.each(["opaque", "jwt"])(
    "FLOW-014: claims of the consent never stand in for the protocol's: %s",
    async (strategy) => {
      const owner = await newClient(world, { access_token_strategy: strategy });
      const forged = Object.fromEntries(
        [
          "iss",
          "sub",
          "aud",
          "exp",
          "iat",
          "nbf",
          "jti",
          "nonce",
          "auth_time",
          "acr",
          "amr",
          "azp",
          "at_hash",
          "c_hash",
          "sid",
          "client_id",
          "scope",
          "scp",
          "cnf",
          "act",
          "active",
          "token_use",
          "token_type",
          "username",
        ].map((name) => [name, "forged"]),
      );
      const session = { id_token: { ...forged, email: "a@example.org" }, access_token: { ...forged, tenant: "t1" } };
      const { url, verifier } = request({}, owner);
      const place = await runFlow(world, url, { login: { acr: "gold", amr: ["pwd"] }, consent: { session } });
      const { body } = await redeem(world, owner, delivered(place).code ?? "", { code_verifier: verifier });
      const keys = createLocalJWKSet((await world.get("/.well-known/jwks.json")).body);
      const currentDate = world.clock.now();
      const { payload } = await jwtVerify(body.id_token, keys, {
        issuer: world.publicUrl,
        audience: owner.id,
        currentDate,
      });
      expect(payload).toMatchObject({ sub: "alice", email: "a@example.org", acr: "gold", amr: ["pwd"] });
      const user = await world.get("/userinfo", { authorization: `Bearer ${body.access_token}` });
      expect(user.body).toMatchObject({ sub: "alice", email: "a@example.org" });
      const { body: told } = await world.introspect({ token: body.access_token });
      expect(told).toMatchObject({
        active: true,
        sub: "alice",
        client_id: owner.id,
        iss: world.publicUrl,
        token_use: "access_token",
      });
      expect(told.ext.tenant).toBe("t1");
      expect(told.scope).toBe("openid offline read");
      expect(told.username).not.toBe("forged");
      const protocol = [
        "iss",
        "sub",
        "aud",
        "exp",
        "iat",
        "nbf",
        "jti",
        "nonce",
        "auth_time",
        "acr",
        "amr",
        "at_hash",
        "sid",
        "cnf",
        "act",
        "c_hash",
      ];
      for (const name of protocol) {
        expect([name, payload[name]]).not.toEqual([name, "forged"]);
        expect([name, user.body[name]]).not.toEqual([name, "forged"]);
      }
      if (strategy === "jwt") {
        const claims = decodeJwt(body.access_token);
        expect(claims).toMatchObject({ iss: world.publicUrl, sub: "alice", client_id: owner.id });
        for (const name of [...protocol, "scope", "scp"]) expect([name, claims[name]]).not.toEqual([name, "forged"]);
      }
    },
  );
});
