/** What becomes of tokens, codes and remembered consents when a user signs out (D44). */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { authorizationRequest, isActive, landing, redeem, refresh, runFlow } from "../support/code-flow.ts";
import { databases } from "../support/database.ts";
import {
  acceptLogout,
  askLogout,
  logoutClient,
  logoutSettings,
  logoutUrl,
  signIn,
  signOut,
} from "../support/logout.ts";
import { newBrowser, startWorld, type World } from "../support/server.ts";

const online = "openid read";
const offline = "openid offline read";
const offlineAccess = "openid offline_access read";

describe.each(databases)("tokens at logout on $name", (database) => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld({ dsn: await database.dsn(), settings: logoutSettings });
  });
  afterAll(() => world.close());

  it.each(["opaque", "jwt"])(
    "OUT-018: %s tokens for a user who is there end, those for one who is away live on",
    async (form) => {
      const client = await logoutClient(world, { access_token_strategy: form });
      const { browser, tokens: first } = await signIn(world, client, { scope: online });
      const { tokens: second } = await signIn(world, client, { browser, scope: offline });
      const { tokens: third } = await signIn(world, client, { browser, scope: offlineAccess });
      await signOut(world, browser);
      expect(await isActive(world, first.access_token)).toBe(false);
      for (const tokens of [second, third]) {
        expect(await isActive(world, tokens.access_token)).toBe(true);
        expect((await refresh(world, client, tokens.refresh_token)).status).toBe(200);
      }
    },
  );

  it("another session of the same user keeps its tokens", async () => {
    const client = await logoutClient(world);
    const here = await signIn(world, client, { scope: online });
    const there = await signIn(world, client, { scope: online });
    await signOut(world, here.browser);
    expect(await isActive(world, here.tokens.access_token)).toBe(false);
    expect(await isActive(world, there.tokens.access_token)).toBe(true);
  });

  it("what the user agreed to is still remembered at the next sign-in", async () => {
    const client = await logoutClient(world);
    const { browser } = await signIn(world, client, { scope: online, consent: { remember: true } });
    await signOut(world, browser);
    const asked = authorizationRequest(world, client, { scope: online });
    const place = await runFlow(world, asked.url, { browser, login: { remember: true } });
    expect(place.searchParams.get("code")).not.toBeNull();
    // Agreed already, so nothing is asked: OIDC Core §3.1.2.1.
    const silent = authorizationRequest(world, client, { scope: online, prompt: "none" });
    expect((await runFlow(world, silent.url, { browser })).searchParams.get("code")).not.toBeNull();
  });

  it.each([
    [online, 400],
    [offline, 200],
  ])("CODE-016: a code with the scope '%s' that is not redeemed yet: %i", async (scope, status) => {
    const client = await logoutClient(world);
    const { browser } = await signIn(world, client, { scope });
    const asked = authorizationRequest(world, client, { scope });
    const code = (await runFlow(world, asked.url, { browser })).searchParams.get("code") ?? "";
    await signOut(world, browser);
    const once = await redeem(world, client, code, { code_verifier: asked.verifier });
    expect(once.status).toBe(status);
    const twice = await redeem(world, client, code, { code_verifier: asked.verifier });
    expect([twice.status, twice.body.error]).toEqual([400, "invalid_grant"]);
  });

  it("a flow that the logout overtook gives no code", async () => {
    const client = await logoutClient(world);
    const { browser } = await signIn(world, client, { scope: online });
    const url = authorizationRequest(world, client, { scope: online }).url;
    const login = new URL((await landing(browser, url)).href).searchParams.get("login_challenge") ?? "";
    const accepted = await world.admin("PUT", `/admin/oauth2/auth/requests/login/accept?login_challenge=${login}`, {
      subject: "alice",
    });
    await signOut(world, browser);
    const place = await landing(browser, accepted.body.redirect_to);
    expect(place.searchParams.has("login_challenge")).toBe(true);
    expect(place.searchParams.get("login_challenge")).not.toBe(login);
  });

  it("RT-022: of refreshes that race the logout, no token is left alive where the policy is 'all'", async () => {
    const strict = await startWorld({
      dsn: await database.dsn(),
      settings: { ...logoutSettings, "logout.revoke": "all" },
    });
    const client = await logoutClient(strict);
    const { browser, tokens } = await signIn(strict, client, { scope: offline });
    const challenge = await askLogout(browser, logoutUrl(strict));
    const verifier = (await acceptLogout(strict, challenge)).body.redirect_to;
    const [refreshed] = await Promise.all([refresh(strict, client, tokens.refresh_token), browser.visit(verifier)]);
    const candidates = [tokens, ...(refreshed.status === 200 ? [refreshed.body] : [])];
    for (const { access_token, refresh_token } of candidates) {
      expect(await isActive(strict, access_token)).toBe(false);
      expect(await isActive(strict, refresh_token)).toBe(false);
      expect((await refresh(strict, client, refresh_token)).body.error).toBe("invalid_grant");
    }
    await strict.close();
  });

  it("of codes that race the logout, none buys a token that lives", async () => {
    const client = await logoutClient(world);
    const { browser } = await signIn(world, client, { scope: online });
    const asked = authorizationRequest(world, client, { scope: online });
    const code = (await runFlow(world, asked.url, { browser })).searchParams.get("code") ?? "";
    const challenge = await askLogout(browser, logoutUrl(world));
    const verifier = (await acceptLogout(world, challenge)).body.redirect_to;
    const [redeemed] = await Promise.all([
      redeem(world, client, code, { code_verifier: asked.verifier }),
      browser.visit(verifier),
    ]);
    if (redeemed.status === 200) expect(await isActive(world, redeemed.body.access_token)).toBe(false);
    else expect(redeemed.body.error).toBe("invalid_grant");
  });

  it("logout.revoke: none leaves every token alone", async () => {
    const lenient = await startWorld({
      dsn: await database.dsn(),
      settings: { ...logoutSettings, "logout.revoke": "none" },
    });
    const client = await logoutClient(lenient);
    const { browser, tokens } = await signIn(lenient, client, { browser: newBrowser(), scope: online });
    await signOut(lenient, browser);
    expect(await isActive(lenient, tokens.access_token)).toBe(true);
    await lenient.close();
  });
});
