/** openid-client's other ways to ask, to prove itself, to be answered and to leave: it checks what it is sent. */
import * as openid from "openid-client";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { newKeyPair, newSigningClient } from "../support/assertions.ts";
import { acceptConsent, callback, landing, newClient, runFlow, type TestClient } from "../support/code-flow.ts";
import { openConsent, postedForm } from "../support/flow-steps.ts";
import { frontChannelClient } from "../support/front-channel.ts";
import { acceptLogout, askLogout, goodbye, logoutClient, logoutSettings } from "../support/logout.ts";
import { relyingParty, signIn } from "../support/openid.ts";
import { host, newObjectClient } from "../support/request-objects.ts";
import { newBrowser, startWorld, type World } from "../support/server.ts";

let world: World;

beforeAll(async () => {
  world = await startWorld({ settings: logoutSettings });
});
afterAll(() => world?.close());

async function newRequest() {
  const pkceCodeVerifier = openid.randomPKCECodeVerifier();
  const checks = { pkceCodeVerifier, expectedState: openid.randomState(), expectedNonce: openid.randomNonce() };
  const parameters = {
    redirect_uri: callback,
    scope: "openid offline read",
    code_challenge: await openid.calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: "S256",
    state: checks.expectedState,
    nonce: checks.expectedNonce,
  };
  return { parameters, checks };
}

describe("RFC 6749 §2.3: it proves itself with", () => {
  const grants = { grant_types: ["authorization_code", "refresh_token"] };

  async function expectSignIn(client: TestClient, proof: openid.ClientAuth) {
    const party = await relyingParty(world, client, {}, proof);
    const tokens = await signIn(world, party);
    expect(tokens.claims()?.sub).toBe("alice");
    const renewed = await openid.refreshTokenGrant(party, tokens.refresh_token ?? "");
    expect((await openid.fetchUserInfo(party, renewed.access_token, "alice")).sub).toBe("alice");
    await openid.tokenRevocation(party, renewed.refresh_token ?? "");
    await expect(openid.fetchUserInfo(party, renewed.access_token, "alice")).rejects.toThrow();
  }

  test.each(["client_secret_basic", "client_secret_post"] as const)("its secret: %s", async (method) => {
    const client = await newClient(world, { ...grants, token_endpoint_auth_method: method });
    const proof = method === "client_secret_basic" ? openid.ClientSecretBasic : openid.ClientSecretPost;
    await expectSignIn(client, proof(client.secret));
  });

  test("nothing, as a public client", async () => {
    await expectSignIn(await newClient(world, { ...grants, token_endpoint_auth_method: "none" }), openid.None());
  });

  test.each(["RS256", "PS256", "ES256", "EdDSA"])("RFC 7523 §2.2: its key, by %s", async (algorithm) => {
    const key = await newKeyPair(algorithm, "a-key");
    const { id } = await newSigningClient(world, key);
    await expectSignIn({ id, secret: "" }, openid.PrivateKeyJwt({ key: key.privateKey, kid: key.kid }));
  });
});

test("RFC 6749 §4.4: it gets a token in its own name", async () => {
  const party = await relyingParty(world, await newClient(world));
  const tokens = await openid.clientCredentialsGrant(party, { scope: "read" });
  expect([tokens.scope, tokens.refresh_token, tokens.id_token]).toEqual(["read", undefined, undefined]);
});

test("OIDC Core §6.2: it asks by a request object that lies on its own server", async () => {
  const published = { jwt: "" };
  const own = await host((response) => void response.end(published.jwt));
  const inside = await startWorld({ settings: { "clients.http.disallow_private_ip_ranges": false } });
  const client = await newObjectClient(inside, { request_uris: [`${own.url}/request.jwt`] }, "EdDSA");
  const party = await relyingParty(inside, client);
  const { parameters, checks } = await newRequest();
  const key = { key: client.key.privateKey, kid: client.key.kid };
  const byValue = await openid.buildAuthorizationUrlWithJAR(party, { ...parameters, response_type: "code" }, key);
  published.jwt = byValue.searchParams.get("request") ?? "";
  const byReference = openid.buildAuthorizationUrl(party, { request_uri: `${own.url}/request.jwt`, scope: "openid" });
  const tokens = await openid.authorizationCodeGrant(party, await runFlow(inside, byReference.href), checks);
  expect(tokens.claims()?.sub).toBe("alice");
  expect(own.requests.map(({ path }) => path)).toEqual(["/request.jwt"]);
  own.close();
  await inside.close();
});

test.each(["code", "code id_token"])("OAuth 2.0 Form Post §2: it is answered by a form: %s", async (type) => {
  const client = await frontChannelClient(world, type);
  const party = await relyingParty(world, client);
  if (type !== "code") openid.useCodeIdTokenResponseType(party);
  const { parameters, checks } = await newRequest();
  const asked = { ...parameters, response_type: type, response_mode: "form_post" };
  const browser = newBrowser();
  const consent = await openConsent(world, browser, openid.buildAuthorizationUrl(party, asked).href);
  const page = await browser.visit((await acceptConsent(world, consent)).body.redirect_to);
  const { action, fields } = postedForm(page.body);
  expect(action).toBe(callback);
  const posted = new Request(action, { method: "POST", body: new URLSearchParams(fields) });
  const tokens = await openid.authorizationCodeGrant(party, posted, checks);
  expect(tokens.claims()?.sub).toBe("alice");
});

test("OIDC RP-Initiated Logout §2: it signs its user out, who comes back to it", async () => {
  const party = await relyingParty(world, await logoutClient(world));
  const browser = newBrowser();
  const tokens = await signIn(world, party, {}, { browser, login: { remember: true, remember_for: 3600 } });
  const state = openid.randomState();
  const hint = { id_token_hint: tokens.id_token ?? "", post_logout_redirect_uri: goodbye, state };
  const challenge = await askLogout(browser, openid.buildEndSessionUrl(party, hint).href);
  const place = await landing(browser, (await acceptLogout(world, challenge)).body.redirect_to);
  expect(place.href).toBe(`${goodbye}?state=${state}`);

  const { parameters, checks } = await newRequest();
  const silent = openid.buildAuthorizationUrl(party, { ...parameters, scope: "openid", prompt: "none" });
  const refused = openid.authorizationCodeGrant(party, await landing(browser, silent.href), checks);
  await expect(refused).rejects.toMatchObject({ error: "login_required" });
});
