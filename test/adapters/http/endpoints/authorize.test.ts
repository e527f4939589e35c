import { describe, expect, test } from "vitest";
import {
  type AuthorizeConfig,
  type AuthorizeOperations,
  authorizeEndpoint,
} from "../../../../src/adapters/http/endpoints/authorize.ts";
import type { AuthorizeAnswer } from "../../../../src/protocol/browser.ts";
import { OAuthError } from "../../../../src/protocol/errors.ts";
import { formRequest, httpRequest, now, openPort, route } from "../world.ts";

const config: AuthorizeConfig = {
  dev: false,
  "urls.self.issuer": "https://id.example/",
  "urls.self.public": "https://id.example/base/",
  "urls.error": null,
  "ttl.login_consent_request": 1800,
  "serve.cookies.same_site_mode": "Lax",
  "serve.cookies.domain": "",
  "serve.cookies.secure": false,
  "serve.cookies.names.login_csrf": "csrf",
  "serve.cookies.names.session": "session",
  "serve.cookies.paths.session": "/",
};

type Asked = Parameters<AuthorizeOperations["authorize"]>[0];
type Respond = Extract<AuthorizeAnswer, { kind: "respond" }>;

const toLogin: AuthorizeAnswer = {
  kind: "interact",
  location: "https://login.example/?login_challenge=c",
  cookies: [{ cookie: "flow", suffix: "abcdefgh", value: "v" }],
};
const toClient = (parts: Partial<Respond> = {}): Respond => ({
  kind: "respond",
  mode: "query",
  redirectUri: "https://client.example/cb",
  parameters: [
    ["code", "c"],
    ["state", "s"],
  ],
  cookies: [],
  ...parts,
});

function answering(answer: AuthorizeAnswer) {
  const asked: Asked[] = [];
  const authorize = async (request: Asked) => {
    asked.push(request);
    return answer;
  };
  return { asked, endpoint: authorizeEndpoint({ authorize }, config) };
}

const refusing = (error: Error, settings: Partial<AuthorizeConfig> = {}) =>
  authorizeEndpoint(
    {
      authorize: async () => {
        throw error;
      },
    },
    { ...config, ...settings },
  );

describe("what the operation is asked", () => {
  test("the raw query, the public URL of the request, the browser's cookies, the time", async () => {
    const { asked, endpoint } = answering(toLogin);
    await endpoint(httpRequest({ query: "a=%20&b=+", headers: { cookie: "session=s; csrf_abcdefgh=1" } }));
    expect(asked).toEqual([
      {
        parameters: "a=%20&b=+",
        requestUrl: "https://id.example/base/oauth2/auth?a=%20&b=+",
        browser: { flowCookies: new Map([["abcdefgh", ["1"]]]), sessionSecret: "s", state: null },
        now,
      },
    ]);
  });

  test("AUTH-063: of a POST the query joined to the form, so that nothing of it is lost", async () => {
    const { asked, endpoint } = answering(toLogin);
    await endpoint(formRequest("b=2&c=3", { query: "a=1" }));
    await endpoint(formRequest("b=2"));
    expect(asked.map(({ parameters }) => parameters)).toEqual(["a=1&b=2&c=3", "b=2"]);
    expect(asked[0]?.requestUrl).toBe("https://id.example/base/oauth2/auth?a=1&b=2&c=3");
  });

  test("a POST of another content type asks nothing", async () => {
    const { asked, endpoint } = answering(toLogin);
    const reply = await endpoint(httpRequest({ method: "POST", headers: { "content-type": "application/json" } }));
    expect([reply.status, asked.length]).toEqual([415, 0]);
  });
});

describe("D37: what must move nothing", () => {
  test.each([
    { "sec-purpose": "prefetch" },
    { "sec-purpose": "prefetch;prerender" },
    { purpose: "prefetch" },
    { purpose: "other", "sec-purpose": "prefetch" },
    { purpose: "prefetch", "sec-purpose": "other" },
  ])("%j: no flow, no cookie", async (headers) => {
    const { asked, endpoint } = answering(toLogin);
    const reply = await endpoint(httpRequest({ query: "login_verifier=v", headers }));
    expect([reply.status, asked.length, reply.headers["set-cookie"]]).toEqual([403, 0, undefined]);
  });

  test("HEAD: 405, no flow, no cookie", async () => {
    const { asked, endpoint } = answering(toLogin);
    const routes = [route("GET", "/oauth2/auth", endpoint), route("POST", "/oauth2/auth", endpoint)];
    const world = await openPort({ routes });
    const response = await world.fetch("/oauth2/auth?login_verifier=v", { method: "HEAD" });
    expect([response.status, asked.length, response.headers.get("set-cookie")]).toEqual([405, 0, null]);
  });
});

describe("where the browser goes", () => {
  test("to the login or consent application: 302 with the cookies", async () => {
    const reply = await answering(toLogin).endpoint(httpRequest());
    expect(reply.status).toBe(302);
    expect(reply.headers).toMatchObject({
      location: "https://login.example/?login_challenge=c",
      "set-cookie": [expect.stringMatching(/^csrf_abcdefgh=v; Max-Age=\d+; Path=\/; HttpOnly; Secure; SameSite=Lax$/)],
      "cache-control": "no-store",
    });
  });

  test.each([
    ["a plain URI", "https://client.example/cb", "https://client.example/cb?code=c&state=s"],
    [
      "AUTH-009: a query, byte for byte",
      "https://client.example/cb?x=%7e'|&y",
      "https://client.example/cb?x=%7e'|&y&code=c&state=s",
    ],
    [
      "an odd path that URL would rewrite",
      "https://Client.example:443/a/../b",
      "https://Client.example:443/a/../b?code=c&state=s",
    ],
    ["a private scheme", "com.example.app:/cb", "com.example.app:/cb?code=c&state=s"],
  ])("AUTH-067, to the client by 303: %s", async (_what, redirectUri, location) => {
    const reply = await answering(toClient({ redirectUri })).endpoint(httpRequest());
    expect([reply.status, reply.headers.location]).toEqual([303, location]);
    expect(reply.headers["cache-control"]).toBe("no-store");
  });

  test("in the fragment when the mode says so, an existing query untouched", async () => {
    const answer = toClient({ mode: "fragment", redirectUri: "https://client.example/cb?x=1" });
    const reply = await answering(answer).endpoint(httpRequest());
    expect(reply.headers.location).toBe("https://client.example/cb?x=1#code=c&state=s");
  });

  test("AUTH-040: line breaks and NUL in a value are encoded and split no header", async () => {
    const answer = toClient({ parameters: [["state", "a\r\nset-cookie: b=c\0é"]] });
    const world = await openPort({ routes: [route("GET", "/oauth2/auth", answering(answer).endpoint)] });
    const response = await world.fetch("/oauth2/auth");
    expect(response.headers.get("location")).toBe(
      "https://client.example/cb?state=a%0D%0Aset-cookie%3A+b%3Dc%00%C3%A9",
    );
    expect(response.headers.get("set-cookie")).toBeNull();
  });

  test("AUTH-032: by form_post: a page that posts, with the cookies", async () => {
    const answer = toClient({
      mode: "form_post",
      parameters: [["state", `"><script>`]],
      cookies: [{ cookie: "flow", suffix: "abcdefgh", value: null }],
    });
    const reply = await answering(answer).endpoint(httpRequest());
    expect(reply.status).toBe(200);
    expect(reply.body).toContain(`name="state" value="&quot;&gt;&lt;script&gt;"`);
    expect(reply.headers["set-cookie"]).toHaveLength(1);
  });

  test.each(["javascript:alert(1)", "com.example.app:/cb", "data:text/html,x"])(
    "AUTH-033: form_post to %s is our error page (CVE-2024-21637)",
    async (redirectUri) => {
      const reply = await answering(toClient({ mode: "form_post", redirectUri })).endpoint(httpRequest());
      expect(reply.status).toBe(400);
      expect(reply.body).not.toContain("<form");
    },
  );
});

describe("refusals that may not go to the client", () => {
  test("D42: are our error page with the refusal's status, no cookie, no redirect", async () => {
    const reply = await refusing(new OAuthError("request_forbidden", "No <cookie>."))(httpRequest());
    expect(reply.status).toBe(403);
    expect(reply.body).toContain("No &lt;cookie&gt;.");
    expect(reply.headers).not.toHaveProperty("location");
    expect(reply.headers).not.toHaveProperty("set-cookie");
  });

  test("go to urls.error by 302 where it is set, its own query kept", async () => {
    const error = new OAuthError("invalid_client", 'Unknown "client".');
    const reply = await refusing(error, { "urls.error": "https://ui.example/error?lang=de" })(httpRequest());
    expect(reply.status).toBe(302);
    expect(reply.headers.location).toBe(
      "https://ui.example/error?lang=de&error=invalid_client&error_description=Unknown+%27client%27.",
    );
  });

  test("D35: say when to try again, on a page", async () => {
    const error = new OAuthError("temporarily_unavailable", "Away.", { retryAfterSeconds: 1 });
    const world = await openPort({ routes: [route("GET", "/oauth2/auth", refusing(error))] });
    const { status, headers } = await world.fetch("/oauth2/auth");
    expect([status, headers.get("retry-after")]).toEqual([503, "1"]);
    expect(headers.get("content-type")).toBe("text/html; charset=utf-8");
    expect(world.faults).toHaveLength(1);
  });

  test("a fault of ours tells the browser nothing and is logged", async () => {
    const fault = new RangeError("select * from secrets");
    const world = await openPort({ routes: [route("GET", "/oauth2/auth", refusing(fault))] });
    const response = await world.fetch("/oauth2/auth");
    expect(response.status).toBe(500);
    const text = await response.text();
    expect(text).toMatch(/^<!doctype html>.*server_error/s);
    expect(text).not.toContain("select");
    expect(world.faults).toMatchObject([{ error: fault }]);
  });
});
