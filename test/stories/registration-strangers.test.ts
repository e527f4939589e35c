/** AUTH-072, RFC 9700 §4.11.2: a client that nobody vouches for does not make this server send users to it. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { authorizationRequest, callback, newClient, type TestClient } from "../support/code-flow.ts";
import { registered, registrationSettings } from "../support/registration.ts";
import { send, startWorld, type World } from "../support/server.ts";

describe("an authorization request that is refused before the user has done anything", () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld({ settings: registrationSettings });
  });
  afterAll(() => world?.close());

  const open = async (client: TestClient, over: Record<string, string>) =>
    send("GET", authorizationRequest(world, client, { scope: "openid", ...over }).url);

  test.each([
    { scope: "openid admin" },
    { response_type: "token" },
    { response_type: "unheard-of" },
    { prompt: "unheard-of" },
    { prompt: "none", scope: "openid admin" },
    { max_age: "soon" },
    { scope: "openid admin", response_mode: "form_post" },
  ])("is told to the user, and not to a client that registered itself: %j", async (over) => {
    const answer = await open(await registered(world), over);
    const place = new URL(answer.headers.location ?? "");
    expect([answer.status, place.origin + place.pathname]).toEqual([302, `${world.publicUrl}/oauth2/fallbacks/error`]);
    expect([...place.searchParams.keys()]).toEqual(["error", "error_description"]);
    const page = await send("GET", place.href);
    expect(page.text).toContain(place.searchParams.get("error"));
    expect(page.text).not.toContain(callback);
  });

  test("of prompt=none reaches the client at once, as OIDC Core §3.1.2.6 wants", async () => {
    const { status, headers } = await open(await registered(world), { prompt: "none" });
    expect([status, new URL(headers.location ?? "").searchParams.get("error")]).toEqual([303, "login_required"]);
  });

  test("of a client that an administrator has made or written is redirected as ever", async () => {
    const made = await newClient(world, { scope: "openid" });
    expect((await open(made, { scope: "openid admin" })).status).toBe(303);
    const client = await registered(world);
    const path = `/admin/clients/${client.id}`;
    await world.admin("PUT", path, (await world.admin("GET", path)).body);
    const { status, headers } = await open(client, { scope: "openid admin" });
    expect([status, new URL(headers.location ?? "").searchParams.get("error")]).toEqual([303, "invalid_scope"]);
  });
});
