/** AUTH-072, RFC 9700 §4.11.2: a client that nobody vouches for does not make this server send users to it. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { authorizationRequest, callback, newClient, type TestClient } from "../support/code-flow.ts";
import { registered, registrationSettings } from "../support/registration.ts";
import { send, startWorld, type World } from "../support/server.ts";

const attack = `"><script>alert(1)</script>`;

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
    { prompt: "unheard-of" },
    { prompt: "none", scope: "openid admin" },
    { max_age: "soon" },
  ])("is answered to the user, who may go on by her own hand: %j", async (over) => {
    const answer = await open(await registered(world), over);
    expect([answer.status, answer.headers.location]).toEqual([400, undefined]);
    expect(answer.headers["content-type"]).toBe("text/html; charset=utf-8");
    const link = /<a href="([^"]+)"/.exec(answer.text)?.[1]?.replaceAll("&amp;", "&") ?? "";
    const place = new URL(link);
    expect(place.origin + place.pathname).toBe(callback);
    const said = new URLSearchParams(place.hash === "" ? place.search : place.hash.slice(1));
    expect([...said.keys()]).toEqual(["error", "error_description", "state", "iss"]);
    expect(answer.text).not.toContain("http-equiv");
    expect(answer.text).not.toContain("<script");
  });

  test("is posted by no script of ours", async () => {
    const { status, text, headers } = await open(await registered(world), {
      scope: "openid admin",
      response_mode: "form_post",
      state: `a-state ${attack}`,
    });
    expect(status).toBe(400);
    expect(text).toContain(`<form method="post" action="${callback}">`);
    expect(text).not.toContain("<script");
    expect(headers["content-security-policy"]).toContain("default-src 'none'");
    expect(headers["content-security-policy"]).not.toContain("script-src");
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
