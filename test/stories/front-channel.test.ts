import { decodeJwt } from "jose";
import * as openid from "openid-client";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { authorizationRequest, callback, isActive, newClient, redeem, refresh, runFlow } from "../support/code-flow.ts";
import { databases } from "../support/database.ts";
import { delivered, openConsent } from "../support/flow-steps.ts";
import {
  frontChannelClient,
  frontChannelTypes,
  leftHalfOf,
  runFrontChannel,
  verifiedIdToken,
} from "../support/front-channel.ts";
import { basic, newBrowser, startWorld, type World } from "../support/server.ts";

describe.each(databases)("tokens through the browser on $name", (database) => {
  let world: World;

  beforeAll(async () => {
    world = await startWorld({ dsn: await database.dsn() });
  });
  afterAll(() => world?.close());

  const userinfo = (token: string) => world.get("/userinfo", { authorization: `Bearer ${token}` });

  test.each(frontChannelTypes)(
    "OIDC Core §3.2.2.5, §3.3.2.5: %s brings what it says, in the fragment",
    async (type) => {
      const client = await frontChannelClient(world, type);
      const words = type.split(" ");
      const { place, told, state, nonce, verifier } = await runFrontChannel(world, client, type);
      expect(place.origin + place.pathname + place.search).toBe(callback);
      expect(told.state).toBe(state);
      // RFC 9207 §2.
      expect(told.iss).toBe(world.publicUrl);
      const expected = new Set([
        ...(words.includes("code") ? ["code"] : []),
        ...(words.includes("token") ? ["access_token", "token_type", "expires_in", "scope"] : []),
        ...(words.includes("id_token") ? ["id_token"] : []),
        ...["state", "iss"],
      ]);
      expect(new Set(Object.keys(told))).toEqual(expected);
      if (words.includes("token")) {
        expect(told).toMatchObject({ token_type: "bearer", expires_in: "3600", scope: "openid offline read" });
        expect((await userinfo(told.access_token ?? "")).body.sub).toBe("alice");
        expect((await world.introspect({ token: told.access_token ?? "" })).body).toMatchObject({
          active: true,
          token_use: "access_token",
          client_id: client.id,
        });
      }
      if (words.includes("id_token")) {
        const claims = await verifiedIdToken(world, client, told.id_token ?? "");
        expect(claims).toMatchObject({ sub: "alice", nonce, auth_time: expect.any(Number), sid: expect.any(String) });
        expect(claims.at_hash).toBe(words.includes("token") ? leftHalfOf(told.access_token) : undefined);
        expect(claims.c_hash).toBe(words.includes("code") ? leftHalfOf(told.code) : undefined);
      }
      if (words.includes("code")) {
        const answer = await redeem(world, client, told.code ?? "", { code_verifier: verifier });
        expect(answer.status).toBe(200);
        const claims = await verifiedIdToken(world, client, answer.body.id_token);
        // OIDC Core §3.3.3.6: both tell of the same user, and the second of its own access token.
        expect(claims).toMatchObject({ sub: "alice", nonce, at_hash: leftHalfOf(answer.body.access_token) });
        expect(claims).not.toHaveProperty("c_hash");
        expect((await userinfo(answer.body.access_token)).body.sub).toBe("alice");
      }
    },
  );

  test("HYB-001, RFC 6749 §4.2.2: no refresh token comes through the browser, and refreshing ends no other's token", async () => {
    const client = await frontChannelClient(world, "code token");
    const { told, verifier } = await runFrontChannel(world, client, "code token", { scope: "openid offline_access" });
    expect(told).not.toHaveProperty("refresh_token");
    const front = told.access_token ?? "";
    const { body } = await redeem(world, client, told.code ?? "", { code_verifier: verifier });
    expect(await isActive(world, front)).toBe(true);
    const second = await refresh(world, client, body.refresh_token);
    expect(second.status).toBe(200);
    expect([await isActive(world, front), await isActive(world, body.access_token)]).toEqual([true, false]);
    // They hang from one consent: who takes it back takes all of it.
    await world.post("/oauth2/revoke", { token: second.body.refresh_token }, basic(client.id, client.secret));
    expect(await isActive(world, front)).toBe(false);
  });

  test("RFC 9068 §2: a JWT access token comes as well, and is worth as much", async () => {
    const client = await frontChannelClient(world, "code id_token token", { access_token_strategy: "jwt" });
    const { told, verifier } = await runFrontChannel(world, client, "code id_token token");
    const front = told.access_token ?? "";
    expect(decodeJwt(front)).toMatchObject({ sub: "alice", client_id: client.id, aud: [world.publicUrl] });
    expect(decodeJwt(told.id_token ?? "").at_hash).toBe(leftHalfOf(front));
    const { body } = await redeem(world, client, told.code ?? "", { code_verifier: verifier });
    await refresh(world, client, body.refresh_token);
    expect([await isActive(world, front), await isActive(world, body.access_token)]).toEqual([true, false]);
    await world.post("/oauth2/revoke", { token: front }, basic(client.id, client.secret));
    expect(await isActive(world, front)).toBe(false);
  });

  test("the implicit grant's own lifespans count for what comes through the browser, and the code's for the rest", async () => {
    const client = await frontChannelClient(world, "code id_token token", {
      implicit_grant_access_token_lifespan: "2m",
      implicit_grant_id_token_lifespan: "3m",
      authorization_code_grant_access_token_lifespan: "5m",
    });
    const { told, verifier } = await runFrontChannel(world, client, "code id_token token");
    expect(told.expires_in).toBe("120");
    const { exp = 0, iat = 0 } = decodeJwt(told.id_token ?? "");
    expect(exp - iat).toBe(180);
    const { body } = await redeem(world, client, told.code ?? "", { code_verifier: verifier });
    expect(body.expires_in).toBe(300);
    world.clock.advance(121);
    expect([await isActive(world, told.access_token ?? ""), await isActive(world, body.access_token)]).toEqual([
      false,
      true,
    ]);
  });

  test("D42: of twenty that come back with one consent, one gets tokens", async () => {
    const client = await frontChannelClient(world, "id_token token");
    const browser = newBrowser();
    const { url } = authorizationRequest(world, client, { response_type: "id_token token" });
    const consent = await openConsent(world, browser, url);
    const accept = `/admin/oauth2/auth/requests/consent/accept?consent_challenge=${consent}`;
    const back = (await world.admin("PUT", accept, { grant_scope: ["openid"] })).body.redirect_to;
    const hops = await Promise.all(Array.from({ length: 20 }, () => browser.hop("GET", back)));
    const winners = hops.filter(({ headers }) => headers.location?.includes("access_token="));
    expect(winners).toHaveLength(1);
    // 403: who came after the flow's cookie was gone.
    expect(hops.every(({ status, headers }) => [303, 403].includes(status) || headers.location === url)).toBe(true);
  });

  describe("openid-client takes them", () => {
    const flow = async (type: string, execute: Array<(config: openid.Configuration) => void>) => {
      const client = await frontChannelClient(world, type);
      const config = await openid.discovery(
        new URL(world.publicUrl),
        client.id,
        client.secret,
        openid.ClientSecretBasic(client.secret),
        { execute: [openid.allowInsecureRequests, ...execute] },
      );
      const [state, nonce] = [openid.randomState(), openid.randomNonce()];
      const verifier = openid.randomPKCECodeVerifier();
      const challenge = await openid.calculatePKCECodeChallenge(verifier);
      const pkce = type.includes("code") ? { code_challenge: challenge, code_challenge_method: "S256" } : {};
      const request = { redirect_uri: callback, scope: "openid read", response_type: type, state, nonce, ...pkce };
      const place = await runFlow(world, openid.buildAuthorizationUrl(config, request).href);
      return { config, place, state, nonce, verifier };
    };

    test("OIDC Core §3.2: id_token", async () => {
      const { config, place, state, nonce } = await flow("id_token", [openid.useIdTokenResponseType]);
      const claims = await openid.implicitAuthentication(config, place, nonce, { expectedState: state });
      expect(claims.sub).toBe("alice");
    });

    test("OIDC Core §3.3: code id_token, with the hash of the code", async () => {
      const { config, place, state, nonce, verifier } = await flow("code id_token", [
        openid.useCodeIdTokenResponseType,
      ]);
      const checks = { pkceCodeVerifier: verifier, expectedState: state, expectedNonce: nonce };
      const tokens = await openid.authorizationCodeGrant(config, place, checks);
      expect(tokens.claims()?.sub).toBe("alice");
      expect((await openid.fetchUserInfo(config, tokens.access_token, "alice")).sub).toBe("alice");
    });
  });
});

test("HYB-002, RFC 9700 §2.1.2: nobody gets tokens through the browser who is not registered for it", async () => {
  const world = await startWorld();
  const plain = await newClient(world);
  const noGrant = await newClient(world, { response_types: ["code", ...frontChannelTypes] });
  const noCode = await newClient(world, { grant_types: ["implicit"], response_types: ["code", ...frontChannelTypes] });
  const ask = async (client: { id: string; secret: string }, type: string) => {
    const { url } = authorizationRequest(world, client, { response_type: type });
    const answer = await world.get(url.slice(world.publicUrl.length));
    expect([type, answer.headers["set-cookie"]].concat(answer.status === 303 ? [] : ["to login"])).toEqual([
      type,
      undefined,
    ]);
    return delivered(new URL(answer.headers.location ?? "")).error;
  };
  for (const type of frontChannelTypes) {
    expect([type, await ask(plain, type)]).toEqual([type, "unsupported_response_type"]);
    expect([type, await ask(noGrant, type)]).toEqual([type, "unauthorized_client"]);
    if (type.startsWith("code")) expect([type, await ask(noCode, type)]).toEqual([type, "unauthorized_client"]);
  }
  await world.close();
});
