/** Telling clients directly that a user has signed out: OpenID Connect Back-Channel Logout 1.0. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { claimsOf, headerOf, logoutClient, logoutSettings, receiver, signIn, signOut } from "../support/logout.ts";
import { startWorld, type World } from "../support/server.ts";

let world: World;
beforeAll(async () => {
  const open = { "clients.http.disallow_private_ip_ranges": false };
  world = await startWorld({ settings: { ...logoutSettings, ...open } });
});
afterAll(() => world.close());

describe("back-channel logout", () => {
  it("§2.4: the token says which session of which user ended, and can pass for no other token", async () => {
    const told = await receiver();
    const client = await logoutClient(world, { backchannel_logout_uri: `${told.url}/gone` });
    const { browser, sid } = await signIn(world, client);
    await signOut(world, browser);
    const [request] = await told.heard(1);
    expect(request?.path).toBe("/gone");
    expect(request?.headers["content-type"]).toBe("application/x-www-form-urlencoded");
    const token = new URLSearchParams(request?.body).get("logout_token") ?? "";
    expect(headerOf(token)).toMatchObject({ typ: "logout+jwt", alg: "RS256" });
    const claims = claimsOf(token);
    expect(claims).toEqual({
      iss: world.publicUrl,
      sub: "alice",
      aud: [client.id],
      iat: expect.any(Number),
      exp: Number(claims.iat) + 120,
      jti: expect.any(String),
      sid,
      events: { "http://schemas.openid.net/event/backchannel-logout": {} },
    });
  });
});
