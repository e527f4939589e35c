/** FlowStore: a flow that ends in an access token, with or without a code. */
import { expect, test } from "vitest";
import type { FlowEnd } from "../../../src/ports/store/flows.ts";
import type { AccessTokenRecord } from "../../../src/protocol/token.ts";
import { aCode, after, anAccessToken, anAuthorization } from "../../support/nouns.ts";
import { aRedemption, aRotation, type Consented, consented, type StoreOf } from "./world.ts";

export function frontChannelContract(store: StoreOf): void {
  function aToken({ client, flow }: Consented, over: Partial<AccessTokenRecord> = {}): AccessTokenRecord {
    return anAccessToken(client, { authorizationId: flow.id, scope: null, audience: null, ...over });
  }

  const endsInToken = (accessToken: AccessTokenRecord): FlowEnd => ({ code: null, accessToken, deviceCode: null });

  test("finishing stores the access token with its authorization, and no code", async () => {
    const story = await consented(store());
    const authorization = anAuthorization(story.flow);
    for (const [index, over] of [{}, { scope: "openid", audience: ["https://photos.example"] }].entries()) {
      const other = index === 0 ? story : await consented(store());
      const token = aToken(other, over);
      const of = index === 0 ? authorization : anAuthorization(other.flow);
      expect(await store().flows.finish(other.flow.id, of, endsInToken(token), other.client.revision)).toBe(true);
      expect(await store().accessTokens.find(token.digest, after(100))).toMatchObject({ ...token, authorization: of });
    }
  });

  test("of twenty that use one consent verifier, one stores its token; a stale client stores none", async () => {
    const story = await consented(store());
    const { client, flow } = story;
    const authorization = anAuthorization(flow);
    const tokens = Array.from({ length: 20 }, () => aToken(story));
    const stale = aToken(story);
    expect(await store().flows.finish(flow.id, authorization, endsInToken(stale), client.revision + 1)).toBe(false);
    const answers = await Promise.all(
      tokens.map((token) => store().flows.finish(flow.id, authorization, endsInToken(token), client.revision)),
    );
    expect(answers.filter(Boolean)).toHaveLength(1);
    const found = await Promise.all(
      [stale, ...tokens].map(({ digest }) => store().accessTokens.find(digest, after(100))),
    );
    expect(found.map((token) => token !== undefined)).toEqual([false, ...answers]);
  });

  test("it belongs to no refresh family: neither the code's tokens nor a rotation end it, the authorization's end does", async () => {
    const story = await consented(store());
    const { client, flow } = story;
    const authorization = anAuthorization(flow);
    const code = aCode(authorization);
    const front = aToken(story);
    const ending = { code, accessToken: front, deviceCode: null };
    expect(await store().flows.finish(flow.id, authorization, ending, client.revision)).toBe(true);
    const granted = { ...story, authorization, code };
    const first = aToken(story, { generation: 1 });
    const family = { authorizationId: flow.id, clientId: client.id, expiresAt: after(3600) };
    expect(await store().codes.redeem(aRedemption(granted, { accessToken: first, family }))).toBe("done");
    expect(await store().refreshFamilies.rotate(aRotation(granted, 1))).toBe("done");
    const lives = async (digest: string) => (await store().accessTokens.find(digest, after(700))) !== undefined;
    expect([await lives(front.digest), await lives(first.digest)]).toEqual([true, false]);
    const jwt = { jti: "a-jti", authorizationId: flow.id, clientId: client.id, epoch: client.epoch };
    const stands = async (generation: number) =>
      (await store().accessTokens.stands({ ...jwt, generation })) !== undefined;
    expect([await stands(0), await stands(1), await stands(2)]).toEqual([true, false, true]);
    await store().authorizations.revoke(flow.id, after(800));
    expect([await lives(front.digest), await stands(0)]).toEqual([false, false]);
  });
}
