/** DeviceCodeStore and DeviceChallengeStore: user codes are found while they are good, and wrong ones are counted. */
import { expect, test } from "vitest";
import type { NewDeviceCode } from "../../../src/ports/store/device-codes.ts";
import type { Redemption } from "../../../src/ports/store/tokens.ts";
import type { Store } from "../../../src/ports/store.ts";
import type { Client } from "../../../src/protocol/client.ts";
import type { DeviceChallenge, DeviceCode } from "../../../src/protocol/device-code.ts";
import { aClient, aDigest, after, anAccessToken, anAuthorization, anId, start } from "../../support/nouns.ts";
import { consented, racing, type StoreOf, stored } from "./world.ts";

export function aDeviceCode(client: Client, over: Partial<NewDeviceCode> = {}): NewDeviceCode {
  return {
    digest: aDigest(),
    userCodeDigest: aDigest(),
    clientId: client.id,
    scope: ["openid", "photos.read"],
    audience: ["https://photos.example"],
    codeChallenge: null,
    requestedAt: start,
    expiresAt: after(600),
    ...over,
  };
}

/** A device that waits for its user. */
export async function waiting(store: Store, over: Partial<NewDeviceCode> = {}) {
  const client = await stored(store, aClient());
  const code = aDeviceCode(client, over);
  expect(await store.deviceCodes.create(code, client.revision)).toBe("done");
  return { client, code };
}

/** As it is found: the user code is known to nobody. */
function plain(code: NewDeviceCode): DeviceCode {
  const { digest, clientId, scope, audience, codeChallenge, requestedAt, expiresAt } = code;
  return { digest, clientId, scope, audience, codeChallenge, requestedAt, expiresAt };
}

export async function challenged(store: Store, over: Partial<DeviceChallenge> = {}): Promise<DeviceChallenge> {
  const challenge = { id: anId(), cookieDigest: aDigest(), prefilled: false, expiresAt: after(1800), ...over };
  await store.deviceChallenges.begin(challenge);
  return challenge;
}

/** A device whose user has just consented. */
async function agreed(store: Store) {
  const { client, code } = await waiting(store);
  const { flow } = await consented(store, client);
  const authorization = anAuthorization(flow);
  const end = { code: null, accessToken: null, deviceCode: code.digest };
  return {
    client,
    code,
    authorization,
    finish: () => store.flows.finish(flow.id, authorization, end, client.revision),
  };
}

/** A device whose tokens wait for it. */
export async function accepted(store: Store) {
  const story = await agreed(store);
  expect(await story.finish()).toBe(true);
  return story;
}

export function aDeviceRedemption({ client, code, authorization }: Awaited<ReturnType<typeof accepted>>): Redemption {
  const hanging = { authorizationId: authorization.id, scope: null, audience: null, generation: 1 };
  return {
    digest: code.digest,
    authorizationId: authorization.id,
    clientId: client.id,
    revision: client.revision,
    accessToken: anAccessToken(client, hanging),
    family: { authorizationId: authorization.id, clientId: client.id, expiresAt: after(3600) },
    now: after(70),
  };
}

export function deviceCodesContract(store: StoreOf): void {
  const enter = (challengeId: string, userCodeDigests: readonly string[], over: { keeps?: boolean; now?: Date } = {}) =>
    store().deviceChallenges.enter({ challengeId, userCodeDigests, keeps: true, now: after(10), ...over });

  test("a device code comes back pending, without an authorization", async () => {
    const { code } = await waiting(store(), { codeChallenge: aDigest() });
    const nothingYet = { state: "pending", spentAt: null, authorization: null, revoked: false };
    expect(await store().deviceCodes.find(code.digest)).toEqual({ ...plain(code), ...nothingYet });
    expect(await store().deviceCodes.find(aDigest())).toBeUndefined();
  });

  test("under another revision of its client a device code is stale, and two have not one user code", async () => {
    const { client, code } = await waiting(store());
    expect(await store().deviceCodes.create(aDeviceCode(client), client.revision + 1)).toBe("stale");
    const same = aDeviceCode(client, { userCodeDigest: code.userCodeDigest });
    expect(await store().deviceCodes.create(same, client.revision)).toBe("taken");
    expect(await store().deviceCodes.find(same.digest)).toBeUndefined();
  });

  test("a device code goes with its client, also when one is made anew under the same id", async () => {
    const { client, code } = await waiting(store());
    const challenge = await challenged(store());
    await store().clients.delete(client.id, after(5));
    expect(await store().deviceCodes.find(code.digest)).toBeUndefined();
    await store().clients.create(client);
    expect(await store().deviceCodes.find(code.digest)).toBeUndefined();
    expect(await enter(challenge.id, [code.userCodeDigest])).toBe("wrong");
  });

  test("RFC 8628 §3.5: a pending device code is denied once", async () => {
    const { code } = await waiting(store());
    expect((await racing(() => store().deviceCodes.deny(code.digest))).filter(Boolean)).toHaveLength(1);
    expect((await store().deviceCodes.find(code.digest))?.state).toBe("denied");
    const challenge = await challenged(store());
    expect(await enter(challenge.id, [code.userCodeDigest])).toBe("wrong");
  });

  test("a challenge comes back as it began, and keeps the device whose code was entered", async () => {
    const { code } = await waiting(store());
    const challenge = await challenged(store(), { prefilled: true });
    const found = () => store().deviceChallenges.find(challenge.id);
    expect(await found()).toEqual({ ...challenge, deviceCodeDigest: null, isOver: false });
    expect(await enter(challenge.id, [aDigest(), code.userCodeDigest], { keeps: false })).toEqual(plain(code));
    expect((await found())?.deviceCodeDigest).toBeNull();
    expect(await enter(challenge.id, [aDigest(), code.userCodeDigest])).toEqual(plain(code));
    expect((await found())?.deviceCodeDigest).toBe(code.digest);
    expect(await enter(challenge.id, [aDigest()])).toBe("wrong");
    expect((await found())?.deviceCodeDigest).toBe(code.digest);
    expect(await store().deviceChallenges.find(anId())).toBeUndefined();
  });

  test("a user code is good until it expires", async () => {
    const { code } = await waiting(store());
    const challenge = await challenged(store());
    expect(await enter(challenge.id, [code.userCodeDigest], { now: after(599) })).toEqual(plain(code));
    expect(await enter(challenge.id, [code.userCodeDigest], { now: after(600) })).toBe("wrong");
  });

  test("a challenge that expired or is not known is over", async () => {
    const { code } = await waiting(store());
    const challenge = await challenged(store(), { expiresAt: after(100) });
    expect(await enter(challenge.id, [code.userCodeDigest], { now: after(100) })).toBe("over");
    expect(await enter(anId(), [code.userCodeDigest])).toBe("over");
    expect((await store().deviceChallenges.find(challenge.id))?.deviceCodeDigest).toBeNull();
  });

  test("RFC 8628 §5.1: of twenty wrong codes that race five are tried, and then the right one is not", async () => {
    const { code } = await waiting(store());
    const challenge = await challenged(store());
    const outcomes = await racing(() => enter(challenge.id, [aDigest()]));
    expect(outcomes.filter((outcome) => outcome === "wrong")).toHaveLength(5);
    expect(outcomes.filter((outcome) => outcome === "over")).toHaveLength(15);
    expect(await enter(challenge.id, [code.userCodeDigest])).toBe("over");
    expect(await store().deviceChallenges.find(challenge.id)).toMatchObject({ isOver: true, deviceCodeDigest: null });
  });

  test("RFC 8628 §3.3: a flow that finishes lets its device in, once", async () => {
    const { code, authorization, finish } = await accepted(store());
    const found = await store().deviceCodes.find(code.digest);
    expect(found).toEqual({ ...plain(code), state: "accepted", spentAt: null, authorization, revoked: false });
    expect(await finish()).toBe(false);
    expect(await store().deviceCodes.deny(code.digest)).toBe(false);
  });

  test("a flow does not finish for a device that was denied or whose code has expired", async () => {
    const denied = await agreed(store());
    await store().deviceCodes.deny(denied.code.digest);
    expect(await denied.finish()).toBe(false);
    expect(await store().refreshFamilies.find(denied.authorization.id)).toBeUndefined();
    const client = await stored(store(), aClient());
    const late = aDeviceCode(client, { expiresAt: after(60) });
    await store().deviceCodes.create(late, client.revision);
    const { flow } = await consented(store(), client);
    const end = { code: null, accessToken: null, deviceCode: late.digest };
    expect(await store().flows.finish(flow.id, anAuthorization(flow), end, client.revision)).toBe(false);
    expect((await store().flows.find(flow.id))?.flow.state).toBe("consent_answered");
  });

  test("of twenty flows that finish for one device, one does, and the others leave nothing", async () => {
    const { client, code } = await waiting(store());
    const flows = await Promise.all(Array.from({ length: 20 }, () => consented(store(), client)));
    const end = { code: null, accessToken: null, deviceCode: code.digest };
    const finished = await Promise.all(
      flows.map(({ flow }) => store().flows.finish(flow.id, anAuthorization(flow), end, client.revision)),
    );
    expect(finished.filter(Boolean)).toHaveLength(1);
    const winner = flows[finished.indexOf(true)];
    expect((await store().deviceCodes.find(code.digest))?.authorization?.id).toBe(winner?.flow.id);
    const states = await Promise.all(flows.map(async ({ flow }) => (await store().flows.find(flow.id))?.flow.state));
    expect(states.filter((state) => state === "done")).toHaveLength(1);
  });

  test("of a denial and a flow's end that race, one comes to pass", async () => {
    for (let round = 0; round < 10; round += 1) {
      const { code, finish } = await agreed(store());
      const [finished, denied] = await Promise.all([finish(), store().deviceCodes.deny(code.digest)]);
      expect([finished, denied].filter(Boolean)).toHaveLength(1);
      expect((await store().deviceCodes.find(code.digest))?.state).toBe(finished ? "accepted" : "denied");
    }
  });

  test("RFC 8628 §3.4: of twenty that redeem one device code, one is done and its token alone lives", async () => {
    const story = await accepted(store());
    const redemptions = await racing(async () => aDeviceRedemption(story));
    const outcomes = await Promise.all(redemptions.map((one) => store().deviceCodes.redeem(one)));
    expect(outcomes.toSorted()).toEqual(["done", ...Array.from({ length: 19 }, () => "lost")]);
    expect(await store().deviceCodes.find(story.code.digest)).toMatchObject({ state: "spent", spentAt: after(70) });
    const live = await Promise.all(
      redemptions.map(({ accessToken }) => store().accessTokens.find(accessToken?.digest ?? "", after(80))),
    );
    expect(live.flatMap((token, racer) => (token === undefined ? [] : [racer]))).toEqual([outcomes.indexOf("done")]);
    expect((await store().refreshFamilies.find(story.authorization.id))?.generation).toBe(1);
  });

  test("a device code that waits, has expired or was revoked is lost, and stale under another revision", async () => {
    const waits = await agreed(store());
    expect(await store().deviceCodes.redeem(aDeviceRedemption(waits))).toBe("lost");
    const story = await accepted(store());
    const redemption = aDeviceRedemption(story);
    expect(await store().deviceCodes.redeem({ ...redemption, now: after(600) })).toBe("lost");
    expect(await store().deviceCodes.redeem({ ...redemption, revision: story.client.revision + 1 })).toBe("stale");
    expect(await store().deviceCodes.redeem({ ...redemption, authorizationId: anId() })).toBe("lost");
    await store().authorizations.revoke(story.authorization.id, after(65));
    expect(await store().deviceCodes.redeem(redemption)).toBe("lost");
    expect(await store().deviceCodes.find(story.code.digest)).toMatchObject({ state: "accepted", revoked: true });
    expect(await store().accessTokens.find(redemption.accessToken?.digest ?? "", after(80))).toBeUndefined();
  });
}
