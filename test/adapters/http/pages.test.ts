import { hash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { Html, html } from "../../../src/adapters/http/html.ts";
import type { HttpReply } from "../../../src/adapters/http/message.ts";
import { errorPage, fallbackPage, formPostPage } from "../../../src/adapters/http/pages.ts";

const attack = `"><script>alert(1)</script><img src=x onerror='alert(2)'>&amp;`;
const policyOf = (reply: HttpReply) => String(reply.headers["content-security-policy"]);
const between = (text: string, open: string, close: string) => text.split(open)[1]?.split(close)[0] ?? "";
const error = (description: string) => errorPage({ status: 400, error: "invalid_request", description });

describe("the html template", () => {
  test("escapes every text and number, in content and in quoted attributes", () => {
    expect(html`<p title="${`"'`}">${"<&>"}${1}</p>`.text).toBe(`<p title="&quot;&#39;">&lt;&amp;&gt;1</p>`);
  });

  test("takes what is HTML already as it is, also in lists", () => {
    expect(html`<ul>${["<a>", "b"].map((item) => html`<li>${item}</li>`)}</ul>${new Html("<hr>")}`.text).toBe(
      "<ul><li>&lt;a&gt;</li><li>b</li></ul><hr>",
    );
  });
});

describe("every page", () => {
  const pages: ReadonlyArray<readonly [string, HttpReply]> = [
    ["error", error(attack)],
    ["form_post", formPostPage("https://client.example/cb", [["state", attack]])],
    ["fallback", fallbackPage("login", "urls.login")],
  ];

  test.each(pages)(
    "AUTH-069: %s is not framed, not stored, and runs nothing but what its policy names",
    (_what, reply) => {
      const text = reply.body.toString();
      const policy = policyOf(reply);
      expect(policy).toContain("default-src 'none'");
      expect(policy).toContain("frame-ancestors 'none'");
      expect(policy).toContain("base-uri 'none'");
      expect(policy).not.toMatch(/unsafe|\*|https?:/);
      expect(reply.headers).toMatchObject({ "x-frame-options": "DENY", "cache-control": "no-store" });
      expect(policy).toContain(`'sha256-${hash("sha256", between(text, "<style>", "</style>"), "base64")}'`);
      expect(text).not.toMatch(/ on\w+=['"]|style="|<img/);
      expect(text).toMatch(/^<!doctype html>\n<html lang="en">/);
      expect(text).toContain("<main>");
    },
  );
});

describe("the error page", () => {
  test("shows error and description as text, with the refusal's status", () => {
    const reply = errorPage({ status: 403, error: "request_forbidden", description: attack });
    expect(reply.status).toBe(403);
    expect(reply.body).toContain("request_forbidden");
    expect(reply.body).toContain("&lt;script&gt;alert(1)&lt;/script&gt;");
    expect(reply.body).not.toContain("<script");
  });
});

describe("AUTH-032: the form_post page", () => {
  const reply = formPostPage(`https://client.example/cb?a="b`, [
    ["code", "c"],
    ["state", attack],
  ]);
  const text = reply.body.toString();

  test("carries each parameter in an escaped hidden field", () => {
    expect(text).toContain(`<form method="post" action="https://client.example/cb?a=&quot;b">`);
    expect(text).toContain(`<input type="hidden" name="code" value="c">`);
    expect(text).toContain(`value="&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;&lt;img src=x onerror=&#39;`);
  });

  test("runs one script, which its policy names by hash, and has a button where scripts do not run", () => {
    expect(text.match(/<script/g)).toHaveLength(1);
    const script = between(text, "<script>", "</script>");
    expect(policyOf(reply)).toContain(`script-src 'sha256-${hash("sha256", script, "base64")}'`);
    expect(text).toContain(`<button type="submit">`);
  });
});

test("a fallback page names the setting that is missing", () => {
  expect(fallbackPage("consent", "urls.consent").body).toContain("<code>urls.consent</code>");
});
