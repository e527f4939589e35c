/** CodeStore: codes are spent once, and what they buy is stored in the same step. */
import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { aCode, aDigest, after, anAccessToken, anAuthorization, endsIn } from "../../support/nouns.ts";
import { aRedemption, consented, granted, racing, type StoreOf } from "./world.ts";

export function codesContract(store: StoreOf): void {
  test("a code comes back with its authorization, unspent", async () => {
    const { authorization, code } = await granted(store());
    const found = await store().codes.find(code.digest);
    expect(found).toEqual({ ...code, spentAt: null, revoked: false, authorization });
  });

  test("a code without PKCE whose redirect URI was not sent comes back so", async () => {
    const { client, flow } = await consented(store());
    const authorization = anAuthorization(flow);
    const code = aCode(authorization, { codeChallenge: null, redirectUriSent: false });
    await store().flows.finish(flow.id, authorization, endsIn(code), client.revision);
    expect(await store().codes.find(code.digest)).toMatchObject({ codeChallenge: null, redirectUriSent: false });
  });

  test("an unknown code is undefined", async () => {
    expect(await store().codes.find(aDigest())).toBeUndefined();
  });

  test("a redeemed code is spent, and its access token lives", async () => {
    const story = await granted(store());
    const redemption = aRedemption(story);
    expect(await store().codes.redeem(redemption)).toBe("done");
    expect((await store().codes.find(story.code.digest))?.spentAt).toEqual(redemption.now);
    const live = await store().accessTokens.find(redemption.accessToken?.digest ?? "", after(80));
    expect(live).toEqual({
      ...redemption.accessToken,
      authorization: story.authorization,
      revision: story.client.revision,
    });
    expect(await store().refreshFamilies.find(story.authorization.id)).toBeUndefined();
  });

  test("a code redeemed for a refresh token founds its family at generation 1", async () => {
    const story = await granted(store());
    const family = { authorizationId: story.authorization.id, clientId: story.client.id, expiresAt: after(3600) };
    const redemption = aRedemption(story, { family, accessToken: null });
    expect(await store().codes.redeem(redemption)).toBe("done");
    expect(await store().refreshFamilies.find(story.authorization.id)).toEqual({
      authorizationId: story.authorization.id,
      clientId: story.client.id,
      generation: 1,
      expiresAt: after(3600),
      rotatedAt: redemption.now,
      authorization: story.authorization,
      revoked: false,
    });
  });

  test("RFC 6749 §4.1.2: a code is not spent twice, and the second spend stores nothing", async () => {
    const story = await granted(store());
    expect(await store().codes.redeem(aRedemption(story))).toBe("done");
    const again = aRedemption(story, { now: after(75) });
    expect(await store().codes.redeem(again)).toBe("lost");
    expect(await store().accessTokens.find(again.accessToken?.digest ?? "", after(80))).toBeUndefined();
    expect((await store().codes.find(story.code.digest))?.spentAt).toEqual(after(70));
  });

  test("RFC 6749 §4.1.2: an expired code is lost and stays unspent", async () => {
    const story = await granted(store());
    expect(await store().codes.redeem(aRedemption(story, { now: story.code.expiresAt }))).toBe("lost");
    expect((await store().codes.find(story.code.digest))?.spentAt).toBeNull();
  });

  test("a code that is not known or is another authorization's is lost", async () => {
    const story = await granted(store());
    const other = await granted(store());
    expect(await store().codes.redeem(aRedemption(story, { digest: aDigest() }))).toBe("lost");
    expect(await store().codes.redeem(aRedemption(story, { digest: other.code.digest }))).toBe("lost");
    expect((await store().codes.find(other.code.digest))?.spentAt).toBeNull();
  });

  test("under another revision of its client a code is stale and stays unspent", async () => {
    const story = await granted(store());
    await store().clients.replace(story.client, null);
    const stale = aRedemption(story);
    expect(await store().codes.redeem(stale)).toBe("stale");
    expect((await store().codes.find(story.code.digest))?.spentAt).toBeNull();
    expect(await store().accessTokens.find(stale.accessToken?.digest ?? "", after(80))).toBeUndefined();
    expect(await store().codes.redeem(aRedemption(story, { revision: story.client.revision + 1 }))).toBe("done");
  });

  test("of twenty that redeem one code, one is done and its token alone lives", async () => {
    const story = await granted(store());
    const redemptions = Array.from({ length: 20 }, () => aRedemption(story));
    const outcomes = await Promise.all(redemptions.map((redemption) => store().codes.redeem(redemption)));
    expect(outcomes.filter((outcome) => outcome === "done")).toHaveLength(1);
    expect(outcomes.filter((outcome) => outcome === "lost")).toHaveLength(19);
    const live = await Promise.all(
      redemptions.map(({ accessToken }) => store().accessTokens.find(accessToken?.digest ?? "", after(80))),
    );
    expect(live.flatMap((token, racer) => (token === undefined ? [] : [racer]))).toEqual([outcomes.indexOf("done")]);
  });

  test("twenty codes that are redeemed together each buy their own token", async () => {
    const stories = await Promise.all(Array.from({ length: 20 }, () => granted(store())));
    const redemptions = stories.map((story) => aRedemption(story));
    const outcomes = await Promise.all(redemptions.map((redemption) => store().codes.redeem(redemption)));
    expect(new Set(outcomes)).toEqual(new Set(["done"]));
  });

  test("a write that fails undoes itself alone, whatever else happens at once", async () => {
    const story = await granted(store());
    const taken = anAccessToken(story.client);
    await store().accessTokens.issue(taken, story.client.revision);
    const clash = aRedemption(story, {
      accessToken: { ...taken, authorizationId: story.authorization.id },
    });
    const fresh = anAccessToken(story.client);
    const [redeemed, issued] = await Promise.allSettled([
      store().codes.redeem(clash),
      store().accessTokens.issue(fresh, story.client.revision),
    ]);
    expect(redeemed.status).toBe("rejected");
    expect(issued).toEqual({ status: "fulfilled", value: true });
    expect((await store().codes.find(story.code.digest))?.spentAt).toBeNull();
    expect(await store().accessTokens.find(fresh.digest, after(80))).toBeDefined();
  });

  test("a redemption that races with its authorization's end leaves no token alive", async () => {
    const story = await granted(store());
    const redemptions = await racing(async () => aRedemption(story));
    const outcomes = Promise.all(redemptions.map((redemption) => store().codes.redeem(redemption)));
    await store().authorizations.revoke(story.authorization.id, after(70));
    await outcomes;
    const live = await Promise.all(
      redemptions.map(({ accessToken }) => store().accessTokens.find(accessToken?.digest ?? randomUUID(), after(80))),
    );
    expect(live.every((token) => token === undefined)).toBe(true);
  });
}
