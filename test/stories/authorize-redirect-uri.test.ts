import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { authorizationRequest, newClient, type TestClient } from "../support/code-flow.ts";
import { type Answer, startWorld, type World } from "../support/server.ts";

const registered = "https://app.example/cb";
const withQuery = "https://app.example/cb?tenant=1";

describe("where the authorization endpoint may send a browser", () => {
  let world: World;
  let client: TestClient;
  let single: TestClient;

  beforeAll(async () => {
    world = await startWorld();
    const native = ["http://127.0.0.1/cb", "http://[::1]/cb", "com.example.app:/cb"];
    client = await newClient(world, { redirect_uris: [registered, withQuery, ...native] });
    single = await newClient(world, { redirect_uris: [registered] });
  });
  afterAll(() => world?.close());

  async function ask(over: Record<string, string | undefined>, of = client): Promise<Answer> {
    const { url } = authorizationRequest(world, of, over);
    return world.get(url.slice(world.publicUrl.length));
  }

  /** The error page: no redirect, nothing kept, nothing of the payload where it could run. */
  function expectErrorPage(answer: Answer, error: string) {
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(answer.status).toBeLessThan(500);
    expect(answer.headers).not.toHaveProperty("location");
    expect(answer.headers).not.toHaveProperty("set-cookie");
    expect(answer.headers["content-type"]).toContain("text/html");
    expect(answer.headers["cache-control"]).toBe("no-store");
    expect(answer.headers["content-security-policy"]).toContain("frame-ancestors 'none'");
    expect(answer.text).toContain(`<code>${error}</code>`);
    expect(answer.text).not.toContain("evil");
  }

  test("RFC 6749 §4.1.2.1: a client that does not exist gets the error page and no redirect", async () => {
    expectErrorPage(await ask({ client_id: "nobody" }), "invalid_client");
    expectErrorPage(await ask({ client_id: `<script>evil()</script>` }), "invalid_client");
    expectErrorPage(await ask({ client_id: "" }), "invalid_request");
    expectErrorPage(await ask({ client_id: undefined }), "invalid_request");
  });

  test.each([
    ["another host", "https://evil.example/cb"],
    ["a query added", "https://app.example/cb?evil=1"],
    ["an empty query added", "https://app.example/cb?"],
    ["another query value", "https://app.example/cb?tenant=2"],
    ["a query value added", "https://app.example/cb?tenant=1&evil=1"],
    ["the path in other case", "https://app.example/CB"],
    ["the scheme in other case", "HTTPS://app.example/cb"],
    ["the host in other case", "https://APP.example/cb"],
    ["the default port", "https://app.example:443/cb"],
    ["another port", "https://app.example:8443/cb"],
    ["http for https", "http://app.example/cb"],
    ["a trailing dot of the host", "https://app.example./cb"],
    ["a trailing slash", "https://app.example/cb/"],
    ["a path suffix", "https://app.example/cb/evil"],
    ["a path suffix without a slash", "https://app.example/cbevil"],
    ["the path's prefix", "https://app.example/c"],
    ["dot segments", "https://app.example/cb/../evil"],
    ["dot segments that lead back", "https://app.example/x/../cb"],
    ["encoded dot segments", "https://app.example/cb/%2e%2e/evil"],
    ["doubly encoded dot segments", "https://app.example/cb/%252e%252e/evil"],
    ["an encoded letter", "https://app.example/c%62"],
    ["path parameters", "https://app.example/cb;evil=1"],
    ["CR and LF before dot segments", "https://app.example/cb/%0d%0a../evil"],
    ["CR and LF themselves", "https://app.example/cb\r\nset-cookie: evil=1"],
    ["a tab inside", "https://app.example/c\tb"],
    ["space around", " https://app.example/cb "],
    ["a host that goes on", "https://app.example.evil.example/cb"],
    ["a host with another prefix", "https://evilapp.example/cb"],
    ["user-info", "https://app.example@evil.example/cb"],
    ["user-info before the right host", "https://evil@app.example/cb"],
    ["a backslash host", "https://evil.example\\@app.example/cb"],
    ["a fragment", "https://app.example/cb#evil"],
    ["an empty fragment", "https://app.example/cb#"],
    ["an encoded fragment", "https://app.example/cb%23evil"],
    ["no scheme", "//app.example/cb"],
    ["only a path", "/cb"],
    ["a script", "javascript:evil()//https://app.example/cb"],
    ["data", "data:text/html,evil"],
    ["a wide letter that folds to the right one", "https://ａpp.example/cb"],
    ["a private-use scheme in other case", "COM.EXAMPLE.APP:/cb"],
    ["a private-use scheme with another path", "com.example.app:/cb/evil"],
    ["a loopback host by name", "http://localhost/cb"],
    ["a loopback address of other spelling", "http://127.1/cb"],
    ["another loopback address", "http://127.0.0.2/cb"],
    ["a loopback address with another path", "http://127.0.0.1:5000/evil"],
    ["a loopback address with a query", "http://127.0.0.1:5000/cb?evil=1"],
    ["a loopback address over https", "https://127.0.0.1:5000/cb"],
    ["a loopback address with a port of no kind", "http://127.0.0.1:99999/cb"],
    ["a loopback address as user-info", "http://127.0.0.1:5000@evil.example/cb"],
  ])("RFC 9700 §4.1.3: the redirect URI is compared byte for byte: %s", async (_what, redirectUri) => {
    expectErrorPage(await ask({ redirect_uri: redirectUri }), "invalid_request");
  });

  test.each([
    ["as registered", registered],
    ["with its own query", withQuery],
    ["RFC 8252 §7.3: a loopback address of any port", "http://127.0.0.1:51004/cb"],
    ["RFC 8252 §7.3: a loopback IPv6 address of any port", "http://[::1]:51004/cb"],
    ["RFC 8252 §7.1: a private-use scheme", "com.example.app:/cb"],
  ])("RFC 6749 §3.1.2: the client's URI is used as it was sent, its query kept: %s", async (_what, redirectUri) => {
    const good = await ask({ redirect_uri: redirectUri });
    expect(good.status).toBe(302);
    expect(good.headers.location).toContain("login_challenge=");
    const bad = await ask({ redirect_uri: redirectUri, scope: "more" });
    expect(bad.status).toBe(303);
    const joint = redirectUri.includes("?") ? "&" : "?";
    expect(bad.headers.location?.startsWith(`${redirectUri}${joint}error=invalid_scope&`)).toBe(true);
  });

  test("OIDC Core §3.1.2.1: without a redirect URI an OpenID request is refused on the error page", async () => {
    expectErrorPage(await ask({ redirect_uri: undefined }, single), "invalid_request");
    expectErrorPage(await ask({ redirect_uri: "" }, single), "invalid_request");
  });

  test("RFC 6749 §3.1.2.3: the redirect URI may be left out when there is only one", async () => {
    const over = { redirect_uri: undefined, scope: "read" };
    expect((await ask(over, single)).headers.location).toContain("login_challenge=");
    expectErrorPage(await ask(over, client), "invalid_request");
  });

  test.each([
    ["redirect_uri", registered],
    ["redirect_uri", "https://evil.example/cb"],
    ["client_id", "evil"],
  ])("RFC 6749 §3.1: a second %s is refused on the error page: %s", async (name, value) => {
    const { url } = authorizationRequest(world, client, { redirect_uri: registered });
    const query = url.slice(world.publicUrl.length);
    const second = `${name}=${encodeURIComponent(value)}`;
    expectErrorPage(await world.get(`${query}&${second}`), "invalid_request");
    expectErrorPage(await world.get(query.replace("?", `?${second}&`)), "invalid_request");
    expectErrorPage(await world.post(query, second), "invalid_request");
  });

  test("OAuth Form Post §2, CVE-2024-21637: a form is posted to http and https only, and that is said at once", async () => {
    const over = { redirect_uri: "com.example.app:/cb", response_mode: "form_post" };
    expectErrorPage(await ask(over), "invalid_request");
  });

  test("D25: what a browser would run, and http beyond the loopback interface, is refused at registration", async () => {
    const strict = await startWorld({
      settings: { dev: false, "urls.self.issuer": "https://id.example/", "serve.public.tls.enabled": false },
    });
    const refusedUris = [
      "javascript:alert(1)",
      "data:text/html,x",
      "http://app.example/cb",
      "https://app.example/cb#x",
      "https://a@app.example/cb",
      "https://*.app.example/cb",
    ];
    for (const uri of refusedUris) {
      const answer = await strict.admin("POST", "/admin/clients", { redirect_uris: [uri] });
      expect([uri, answer.status]).toEqual([uri, 400]);
    }
    const loopback = await strict.admin("POST", "/admin/clients", { redirect_uris: ["http://127.0.0.1/cb"] });
    expect(loopback.status).toBe(201);
    await strict.close();
  });
});
