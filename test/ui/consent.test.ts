import { describe, expect, it } from "vitest";
import { cookieBrowser } from "../support/browser.ts";
import { demoClient, next, pagesWorld, past } from "./flow-server.ts";

const browser = () => cookieBrowser({ stopAt: next });
const requestedScope = ["openid", "email", "profile", "offline_access", "orders.read"];

describe("the consent page", () => {
  it("says who asks whom for what, and where the answer goes", async () => {
    const { consentUrl } = await pagesWorld({ consent: { requestedScope } });
    const page = await browser().visit(`${consentUrl}?consent_challenge=c1`);
    for (const words of [
      "Allow Demo client?",
      "signed in as <strong>foo@bar.com</strong>",
      "Sign you in",
      "See your email address",
      "See your profile",
      "Keep access while you are away",
      "orders.read",
      "sent on to <strong>app.example</strong>",
    ]) {
      expect(page.body).toContain(words);
    }
  });

  it("names the redirect that was asked for, of several that are registered", async () => {
    const redirectUris = ["https://one.example/cb", "https://two.example/cb"];
    const requestUrl = "https://op.example/oauth2/auth?redirect_uri=https%3A%2F%2Ftwo.example%2Fcb";
    const { consentUrl } = await pagesWorld({ consent: { client: { ...demoClient, redirectUris }, requestUrl } });
    expect((await browser().visit(`${consentUrl}?consent_challenge=c1`)).body).toContain(
      "<strong>two.example</strong>",
    );
  });

  it.each(["request=e30.e30.x", "request_uri=https%3A%2F%2Fapp.example%2Fobject"])(
    "believes no redirect beside a request object: %s",
    async (object) => {
      const requestUrl = `https://op.example/oauth2/auth?${object}&redirect_uri=https%3A%2F%2Fbank.example%2F`;
      const redirectUris = ["https://one.example/cb", "https://two.example/cb"];
      for (const client of [demoClient, { ...demoClient, redirectUris }]) {
        const { consentUrl } = await pagesWorld({ consent: { client, requestUrl } });
        expect((await browser().visit(`${consentUrl}?consent_challenge=c1`)).body).not.toContain("bank.example");
      }
    },
  );

  it("asks for each claim that the client names, and tells only what the user left ticked", async () => {
    const claims = {
      userinfo: { name: { essential: true }, email: null, birthdate: null },
      id_token: { nickname: null, locale: { value: "en" }, acr: { essential: true, value: "gold" } },
    };
    const consent = { requestedScope: ["openid", "email"], oidcContext: { claims } };
    const { consentUrl, told } = await pagesWorld({ consent });
    const user = browser();
    const page = await user.visit(`${consentUrl}?consent_challenge=c1`);
    expect([...page.body.matchAll(/name="grant_claim" value="([^"]*)"/g)].map(([, name]) => name)).toEqual([
      "name",
      "nickname",
      "locale",
    ]);
    expect(page.body).toMatch(/Know your name<\/strong> <small>The application says that it needs this/);
    await user.submit(page, { answer: "accept", grant_claim: ["nickname", "phone_number"] });
    expect(told.acceptedConsents[0]?.consent?.session?.idToken).toEqual({
      email: "foo@bar.com",
      email_verified: true,
      nickname: "foo",
    });
    const skipping = await pagesWorld({ consent: { ...consent, skip: true } });
    await browser().visit(`${skipping.consentUrl}?consent_challenge=c1`);
    expect(skipping.told.acceptedConsents[0]?.consent?.session?.idToken).not.toHaveProperty("name");
  });

  it("grants what is asked, with the claims of the granted scopes", async () => {
    const { consentUrl, told } = await pagesWorld({
      consent: { requestedScope: ["openid", "email"], requestedAccessTokenAudience: ["https://api.example"] },
    });
    const user = browser();
    const page = await user.visit(`${consentUrl}?consent_challenge=c1`);
    const end = await user.submit(page, { answer: "accept", remember: "1" });
    expect(end.url).toBe(`${next}consent-accepted`);
    expect(told.acceptedConsents).toMatchObject([
      {
        consentChallenge: "c1",
        consent: {
          grantScope: ["openid", "email"],
          grantAccessTokenAudience: ["https://api.example"],
          session: { idToken: { email: "foo@bar.com", email_verified: true } },
          remember: true,
          rememberFor: 0,
        },
      },
    ]);
    expect(told.acceptedConsents[0]?.consent?.session?.idToken).not.toHaveProperty("name");
  });

  it("grants only what the user left ticked, and nothing that was not asked for", async () => {
    const { consentUrl, told } = await pagesWorld({ consent: { requestedScope } });
    const user = browser();
    const page = await user.visit(`${consentUrl}?consent_challenge=c1`);
    await user.submit(page, { answer: "accept", grant_scope: ["profile", "admin"] });
    expect(told.acceptedConsents).toMatchObject([{ consent: { grantScope: ["openid", "profile"], remember: false } }]);
  });

  it("rejects with access_denied when the user denies", async () => {
    const { consentUrl, told } = await pagesWorld({ consent: { requestedScope } });
    const user = browser();
    await user.submit(await user.visit(`${consentUrl}?consent_challenge=c1`), { answer: "reject" });
    expect(told.rejectedConsents).toMatchObject([{ consentChallenge: "c1", rejection: { error: "access_denied" } }]);
    expect(told.acceptedConsents).toEqual([]);
  });

  it("grants nothing by a form without an answer", async () => {
    const { consentUrl, told } = await pagesWorld({ consent: { requestedScope } });
    const user = browser();
    await user.submit(await user.visit(`${consentUrl}?consent_challenge=c1`), {});
    expect(told.acceptedConsents).toEqual([]);
  });

  it("accepts a request that may be skipped, without a page", async () => {
    const { consentUrl, told } = await pagesWorld({ consent: { requestedScope, skip: true } });
    expect((await browser().visit(`${consentUrl}?consent_challenge=c1`)).url).toBe(`${next}consent-accepted`);
    expect(told.acceptedConsents).toMatchObject([{ consent: { grantScope: requestedScope } }]);
  });

  it("refuses a form that its page did not make", async () => {
    const { consentUrl, told } = await pagesWorld({ consent: { requestedScope } });
    const page = await browser().visit(`${consentUrl}?consent_challenge=c1`);
    expect((await browser().submit(page, { answer: "accept" })).status).toBe(403);
    expect(told.acceptedConsents).toEqual([]);
  });

  it("leads on when the step is past", async () => {
    const { consentUrl } = await pagesWorld({ refuses: past });
    expect((await browser().visit(`${consentUrl}?consent_challenge=c1`)).url).toBe(`${next}past`);
  });

  it("does not link to what is no web page", async () => {
    const client = { ...demoClient, policyUri: "javascript:alert(1)", tosUri: "https://app.example/tos" };
    const { consentUrl } = await pagesWorld({ consent: { client } });
    const { body } = await browser().visit(`${consentUrl}?consent_challenge=c1`);
    expect(body).not.toContain('href="javascript');
    expect(body).toContain('href="https://app.example/tos"');
  });
});
