/** `@ory/hydra-client`, the SDK that Ory generates for Hydra, does the admin job and a whole sign-in at this server. */
import { Configuration, JwkApi, MetadataApi, OAuth2Api, OidcApi, WellknownApi } from "@ory/hydra-client";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { authorizationRequest, challengeOf, landing, redeem } from "../support/code-flow.ts";
import { newBrowser, startWorld, type World } from "../support/server.ts";

describe("@ory/hydra-client", () => {
  let world: World;
  let admin: OAuth2Api;
  beforeAll(async () => {
    world = await startWorld();
    admin = new OAuth2Api(new Configuration({ basePath: world.adminUrl }));
  });
  afterAll(() => world?.close());

  test("manages clients", async () => {
    const oAuth2Client = { client_name: "From the SDK", grant_types: ["client_credentials"], scope: "read" };
    const { status, data: made } = await admin.createOAuth2Client({ oAuth2Client });
    expect([status, typeof made.client_secret]).toEqual([201, "string"]);
    const id = made.client_id ?? "";
    expect((await admin.getOAuth2Client({ id })).data.client_name).toBe("From the SDK");
    const jsonPatch = [{ op: "replace", path: "/client_name", value: "Patched" }];
    expect((await admin.patchOAuth2Client({ id, jsonPatch })).data.client_name).toBe("Patched");
    const put = await admin.setOAuth2Client({ id, oAuth2Client: { ...oAuth2Client, client_name: "Put" } });
    expect(put.data.client_name).toBe("Put");
    const lifespans = { client_credentials_grant_access_token_lifespan: "2h" };
    await admin.setOAuth2ClientLifespans({ id, oAuth2ClientTokenLifespans: lifespans });
    expect((await admin.getOAuth2Client({ id })).data).toMatchObject({
      client_credentials_grant_access_token_lifespan: "2h0m0s",
    });
    expect((await admin.listOAuth2Clients({ clientName: "Put" })).data).toHaveLength(1);
    await admin.deleteOAuth2Client({ id });
    await expect(admin.getOAuth2Client({ id })).rejects.toMatchObject({ response: { status: 404 } });
  });

  test("plays the login and consent application", async () => {
    const { data: made } = await admin.createOAuth2Client({
      oAuth2Client: {
        redirect_uris: ["http://127.0.0.1:9/callback"],
        grant_types: ["authorization_code", "refresh_token"],
        scope: "openid offline read",
      },
    });
    const client = { id: made.client_id ?? "", secret: made.client_secret ?? "" };
    const browser = newBrowser();
    const asked = authorizationRequest(world, client);
    const loginChallenge = challengeOf(await landing(browser, asked.url), "login_challenge");
    const login = (await admin.getOAuth2LoginRequest({ loginChallenge })).data;
    expect([login.challenge, login.client.client_id, login.skip]).toEqual([loginChallenge, client.id, false]);
    const acceptOAuth2LoginRequest = { subject: "alice", remember: true, remember_for: 3600 };
    const accepted = await admin.acceptOAuth2LoginRequest({ loginChallenge, acceptOAuth2LoginRequest });
    const consentChallenge = challengeOf(await landing(browser, accepted.data.redirect_to), "consent_challenge");
    const consent = (await admin.getOAuth2ConsentRequest({ consentChallenge })).data;
    expect(consent.subject).toBe("alice");
    const grant = {
      grant_scope: consent.requested_scope ?? [],
      remember: true,
      session: { id_token: { email: "alice@example.org" } },
    };
    const agreed = await admin.acceptOAuth2ConsentRequest({ consentChallenge, acceptOAuth2ConsentRequest: grant });
    const code = (await landing(browser, agreed.data.redirect_to)).searchParams.get("code") ?? "";
    const tokens = (await redeem(world, client, code, { code_verifier: asked.verifier })).body;

    const token = tokens.access_token;
    expect((await admin.introspectOAuth2Token({ token })).data).toMatchObject({ active: true, sub: "alice" });
    const asUser = new OidcApi(new Configuration({ basePath: world.publicUrl, accessToken: token }));
    expect((await asUser.getOidcUserInfo()).data).toMatchObject({ sub: "alice", email: "alice@example.org" });
    expect((await admin.listOAuth2ConsentSessions({ subject: "alice" })).data).toHaveLength(1);
    const access = { basePath: world.publicUrl, username: client.id, password: client.secret };
    await new OAuth2Api(new Configuration(access)).revokeOAuth2Token({ token });
    expect((await admin.introspectOAuth2Token({ token })).data.active).toBe(false);
    expect((await admin.revokeOAuth2ConsentSessions({ subject: "alice", all: true })).status).toBe(204);
    expect((await admin.revokeOAuth2LoginSessions({ subject: "alice" })).status).toBe(204);
  });

  test("manages keys and trusted issuers, and reads health, version, discovery and public keys", async () => {
    const keys = new JwkApi(new Configuration({ basePath: world.adminUrl }));
    const createJsonWebKeySet = { alg: "ES256", use: "sig", kid: "one" };
    expect((await keys.createJsonWebKeySet({ set: "sdk", createJsonWebKeySet })).status).toBe(201);
    const jwk = (await keys.getJsonWebKey({ set: "sdk", kid: "one" })).data.keys?.[0];
    if (jwk === undefined) throw new Error("no key");
    const { d: _, ...publicKey } = jwk;
    const trusted = { issuer: "https://partner.example", subject: "p", scope: ["read"], jwk: publicKey };
    const trust = { ...trusted, expires_at: "2099-01-01T00:00:00Z" };
    const { data } = await admin.trustOAuth2JwtGrantIssuer({ trustOAuth2JwtGrantIssuer: trust });
    expect((await admin.listTrustedOAuth2JwtGrantIssuers()).data).toHaveLength(1);
    await admin.deleteTrustedOAuth2JwtGrantIssuer({ id: data.id ?? "" });
    await keys.deleteJsonWebKeySet({ set: "sdk" });

    const about = new MetadataApi(new Configuration({ basePath: world.adminUrl }));
    expect((await about.isReady()).data.status).toBe("ok");
    expect((await about.getVersion()).data.version).not.toBe("");
    const open = new Configuration({ basePath: world.publicUrl });
    expect((await new OidcApi(open).discoverOidcConfiguration()).data.issuer).toBe(world.publicUrl);
    expect((await new WellknownApi(open).discoverJsonWebKeys()).data.keys).toHaveLength(2);
  });
});
