import { createLocalJWKSet, jwtVerify } from "jose";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  authorizationRequest,
  callback,
  isActive,
  newClient,
  obtainTokens,
  redeem,
  refresh,
  runFlow,
} from "../support/code-flow.ts";
import { databases } from "../support/database.ts";
import { basic, startWorld, type World } from "../support/server.ts";

describe.each(databases)("the main job on $name", (database) => {
  let world: World;

  beforeAll(async () => {
    world = await startWorld({ dsn: await database.dsn() });
  });
  afterAll(() => world?.close());

  async function verified(token: string, audience: string) {
    const keys = await world.get("/.well-known/jwks.json");
    const currentDate = world.clock.now();
    return jwtVerify(token, createLocalJWKSet(keys.body), { issuer: world.publicUrl, audience, currentDate });
  }

  test("RFC 6749 §4.1: a user signs in and consents, and the client gets tokens", async () => {
    const client = await newClient(world);
    const asked = authorizationRequest(world, client);
    const place = await runFlow(world, asked.url, {
      login: { acr: "silver", amr: ["pwd"] },
      consent: { session: { id_token: { email: "alice@example.org" }, access_token: { tenant: "t1" } } },
    });
    expect(place.origin + place.pathname).toBe(callback);
    expect(place.searchParams.get("state")).toBe(asked.state);
    // RFC 9207 §2.
    expect(place.searchParams.get("iss")).toBe(world.publicUrl);
    const code = place.searchParams.get("code") ?? "";
    const answer = await redeem(world, client, code, { code_verifier: asked.verifier });
    expect(answer.status).toBe(200);
    expect(answer.headers["cache-control"]).toBe("no-store");
    expect(answer.body).toMatchObject({ token_type: "bearer", expires_in: 3600, scope: "openid offline read" });
    const { payload, protectedHeader } = await verified(answer.body.id_token, client.id);
    expect(protectedHeader.alg).toBe("RS256");
    expect(payload).toMatchObject({
      sub: "alice",
      nonce: asked.nonce,
      acr: "silver",
      amr: ["pwd"],
      email: "alice@example.org",
    });
    expect(payload).toHaveProperty("auth_time");
    expect(payload).toHaveProperty("sid");
    expect(payload).toHaveProperty("at_hash");

    const user = await world.get("/userinfo", { authorization: `Bearer ${answer.body.access_token}` });
    expect(user.body).toMatchObject({ sub: "alice", email: "alice@example.org" });

    const form = new URLSearchParams({ token: answer.body.access_token });
    const introspected = await world.introspect(form);
    expect(introspected.body).toMatchObject({
      active: true,
      sub: "alice",
      client_id: client.id,
      scope: "openid offline read",
      token_use: "access_token",
      token_type: "Bearer",
      ext: { tenant: "t1" },
    });
  });

  test("RFC 6749 §6: a refresh gives new tokens and ends the old ones", async () => {
    const client = await newClient(world);
    const first = await obtainTokens(world, client);
    const second = await refresh(world, client, first.refresh_token);
    expect(second.status).toBe(200);
    expect(await isActive(world, first.access_token)).toBe(false);
    expect(await isActive(world, second.body.access_token)).toBe(true);
    expect(await isActive(world, second.body.refresh_token)).toBe(true);
    const { payload } = await verified(second.body.id_token, client.id);
    expect(payload.sub).toBe("alice");
  });

  test("RFC 9700 §4.14.2: a refresh token used twice ends everything that came of it", async () => {
    const client = await newClient(world);
    const first = await obtainTokens(world, client);
    const second = await refresh(world, client, first.refresh_token);
    const replay = await refresh(world, client, first.refresh_token);
    expect(replay.status).toBe(400);
    expect(replay.body.error).toBe("invalid_grant");
    expect(await isActive(world, second.body.access_token)).toBe(false);
    expect((await refresh(world, client, second.body.refresh_token)).status).toBe(400);
  });

  test("RFC 6749 §4.1.2: a code used twice is refused and, after a moment, ends the tokens", async () => {
    const client = await newClient(world);
    const asked = authorizationRequest(world, client);
    const code = (await runFlow(world, asked.url)).searchParams.get("code") ?? "";
    const tokens = await redeem(world, client, code, { code_verifier: asked.verifier });
    expect((await redeem(world, client, code, { code_verifier: asked.verifier })).body.error).toBe("invalid_grant");
    expect(await isActive(world, tokens.body.access_token)).toBe(true);
    world.clock.advance(30);
    expect((await redeem(world, client, code, { code_verifier: asked.verifier })).body.error).toBe("invalid_grant");
    expect(await isActive(world, tokens.body.access_token)).toBe(false);
  });

  test("RFC 6749 §4.4: a client gets a token in its own name", async () => {
    const client = await newClient(world);
    const form = { grant_type: "client_credentials", scope: "read" };
    const answer = await world.post("/oauth2/token", form, basic(client.id, client.secret));
    expect(answer.status).toBe(200);
    expect(answer.body).not.toHaveProperty("refresh_token");
    expect(answer.body).not.toHaveProperty("id_token");
    const introspected = await world.introspect(new URLSearchParams({ token: answer.body.access_token }));
    expect(introspected.body).toMatchObject({ active: true, sub: client.id, client_id: client.id, aud: [] });
  });

  test("RFC 9068 §2: a client's JWT access token is typed, verifiable and revocable", async () => {
    const client = await newClient(world, { access_token_strategy: "jwt" });
    const tokens = await obtainTokens(world, client);
    const { payload, protectedHeader } = await verified(tokens.access_token, world.publicUrl);
    expect(protectedHeader).toMatchObject({ typ: "at+jwt", alg: "ES256" });
    expect(payload).toMatchObject({ client_id: client.id, sub: "alice" });
    expect(await isActive(world, tokens.access_token)).toBe(true);
    await world.post("/oauth2/revoke", { token: tokens.access_token }, basic(client.id, client.secret));
    expect(await isActive(world, tokens.access_token)).toBe(false);
    expect((await world.get("/userinfo", { authorization: `Bearer ${tokens.access_token}` })).status).toBe(401);
  });

  test("RFC 7009 §2.1: a revoked refresh token takes the access token with it", async () => {
    const client = await newClient(world);
    const tokens = await obtainTokens(world, client);
    const form = { token: tokens.refresh_token };
    expect((await world.post("/oauth2/revoke", form, basic(client.id, client.secret))).status).toBe(200);
    expect(await isActive(world, tokens.access_token)).toBe(false);
    expect((await refresh(world, client, tokens.refresh_token)).body.error).toBe("invalid_grant");
  });
});
