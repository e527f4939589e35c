import { request } from "node:http";
import { describe, expect, it } from "vitest";
import { cookieBrowser } from "../support/browser.ts";
import { pagesWorld } from "./flow-server.ts";

describe("every page", () => {
  it.each(["/login?login_challenge=c", "/consent?consent_challenge=c", "/error?error=e", "/login", "/nowhere"])(
    "keeps itself to itself: %s",
    async (path) => {
      const { loginUrl } = await pagesWorld();
      const page = await cookieBrowser().visit(new URL(path, loginUrl).href);
      expect(page.headers["content-security-policy"]).toContain("default-src 'none'");
      expect(page.headers["content-security-policy"]).toContain("frame-ancestors 'none'");
      expect(page.headers["x-content-type-options"]).toBe("nosniff");
      expect(page.headers["referrer-policy"]).toBe("no-referrer");
      expect(page.headers["cache-control"]).toBe("no-store");
      expect(page.body).not.toMatch(/<script|<style|style="| on[a-z]+="/);
    },
  );

  it("sets one cookie, which no script and no foreign form can use", async () => {
    const { loginUrl } = await pagesWorld();
    const page = await cookieBrowser().visit(`${loginUrl}?login_challenge=c`);
    expect(page.setCookies).toEqual([
      expect.stringMatching(/^tessera_pages=[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax$/),
    ]);
  });

  it("links to a style that is there", async () => {
    const { loginUrl } = await pagesWorld();
    const page = await cookieBrowser().visit(`${loginUrl}?login_challenge=c`);
    const href = /rel="stylesheet" href="([^"]+)"/.exec(page.body)?.[1] ?? "";
    const style = await cookieBrowser().visit(new URL(href, loginUrl).href);
    expect(style.headers["content-type"]).toBe("text/css; charset=utf-8");
  });
});

describe("a request that is none of a page's", () => {
  it.each([
    ["GET", "/nowhere", 404],
    ["PUT", "/login", 405],
    ["POST", "/error", 405],
  ])("%s %s is answered %i", async (method, path, status) => {
    const { loginUrl } = await pagesWorld();
    expect((await cookieBrowser().hop(method, new URL(path, loginUrl).href)).status).toBe(status);
  });

  it("is answered 404 when its target is no URL", async () => {
    const { loginUrl } = await pagesWorld();
    const { hostname, port } = new URL(loginUrl);
    const status = await new Promise((resolve, reject) => {
      const options = { hostname, port, path: "http://[", agent: false };
      request(options, (answer) => resolve(answer.resume().statusCode))
        .on("error", reject)
        .end();
    });
    expect(status).toBe(404);
  });

  it("is refused before it is read to its end when it is too large", async () => {
    const { loginUrl } = await pagesWorld();
    const answer = await cookieBrowser().hop("POST", loginUrl, { email: "x".repeat(100_000) });
    expect(answer.status).toBe(413);
  });

  it("is refused when the browser says that another site sent it", async () => {
    const { loginUrl } = await pagesWorld();
    const answer = await fetch(loginUrl, {
      method: "POST",
      body: new URLSearchParams({ challenge: "c" }),
      headers: { "sec-fetch-site": "cross-site" },
    });
    expect(answer.status).toBe(403);
  });
});

describe("a form whose token is not the browser's", () => {
  const answer = async (site?: string) => {
    const { loginUrl, told } = await pagesWorld();
    const { status } = await fetch(loginUrl, {
      method: "POST",
      redirect: "manual",
      body: new URLSearchParams({ challenge: "c", answer: "reject", csrf: "another's" }),
      headers: site === undefined ? {} : { "sec-fetch-site": site },
    });
    return [status, told.rejectedLogins.length];
  };

  it("is taken when the browser says that the page itself sent it: another tab may have changed the cookie", async () => {
    expect(await answer("same-origin")).toEqual([303, 1]);
  });

  it.each(["none", "same-site", "cross-site", undefined])("is refused when the browser says '%s'", async (site) => {
    expect(await answer(site)).toEqual([403, 0]);
  });
});

describe("the error page", () => {
  it("shows what the server said, escaped", async () => {
    const { errorUrl } = await pagesWorld();
    const page = await cookieBrowser().visit(`${errorUrl}?error=invalid_client&error_description=%3Cb%3Eno%3C%2Fb%3E`);
    expect(page.status).toBe(400);
    expect(page.body).toContain("This application is not known here");
    expect(page.body).toContain("&lt;b&gt;no&lt;/b&gt;");
  });
});
