/** LoginSessionStore: how sessions end, and what ends and is noted down in the same step. */
import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { foreverAt } from "../../../src/protocol/authorization.ts";
import { aClient, aCode, after, aLogoutRequest, anAuthorization, endsIn } from "../../support/nouns.ts";
import {
  anEnding,
  aRedemption,
  aRotation,
  consented,
  granted,
  racing,
  refreshable,
  type StoreOf,
  stored,
} from "./world.ts";

const told = { backchannelLogoutUri: "https://printer.example/gone" };

export function sessionEndingsContract(store: StoreOf): void {
  const accepted = async (sessionId: string) => {
    const request = aLogoutRequest({ state: "accepted", sessionId });
    await store().logoutRequests.begin(request);
    return request;
  };
  /** Every delivery that is due, taken up so that no later test finds it. */
  const due = async (sessionId: string) => {
    const claimed = await store().deliveries.claim({ until: after(1_000_000), limit: 1000, now: after(600) });
    return claimed.filter((delivery) => delivery.sessionId === sessionId);
  };

  test("a session is found by its id until it expires", async () => {
    const { session } = await consented(store());
    expect(await store().loginSessions.find(session.id, after(3599))).toEqual(session);
    expect(await store().loginSessions.find(session.id, session.expiresAt)).toBeUndefined();
    expect(await store().loginSessions.find("no id", after(0))).toBeUndefined();
  });

  test("an ended session names its clients, whether or not they are told", async () => {
    const { client, session, authorization } = await granted(store());
    const { sessions, done } = await store().loginSessions.end(anEnding([session.id, session.id, "no id"]));
    expect(done).toBe(true);
    expect(sessions).toEqual([
      { id: session.id, subject: session.subject, identityProviderSessionId: "", clientIds: [client.id] },
    ]);
    expect(authorization.sessionId).toBe(session.id);
    expect(await due(session.id)).toEqual([]);
  });

  test("a client with a back channel gets one delivery", async () => {
    const client = await stored(store(), aClient(told));
    const { session } = await granted(store(), {}, client);
    const answers = await racing(() => store().loginSessions.end(anEnding([session.id], { giveUpAt: after(9000) })));
    expect(answers.filter(({ sessions }) => sessions.length > 0)).toHaveLength(1);
    const delivery = { sessionId: session.id, clientId: client.id, subject: session.subject };
    expect(await due(session.id)).toEqual([{ ...delivery, attempts: 1, expiresAt: after(9000) }]);
  });

  test("a logout that was not accepted, is done or has expired ends nothing", async () => {
    const { session } = await granted(store());
    for (const over of [{ state: "asked" }, { state: "rejected" }, { state: "done" }] as const) {
      const request = aLogoutRequest(over);
      await store().logoutRequests.begin(request);
      const answer = await store().loginSessions.end(anEnding([session.id], { logoutId: request.id }));
      expect(answer).toEqual({ done: false, sessions: [] });
    }
    const late = await accepted(session.id);
    const ending = anEnding([session.id], { logoutId: late.id, now: late.expiresAt });
    expect((await store().loginSessions.end(ending)).done).toBe(false);
    expect(await store().loginSessions.find(session.id, after(60))).toBeDefined();
  });

  test("of twenty that bring one logout, one ends the session", async () => {
    const { session } = await granted(store());
    const request = await accepted(session.id);
    const answers = await racing(() => store().loginSessions.end(anEnding([session.id], { logoutId: request.id })));
    expect(answers.filter(({ done }) => done)).toHaveLength(1);
    expect(answers.flatMap(({ sessions }) => sessions)).toHaveLength(1);
  });

  test("a logout whose session has ended otherwise is done all the same", async () => {
    const { session } = await granted(store());
    await store().loginSessions.end(anEnding([session.id]));
    const request = await accepted(session.id);
    const ending = anEnding([session.id], { logoutId: request.id });
    expect(await store().loginSessions.end(ending)).toEqual({ done: true, sessions: [] });
  });

  test.each([
    ["none", "photos.read", true],
    ["none", "photos.read offline", true],
    ["session", "photos.read", false],
    ["session", "offlinephotos photos.offline", false],
    ["session", "photos.read offline", true],
    ["session", "offline_access photos.read", true],
    ["all", "photos.read", false],
    ["all", "offline_access", false],
  ] as const)("revoking '%s', tokens of the scope '%s' live on: %s", async (revoke, scope, lives) => {
    const story = await refreshable(store(), { grantedScope: scope.split(" ") });
    await store().loginSessions.end(anEnding([story.session.id], { revoke }));
    expect((await store().accessTokens.find(story.firstToken, after(700))) !== undefined).toBe(lives);
    expect(await store().refreshFamilies.rotate(aRotation(story, 1, { now: after(700) }))).toBe(
      lives ? "done" : "lost",
    );
  });

  test("a code that waits ends with its session", async () => {
    const story = await granted(store(), { grantedScope: ["openid"] });
    await store().loginSessions.end(anEnding([story.session.id]));
    expect((await store().codes.find(story.code.digest))?.revoked).toBe(true);
    expect(await store().codes.redeem(aRedemption(story))).toBe("lost");
  });

  test("what a user agreed to is remembered beyond the session, until it is taken back", async () => {
    const story = await granted(store(), { grantedScope: ["openid"], rememberUntil: foreverAt });
    const { subject, id } = story.authorization;
    const remembered = async () =>
      (await store().authorizations.remembered(subject, story.client.id, after(700))).map((one) => one.id);
    await store().loginSessions.end(anEnding([story.session.id]));
    expect(await remembered()).toEqual([id]);
    expect(await store().authorizations.revoke(id, after(800))).toBe(true);
    expect(await remembered()).toEqual([]);
    expect(await store().authorizations.revoke(id, after(800))).toBe(false);
  });

  test("a client that is made anew under the same id finds nothing of the old one's", async () => {
    const client = await stored(store(), aClient(told));
    const story = await granted(store(), { grantedScope: ["openid"], rememberUntil: foreverAt }, client);
    await store().loginSessions.end(anEnding([story.session.id]));
    await store().clients.delete(client.id, after(610));
    await stored(store(), { ...client, revision: 1 });
    const { subject } = story.authorization;
    expect(await store().authorizations.remembered(subject, client.id, after(700))).toEqual([]);
    expect(await due(story.session.id)).toEqual([]);
  });

  test("of flows that finish while their session ends, none leaves a token alive", async () => {
    const client = await stored(store(), aClient(told));
    const stories = await Promise.all(Array.from({ length: 10 }, () => consented(store(), client)));
    const outcomes = await Promise.all(
      stories.map(async (story) => {
        const authorization = anAuthorization(story.flow, { grantedScope: ["openid"] });
        const code = aCode(authorization);
        const [isDone, ended] = await Promise.all([
          store().flows.finish(story.flow.id, authorization, endsIn(code), client.revision),
          store().loginSessions.end(anEnding([story.session.id])),
        ]);
        const [session] = ended.sessions;
        const lives = (await store().codes.find(code.digest))?.revoked === false;
        return { told: session?.clientIds.length === 1, isDone, lives };
      }),
    );
    for (const { told: isTold, isDone, lives } of outcomes) {
      expect(isTold).toBe(isDone);
      expect(lives).toBe(false);
    }
  });

  test("lists a subject's sessions, so many as are asked for", async () => {
    const subject = randomUUID();
    const ids: string[] = [];
    for (let count = 0; count < 3; count += 1) ids.push((await consented(store(), undefined, { subject })).session.id);
    expect((await store().loginSessions.ofSubject(subject, 10)).toSorted()).toEqual(ids.toSorted());
    expect(await store().loginSessions.ofSubject(subject, 2)).toHaveLength(2);
    expect(await store().loginSessions.ofSubject("a stranger", 10)).toEqual([]);
  });
}
