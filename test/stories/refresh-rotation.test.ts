/** RFC 6749 §6, RFC 9700 §4.14: every refresh token is good once. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { callback, isActive, newClient, obtainTokens, refresh } from "../support/code-flow.ts";
import { databases } from "../support/database.ts";
import { askToken, claimsOf, expectAlive, expectDead, introspected, refusal, userinfo } from "../support/grants.ts";
import { startWorld, type World } from "../support/server.ts";

describe.each(databases)("refresh tokens on $name", (database) => {
  let world: World;

  beforeAll(async () => {
    world = await startWorld({ dsn: await database.dsn() });
  });
  afterAll(() => world?.close());

  test.each(["opaque", "jwt"])("D43: a refresh gives a new pair and ends the old %s access token", async (strategy) => {
    const client = await newClient(world, { access_token_strategy: strategy });
    const first = await obtainTokens(world, client);
    const second = await refresh(world, client, first.refresh_token);
    expect(second.status).toBe(200);
    expect(await introspected(world, first.access_token)).toEqual({ active: false });
    expect((await userinfo(world, first.access_token)).status).toBe(401);
    expect(await introspected(world, first.refresh_token)).toEqual({ active: false });
    await expectAlive(world, second.body);
  });

  test.each(["opaque", "jwt"])(
    "RFC 9700 §4.14.2: a used refresh token ends its newest descendant too (%s)",
    async (strategy) => {
      const client = await newClient(world, { access_token_strategy: strategy });
      const first = await obtainTokens(world, client);
      const second = (await refresh(world, client, first.refresh_token)).body;
      const third = (await refresh(world, client, second.refresh_token)).body;
      await expectAlive(world, third);
      expect(refusal(await refresh(world, client, first.refresh_token))).toEqual([400, "invalid_grant"]);
      await expectDead(world, client, third);
      await expectDead(world, client, second);
    },
  );

  test("D4: another client's refresh token is refused, and nothing happens to its owner", async () => {
    const [owner, other] = [await newClient(world), await newClient(world)];
    const first = await obtainTokens(world, owner);
    expect(refusal(await refresh(world, other, first.refresh_token))).toEqual([400, "invalid_grant"]);
    await expectAlive(world, first);
    const second = (await refresh(world, owner, first.refresh_token)).body;
    // Not even a used one: only its own client's presenting it says that it was stolen.
    expect(refusal(await refresh(world, other, first.refresh_token))).toEqual([400, "invalid_grant"]);
    await expectAlive(world, second);
  });

  test("RFC 6749 §6: a confidential client must authenticate; who does not ends nothing", async () => {
    const client = await newClient(world);
    const first = await obtainTokens(world, client);
    const second = (await refresh(world, client, first.refresh_token)).body;
    for (const refresh_token of [first.refresh_token, second.refresh_token]) {
      const form = { grant_type: "refresh_token", refresh_token, client_id: client.id };
      expect(refusal(await world.post("/oauth2/token", form))).toEqual([401, "invalid_client"]);
      const wrong = await refresh(world, { ...client, secret: "wrong" }, refresh_token);
      expect(refusal(wrong)).toEqual([401, "invalid_client"]);
    }
    await expectAlive(world, second);
  });

  test("a refresh token that was altered anywhere is not known, and ends nothing", async () => {
    const client = await newClient(world);
    const first = await obtainTokens(world, client);
    const second = (await refresh(world, client, first.refresh_token)).body;
    const other = (await obtainTokens(world, client)).refresh_token;
    const token: string = second.refresh_token;
    const altered = [
      ...Array.from({ length: token.length }, (_, index) => flipped(token, index)),
      token.slice(0, -1),
      `${token}A`,
      token.slice(7),
      token.toUpperCase(),
      token.slice(0, 34) + other.slice(34),
      // The spent generation's body under the present one's tag, and the reverse.
      first.refresh_token.slice(0, 34) + token.slice(34),
      token.slice(0, 34) + first.refresh_token.slice(34),
    ];
    for (const text of altered) {
      expect(refusal(await refresh(world, client, text)), text).toEqual([400, "invalid_grant"]);
    }
    await expectAlive(world, second);
    expect((await refresh(world, client, token)).status).toBe(200);
  });

  test("RFC 6749 §6: a narrower scope narrows the access token only; the next refresh has the whole again", async () => {
    const client = await newClient(world);
    const first = await obtainTokens(world, client, { scope: "openid offline read write" });
    const narrow = await refresh(world, client, first.refresh_token, { scope: "read openid" });
    expect(narrow.body.scope).toBe("read openid");
    expect(await introspected(world, narrow.body.access_token)).toMatchObject({ scope: "read openid" });
    expect(await introspected(world, narrow.body.refresh_token)).toMatchObject({
      scope: "openid offline read write",
    });
    const whole = await refresh(world, client, narrow.body.refresh_token);
    expect(whole.body.scope).toBe("openid offline read write");
  });

  test("RFC 6749 §6: a wider scope is refused, and the refresh token is not used up", async () => {
    const client = await newClient(world);
    const first = await obtainTokens(world, client, { scope: "openid offline read" });
    const wider = await refresh(world, client, first.refresh_token, { scope: "openid offline read write" });
    expect(refusal(wider)).toEqual([400, "invalid_scope"]);
    expect((await refresh(world, client, first.refresh_token)).status).toBe(200);
  });

  test("a scope that the client has lost is not renewed", async () => {
    const client = await newClient(world);
    const first = await obtainTokens(world, client, { scope: "openid offline read write" });
    const changed = { grant_types: ["authorization_code", "refresh_token"], scope: "openid offline read" };
    await world.admin("PUT", `/admin/clients/${client.id}`, { ...changed, redirect_uris: [callback] });
    expect(refusal(await refresh(world, client, first.refresh_token))).toEqual([400, "invalid_scope"]);
  });

  test("OIDC Core §12.2: the new ID token says the same of the user, of its own time (D39)", async () => {
    const client = await newClient(world);
    const first = await obtainTokens(
      world,
      client,
      {},
      { login: { acr: "gold", amr: ["pwd", "otp"] }, consent: { session: { id_token: { email: "a@example.org" } } } },
    );
    world.clock.advance(100);
    const second = await refresh(world, client, first.refresh_token);
    const [before, now] = [claimsOf(first.id_token), claimsOf(second.body.id_token)];
    for (const name of ["iss", "sub", "aud", "auth_time", "sid", "acr", "amr", "nonce", "rat", "email"]) {
      expect(now[name], name).toEqual(before[name]);
      expect(now).toHaveProperty(name);
    }
    expect(now.iat).toBe(Number(before.iat) + 100);
    expect(now.exp).toBe(Number(before.exp) + 100);
    expect(now.jti).not.toBe(before.jti);
    expect(now.at_hash).not.toBe(before.at_hash);
  });

  test("RFC 6749 §5.2: a client without the grant type gets no refresh token, and has none accepted", async () => {
    const client = await newClient(world, { grant_types: ["authorization_code"] });
    expect(await obtainTokens(world, client)).not.toHaveProperty("refresh_token");
    const answer = await askToken(world, client, { grant_type: "refresh_token", refresh_token: "tsr_rt_x" });
    expect(refusal(answer)).toEqual([400, "unauthorized_client"]);
  });

  test.each([
    ["openid read", undefined],
    ["openid offline_access read", ["openid", "read"]],
  ])("OIDC Core §11: without offline access granted there is no refresh token (%s)", async (scope, granted) => {
    const client = await newClient(world);
    const consent = granted === undefined ? {} : { grant_scope: granted };
    const tokens = await obtainTokens(world, client, { scope }, { consent });
    expect(tokens).not.toHaveProperty("refresh_token");
    expect(await isActive(world, tokens.access_token)).toBe(true);
  });

  test("RFC 6749 App. A.17: refresh tokens are made of characters that URLs carry", async () => {
    const client = await newClient(world);
    const { refresh_token } = await obtainTokens(world, client);
    expect(refresh_token).toMatch(/^tsr_rt_[\w-]{56}$/);
  });
});

function flipped(text: string, index: number): string {
  const letter = text.charAt(index) === "x" ? "y" : "x";
  return text.slice(0, index) + letter + text.slice(index + 1);
}
