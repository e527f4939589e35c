/** Authorization requests as JWTs, by value and by reference: RFC 9101, OIDC Core §6. */
import { createHash } from "node:crypto";
import * as openid from "openid-client";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { compact, newKeyPair } from "../support/assertions.ts";
import { callback, challengeOf, newClient, redeem, runFlow } from "../support/code-flow.ts";
import { asked, delivered, openLogin } from "../support/flow-steps.ts";
import {
  type Host,
  host,
  newObjectClient,
  type ObjectClient,
  objectClaims,
  objectRequest,
  objectUrl,
  visit,
} from "../support/request-objects.ts";
import { newBrowser, startWorld, type World } from "../support/server.ts";

let world: World;
let own: Host;
let served = "";

beforeAll(async () => {
  own = await host((response, path) => {
    if (path === "/away") response.writeHead(302, { location: "/object" }).end();
    else if (path === "/missing") response.writeHead(404).end();
    else if (path === "/long") response.writeHead(200).end(`${served}${" ".repeat(20_000)}`);
    else response.writeHead(200, { "content-type": "application/oauth-authz-req+jwt" }).end(`${served}\n`);
  });
  world = await startWorld({ settings: { "clients.http.private_ip_exception_urls": [`${own.url}/**`] } });
});
afterAll(async () => {
  await world?.close();
  own?.close();
});

/** A request that is answered with a login page. */
async function loginOf(url: string) {
  const challenge = await openLogin(newBrowser(), url);
  return (await asked(world, "login", challenge)).body;
}

describe("by value", () => {
  test.each(["RS256", "PS384", "ES256", "ES512", "EdDSA"])(
    "RFC 9101 §6: a request signed with %s is answered as it says",
    async (algorithm) => {
      const client = await newObjectClient(world, { request_object_signing_alg: algorithm }, algorithm);
      const { jwt, state, nonce, verifier } = await objectRequest(world, client, { claims: { login_hint: "alice" } });
      const url = objectUrl(world, client, { request: jwt });
      const login = await loginOf(url);
      expect(login).toMatchObject({ requested_scope: ["openid", "offline", "read"], request_url: url });
      expect(login.oidc_context.login_hint).toBe("alice");
      const place = await runFlow(world, url);
      expect(place.origin + place.pathname).toBe(callback);
      const { code, ...told } = delivered(place);
      expect(told).toMatchObject({ state, iss: world.publicUrl });
      const answer = await redeem(world, client, code ?? "", { code_verifier: verifier });
      expect(answer.status).toBe(200);
      expect(JSON.parse(Buffer.from(answer.body.id_token.split(".")[1], "base64url").toString()).nonce).toBe(nonce);
    },
  );

  test("openid-client's own request object is taken", async () => {
    const client = await newObjectClient(world);
    const proof = openid.ClientSecretBasic(client.secret);
    const config = await openid.discovery(new URL(world.publicUrl), client.id, client.secret, proof, {
      execute: [openid.allowInsecureRequests],
    });
    expect(config.serverMetadata()).toMatchObject({
      request_parameter_supported: true,
      request_uri_parameter_supported: true,
      require_request_uri_registration: true,
    });
    const verifier = openid.randomPKCECodeVerifier();
    const [state, nonce] = [openid.randomState(), openid.randomNonce()];
    const parameters = {
      redirect_uri: callback,
      scope: "openid read",
      response_type: "code",
      code_challenge: await openid.calculatePKCECodeChallenge(verifier),
      code_challenge_method: "S256",
      max_age: "600",
      claims: '{"id_token":{"email":{"essential":true}}}',
      state,
      nonce,
    };
    const key = { key: client.key.privateKey, kid: client.key.kid };
    const url = await openid.buildAuthorizationUrlWithJAR(config, parameters, key);
    expect([...url.searchParams.keys()].sort()).not.toContain("redirect_uri");
    expect((await loginOf(url.href)).oidc_context.claims).toEqual({ id_token: { email: { essential: true } } });
    const place = await runFlow(world, url.href);
    const checks = { pkceCodeVerifier: verifier, expectedState: state, expectedNonce: nonce, maxAge: 600 };
    const tokens = await openid.authorizationCodeGrant(config, place, checks);
    expect(tokens.claims()?.sub).toBe("alice");
  });

  test("JAR-003, RFC 9101 §6.3: what stands inside counts, and what stands outside alone means nothing", async () => {
    const client = await newObjectClient(world);
    const { jwt, state } = await objectRequest(world, client, { claims: { scope: "openid read", display: undefined } });
    const outside = {
      request: jwt,
      response_type: "code",
      scope: "openid write",
      state: "another state of outside",
      nonce: "another nonce of outside",
      redirect_uri: "https://evil.example/",
      display: "popup",
      max_age: "0",
      claims: "[",
      registration: "{}",
    };
    const url = objectUrl(world, client, outside);
    const login = await loginOf(url);
    expect(login.requested_scope).toEqual(["openid", "read"]);
    expect(login.oidc_context.display ?? "").toBe("");
    const place = await runFlow(world, url);
    expect([place.origin + place.pathname, delivered(place).state]).toEqual([callback, state]);
  });

  test("OIDC Core §6.1: response_type and scope are sent outside, so they need not stand inside", async () => {
    const client = await newObjectClient(world);
    const bare = { client_id: undefined, response_type: undefined, scope: undefined };
    const { jwt } = await objectRequest(world, client, { claims: { ...bare, max_age: 60, ui_locales: "fr" } });
    const login = await loginOf(objectUrl(world, client, { request: jwt, response_type: "code", scope: "openid" }));
    expect([login.requested_scope, login.oidc_context.ui_locales]).toEqual([["openid"], ["fr"]]);
  });

  test("RFC 8707 §2: several audiences stand inside as a list", async () => {
    const client = await newObjectClient(world, { audience: ["https://api.example"] });
    const audience = ["https://api.example/a", "https://api.example/b"];
    const { jwt } = await objectRequest(world, client, { claims: { audience } });
    const login = await loginOf(objectUrl(world, client, { request: jwt }));
    expect(login.requested_access_token_audience).toEqual(audience);
  });

  test("OIDC Core §6.1: an unsigned one is for the clients that are registered for just that", async () => {
    const client = await newClient(world, { request_object_signing_alg: "none" });
    const { claims, state } = objectClaims(world, client, { iss: undefined, aud: undefined });
    const jwt = compact({ alg: "none" }, claims);
    expect(delivered(await runFlow(world, objectUrl(world, client, { request: jwt }))).state).toBe(state);
    const other = await newObjectClient(world);
    const refused = await visit(world, objectUrl(world, other, { request: compact({ alg: "none" }, claims) }));
    expect([refused.status, refused.text.includes("invalid_request_object")]).toEqual([400, true]);
  });
});

describe("by reference", () => {
  const publish = async (path: string, over: Record<string, unknown> = {}) => {
    const client = await newObjectClient(world, { request_uris: [`${own.url}${path}`], ...over });
    const made = await objectRequest(world, client);
    served = made.jwt;
    return { client, ...made };
  };

  test("OIDC Core §6.2: the object at a registered URL is fetched, and nothing is sent along", async () => {
    const { client, state, verifier } = await publish("/object?of=me");
    const url = objectUrl(world, client, { request_uri: `${own.url}/object?of=me`, response_type: "code" });
    const before = own.requests.length;
    const told = delivered(await runFlow(world, url));
    expect(told.state).toBe(state);
    expect((await redeem(world, client, told.code ?? "", { code_verifier: verifier })).status).toBe(200);
    const [request, ...others] = own.requests.slice(before);
    expect([request?.path, others.length]).toEqual(["/object?of=me", 0]);
    expect(request?.headers).not.toHaveProperty("cookie");
    expect(request?.headers).not.toHaveProperty("authorization");
  });

  test("OIDC Core §6.2: a fragment says which version is meant, registered with the URL or added to it", async () => {
    const hash = createHash("sha256").update("a version").digest("base64url");
    const { client, state } = await publish("/object", { request_uris: [`${own.url}/object`, `${own.url}/o#${hash}`] });
    for (const request_uri of [`${own.url}/object#${hash}`, `${own.url}/o#${hash}`]) {
      expect(delivered(await runFlow(world, objectUrl(world, client, { request_uri }))).state).toBe(state);
    }
    expect(own.requests.slice(-2).map(({ path }) => path)).toEqual(["/object", "/o"]);
    for (const request_uri of [`${own.url}/o`, `${own.url}/object#short`]) {
      const answer = await visit(world, objectUrl(world, client, { request_uri }));
      expect([answer.status, answer.text.includes("invalid_request_uri")]).toEqual([400, true]);
    }
  });

  test.each(["/away", "/missing", "/long"])(
    "JAR-007: what cannot be fetched as it should be is refused in one way: %s",
    async (path) => {
      const { client } = await publish(path);
      const answer = await visit(
        world,
        objectUrl(world, client, { request_uri: `${own.url}${path}`, redirect_uri: callback }),
      );
      const told = delivered(new URL(answer.headers.location ?? ""));
      expect(told).toMatchObject({ error: "invalid_request_uri", iss: world.publicUrl });
      expect(told.error_description).toBe("The document at the 'request_uri' could not be fetched.");
    },
  );

  test("JAR-007, JAR-008: no URL is asked that is not registered, nor one of the inner network", async () => {
    const { client } = await publish("/object");
    const { port } = new URL(own.url);
    const inner = [`http://localhost:${port}/object`, `http://[::ffff:127.0.0.1]:${port}/object`];
    const secluded = await newObjectClient(world, { request_uris: inner });
    const before = own.requests.length;
    const wrong = [`${own.url}/other`, `${own.url}/object?x`, `${own.url}/object/`, "file:///etc/passwd", "urn:x:y"];
    const attempts = [
      ...wrong.map((request_uri) => ({ of: client, request_uri })),
      ...inner.map((request_uri) => ({ of: secluded, request_uri })),
    ];
    for (const { of, request_uri } of attempts) {
      const answer = await visit(world, objectUrl(world, of, { request_uri }));
      expect([request_uri, answer.status, answer.text.includes("invalid_request_uri")]).toEqual([
        request_uri,
        400,
        true,
      ]);
    }
    expect(own.requests.length).toBe(before);
  });
});

describe("what is refused", () => {
  let client: ObjectClient;
  beforeAll(async () => {
    client = await newObjectClient(world);
  });

  /** What the refusal says where the client's redirect URI stands outside, and where it stands inside only. */
  async function refusalOf(jwt: string, outside: Record<string, string | undefined> = {}) {
    const inside = await visit(world, objectUrl(world, client, { request: jwt, ...outside }));
    expect([inside.status, inside.headers["set-cookie"], inside.headers.location]).toEqual([400, undefined, undefined]);
    const sent = { redirect_uri: callback, state: "a state of outside", ...outside };
    const answer = await visit(world, objectUrl(world, client, { request: jwt, ...sent }));
    expect([answer.status, answer.headers["set-cookie"]]).toEqual([303, undefined]);
    const place = new URL(answer.headers.location ?? "");
    expect(place.origin + place.pathname).toBe(callback);
    const told = delivered(place);
    expect(told).toMatchObject({ state: "a state of outside", iss: world.publicUrl });
    expect(told.error_description).toMatch(/^[\x20-\x21\x23-\x5b\x5d-\x7e]+$/);
    expect(inside.text).toContain(told.error);
    return told.error;
  }

  const now = () => Math.floor(world.clock.now().getTime() / 1000);

  test.each<[string, () => Record<string, unknown>]>([
    ["another iss", () => ({ iss: "somebody" })],
    ["another aud", () => ({ aud: "https://other.example" })],
    ["an aud that is none", () => ({ aud: { a: 1 } })],
    ["an exp in the past", () => ({ exp: now() - 60 })],
    ["an exp that is no number", () => ({ exp: "tomorrow" })],
    ["an nbf in the future", () => ({ nbf: now() + 3600 })],
    ["an iat in the future", () => ({ iat: now() + 3600 })],
    ["RFC 9101 §10.8: the client as its subject", () => ({ sub: client.id })],
    ["JAR-003: another client_id", () => ({ client_id: "somebody" })],
    ["JAR-003: another response_type", () => ({ response_type: "token" })],
    ["JAR-005: a nested object", () => ({ request: "a.b.c" })],
    ["JAR-005: a nested reference", () => ({ request_uri: "https://client.example/o" })],
    ["JAR-006: an object as redirect_uri", () => ({ redirect_uri: { toString: callback } })],
    ["JAR-006: a list as redirect_uri", () => ({ redirect_uri: [callback] })],
    ["JAR-006: null as redirect_uri", () => ({ redirect_uri: null })],
    ["JAR-006: a number as state", () => ({ state: 12_345_678 })],
    ["JAR-006: true as prompt", () => ({ prompt: true })],
    ["JAR-006: a list of numbers as audience", () => ({ audience: [1] })],
    ["JAR-006: a list as max_age", () => ({ max_age: [1] })],
    ["JAR-006: a list as claims", () => ({ claims: 7 })],
  ])("JAR-004: %s", async (_what, claims) => {
    const { jwt } = await objectRequest(world, client, { claims: claims() });
    expect(await refusalOf(jwt, { response_type: "code" })).toBe("invalid_request_object");
  });

  test("JAR-001, JAR-002, JAR-009: what the client has not signed as it registered", async () => {
    const { jwt } = await objectRequest(world, client);
    const [header = "", payload = "", signature = ""] = jwt.split(".");
    const { claims } = objectClaims(world, client);
    const stranger = await newKeyPair("ES256", "a-key");
    const rsa = await newKeyPair("RS256", "a-key");
    const changed = Buffer.from(JSON.stringify({ ...claims, scope: "openid write" })).toString("base64url");
    const forgeries = {
      unsigned: compact({ alg: "none" }, claims),
      "unsigned, with the signature left on": `${Buffer.from('{"alg":"none"}').toString("base64url")}.${payload}.${signature}`,
      changed: `${header}.${changed}.${signature}`,
      cut: `${header}.${payload}.`,
      "another's key": (await objectRequest(world, client, { key: stranger })).jwt,
      "another algorithm": (await objectRequest(world, client, { key: rsa })).jwt,
      "a symmetric one": compact({ alg: "HS256", kid: "a-key" }, claims, "c2ln"),
      "a critical extension": (await objectRequest(world, client, { header: { crit: ["b64"], b64: true } })).jwt,
      "another type": (await objectRequest(world, client, { header: { typ: "at+jwt" } })).jwt,
      "an encrypted one": "eyJhbGciOiJkaXIiLCJlbmMiOiJBMTI4R0NNIiwiemlwIjoiREVGIn0..AAAA.AAAA.AAAA",
      "no JWT": "request",
      "no claims": compact({ alg: "ES256", kid: "a-key" }, [], "c2ln"),
    };
    for (const [what, forged] of Object.entries(forgeries)) {
      expect([what, await refusalOf(forged)]).toEqual([what, "invalid_request_object"]);
    }
  });

  test("JAR-001: the registered algorithm alone counts, also where the key could do more", async () => {
    const pinned = await newObjectClient(world, { request_object_signing_alg: "PS256" }, "RS256");
    const { jwt } = await objectRequest(world, pinned);
    const answer = await visit(world, objectUrl(world, pinned, { request: jwt }));
    expect([answer.status, answer.text.includes("invalid_request_object")]).toEqual([400, true]);
  });

  test("both ways at once, and a parameter twice", async () => {
    const { jwt } = await objectRequest(world, client);
    expect(await refusalOf(jwt, { request_uri: "https://client.example/o" })).toBe("invalid_request");
    const url = objectUrl(world, client, { request: jwt, redirect_uri: callback });
    const answer = await visit(world, `${url}&request=${jwt}`);
    expect(delivered(new URL(answer.headers.location ?? "")).error).toBe("invalid_request");
  });

  test("JAR-011: a redirect URI inside that is not the client's is never gone to, whatever stands outside", async () => {
    const { jwt } = await objectRequest(world, client, { claims: { redirect_uri: "https://evil.example/" } });
    for (const outside of [{}, { redirect_uri: callback }]) {
      const answer = await visit(world, objectUrl(world, client, { request: jwt, ...outside }));
      expect([answer.status, answer.headers.location]).toEqual([400, undefined]);
    }
  });

  test("what a good object asks is judged like any request, and told where and how it says", async () => {
    const claims = { scope: "openid admin", response_mode: "fragment" };
    const { jwt, state } = await objectRequest(world, client, { claims });
    const outside = { redirect_uri: callback, state: "a state of outside", response_mode: "query" };
    const answer = await visit(world, objectUrl(world, client, { request: jwt, ...outside }));
    const place = new URL(answer.headers.location ?? "");
    expect(place.search).toBe("");
    expect(delivered(place)).toMatchObject({ error: "invalid_scope", state });
  });
});

test("FLOW-011: a browser that must sign in anew is sent with the same object, and does", async () => {
  const client = await newObjectClient(world);
  const browser = newBrowser();
  const first = await objectRequest(world, client);
  await runFlow(world, objectUrl(world, client, { request: first.jwt }), { browser, login: { remember: true } });
  const { jwt, state } = await objectRequest(world, client, { claims: { prompt: "consent" } });
  const login = await openLogin(browser, objectUrl(world, client, { request: jwt }));
  const accept = `/admin/oauth2/auth/requests/login/accept?login_challenge=${login}`;
  const again = (await world.admin("PUT", accept, { subject: "bob" })).body.redirect_to;
  const page = await browser.visit(again);
  const challenge = challengeOf(new URL(page.url), "login_challenge");
  expect((await asked(world, "login", challenge)).body).toMatchObject({ skip: false, subject: "" });
  expect(delivered(await runFlow(world, again, { browser, login: { subject: "bob" } })).state).toBe(state);
});

describe("D46: a step that was lost begins anew, though the object has expired meanwhile", () => {
  /** A flow whose login page was open for too long: where the application is told to send the browser. */
  async function lateRestart(url: string) {
    const login = await openLogin(newBrowser(), url);
    world.clock.advance(3600);
    const late = await asked(world, "login", login);
    expect(late.status).toBe(410);
    return late.body.redirect_to;
  }

  test("by value, as often as it happens", async () => {
    const client = await newObjectClient(world);
    const { jwt, state } = await objectRequest(world, client);
    const url = objectUrl(world, client, { request: jwt, custom: "1" });
    const again = await lateRestart(url);
    expect(again.startsWith(`${url}&`)).toBe(true);
    const twice = await lateRestart(again);
    expect(twice).toBe(again);
    expect(delivered(await runFlow(world, twice)).state).toBe(state);
  });

  test("by reference", async () => {
    const client = await newObjectClient(world, { request_uris: [`${own.url}/object`] });
    const { jwt, state } = await objectRequest(world, client);
    served = jwt;
    const again = await lateRestart(objectUrl(world, client, { request_uri: `${own.url}/object` }));
    expect(delivered(await runFlow(world, again)).state).toBe(state);
  });

  test("but not another object, not another client's, not for ever, and not by a handle of another kind", async () => {
    const client = await newObjectClient(world);
    const other = await newObjectClient(world, { jwks: { keys: [client.key.publicJwk] } });
    const { jwt } = await objectRequest(world, client);
    const again = await lateRestart(objectUrl(world, client, { request: jwt }));
    const handle = new URL(again).searchParams.get("request_restart") ?? "";
    const isRefused = async (of: ObjectClient, request: string, request_restart: string) => {
      const answer = await visit(world, objectUrl(world, of, { request, request_restart }));
      return answer.status === 400 && answer.text.includes("invalid_request_object");
    };
    const now = Math.floor(world.clock.now().getTime() / 1000);
    const past = { claims: { iat: now - 600, nbf: now - 600, exp: now - 300 } };
    const stale = await objectRequest(world, client, past);
    const foreign = await objectRequest(world, { ...other, key: client.key }, past);
    const login = await openLogin(newBrowser(), again);
    expect(await isRefused(client, stale.jwt, handle)).toBe(true);
    expect(await isRefused(other, foreign.jwt, handle)).toBe(true);
    for (const forged of [login, `${handle}x`, "x"]) expect(await isRefused(client, jwt, forged)).toBe(true);
    expect(await isRefused(client, jwt, handle)).toBe(false);
    world.clock.advance(25 * 3600);
    expect(await isRefused(client, jwt, handle)).toBe(true);
  });

  test("a request without an object begins anew by its own URL, as it was", async () => {
    const client = await newObjectClient(world);
    const url = objectUrl(world, client, { ...objectClaims(world, client).claims, exp: undefined, nbf: undefined });
    expect(await lateRestart(url)).toBe(url);
  });
});
