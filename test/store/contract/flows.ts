/** FlowStore: a browser authorization from its first step to the consent that was asked. */
import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import type { ConsentAsked } from "../../../src/ports/store/flows.ts";
import type { Flow } from "../../../src/protocol/flow.ts";
import {
  aClient,
  aDigest,
  aFlow,
  after,
  aLoginSession,
  anAcceptedLogin,
  anId,
  aRejection,
  aRequest,
} from "../../support/nouns.ts";
import { anEnding, begun, racing, type StoreOf, stored } from "./world.ts";

function anAskedConsent(flow: Flow, over: Partial<ConsentAsked> = {}): ConsentAsked {
  return {
    flowId: flow.id,
    sessionId: over.session?.id ?? flow.sessionId,
    skip: false,
    basedOn: null,
    session: null,
    extendedUntil: null,
    now: after(30),
    ...over,
  };
}

export function flowsContract(store: StoreOf): void {
  const loggedIn = async () => {
    const { client, flow } = await begun(store());
    const login = { accepted: anAcceptedLogin() };
    expect(await store().flows.answerLogin(flow.id, login, after(20))).toBe(true);
    return { client, flow, login };
  };

  test("a flow comes back as it began, with its client", async () => {
    const client = await stored(store(), aClient());
    const request = aRequest(client.id, {
      state: null,
      nonce: null,
      codeChallenge: null,
      maxAge: 0,
      prompt: ["login", "consent"],
      oidcContext: {
        acrValues: ["gold"],
        uiLocales: ["de", "en"],
        display: "popup",
        loginHint: "anna@example",
        idTokenHintClaims: { sub: "anna", auth_time: 1700000000, when: "2026-03-01T12:00:00.000Z" },
      },
    });
    const loginSkipped = { subject: "anna", authenticatedAt: after(-500) };
    const flow = aFlow(client, { request, loginSkipped });
    expect(await store().flows.begin(flow, client.revision)).toBe(true);
    expect(await store().flows.find(flow.id)).toEqual({ flow, client });
  });

  test("a flow of a client with another revision does not begin", async () => {
    const client = await stored(store(), aClient({ revision: 5 }));
    const flow = aFlow(client);
    expect(await store().flows.begin(flow, 4)).toBe(false);
    expect(await store().flows.find(flow.id)).toBeUndefined();
    const orphan = aFlow(aClient());
    expect(await store().flows.begin(orphan, 1)).toBe(false);
  });

  test("flows that begin together each get their own answer", async () => {
    const client = await stored(store(), aClient({ revision: 5 }));
    const answers = await racing((racer) => store().flows.begin(aFlow(client), racer % 2 === 0 ? 5 : 4));
    expect(answers).toEqual(answers.map((_, racer) => racer % 2 === 0));
  });

  test("an unknown flow is undefined", async () => {
    expect(await store().flows.find(anId())).toBeUndefined();
  });

  test("an accepted login is kept, its instants as instants", async () => {
    const { flow } = await begun(store());
    const accepted = anAcceptedLogin({
      remember: true,
      rememberFor: 3600,
      extendSessionLifespan: true,
      acr: "gold",
      amr: ["pwd", "otp"],
      context: { page: 3, at: "2026-03-01T12:00:00.000Z", list: [null, { deep: true }] },
      forceSubjectIdentifier: "forced",
      identityProviderSessionId: "idp-1",
    });
    expect(await store().flows.answerLogin(flow.id, { accepted }, after(20))).toBe(true);
    const found = await store().flows.find(flow.id);
    expect(found?.flow).toEqual({ ...flow, state: "login_answered", login: { accepted } });
  });

  test("the last answer to a login wins", async () => {
    const { flow } = await loggedIn();
    const rejected = aRejection();
    expect(await store().flows.answerLogin(flow.id, { rejected }, after(25))).toBe(true);
    expect((await store().flows.find(flow.id))?.flow.login).toEqual({ rejected });
  });

  test("a login is not answered after the flow's expiry, nor for an unknown flow", async () => {
    const { flow } = await begun(store());
    const login = { accepted: anAcceptedLogin() };
    expect(await store().flows.answerLogin(flow.id, login, flow.expiresAt)).toBe(false);
    expect(await store().flows.answerLogin(anId(), login, after(20))).toBe(false);
    expect((await store().flows.find(flow.id))?.flow.state).toBe("login_asked");
  });

  test("asking consent writes the session and what it rests on", async () => {
    const { client, flow, login } = await loggedIn();
    const session = aLoginSession({ id: flow.sessionId });
    const basedOn = anId();
    expect(await store().flows.askConsent(anAskedConsent(flow, { skip: true, basedOn, session }))).toBe(true);
    const asked = { ...flow, state: "consent_asked", login, consentAsked: { skip: true, basedOn } };
    expect(await store().flows.find(flow.id)).toEqual({ flow: asked, client });
    expect(await store().loginSessions.findBySecret(session.secretDigest ?? "", after(30))).toEqual(session);
  });

  test("asking consent with a session of another id moves the flow to it", async () => {
    const { flow } = await loggedIn();
    const session = aLoginSession();
    expect(await store().flows.askConsent(anAskedConsent(flow, { session }))).toBe(true);
    expect((await store().flows.find(flow.id))?.flow.sessionId).toBe(session.id);
  });

  test("a later login writes its session over, and only its newest secret finds it", async () => {
    const first = await loggedIn();
    const session = aLoginSession({ id: first.flow.sessionId });
    await store().flows.askConsent(anAskedConsent(first.flow, { session }));
    const second = await loggedIn();
    const renewed = {
      ...session,
      authenticatedAt: after(25),
      remember: false,
      expiresAt: after(7200),
      identityProviderSessionId: "idp-2",
      secretDigest: aDigest(),
    };
    expect(await store().flows.askConsent(anAskedConsent(second.flow, { session: renewed }))).toBe(true);
    expect(await store().loginSessions.findBySecret(session.secretDigest ?? "", after(30))).toBeUndefined();
    expect(await store().loginSessions.findBySecret(renewed.secretDigest, after(30))).toEqual(renewed);
  });

  test("asking consent makes a session that stands last longer, and none rise again", async () => {
    const first = await loggedIn();
    const session = aLoginSession();
    await store().flows.askConsent(anAskedConsent(first.flow, { session }));
    const extend = async (sessionId: string) => {
      const { flow } = await loggedIn();
      const asked = anAskedConsent(flow, { sessionId, session: null, extendedUntil: after(90_000) });
      expect(await store().flows.askConsent(asked)).toBe(true);
      return store().loginSessions.find(sessionId, after(30));
    };
    expect(await extend(session.id)).toEqual({ ...session, expiresAt: after(90_000) });
    await store().loginSessions.end(anEnding([session.id]));
    expect(await extend(session.id)).toBeUndefined();
  });

  test("consent is asked once, before expiry, after the login; a refusal changes no session", async () => {
    const { flow: unanswered } = await begun(store());
    const { flow } = await loggedIn();
    const session = aLoginSession();
    const ask = (over: Partial<ConsentAsked>) => store().flows.askConsent(anAskedConsent(flow, { session, ...over }));
    expect(await ask({ flowId: unanswered.id })).toBe(false);
    expect(await ask({ flowId: anId() })).toBe(false);
    expect(await ask({ now: flow.expiresAt })).toBe(false);
    expect(await store().loginSessions.findBySecret(session.secretDigest ?? "", after(30))).toBeUndefined();
    expect(await ask({})).toBe(true);
    expect(await ask({ extendedUntil: after(1), session: null })).toBe(false);
    expect(await store().loginSessions.findBySecret(session.secretDigest ?? "", after(30))).toEqual(session);
  });

  test("of twenty that use one login verifier, one asks consent and writes its session", async () => {
    const { flow } = await loggedIn();
    const sessions = Array.from({ length: 20 }, () => aLoginSession());
    const answers = await racing((racer) =>
      store().flows.askConsent(anAskedConsent(flow, { session: sessions[racer] ?? null })),
    );
    expect(answers.filter(Boolean)).toHaveLength(1);
    const found = await Promise.all(
      sessions.map((session) => store().loginSessions.findBySecret(session.secretDigest ?? "", after(30))),
    );
    expect(found.filter((session) => session !== undefined)).toEqual([sessions[answers.indexOf(true)]]);
  });

  test("a flow is refused only from the states that are named", async () => {
    const { flow } = await loggedIn();
    expect(await store().flows.refuse(flow.id, ["login_asked", "consent_asked"], after(30))).toBe(false);
    expect(await store().flows.refuse(flow.id, [], after(30))).toBe(false);
    expect((await store().flows.find(flow.id))?.flow.state).toBe("login_answered");
    expect(await store().flows.refuse(flow.id, ["login_asked", "login_answered"], after(30))).toBe(true);
    expect((await store().flows.find(flow.id))?.flow.state).toBe("refused");
    expect(await store().flows.refuse(flow.id, ["login_asked", "login_answered"], after(30))).toBe(false);
    expect(await store().flows.answerLogin(flow.id, { accepted: anAcceptedLogin() }, after(31))).toBe(false);
    expect(await store().flows.refuse(randomUUID().replaceAll("-", ""), ["login_asked"], after(30))).toBe(false);
  });
}
