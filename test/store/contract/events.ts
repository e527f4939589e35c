/** EventStore: every change of state is told by the step that makes it, and nothing that did not happen. */
import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import type { Store } from "../../../src/ports/store.ts";
import { aClient, aDigest, after, anAccessToken, anId, aRejection, aSigningKey, start } from "../../support/nouns.ts";
import { aTrust } from "./trusted-issuers.ts";
import { anEnding, begun, consented, granted, racing, refreshable, type StoreOf, stored } from "./world.ts";

export function eventsContract(store: StoreOf): void {
  test("a client's life is told once for each change", async () => {
    const client = aClient();
    const told = await during(store(), async () => {
      await racing(() => store().clients.create(client));
      await store().clients.replace(client, client.revision);
      await store().clients.replace(client, client.revision);
      await store().clients.replace(client, null, "client_secret_rotated");
      await store().clients.endAccessTokens(client.id);
      await store().clients.delete(client.id, after(60));
      await store().clients.delete(client.id, after(61));
      await store().clients.endAccessTokens(client.id);
    });
    const facts = { client_id: client.id };
    expect(told).toEqual([
      ["client_created", facts],
      ["client_replaced", facts],
      ["client_secret_rotated", facts],
      ["access_tokens_deleted", facts],
      ["client_deleted", facts],
    ]);
  });

  test("a login and a consent are told step by step, with their ids and nothing else", async () => {
    let story: Awaited<ReturnType<typeof granted>> | undefined;
    const told = await during(store(), async () => {
      story = await granted(store());
    });
    const { client, flow, session, authorization } = story ?? expect.unreachable();
    const [client_id, subject, flow_id] = [client.id, session.subject, flow.id];
    expect(told).toEqual([
      ["client_created", { client_id }],
      ["login_accepted", { client_id, subject, flow_id }],
      ["session_started", { subject, session_id: session.id }],
      ["consent_accepted", { client_id, subject: "anna", session_id: session.id, flow_id }],
      [
        "authorization_granted",
        { client_id, subject: authorization.subject, session_id: session.id, authorization_id: authorization.id },
      ],
    ]);
  });

  test("a rejection is told; an answer that comes too late is not", async () => {
    const { client, flow } = await begun(store());
    const told = await during(store(), async () => {
      await store().flows.answerLogin(flow.id, { rejected: aRejection() }, after(20));
      await store().flows.answerLogin(flow.id, { rejected: aRejection() }, flow.expiresAt);
    });
    expect(told).toEqual([["login_rejected", { client_id: client.id, flow_id: flow.id }]]);
  });

  test("an authorization ends once, and it is told why", async () => {
    const { authorization, client } = await granted(store());
    const told = await during(store(), async () => {
      await racing(() => store().authorizations.revoke(authorization.id, after(90), "code_replayed"));
      await store().authorizations.revoke(anId(), after(90));
    });
    const facts = { client_id: client.id, subject: authorization.subject, authorization_id: authorization.id };
    expect(told).toEqual([["code_replayed", facts]]);
  });

  test("consents that are taken back are told once for each client", async () => {
    const subject = `user ${anId()}`;
    const client = await stored(store(), aClient());
    await granted(store(), { subject }, client);
    await granted(store(), { subject }, client);
    const told = await during(store(), async () => {
      await store().authorizations.revokeGranted(subject, null, after(90));
      await store().authorizations.revokeGranted(subject, client.id, after(91));
    });
    expect(told).toEqual([["consents_revoked", { client_id: client.id, subject }]]);
  });

  test("consents of one session end together, and no other's", async () => {
    const [story, other] = [await granted(store()), await granted(store())];
    const { authorization, session, client } = story;
    const told = await during(store(), async () => {
      await store().authorizations.revokeOfSession(session.id, after(90));
      await store().authorizations.revokeOfSession(session.id, after(91));
      await store().authorizations.revokeOfSession("no id", after(91));
    });
    const facts = { client_id: client.id, subject: authorization.subject, session_id: session.id };
    expect(told).toEqual([["consents_revoked", facts]]);
    expect(await store().authorizations.revoke(authorization.id, after(92))).toBe(false);
    expect(await store().authorizations.revoke(other.authorization.id, after(92))).toBe(true);
  });

  test("a token that is ended by itself is told, a JWT by its id", async () => {
    const client = await stored(store(), aClient());
    const token = anAccessToken(client, { authorizationId: null });
    await store().accessTokens.issue(token, client.revision);
    const jti = aDigest();
    const told = await during(store(), async () => {
      await store().accessTokens.delete(token.digest);
      await store().accessTokens.delete(token.digest);
      await store().accessTokens.revokeJwt(jti, after(3600), client.id);
      await store().accessTokens.revokeJwt(jti, after(3600), client.id);
    });
    expect(told.map(([type]) => type)).toEqual(["token_revoked", "token_revoked"]);
    expect(told[0]?.[1]).toMatchObject({ client_id: client.id });
    expect(told[1]?.[1]).toEqual({ client_id: client.id, token_id: jti });
  });

  test("tokens that are issued and refreshed are no change that is told", async () => {
    const client = await stored(store(), aClient());
    const told = await during(store(), async () => {
      await store().accessTokens.issue(anAccessToken(client, { authorizationId: null }), client.revision);
    });
    expect(told).toEqual([]);
    const types = await during(store(), async () => void (await refreshable(store())));
    expect(types.at(-1)?.[0]).toBe("authorization_granted");
  });

  test("a session's end is told once, however many end it", async () => {
    const { session } = await consented(store());
    const told = await during(store(), async () => {
      await racing(() => store().loginSessions.end(anEnding([session.id])));
    });
    expect(told).toEqual([["session_ended", { session_id: session.id, subject: session.subject }]]);
  });

  test("keys are told by their names only", async () => {
    const key = aSigningKey({ set: `set ${anId()}` });
    const next = aSigningKey({ set: key.set, follows: key.kid });
    const told = await during(store(), async () => {
      await store().keys.found(key);
      await store().keys.found(key);
      await store().keys.add(next);
      await store().keys.put(next);
      await store().keys.remove({ set: key.set, kid: next.kid, successor: null, now: after(60) });
      await store().keys.replace(key.set, [key]);
      await store().keys.expire(key);
      await store().keys.removeSet(key.set);
    });
    const [key_set, key_id] = [key.set, key.kid];
    expect(told).toEqual([
      ["key_founded", { key_set, key_id }],
      ["key_rotated", { key_set, key_id: next.kid }],
      ["key_written", { key_set, key_id: next.kid }],
      ["key_deleted", { key_set, key_id: next.kid }],
      ["key_set_replaced", { key_set }],
      ["key_expired", { key_set, key_id }],
    ]);
  });

  test("trust is told when it begins and when it ends", async () => {
    const trust = aTrust();
    const told = await during(store(), async () => {
      await store().trustedIssuers.create(trust);
      await store().trustedIssuers.delete(trust.id);
      await store().trustedIssuers.delete(trust.id);
    });
    const facts = { trust_id: trust.id, issuer: trust.issuer, key_id: trust.kid };
    expect(told).toEqual([
      ["issuer_trusted", facts],
      ["issuer_distrusted", facts],
    ]);
  });

  test("API keys are told by their ids", async () => {
    const key = { id: randomUUID(), name: "a key", scopes: ["read"] as const, createdAt: start, expiresAt: null };
    const digest = aDigest();
    const told = await during(store(), async () => {
      await store().apiKeys.create(key, digest);
      await store().apiKeys.delete(key.id);
      await store().apiKeys.delete(key.id);
    });
    expect(told).toEqual([
      ["api_key_created", { key_id: key.id }],
      ["api_key_deleted", { key_id: key.id }],
    ]);
  });

  test("events are read page by page, in one order, and none twice", async () => {
    const from = await store().events.head();
    const clients = Array.from({ length: 25 }, () => aClient());
    await Promise.all(clients.map((client) => store().clients.create(client)));
    const seen: string[] = [];
    const positions: string[] = [];
    for (let [position, more] = [from, true]; more; ) {
      const page = await store().events.after(position, 10);
      seen.push(...page.events.map(({ facts }) => facts.client_id ?? ""));
      positions.push(...page.events.map((event) => event.position));
      ({ position, more } = page);
    }
    expect(seen.toSorted()).toEqual(clients.map(({ id }) => id).toSorted());
    expect(positions).toEqual(positions.toSorted());
    expect(new Set(positions).size).toBe(25);
  });

  test("a moment's traffic is one row, and is told as what it was", async () => {
    const told = await during(store(), () =>
      store().events.addTraffic([
        { type: "token_issued", client_id: "a", grant_type: "client_credentials", count: 17 },
        { type: "token_introspected", count: 2 },
      ]),
    );
    expect(told).toEqual([
      ["token_issued", { client_id: "a", grant_type: "client_credentials" }],
      ["token_introspected", {}],
    ]);
  });

  test("what is old goes from the front, step by step; what is young stays", async () => {
    const opened = store();
    for (let made = 0; made < 5; made += 1) await opened.clients.create(aClient());
    const from = await opened.events.head();
    const client = await stored(opened, aClient());
    const hour = 3_600_000;
    const steps: number[] = [];
    expect(await opened.events.removeBefore(new Date(Date.now() - hour), 100)).toMatchObject({ rows: 0 });
    expect((await opened.events.removeBefore(new Date(Date.now() + hour), 3)).rows).toBe(3);
    for (let more = true; more; ) {
      const swept = await opened.events.removeBefore(new Date(Date.now() + hour), 100);
      steps.push(swept.rows);
      ({ more } = swept);
    }
    expect(steps.at(-1)).toBeLessThan(100);
    await opened.clients.delete(client.id, after(60));
    const { events } = await opened.events.after(from, 100);
    expect(events.at(-1)?.type).toBe("client_deleted");
    // No place is given twice: who goes on from an old cursor passes over nothing.
    expect((events.at(-1)?.position ?? "") > from).toBe(true);
  });

  test("a position that somebody made up finds nothing, or everything, but breaks nothing", async () => {
    const { length } = await store().events.head();
    expect((await store().events.after("f".repeat(length), 10)).events).toEqual([]);
    expect((await store().events.after("0".repeat(length), 1)).events.length).toBeLessThanOrEqual(1);
  });
}

/** What is told of what happens meanwhile. */
async function during(store: Store, happen: () => Promise<void>) {
  const from = await store.events.head();
  await happen();
  const { events } = await store.events.after(from, 100);
  return events.map(({ type, facts }) => [type, facts] as const);
}
