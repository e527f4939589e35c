import { describe, expect, test } from "vitest";
import { type Facts, type NextStep, nextStep } from "../../src/protocol/next-step.ts";

const now = new Date("2026-03-01T12:00:00.000Z");

function ago(seconds: number): Date {
  return new Date(now.getTime() - seconds * 1000);
}

const nobody: Facts = {
  prompt: [],
  maxAge: null,
  now,
  remembered: null,
  login: null,
  agreed: null,
  consentAnswered: false,
};
const anna = { subject: "anna", authenticatedAt: ago(60), hinted: true };
const signedIn = { subject: "anna", hinted: true, skippedAs: null, sufficient: true };
const skipped = { subject: "anna", hinted: true, skippedAs: "anna", sufficient: true };
const switched = { subject: "bob", hinted: true, skippedAs: "anna", sufficient: true };
const notHinted = { subject: "bob", hinted: false, skippedAs: null, sufficient: true };

const loginRequired: NextStep = { kind: "refuse", error: "login_required" };
const consentRequired: NextStep = { kind: "refuse", error: "consent_required" };
const askLogin: NextStep = { kind: "ask_login", skip: false };
const skipLogin: NextStep = { kind: "ask_login", skip: true };
const askConsent: NextStep = { kind: "ask_consent", skip: false };
const skipConsent: NextStep = { kind: "ask_consent", skip: true };

type Row = readonly [string, Partial<Facts>, NextStep];

function holds(rows: readonly Row[]): void {
  test.each(rows)("%s", (_, facts, step) => {
    expect(nextStep({ ...nobody, ...facts })).toEqual(step);
  });
}

describe("OIDC Core §3.1.2.1: login not answered, prompt=none", () => {
  const prompt = ["none"];
  holds([
    ["nobody is remembered: login_required", { prompt }, loginRequired],
    ["past max_age: login_required", { prompt, remembered: anna, maxAge: 59 }, loginRequired],
    ["max_age=0: login_required", { prompt, remembered: anna, maxAge: 0 }, loginRequired],
    ["not the hinted subject: login_required", { prompt, remembered: { ...anna, hinted: false } }, loginRequired],
    [
      "remembered, fresh and hinted: the login application is visited with skip",
      { prompt, remembered: anna, maxAge: 60 },
      skipLogin,
    ],
  ]);
});

describe("OIDC Core §3.1.2.3: login not answered", () => {
  holds([
    ["nobody is remembered: asked", {}, askLogin],
    ["remembered: skipped", { remembered: anna }, skipLogin],
    ["not the hinted subject: asked", { remembered: { ...anna, hinted: false } }, askLogin],
    ["prompt=login: asked", { remembered: anna, prompt: ["login"] }, askLogin],
    ["prompt=select_account: asked", { remembered: anna, prompt: ["select_account"] }, askLogin],
    ["prompt=registration: asked", { remembered: anna, prompt: ["registration"] }, askLogin],
    ["prompt=login consent: asked", { remembered: anna, prompt: ["consent", "login"] }, askLogin],
    ["prompt=consent: skipped", { remembered: anna, prompt: ["consent"] }, skipLogin],
    ["max_age=1 after two seconds: asked", { remembered: { ...anna, authenticatedAt: ago(2) }, maxAge: 1 }, askLogin],
    ["max_age=10000 with a fresh login: skipped", { remembered: anna, maxAge: 10_000 }, skipLogin],
    ["max_age=60 after just 60 seconds: skipped", { remembered: anna, maxAge: 60 }, skipLogin],
    [
      "max_age=0: asked, even at the very instant",
      { remembered: { ...anna, authenticatedAt: now }, maxAge: 0 },
      askLogin,
    ],
    ["the greatest max_age is no overflow: skipped", { remembered: anna, maxAge: Number.MAX_SAFE_INTEGER }, skipLogin],
    ["an agreement does not stand in for a login: asked", { agreed: true, consentAnswered: true }, askLogin],
  ]);
});

describe("a skipped login was answered for another subject", () => {
  holds([
    ["the login is asked again", { login: switched, agreed: true }, { kind: "restart_login" }],
    ["even when the consent is answered", { login: switched, consentAnswered: true }, { kind: "restart_login" }],
    ["prompt=none cannot ask again: login_required", { login: switched, prompt: ["none"] }, loginRequired],
    ["answered for the same subject it goes on", { login: skipped }, askConsent],
  ]);
});

describe("OIDC Core §3.1.2.2: answered for another subject than the hint's", () => {
  holds([
    ["login_required", { login: notHinted }, loginRequired],
    ["login_required, whoever agreed", { login: notHinted, agreed: true }, loginRequired],
    ["login_required, even when the consent is answered", { login: notHinted, consentAnswered: true }, loginRequired],
  ]);
});

describe("OIDC Core §5.5.1.1: an authentication context that the client insists on was not reached", () => {
  const insufficient = { ...signedIn, sufficient: false };
  const refused: NextStep = { kind: "refuse", error: "unmet_authentication_requirements" };
  holds([
    ["refused", { login: insufficient }, refused],
    ["refused, whoever agreed", { login: insufficient, agreed: true, prompt: ["none"] }, refused],
    ["refused, even when the consent is answered", { login: insufficient, consentAnswered: true }, refused],
  ]);
});

describe("OIDC Core §3.1.2.4: consent not answered", () => {
  const prompt = ["none"];
  holds([
    ["prompt=none, not agreed: consent_required", { login: skipped, prompt, agreed: false }, consentRequired],
    ["prompt=none, agreement unknown: consent_required", { login: skipped, prompt, agreed: null }, consentRequired],
    [
      "prompt=none, agreed: the consent application is visited with skip",
      { login: skipped, prompt, agreed: true },
      skipConsent,
    ],
    ["not agreed: asked", { login: signedIn, agreed: false }, askConsent],
    ["agreement unknown: asked", { login: signedIn, agreed: null }, askConsent],
    ["agreed: skipped", { login: signedIn, agreed: true }, skipConsent],
    ["agreed, prompt=consent: asked", { login: signedIn, agreed: true, prompt: ["consent"] }, askConsent],
    ["agreed, prompt=login: skipped", { login: signedIn, agreed: true, prompt: ["login"] }, skipConsent],
  ]);
});

describe("both answered", () => {
  holds([
    ["the client is answered", { login: signedIn, consentAnswered: true }, { kind: "answer" }],
    [
      "the client is answered with prompt=none",
      { login: skipped, consentAnswered: true, prompt: ["none"] },
      { kind: "answer" },
    ],
    [
      "the client is answered with prompt=consent",
      { login: signedIn, consentAnswered: true, prompt: ["consent"] },
      { kind: "answer" },
    ],
  ]);
});

test("nothing is answered, skipped or asked of a consent before a login, whatever else holds", () => {
  for (const prompt of [[], ["none"], ["login"], ["consent"], ["select_account"]])
    for (const remembered of [null, anna, { ...anna, hinted: false }])
      for (const agreed of [null, false, true])
        for (const consentAnswered of [false, true]) {
          const { kind } = nextStep({ ...nobody, prompt, remembered, agreed, consentAnswered });
          expect(["refuse", "ask_login"]).toContain(kind);
        }
});
