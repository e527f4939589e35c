/** LoginSessionStore: browsers that are signed in. */
import { expect, test } from "vitest";
import { aClient, aDigest, after, aLoginSession, anAcceptedLogin, anId } from "../../support/nouns.ts";
import { anEnding, begun, consented, granted, racing, type StoreOf, stored } from "./world.ts";

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

  test("sessions are listed by their user, by a client and by themselves, page by page", async () => {
    const subject = `user ${anId()}`;
    const client = await stored(store(), aClient());
    const stories = [
      await granted(store(), { subject }, client),
      await granted(store(), { subject }, client),
      await granted(store()),
    ];
    const now = after(90);
    const ids = stories.slice(0, 2).map(({ session }) => session.id);
    ids.sort((one, other) => (one < other ? -1 : 1));
    const { loginSessions } = store();
    const [first] = await loginSessions.list({ by: { clientId: client.id }, after: null, limit: 1, now });
    const rest = await loginSessions.list({ by: { clientId: client.id }, after: first?.id ?? "", limit: 10, now });
    expect([first, ...rest].map((session) => session?.id)).toEqual(ids);
    expect(rest[0]?.clientIds).toEqual([client.id]);

    const { session } = stories[2] ?? expect.unreachable();
    const [listed, ...others] = await loginSessions.list({
      by: { sessionId: session.id },
      after: null,
      limit: 10,
      now,
    });
    expect(others).toEqual([]);
    const { clientIds, ...itself } = listed ?? expect.unreachable();
    expect(itself).toEqual(session);
    expect(clientIds).toHaveLength(1);
    const ofSubject = await loginSessions.list({ by: { subject: session.subject }, after: null, limit: 500, now });
    expect(ofSubject.map(({ id }) => id)).toContain(session.id);
    expect(
      await loginSessions.list({ by: { sessionId: session.id }, after: null, limit: 10, now: session.expiresAt }),
    ).toEqual([]);
    expect(await loginSessions.list({ by: { sessionId: "no id" }, after: null, limit: 10, now })).toEqual([]);
  });

  test("an ended session is not found, and ends once", async () => {
    const { session } = await consented(store());
    const answers = await racing(() => store().loginSessions.end(anEnding([session.id])));
    expect(answers.filter(({ sessions }) => sessions.length === 1)).toHaveLength(1);
    expect(await store().loginSessions.findBySecret(session.secretDigest ?? "", after(60))).toBeUndefined();
  });
}
