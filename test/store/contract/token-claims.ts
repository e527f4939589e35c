/** What web hooks have tokens say: claims of a token's own, and others in the place of an authorization's. */
import { expect, test } from "vitest";
import type { AccessTokenRecord } from "../../../src/protocol/token.ts";
import { aClient, after, anAccessToken } from "../../support/nouns.ts";
import { accepted, aDeviceRedemption } from "./device-codes.ts";
import { aRedemption, aRotation, granted, refreshable, type StoreOf, stored } from "./world.ts";

const claims = { tenant: 't"1\\ü', nested: { list: [1, null, true] } };

export function tokenClaimsContract(store: StoreOf): void {
  const claimed = (token: AccessTokenRecord | null) => {
    if (token === null) throw new Error("The story has no token.");
    return { ...token, claims };
  };
  const claimsOf = async ({ digest }: AccessTokenRecord) =>
    (await store().accessTokens.find(digest, after(700)))?.claims;

  test("a token of a client has its own, none at all, or nothing to say for itself", async () => {
    const client = await stored(store(), aClient());
    const subject = 'al"ice';
    const tokens = [claims, {}, null].map((own) => anAccessToken(client, { claims: own, subject }));
    for (const token of tokens) {
      expect(await store().accessTokens.issue(token, client.revision)).toBe(true);
      const found = await store().accessTokens.find(token.digest, after(100));
      expect(found).toEqual({ ...token, authorization: null, revision: client.revision });
    }
  });

  test("with claims or without, no token is issued under another revision", async () => {
    const client = await stored(store(), aClient());
    const token = anAccessToken(client, { claims });
    expect(await store().accessTokens.issue(token, client.revision + 1)).toBe(false);
    expect(await store().accessTokens.find(token.digest, after(100))).toBeUndefined();
  });

  test("a token has its own, whatever it was bought with", async () => {
    const story = await granted(store());
    const redemption = aRedemption(story);
    const bought = claimed(redemption.accessToken);
    expect(await store().codes.redeem({ ...redemption, accessToken: bought })).toBe("done");
    expect(await claimsOf(bought)).toEqual(claims);

    const device = aDeviceRedemption(await accepted(store()));
    const typed = claimed(device.accessToken);
    expect(await store().deviceCodes.redeem({ ...device, accessToken: typed })).toBe("done");
    expect(await claimsOf(typed)).toEqual(claims);

    const family = await refreshable(store());
    const rotation = aRotation(family, 1);
    const refreshed = claimed(rotation.accessToken);
    expect(await store().refreshFamilies.rotate({ ...rotation, accessToken: refreshed })).toBe("done");
    const { expiresAt: _, ...again } = aRotation(family, 1, { now: after(650) });
    const retried = claimed(again.accessToken);
    const retry = { ...again, accessToken: retried, generation: 2, most: null };
    expect(await store().refreshFamilies.retry(retry)).toBe("done");
    expect([await claimsOf(refreshed), await claimsOf(retried)]).toEqual([claims, claims]);
  });

  test("an authorization's give way to others, or to none, and nothing else of it changes", async () => {
    const own = { accessTokenClaims: { tenant: "t0" }, idTokenClaims: { email: "anna@example.org" } };
    const [story, other] = await Promise.all([refreshable(store(), own), refreshable(store(), own)]);
    const { id } = story.authorization;
    for (const said of [
      { accessTokenClaims: claims, idTokenClaims: { hooked: true } },
      { accessTokenClaims: {}, idTokenClaims: {} },
    ]) {
      await store().authorizations.setClaims({ id, ...said });
      const family = await store().refreshFamilies.find(id);
      expect(family?.authorization).toEqual({ ...story.authorization, ...said });
    }
    const untouched = await store().refreshFamilies.find(other.authorization.id);
    expect(untouched?.authorization).toEqual(other.authorization);
  });
}
