/** Signing out: from the client, through the logout application, to the place after it. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { authorizationRequest, landing } from "../support/code-flow.ts";
import {
  acceptLogout,
  askLogout,
  goodbye,
  logoutClient,
  logoutSettings,
  logoutUrl,
  signIn,
} from "../support/logout.ts";
import { startWorld, type World } from "../support/server.ts";

let world: World;
beforeAll(async () => {
  world = await startWorld({ settings: logoutSettings });
});
afterAll(() => world.close());

describe("RP-initiated logout", () => {
  it("ends the session, and leads back to the client with its state", async () => {
    const client = await logoutClient(world);
    const { browser, tokens, sid } = await signIn(world, client);
    const url = logoutUrl(world, {
      id_token_hint: tokens.id_token,
      post_logout_redirect_uri: goodbye,
      state: "a state",
    });
    const challenge = await askLogout(browser, url);
    const asked = await world.admin("GET", `/admin/oauth2/auth/requests/logout?logout_challenge=${challenge}`);
    expect(asked.body).toMatchObject({ challenge, subject: "alice", sid, rp_initiated: true, request_url: url });
    expect(asked.body.client.client_id).toBe(client.id);
    const accepted = await acceptLogout(world, challenge);
    const end = await browser.visit(accepted.body.redirect_to);
    expect(end.url).toBe(`${goodbye}?state=a+state`);
    const silent = authorizationRequest(world, client, { prompt: "none" });
    expect((await landing(browser, silent.url)).searchParams.get("error")).toBe("login_required");
  });
});
