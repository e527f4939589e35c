import { Code, ConnectError } from "@connectrpc/connect";
import { describe, expect, it } from "vitest";
import { cookieBrowser } from "../support/browser.ts";
import { next, pagesWorld, past } from "./flow-server.ts";

const browser = () => cookieBrowser({ stopAt: next });
const right = { email: "foo@bar.com", password: "foobar", answer: "accept" };

describe("the sign-in page", () => {
  it("says which client asks, and shows the demo account", async () => {
    const { loginUrl } = await pagesWorld();
    const page = await browser().visit(`${loginUrl}?login_challenge=c1`);
    expect(page.status).toBe(200);
    expect(page.body).toContain("to continue to <strong>Demo client</strong>");
    expect(page.body).toContain("foobar");
  });

  it("accepts the right password and sends the browser on with 303", async () => {
    const { loginUrl, told } = await pagesWorld();
    const user = browser();
    const end = await user.submit(await user.visit(`${loginUrl}?login_challenge=c1`), { ...right, remember: "1" });
    expect(end.hops.map(({ status, url }) => [status, url])).toEqual([
      [303, loginUrl],
      [0, `${next}login-accepted`],
    ]);
    expect(told.acceptedLogins).toMatchObject([
      { loginChallenge: "c1", login: { subject: "foo@bar.com", remember: true, rememberFor: 2_592_000, amr: ["pwd"] } },
    ]);
  });

  it("does not keep a browser signed in that did not ask for it", async () => {
    const { loginUrl, told } = await pagesWorld();
    const user = browser();
    await user.submit(await user.visit(`${loginUrl}?login_challenge=c1`), right);
    expect(told.acceptedLogins).toMatchObject([{ login: { remember: false } }]);
  });

  it.each([
    ["a wrong password", { ...right, password: "foobaz" }],
    ["an unknown address", { ...right, email: "bar@bar.com" }],
    ["no password", { ...right, password: "" }],
  ])("asks again after %s, and says why", async (_, fields) => {
    const { loginUrl, told } = await pagesWorld();
    const user = browser();
    const again = await user.submit(await user.visit(`${loginUrl}?login_challenge=c1`), fields);
    expect(again.status).toBe(422);
    expect(again.body).toContain('role="alert"');
    expect(again.body).toContain(`value="${fields.email}"`);
    expect(again.body).not.toContain(`value="${fields.password || "foobar"}"`);
    expect(told.acceptedLogins).toEqual([]);
  });

  it("rejects with access_denied when the user cancels", async () => {
    const { loginUrl, told } = await pagesWorld();
    const user = browser();
    const end = await user.submit(await user.visit(`${loginUrl}?login_challenge=c1`), { answer: "reject" });
    expect(end.url).toBe(`${next}login-rejected`);
    expect(told.rejectedLogins).toMatchObject([{ loginChallenge: "c1", rejection: { error: "access_denied" } }]);
  });

  it("accepts a request that may be skipped for its own subject, without a page", async () => {
    const { loginUrl, told } = await pagesWorld({ login: { skip: true, subject: "foo@bar.com" } });
    const end = await browser().visit(`${loginUrl}?login_challenge=c1`);
    expect(end.url).toBe(`${next}login-accepted`);
    expect(told.acceptedLogins).toMatchObject([{ login: { subject: "foo@bar.com", remember: true } }]);
  });

  it("fills in the login hint", async () => {
    const { loginUrl } = await pagesWorld({ login: { oidcContext: { loginHint: "o'neil@bar.com" } } });
    const page = await browser().visit(`${loginUrl}?login_challenge=c1`);
    expect(page.body).toContain('value="o&#39;neil@bar.com"');
  });

  it("RFC 9110 §9.2.1: a HEAD answers nothing and moves no flow", async () => {
    const { loginUrl, told } = await pagesWorld({ login: { skip: true, subject: "foo@bar.com" } });
    const head = await browser().hop("HEAD", `${loginUrl}?login_challenge=c1`);
    expect(head.status).toBe(200);
    expect(told.acceptedLogins).toEqual([]);
  });
});

describe("a form that its page did not make", () => {
  it("is refused without the cookie, and leads back to the page", async () => {
    const { loginUrl, told } = await pagesWorld();
    const page = await browser().visit(`${loginUrl}?login_challenge=c1`);
    const refused = await browser().submit(page, right);
    expect(refused.status).toBe(403);
    expect(refused.body).toContain('href="/login?login_challenge=c1"');
    expect(told.acceptedLogins).toEqual([]);
  });

  it("is refused with the token of another challenge", async () => {
    const { loginUrl, told } = await pagesWorld();
    const user = browser();
    const page = await user.visit(`${loginUrl}?login_challenge=c1`);
    expect((await user.submit(page, { ...right, challenge: "c2" })).status).toBe(403);
    expect(told.acceptedLogins).toEqual([]);
  });

  it("is refused with a cookie that an attacker planted", async () => {
    const { loginUrl } = await pagesWorld();
    const [attacker, victim] = [browser(), browser()];
    const page = await attacker.visit(`${loginUrl}?login_challenge=c1`);
    await victim.visit(`${loginUrl}?login_challenge=c1`);
    expect((await victim.submit(page, right)).status).toBe(403);
  });

  it("is good in every tab of one browser", async () => {
    const { loginUrl, told } = await pagesWorld();
    const user = browser();
    const [one, other] = [
      await user.visit(`${loginUrl}?login_challenge=c1`),
      await user.visit(`${loginUrl}?login_challenge=c2`),
    ];
    await user.submit(one, right);
    await user.submit(other, right);
    expect(told.acceptedLogins.map(({ loginChallenge }) => loginChallenge)).toEqual(["c1", "c2"]);
  });
});

describe("what the server refuses", () => {
  it("leads on when the step is past", async () => {
    const { loginUrl } = await pagesWorld({ refuses: past });
    expect((await browser().visit(`${loginUrl}?login_challenge=c1`)).url).toBe(`${next}past`);
  });

  it.each([
    [Code.NotFound, 404, "This link leads nowhere"],
    [Code.Unauthenticated, 410, "This sign-in took too long"],
    [Code.Unavailable, 503, "The server cannot be reached"],
  ])("is told kindly: code %i as %i", async (code, status, title) => {
    const { loginUrl } = await pagesWorld({ refuses: new ConnectError("internal words", code) });
    const page = await browser().visit(`${loginUrl}?login_challenge=c1`);
    expect(page.status).toBe(status);
    expect(page.body).toContain(title);
    expect(page.body).not.toContain("internal words");
  });

  it("offers to try again when the server does not answer", async () => {
    const { loginUrl } = await pagesWorld({ refuses: new ConnectError("", Code.Unavailable) });
    const page = await browser().visit(`${loginUrl}?login_challenge=c%261`);
    expect(page.body).toContain('href="/login?login_challenge=c%261"');
  });
});

it("FLOW-037: nothing from outside becomes markup", async () => {
  const evil = `"><script>alert(1)</script>`;
  const { loginUrl } = await pagesWorld({ login: { client: { clientName: evil }, oidcContext: { loginHint: evil } } });
  const page = await browser().visit(`${loginUrl}?login_challenge=${encodeURIComponent(evil)}`);
  expect(page.status).toBe(200);
  expect(page.body).not.toContain("<script");
});
