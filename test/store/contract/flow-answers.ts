/** FlowStore: the consent's answer, and the one step that turns a flow into an authorization and its code. */
import { expect, test } from "vitest";
import {
  aCode,
  aFlow,
  after,
  aLoginSession,
  anAcceptedConsent,
  anAcceptedLogin,
  anAuthorization,
  anId,
  aRejection,
  endsIn,
} from "../../support/nouns.ts";
import { anEnding, begun, consented, racing, type StoreOf } from "./world.ts";

export function flowAnswersContract(store: StoreOf): void {
  test("an accepted consent is kept, its instants as instants", async () => {
    const { flow } = await consented(store());
    const accepted = anAcceptedConsent({
      grantedScope: ["openid"],
      grantedAudience: ["https://photos.example"],
      accessTokenClaims: { tenant: "t1", at: "2026-03-01T12:00:00.000Z" },
      idTokenClaims: { email: "anna@example" },
      remember: true,
      rememberFor: 60,
      context: ["seen"],
      handledAt: after(45),
    });
    expect(await store().flows.answerConsent(flow.id, { accepted }, { now: after(45), subject: "anna" })).toBe(true);
    const found = await store().flows.find(flow.id);
    expect(found?.flow.state).toBe("consent_answered");
    expect(found?.flow.consent).toEqual({ accepted });
  });

  test("the last answer to a consent wins", async () => {
    const { flow } = await consented(store());
    const rejected = aRejection();
    expect(await store().flows.answerConsent(flow.id, { rejected }, { now: after(45), subject: "anna" })).toBe(true);
    expect((await store().flows.find(flow.id))?.flow.consent).toEqual({ rejected });
  });

  test("a consent that was not asked, or too late, is not answered", async () => {
    const { flow: unasked } = await begun(store());
    const { flow } = await consented(store());
    const consent = { accepted: anAcceptedConsent() };
    expect(await store().flows.answerConsent(unasked.id, consent, { now: after(45), subject: "anna" })).toBe(false);
    expect(await store().flows.answerConsent(anId(), consent, { now: after(45), subject: "anna" })).toBe(false);
    expect(await store().flows.answerConsent(flow.id, consent, { now: flow.expiresAt, subject: "anna" })).toBe(false);
  });

  test("a login is no longer answered once consent was asked", async () => {
    const { flow } = await consented(store());
    expect(await store().flows.answerLogin(flow.id, { accepted: anAcceptedLogin() }, after(45))).toBe(false);
  });

  test("finishing stores the authorization and its code", async () => {
    const { client, flow } = await consented(store());
    const authorization = anAuthorization(flow, {
      grantedAudience: ["https://photos.example"],
      rememberUntil: after(3600),
      basedOn: anId(),
      skipped: true,
      accessTokenClaims: { tenant: "t1" },
      idTokenClaims: { email: "anna@example", when: "2026-03-01T12:00:00.000Z" },
      facts: {
        ...anAuthorization(flow).facts,
        acr: "gold",
        amr: ["pwd", "otp"],
        context: { seen: ["2026-03-01T12:00:00.000Z"] },
        loginContext: "free",
        remember: true,
        rememberFor: 3540,
        forcedSubject: "forced",
      },
    });
    const code = aCode(authorization);
    expect(await store().flows.finish(flow.id, authorization, endsIn(code), client.revision)).toBe(true);
    expect((await store().flows.find(flow.id))?.flow.state).toBe("done");
    const found = await store().codes.find(code.digest);
    expect(found).toEqual({ ...code, spentAt: null, revoked: false, authorization });
  });

  test("a flow whose consent is not answered does not finish", async () => {
    const { client, flow } = await begun(store());
    const authorization = anAuthorization(flow);
    const code = aCode(authorization);
    expect(await store().flows.finish(flow.id, authorization, endsIn(code), client.revision)).toBe(false);
    expect(await store().codes.find(code.digest)).toBeUndefined();
  });

  test("a flow does not finish under another revision of its client", async () => {
    const { client, flow } = await consented(store());
    await store().clients.replace(client, null);
    const authorization = anAuthorization(flow);
    const code = aCode(authorization);
    expect(await store().flows.finish(flow.id, authorization, endsIn(code), client.revision)).toBe(false);
    expect(await store().codes.find(code.digest)).toBeUndefined();
    expect((await store().flows.find(flow.id))?.flow.state).toBe("consent_answered");
    expect(await store().flows.finish(flow.id, authorization, endsIn(code), client.revision + 1)).toBe(true);
  });

  test("a flow does not finish once its login session has ended", async () => {
    const { client, flow, session } = await consented(store());
    await store().loginSessions.end(anEnding([session.id]));
    const authorization = anAuthorization(flow);
    const code = aCode(authorization);
    expect(await store().flows.finish(flow.id, authorization, endsIn(code), client.revision)).toBe(false);
    expect(await store().codes.find(code.digest)).toBeUndefined();
  });

  test("of twenty that use one consent verifier, one gets a code that works", async () => {
    const { client, flow } = await consented(store());
    const authorization = anAuthorization(flow);
    const racers = Array.from({ length: 20 }, () => aCode(authorization));
    const answers = await Promise.all(
      racers.map((code) => store().flows.finish(flow.id, authorization, endsIn(code), client.revision)),
    );
    expect(answers.filter(Boolean)).toHaveLength(1);
    const found = await Promise.all(racers.map((code) => store().codes.find(code.digest)));
    expect(found.filter((code) => code !== undefined)).toHaveLength(1);
    expect(found[answers.indexOf(true)]?.authorizationId).toBe(flow.id);
  });

  test("answers that race with the verifier never change what was finished", async () => {
    const { client, flow } = await consented(store());
    const authorization = anAuthorization(flow);
    const rejecting = racing(() =>
      store().flows.answerConsent(flow.id, { rejected: aRejection() }, { now: after(50), subject: "anna" }),
    );
    const finished = await store().flows.finish(flow.id, authorization, endsIn(aCode(authorization)), client.revision);
    await rejecting;
    const found = await store().flows.find(flow.id);
    expect(found?.flow.state).toBe(finished ? "done" : "consent_answered");
    expect(
      await store().flows.answerConsent(flow.id, { rejected: aRejection() }, { now: after(51), subject: "anna" }),
    ).toBe(!finished);
  });

  test("two flows of one browser finish side by side in one session", async () => {
    const { client, flow, session } = await consented(store());
    const other = aFlow(client, {
      state: "consent_answered",
      sessionId: session.id,
      login: { accepted: anAcceptedLogin() },
      consentAsked: { skip: false, basedOn: null },
      consent: { accepted: anAcceptedConsent() },
    });
    expect(await store().flows.begin(other, client.revision)).toBe(true);
    const finish = (one: typeof flow) => {
      const authorization = anAuthorization(one);
      return store().flows.finish(one.id, authorization, endsIn(aCode(authorization)), client.revision);
    };
    expect(await Promise.all([finish(flow), finish(other)])).toEqual([true, true]);
    expect((await store().loginSessions.end(anEnding([aLoginSession().id]))).sessions).toEqual([]);
  });
}
