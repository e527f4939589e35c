import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { authorizationRequest, callback, challengeOf, newClient, type TestClient } from "../support/code-flow.ts";
import { asked, delivered } from "../support/flow-steps.ts";
import { type Answer, startWorld, type World } from "../support/server.ts";

describe("the parameters of an authorization request", () => {
  let world: World;
  let client: TestClient;
  let spa: TestClient;

  beforeAll(async () => {
    world = await startWorld();
    client = await newClient(world, { audience: ["https://api.example/v1"] });
    spa = await newClient(world, { token_endpoint_auth_method: "none", grant_types: ["authorization_code"] });
  });
  afterAll(() => world?.close());

  async function ask(over: Record<string, string | undefined>, of = client): Promise<Answer> {
    const { url } = authorizationRequest(world, of, over);
    return world.get(url.slice(world.publicUrl.length));
  }

  /** RFC 6749 §4.1.2.1: what the client is told, and that nobody was asked to sign in for it (D33). */
  function refusal(answer: Answer): Record<string, string> {
    expect(answer.status).toBe(303);
    expect(answer.headers).not.toHaveProperty("set-cookie");
    const place = new URL(answer.headers.location ?? "");
    expect(place.origin + place.pathname).toBe(callback);
    const told = delivered(place);
    expect(told.iss).toBe(world.publicUrl);
    // RFC 6749 §4.1.2.1: NQSCHAR only.
    expect(told.error_description).toMatch(/^[\x20-\x21\x23-\x5b\x5d-\x7e]+$/);
    expect(told).not.toHaveProperty("code");
    return told;
  }

  function loginChallenge(answer: Answer): string {
    expect([answer.status, answer.headers.location]).toEqual([302, expect.stringContaining("login_challenge=")]);
    return challengeOf(new URL(answer.headers.location ?? ""), "login_challenge");
  }

  test.each([
    ["RFC 6749 §3.1.1: no response_type", { response_type: undefined }, "invalid_request"],
    ["RFC 6749 §4.1.2.1: an unknown response_type", { response_type: "evil" }, "unsupported_response_type"],
    ["ASVS 10.4.4: a response_type that is not the client's", { response_type: "token" }, "unsupported_response_type"],
    ["ASVS 10.4.4: one more that is not", { response_type: "code id_token" }, "unsupported_response_type"],
    ["a response_type twice", { response_type: "code code" }, "unsupported_response_type"],
    ["an unknown response_mode", { response_mode: "evil" }, "unsupported_response_mode"],
    ["a response_mode that is not offered", { response_mode: "web_message" }, "unsupported_response_mode"],
    ["D7: a scope that is not the client's", { scope: "openid admin" }, "invalid_scope"],
    ["RFC 6749 §3.3: a quote in the scope", { scope: 'read "x"' }, "invalid_scope"],
    ["RFC 6749 §3.3: a backslash in the scope", { scope: "read \\x" }, "invalid_scope"],
    ["RFC 6749 §3.3: a tab in the scope", { scope: "read\twrite" }, "invalid_scope"],
    ["RFC 6749 §3.3: CR and LF in the scope", { scope: "read\r\nset-cookie: a=b" }, "invalid_scope"],
    ["RFC 6749 §3.3: letters beyond ASCII in the scope", { scope: "réad" }, "invalid_scope"],
    ["RFC 6749 §3.3: two spaces in the scope", { scope: "read  write" }, "invalid_scope"],
    [
      "CWE-400: a thousand scopes",
      { scope: Array.from({ length: 1000 }, (_, i) => `s${i}`).join(" ") },
      "invalid_scope",
    ],
    ["CWE-400: a scope of 8 kB", { scope: "s".repeat(8000) }, "invalid_scope"],
    ["D7: an audience that is not the client's", { audience: "https://api.example/v2" }, "invalid_target"],
    ["D7: an audience that climbs out", { audience: "https://api.example/v1/../v2" }, "invalid_target"],
    ["an audience with letters no header takes", { audience: 'https://é"\\\r\n/' }, "invalid_target"],
    ["RFC 8707 §2: a resource that is no URI", { resource: "api" }, "invalid_target"],
    ["D18: a short state", { state: "1234567" }, "invalid_state"],
    ["D18: a short nonce", { nonce: "1234567" }, "insufficient_entropy"],
    ["OIDC Core §3.1.2.1: none with another prompt", { prompt: "none login" }, "invalid_request"],
    ["OIDC Core §3.1.2.1: an unknown prompt", { prompt: "evil" }, "invalid_request"],
    ["OIDC Core §3.1.2.1: a prompt in other case", { prompt: "None" }, "invalid_request"],
    ["a negative max_age", { max_age: "-1" }, "invalid_request"],
    ["a fractional max_age", { max_age: "1.5" }, "invalid_request"],
    ["a max_age that is no number", { max_age: "soon" }, "invalid_request"],
    ["a max_age in hexadecimal", { max_age: "0x10" }, "invalid_request"],
    ["a max_age with an exponent", { max_age: "1e9" }, "invalid_request"],
    ["a max_age beyond 2^53", { max_age: "9007199254740993" }, "invalid_request"],
    ["a max_age beyond all", { max_age: "9".repeat(400) }, "invalid_request"],
    ["OIDC Core §7.2.1: registration", { registration: "{}" }, "registration_not_supported"],
    ["OIDC Core §6.1: request", { request: "e30.e30." }, "invalid_request_object"],
    ["OIDC Core §6.2: request_uri", { request_uri: "https://evil.example/r" }, "invalid_request_uri"],
    ["AUTH-059: claims that are no JSON", { claims: "{" }, "invalid_request"],
    ["AUTH-059: claims that are a list", { claims: "[]" }, "invalid_request"],
    ["AUTH-059: claims that are nested too deep", { claims: "[".repeat(4000) }, "invalid_request"],
    ["AUTH-059: claims that name nobody by value", { claims: '{"id_token":{"sub":{"value":1}}}' }, "invalid_request"],
    ["OIDC Core §3.1.2.2: a hint that is no JWT", { id_token_hint: "evil" }, "invalid_request"],
    ["RFC 7636 §4.4.1: plain", { code_challenge_method: "plain" }, "invalid_request"],
    ["RFC 7636 §4.3: no method means plain", { code_challenge_method: undefined }, "invalid_request"],
    ["RFC 7636 §4.2: a short challenge", { code_challenge: "short" }, "invalid_request"],
  ])("D33: refused before anybody signs in: %s", async (_what, over, error) => {
    const state = "state" in over ? over.state : "a state of some length";
    const told = refusal(await ask({ state, ...over }));
    expect([told.error, told.state]).toEqual([error, state]);
  });

  test("D18: the message names the parameter and the minimum", async () => {
    expect(refusal(await ask({ state: "short" })).error_description).toMatch(/'state'.*\b8\b/);
    expect(refusal(await ask({ nonce: "short" })).error_description).toMatch(/'nonce'.*\b8\b/);
  });

  test("D18: a state may be left out when PKCE or a nonce is there", async () => {
    const bare = { state: undefined, code_challenge: undefined, code_challenge_method: undefined };
    loginChallenge(await ask({ state: undefined, nonce: undefined }));
    loginChallenge(await ask(bare));
    const told = refusal(await ask({ ...bare, nonce: undefined, scope: "read" }));
    expect(told.error).toBe("invalid_state");
    expect(told).not.toHaveProperty("state");
  });

  test("RFC 9700 §2.1.1, D1: a public client must use PKCE", async () => {
    loginChallenge(await ask({ scope: "read" }, spa));
    const told = refusal(
      await ask({ scope: "read", code_challenge: undefined, code_challenge_method: undefined }, spa),
    );
    expect(told.error).toBe("invalid_request");
    expect(told.error_description).toContain("code_challenge");
  });

  test("RFC 6749 §4.1.2.1: a client without the grant is told so", async () => {
    const machine = await newClient(world, { grant_types: ["client_credentials"] });
    expect(refusal(await ask({}, machine)).error).toBe("unauthorized_client");
  });

  test.each([
    "state",
    "scope",
    "nonce",
    "code_challenge",
    "code_challenge_method",
    "response_type",
    "response_mode",
    "prompt",
    "max_age",
    "id_token_hint",
    "login_hint",
    "custom",
  ])("RFC 6749 §3.1: a parameter is not sent twice: %s", async (name) => {
    const value = new Map([
      ["max_age", "10"],
      ["prompt", "login"],
      ["response_mode", "query"],
      ["custom", "1"],
    ]).get(name);
    const { url, state } = authorizationRequest(world, client, value === undefined ? {} : { [name]: value });
    const query = new URL(url).searchParams.get(name) ?? "something";
    const path = url.slice(world.publicUrl.length);
    const one = `${name}=${encodeURIComponent(query)}`;
    const twice = [await world.get(`${path}&${one}&${name}=other-value`), await world.post(`${path}&${one}`, one)];
    for (const answer of twice) {
      const told = refusal(answer);
      expect(told.error).toBe("invalid_request");
      expect(told.state).toBe(name === "state" ? undefined : state);
    }
  });

  test("D32: audience and resource are the parameters that may be repeated", async () => {
    const { url } = authorizationRequest(world, client);
    const path = url.slice(world.publicUrl.length);
    const two = "&audience=https://api.example/v1&audience=https://api.example/v1/x&resource=https://api.example/v1/y";
    const login = await asked(world, "login", loginChallenge(await world.get(path + two)));
    expect(login.body.requested_access_token_audience).toEqual([
      "https://api.example/v1",
      "https://api.example/v1/x",
      "https://api.example/v1/y",
    ]);
  });

  test("RFC 6749 §3.1: a parameter without a value is as if it were not there", async () => {
    loginChallenge(
      await ask({ prompt: "", max_age: "", audience: "", response_mode: "", id_token_hint: "", request: "" }),
    );
    const login = await asked(world, "login", loginChallenge(await ask({ scope: "" })));
    expect(login.body.requested_scope).toEqual([]);
  });

  test("every parameter, also one nobody knows, reaches the login page's request_url as it was sent", async () => {
    const { url } = authorizationRequest(world, client);
    const custom =
      "&custom=a%20b+c%2Bd&tenant=%C3%A9%F0%9F%98%80&flag&empty=&a[b]=1&q=%22%3Cscript%3E&%70lain=%7Etilde";
    const login = await asked(
      world,
      "login",
      loginChallenge(await world.get(url.slice(world.publicUrl.length) + custom)),
    );
    expect(login.body.request_url).toBe(url + custom);
  });

  test("OIDC Core §3.1.2.1: a request may be posted, and its form reaches request_url too", async () => {
    const { url } = authorizationRequest(world, client);
    const form = `${new URL(url).search.slice(1)}&custom=posted`;
    const posted = await asked(world, "login", loginChallenge(await world.post("/oauth2/auth", form)));
    expect(posted.body.request_url).toBe(`${world.publicUrl}/oauth2/auth?${form}`);
    const mixed = await asked(world, "login", loginChallenge(await world.post("/oauth2/auth?tenant=1", form)));
    expect(mixed.body.request_url).toBe(`${world.publicUrl}/oauth2/auth?tenant=1&${form}`);
  });

  test("CWE-400: a posted request is no longer than the URL that would start it anew", async () => {
    const { url } = authorizationRequest(world, client);
    const form = `${new URL(url).search.slice(1)}&custom=${"x".repeat(100_000)}`;
    const answer = await world.post("/oauth2/auth", form);
    expect(answer.status).toBe(413);
    expect(answer.headers).not.toHaveProperty("set-cookie");
    expect((await world.get(`/oauth2/auth?${form}`)).status).toBe(431);
  });

  test.each([
    ["a body of another type", "{}", "application/json", 415],
    ["a multipart body", "--x--", "multipart/form-data; boundary=x", 415],
    ["broken percent-encoding", "client_id=%zz", "application/x-www-form-urlencoded", 400],
    ["broken UTF-8", "client_id=%ff", "application/x-www-form-urlencoded", 400],
    ["NUL", "client_id=%00", "application/x-www-form-urlencoded", 400],
  ])("D34: %s gets the error page, never a 5xx", async (_what, body, type, status) => {
    const answer = await world.post("/oauth2/auth", body, { "content-type": type });
    expect(answer.status).toBe(status);
    expect(answer.headers["content-type"]).toContain("text/html");
  });

  test("OIDC Core §3.1.2.1: what helps the login page reaches it", async () => {
    const over = {
      login_hint: 'ali"ce@example.org',
      ui_locales: "fr-CA fr en",
      acr_values: "gold silver",
      display: "popup",
      claims_locales: "fr",
      claims: '{"id_token":{}}',
    };
    const login = await asked(world, "login", loginChallenge(await ask(over)));
    expect(login.body.oidc_context).toEqual({
      login_hint: 'ali"ce@example.org',
      ui_locales: ["fr-CA", "fr", "en"],
      acr_values: ["gold", "silver"],
      display: "popup",
      claims: { id_token: {} },
      claims_locales: ["fr"],
    });
  });

  test("a schema of identities that the client names is handed to the login page, as Hydra does for Kratos", async () => {
    const answer = await ask({ identity_schema: "customer&x=1" });
    const place = new URL(answer.headers.location ?? "");
    expect(place.searchParams.get("identity_schema")).toBe("customer&x=1");
    expect(place.searchParams.getAll("login_challenge")).toEqual([loginChallenge(answer)]);
  });

  test("AUTH-065: a request of 8 KiB goes its way", async () => {
    loginChallenge(await ask({ custom: "x".repeat(8192) }));
  });

  test("FLOW-036: the login page is shown no secret of the client and no verifier", async () => {
    const answer = await ask({});
    const login = await asked(world, "login", loginChallenge(answer));
    expect(login.text).not.toContain(client.secret);
    expect(login.body.client).not.toHaveProperty("client_secret");
    expect(login.text).not.toContain("verifier");
    const cookie = /=([^;]+)/.exec(answer.headers["set-cookie"] ?? "")?.[1] ?? "no cookie";
    expect(login.text).not.toContain(cookie);
  });
});
