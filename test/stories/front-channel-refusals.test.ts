/** Tokens through the browser: what is refused, how the client is told, and what never shows them. */
import { decodeJwt } from "jose";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  acceptConsent,
  authorizationRequest,
  callback,
  isActive,
  newClient,
  type TestClient,
} from "../support/code-flow.ts";
import {
  delivered,
  finishConsent,
  openConsent,
  openLogin,
  postedForm,
  reject,
  signedIn,
} from "../support/flow-steps.ts";
import { frontChannelClient, frontChannelTypes, runFrontChannel } from "../support/front-channel.ts";
import { newBrowser, startWorld, type World } from "../support/server.ts";

const withIdToken = frontChannelTypes.filter((type) => type.includes("id_token"));
const withoutIdToken = frontChannelTypes.filter((type) => !type.includes("id_token"));
const hostile = `"'><script>alert(1)</script>&amp;\r\n\u{1F600} `;

describe("tokens through the browser", () => {
  let world: World;
  let client: TestClient;

  beforeAll(async () => {
    world = await startWorld();
    client = await frontChannelClient(world, "code", { response_types: ["code", ...frontChannelTypes] });
  });
  afterAll(() => world?.close());

  const request = (type: string, over: Record<string, string | undefined> = {}, of = client) =>
    authorizationRequest(world, of, { response_type: type, ...over });

  const ask = (type: string, over: Record<string, string | undefined> = {}, of = client) =>
    world.get(request(type, over, of).url.slice(world.publicUrl.length));

  /** What comes to the client in the fragment, before anybody was asked to sign in (D33), and nowhere else. */
  async function refusal(type: string, over: Record<string, string | undefined> = {}, of = client) {
    const answer = await ask(type, over, of);
    expect([answer.status, answer.headers["set-cookie"], answer.headers["cache-control"]]).toEqual([
      303,
      undefined,
      "no-store",
    ]);
    const place = new URL(answer.headers.location ?? "");
    expect(place.origin + place.pathname + place.search).toBe(callback);
    const told = delivered(place);
    expect(told.iss).toBe(world.publicUrl);
    expect(Object.keys(told).filter((name) => /code|token/.test(name))).toEqual([]);
    return told;
  }

  test.each(withIdToken)("AUTH-041, OIDC Core §3.2.2.1, §3.3.2.11: %s without a nonce is refused", async (type) => {
    const state = "a state of some length";
    expect(await refusal(type, { nonce: undefined, state })).toMatchObject({ error: "invalid_request", state });
    expect((await refusal(type, { nonce: "" })).error_description).toContain("'nonce'");
    expect((await refusal(type, { nonce: "1234567" })).error).toBe("insufficient_entropy");
  });

  test.each(withoutIdToken)("OIDC Core §3.3.2.11: %s needs no nonce", async (type) => {
    expect((await ask(type, { nonce: undefined })).headers.location).toContain("login_challenge=");
  });

  test("RFC 9700 §4.7.1: nothing but a state says whose an access token is that comes alone", async () => {
    expect((await refusal("token", { state: undefined })).error).toBe("invalid_state");
    for (const type of withIdToken) {
      expect((await ask(type, { state: undefined })).headers.location).toContain("login_challenge=");
    }
  });

  test.each(withIdToken)("OIDC Core §3.1.2.1: %s without the scope openid is refused", async (type) => {
    expect((await refusal(type, { scope: "read" })).error).toBe("invalid_request");
  });

  test.each(frontChannelTypes)("AUTH-029, AUTH-030: %s comes by no query, and its errors do neither", async (type) => {
    for (const response_mode of ["query", "web_message", "Fragment", "query.jwt"]) {
      expect((await refusal(type, { response_mode })).error).toBe("unsupported_response_mode");
    }
    expect((await refusal(type, { scope: "openid admin" })).error).toBe("invalid_scope");
    expect((await refusal(type, { prompt: "none" })).error).toBe("login_required");
  });

  test("AUTH-028, Multiple Response Types §3: the words may come in any order", async () => {
    for (const type of ["token id_token", "id_token code", "token code", "token id_token code"]) {
      expect((await ask(type)).headers.location).toContain("login_challenge=");
    }
  });

  test.each(["token token", "id_token  token", "token ", "id_token,token", "token none"])(
    "RFC 6749 §3.1.1: %j is no response type",
    async (type) => {
      const answer = await ask(type);
      expect(delivered(new URL(answer.headers.location ?? "")).error).toBe("unsupported_response_type");
    },
  );

  test("RFC 9700 §2.1.1: a public client uses PKCE wherever a code comes, and has nothing to prove elsewhere", async () => {
    const types = { token_endpoint_auth_method: "none", response_types: [...frontChannelTypes] };
    const spa = await frontChannelClient(world, "", types);
    const without = { code_challenge: undefined, code_challenge_method: undefined };
    for (const type of frontChannelTypes) {
      if (type.includes("code")) expect((await refusal(type, without, spa)).error).toBe("invalid_request");
      else expect((await ask(type, without, spa)).headers.location).toContain("login_challenge=");
    }
  });

  test.each(frontChannelTypes)("Form Post §2, AUTH-032: %s may be posted, escaped and stored nowhere", async (type) => {
    const browser = newBrowser();
    const consent = await openConsent(
      world,
      browser,
      request(type, { response_mode: "form_post", state: hostile }).url,
    );
    const page = await browser.hop("GET", (await acceptConsent(world, consent)).body.redirect_to);
    expect([page.status, page.headers.location, page.headers["cache-control"]]).toEqual([200, undefined, "no-store"]);
    expect(page.headers["content-security-policy"]).toMatch(/default-src 'none'.*script-src 'sha256-/);
    const { action, fields } = postedForm(page.body);
    expect([action, fields.state]).toEqual([callback, hostile]);
    for (const word of type.split(" ")) expect(fields).toHaveProperty(word === "token" ? "access_token" : word);
    expect(page.body).not.toContain("alert(1)</script>");
  });

  test.each(["fragment", "form_post"])("OIDC Core §3.2.2.6: a rejection comes by %s as well", async (response_mode) => {
    const denied = { error: "access_denied", error_description: "No." };
    for (const page of ["login", "consent"] as const) {
      const browser = newBrowser();
      const { url, state } = request("id_token token", { response_mode });
      const challenge = page === "login" ? await openLogin(browser, url) : await openConsent(world, browser, url);
      const hop = await browser.hop("GET", (await reject(world, page, challenge, denied)).body.redirect_to);
      const place = hop.headers.location;
      expect(place === undefined).toBe(response_mode === "form_post");
      const told = place === undefined ? postedForm(hop.body).fields : delivered(new URL(place));
      expect(told).toEqual({ ...denied, state, iss: world.publicUrl });
    }
  });

  test.each(withIdToken)("OIDC Core §3.1.2.1: %s for a user who does not grant openid gives nothing", async (type) => {
    const browser = newBrowser();
    const consent = await openConsent(world, browser, request(type).url);
    const told = delivered(await finishConsent(world, browser, consent, { grant_scope: ["read"] }));
    expect(told.error).toBe("access_denied");
    expect(Object.keys(told).filter((name) => /code|token/.test(name))).toEqual([]);
  });

  test("what the user grants is what the token is good for", async () => {
    const { told } = await runFrontChannel(world, client, "token", {}, { consent: { grant_scope: ["read"] } });
    expect(told.scope).toBe("read");
    expect((await world.introspect({ token: told.access_token ?? "" })).body).toMatchObject({ scope: "read" });
    expect((await world.get("/userinfo", { authorization: `Bearer ${told.access_token}` })).status).toBe(403);
  });

  test("a client that may no longer have tokens through the browser gets none, whoever has signed in", async () => {
    const members = { redirect_uris: [callback], scope: "openid offline read", response_types: ["id_token token"] };
    for (const change of [{ response_types: ["code"] }, { grant_types: ["authorization_code"] }]) {
      const changing = await frontChannelClient(world, "", members);
      const browser = newBrowser();
      const consent = await openConsent(world, browser, request("id_token token", {}, changing).url);
      const grant_types = ["authorization_code", "implicit"];
      await world.admin("PUT", `/admin/clients/${changing.id}`, { ...members, grant_types, ...change });
      const told = delivered(await finishConsent(world, browser, consent));
      expect(["unsupported_response_type", "unauthorized_client"]).toContain(told.error);
      expect(told).not.toHaveProperty("access_token");
    }
  });

  test("prompt=none: a single-page app renews its tokens in the background", async () => {
    const consent = { remember: true };
    const { url } = request("id_token token");
    const browser = await signedIn(world, url);
    await runFrontChannel(world, client, "id_token token", {}, { browser, consent });
    const { told } = await runFrontChannel(world, client, "id_token token", { prompt: "none" }, { browser });
    expect(await isActive(world, told.access_token ?? "")).toBe(true);
  });

  test("OIDC Core §2: an ID token names the client that asked", async () => {
    const other = await newClient(world, { grant_types: ["implicit"], response_types: ["id_token"] });
    const { told } = await runFrontChannel(world, other, "id_token");
    expect(decodeJwt(told.id_token ?? "").aud).toEqual([other.id]);
  });

  test("CWE-532: neither code nor token stands in the log", async () => {
    const { told } = await runFrontChannel(world, client, "code id_token token");
    const log = world.log.join("\n");
    expect(log).toContain("/oauth2/auth");
    for (const name of ["code", "access_token", "id_token"]) expect(log).not.toContain(told[name]);
  });
});
