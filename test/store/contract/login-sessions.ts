/** LoginSessionStore: browsers that are signed in. */
import { expect, test } from "vitest";
import { aDigest, after, aLoginSession, anAcceptedLogin } from "../../support/nouns.ts";
import { anEnding, begun, consented, racing, type StoreOf } from "./world.ts";

export function loginSessionsContract(store: StoreOf): void {
  test("a session is found by its secret until it expires", async () => {
    const { session } = await consented(store());
    const secret = session.secretDigest ?? "";
    expect(await store().loginSessions.findBySecret(secret, after(3599))).toEqual(session);
    expect(await store().loginSessions.findBySecret(secret, session.expiresAt)).toBeUndefined();
  });

  test("an unknown secret finds nothing", async () => {
    expect(await store().loginSessions.findBySecret(aDigest(), after(0))).toBeUndefined();
  });

  test("any number of sessions go without a cookie", async () => {
    const cookieless = async () => {
      const { flow } = await begun(store());
      await store().flows.answerLogin(flow.id, { accepted: anAcceptedLogin() }, after(20));
      const session = aLoginSession({ id: flow.sessionId, secretDigest: null });
      const asked = {
        flowId: flow.id,
        sessionId: session.id,
        skip: false,
        basedOn: null,
        session,
        extendedUntil: null,
        now: after(30),
      };
      return { asked: await store().flows.askConsent(asked), session };
    };
    const worlds = [await cookieless(), await cookieless()];
    expect(worlds.map((world) => world.asked)).toEqual([true, true]);
    const ended = await store().loginSessions.end(anEnding(worlds.map(({ session }) => session.id)));
    expect(ended.sessions).toHaveLength(2);
  });

  test("an ended session is not found, and ends once", async () => {
    const { session } = await consented(store());
    const answers = await racing(() => store().loginSessions.end(anEnding([session.id])));
    expect(answers.filter(({ sessions }) => sessions.length === 1)).toHaveLength(1);
    expect(await store().loginSessions.findBySecret(session.secretDigest ?? "", after(60))).toBeUndefined();
  });
}
