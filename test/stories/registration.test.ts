/** Dynamic registration and management: a client's life from its own hand (RFC 7591, RFC 7592, OIDC Registration). */
import * as openid from "openid-client";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  acceptConsent,
  acceptLogin,
  callback,
  challengeOf,
  isActive,
  landing,
  obtainTokens,
  refresh,
} from "../support/code-flow.ts";
import { databases } from "../support/database.ts";
import { askToken } from "../support/grants.ts";
import { manage, register, registered, registrationSettings } from "../support/registration.ts";
import { newBrowser, startWorld, type World } from "../support/server.ts";

describe.each(databases)("on $name", (database) => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld({ dsn: await database.dsn(), settings: registrationSettings });
  });
  afterAll(() => world?.close());

  const refreshing = { grant_types: ["authorization_code", "refresh_token"] };

  test("RFC 7591 §3.2.1: a client registers, and is told everything that is registered about it", async () => {
    const document = { client_name: "A stranger", redirect_uris: [callback], "client_name#de": "Ein Fremder", x: [1] };
    const { status, headers, body } = await register(world, document);
    expect([status, headers["cache-control"], headers.pragma]).toEqual([201, "no-store", "no-cache"]);
    expect(headers["content-type"]).toBe("application/json;charset=UTF-8");
    expect(headers.location).toBe(body.registration_client_uri);
    expect(body).toMatchObject({
      client_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      client_name: "A stranger",
      client_secret: expect.stringMatching(/^[\w.~-]{26}$/),
      client_secret_expires_at: 0,
      redirect_uris: [callback],
      grant_types: ["authorization_code"],
      response_types: ["code"],
      token_endpoint_auth_method: "client_secret_basic",
      scope: "offline_access offline openid",
      subject_type: "public",
      registration_access_token: expect.stringMatching(/^tsr_rg_[\w-]{43}$/),
      registration_client_uri: `${world.publicUrl}/oauth2/register/${body.client_id}`,
    });
    for (const name of ["x", "client_name#de", "metadata", "jwks", "contacts_null"]) {
      expect(body).not.toHaveProperty([name]);
    }
    expect(Object.values(body)).not.toContain(null);
  });

  test("the whole job with a client that has registered itself", async () => {
    const client = await registered(world, refreshing);
    const tokens = await obtainTokens(world, client, { scope: "openid offline" });
    expect(await isActive(world, tokens.access_token)).toBe(true);
    expect((await refresh(world, client, tokens.refresh_token)).status).toBe(200);
  });

  test("RFC 7592 §2.1: the client reads what is registered, without its secret", async () => {
    const { url, token, body, id } = await registered(world, {
      client_name: "Reader",
      contacts: ["me@reader.example"],
    });
    const read = await manage("GET", url, token);
    const { client_secret: _secret, ...rest } = body;
    expect([read.status, read.headers["cache-control"]]).toEqual([200, "no-store"]);
    expect(read.body).toEqual(rest);
    expect(read.text).not.toContain("sha256");
    expect((await world.admin("GET", `/admin/clients/${id}`)).body).not.toHaveProperty("registration_access_token");
  });

  test("RFC 7592 §2.2: the client replaces what is registered; its token is another one, its secret the same", async () => {
    const client = await registered(world, { client_name: "Before", tos_uri: "https://a.example/tos", ...refreshing });
    const tokens = await obtainTokens(world, client, { scope: "openid offline" });
    const change = {
      client_id: client.id,
      client_secret: client.secret,
      client_name: "After",
      redirect_uris: [callback],
    };
    const { status, headers, body } = await manage("PUT", client.url, client.token, { ...change, ...refreshing });
    expect([status, headers["cache-control"]]).toEqual([200, "no-store"]);
    expect(body).toMatchObject({ client_id: client.id, client_name: "After", registration_client_uri: client.url });
    expect(body).not.toHaveProperty("tos_uri");
    expect(body).not.toHaveProperty("client_secret");
    expect(body.registration_access_token).not.toBe(client.token);
    // DCR-005.
    expect((await manage("GET", client.url, client.token)).status).toBe(401);
    expect((await manage("GET", client.url, body.registration_access_token)).body.client_name).toBe("After");
    expect((await refresh(world, client, tokens.refresh_token)).status).toBe(200);
  });

  test("what GET answers may be PUT as it is", async () => {
    const client = await registered(world, { client_name: "Echo", contacts: ["a@b.example"], ...refreshing });
    const read = await manage("GET", client.url, client.token);
    const {
      registration_access_token: token,
      updated_at: _at,
      ...rest
    } = (await manage("PUT", client.url, client.token, read.body)).body;
    expect({ ...rest, updated_at: read.body.updated_at, registration_access_token: client.token }).toEqual(read.body);
    expect((await manage("GET", client.url, token)).status).toBe(200);
  });

  test("DCR-021, RFC 7592 §2.3: with the registration ends everything that the client was given", async () => {
    const client = await registered(world, {
      grant_types: ["authorization_code", "refresh_token", "client_credentials"],
    });
    const tokens = await obtainTokens(world, client, { scope: "openid offline" });
    const own = await askToken(world, client, { grant_type: "client_credentials", scope: "offline" });
    const gone = await manage("DELETE", client.url, client.token);
    expect([gone.status, gone.text]).toEqual([204, ""]);
    for (const token of [tokens.access_token, tokens.refresh_token, own.body.access_token]) {
      expect(await isActive(world, token)).toBe(false);
    }
    expect((await askToken(world, client, { grant_type: "client_credentials" })).status).toBe(401);
    for (const method of ["GET", "DELETE"] as const) {
      expect((await manage(method, client.url, client.token)).status).toBe(401);
    }
    expect((await manage("PUT", client.url, client.token, { redirect_uris: [callback] })).status).toBe(401);
  });

  test("openid-client finds the endpoint, registers, and signs a user in", async () => {
    const config = await openid.dynamicClientRegistration(
      new URL(world.publicUrl),
      { redirect_uris: [callback], client_name: "By openid-client", token_endpoint_auth_method: "client_secret_post" },
      undefined,
      { execute: [openid.allowInsecureRequests] },
    );
    const client = config.clientMetadata();
    expect(client.registration_client_uri).toBe(`${world.publicUrl}/oauth2/register/${client.client_id}`);
    const verifier = openid.randomPKCECodeVerifier();
    const state = openid.randomState();
    const asked = openid.buildAuthorizationUrl(config, {
      redirect_uri: callback,
      scope: "openid",
      state,
      code_challenge: await openid.calculatePKCECodeChallenge(verifier),
      code_challenge_method: "S256",
    });
    const browser = newBrowser();
    const login = challengeOf(await landing(browser, asked.href), "login_challenge");
    const consent = await landing(browser, (await acceptLogin(world, login)).body.redirect_to);
    const accepted = await acceptConsent(world, challengeOf(consent, "consent_challenge"));
    const back = await landing(browser, accepted.body.redirect_to);
    const checks = { pkceCodeVerifier: verifier, expectedState: state, idTokenExpected: true };
    const tokens = await openid.authorizationCodeGrant(config, back, checks);
    expect(tokens.claims()?.sub).toBe("alice");
  });

  test("as in Hydra, a client that an administrator has written no longer changes itself", async () => {
    const client = await registered(world);
    const path = `/admin/clients/${client.id}`;
    const { body } = await world.admin("GET", path);
    expect((await world.admin("PUT", path, { ...body, owner: "us" })).body).not.toHaveProperty(
      "registration_access_token",
    );
    expect((await manage("GET", client.url, client.token)).status).toBe(401);
    // One that an administrator has created may, with the token of that answer.
    const made = await world.admin("POST", "/admin/clients", {
      redirect_uris: [callback],
      owner: "us",
      metadata: { a: 1 },
    });
    const { registration_access_token: token, registration_client_uri: url } = made.body;
    const put = await manage("PUT", url, token, { redirect_uris: [callback], client_name: "mine" });
    expect([put.status, put.body.owner]).toEqual([200, "us"]);
    expect((await world.admin("GET", `/admin/clients/${made.body.client_id}`)).body).toMatchObject({
      client_name: "mine",
      owner: "us",
      metadata: { a: 1 },
    });
  });
});
