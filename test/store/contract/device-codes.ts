/** DeviceCodeStore and DeviceChallengeStore: user codes are found while they are good, and wrong ones are counted. */
import { expect, test } from "vitest";
import type { NewDeviceCode } from "../../../src/ports/store/device-codes.ts";
import type { Store } from "../../../src/ports/store.ts";
import type { Client } from "../../../src/protocol/client.ts";
import type { DeviceChallenge, DeviceCode } from "../../../src/protocol/device-code.ts";
import { aClient, aDigest, after, anId, start } from "../../support/nouns.ts";
import { racing, type StoreOf, stored } from "./world.ts";

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

function plain({ userCodeDigest: _, ...code }: NewDeviceCode): DeviceCode {
  return code;
}

export async function challenged(store: Store, over: Partial<DeviceChallenge> = {}): Promise<DeviceChallenge> {
  const challenge = { id: anId(), cookieDigest: aDigest(), prefilled: false, expiresAt: after(1800), ...over };
  await store.deviceChallenges.begin(challenge);
  return challenge;
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
}
