/** AccessTokenStore: what lives is decided when it is asked for. */
import { randomBytes } from "node:crypto";
import { expect, test } from "vitest";
import type { JwtStanding } from "../../../src/ports/store/tokens.ts";
import type { Client } from "../../../src/protocol/client.ts";
import { aClient, aDigest, after, anAccessToken, anId } from "../../support/nouns.ts";
import { aRedemption, aRotation, granted, racing, refreshable, type StoreOf, stored } from "./world.ts";

function aJwt(client: Client, over: Partial<JwtStanding> = {}): JwtStanding {
  const jti = randomBytes(32).toString("base64url");
  return { jti, authorizationId: null, clientId: client.id, epoch: client.epoch, generation: 0, ...over };
}

export function accessTokensContract(store: StoreOf): void {
  test("an issued token is found alive until it expires", async () => {
    const client = await stored(store(), aClient());
    const token = anAccessToken(client, { scope: "a b", audience: ["https://one.example", "https://two.example"] });
    expect(await store().accessTokens.issue(token, client.revision)).toBe(true);
    expect(await store().accessTokens.find(token.digest, after(100))).toEqual({
      ...token,
      authorization: null,
      revision: client.revision,
    });
    expect(await store().accessTokens.find(token.digest, token.expiresAt)).toBeUndefined();
  });

  test("a token without scope, audience or either comes back so", async () => {
    const client = await stored(store(), aClient());
    const bare = anAccessToken(client, { scope: "", audience: [] });
    const inherited = anAccessToken(client, { scope: null, audience: null });
    await Promise.all([bare, inherited].map((token) => store().accessTokens.issue(token, client.revision)));
    expect(await store().accessTokens.find(bare.digest, after(100))).toMatchObject({ scope: "", audience: [] });
    expect(await store().accessTokens.find(inherited.digest, after(100))).toMatchObject({
      scope: null,
      audience: null,
    });
  });

  test("a token without authorization may be of a subject of its own", async () => {
    const client = await stored(store(), aClient());
    const tokens = [anAccessToken(client, { subject: 'al"ice\\, ü' }), anAccessToken(client)];
    await Promise.all(tokens.map((token) => store().accessTokens.issue(token, client.revision)));
    const found = await Promise.all(tokens.map(({ digest }) => store().accessTokens.find(digest, after(100))));
    expect(found.map((token) => token?.subject)).toEqual(['al"ice\\, ü', null]);
  });

  test("an unknown token is undefined", async () => {
    expect(await store().accessTokens.find(aDigest(), after(100))).toBeUndefined();
  });

  test("no token is issued under another revision or for a client that is gone", async () => {
    const client = await stored(store(), aClient());
    const token = anAccessToken(client);
    expect(await store().accessTokens.issue(token, client.revision + 1)).toBe(false);
    expect(await store().accessTokens.find(token.digest, after(100))).toBeUndefined();
    await store().clients.delete(client.id, after(60));
    expect(await store().accessTokens.issue(token, client.revision)).toBe(false);
  });

  test("of tokens that are issued together, those of a stale client alone are refused", async () => {
    const fresh = await stored(store(), aClient());
    const stale = await stored(store(), aClient({ revision: 2 }));
    const answers = await racing((racer) =>
      store().accessTokens.issue(anAccessToken(racer % 3 === 0 ? stale : fresh), 1),
    );
    expect(answers).toEqual(answers.map((_, racer) => racer % 3 !== 0));
  });

  test("tokens that are looked up together each get their own answer", async () => {
    const client = await stored(store(), aClient());
    const tokens = Array.from({ length: 20 }, (_, n) => anAccessToken(client, { scope: `s${n}` }));
    await Promise.all(tokens.slice(1).map((token) => store().accessTokens.issue(token, client.revision)));
    const found = await Promise.all(tokens.map((token) => store().accessTokens.find(token.digest, after(100))));
    expect(found.map((token) => token?.scope)).toEqual([undefined, ...tokens.slice(1).map((token) => token.scope)]);
  });

  test("a token of another epoch than its client's is dead", async () => {
    const client = await stored(store(), aClient({ epoch: 500 }));
    for (const epoch of [499, 501]) {
      const token = anAccessToken(client, { epoch });
      await store().accessTokens.issue(token, client.revision);
      expect(await store().accessTokens.find(token.digest, after(100))).toBeUndefined();
    }
  });

  test("a token of another generation than its family's is dead", async () => {
    const story = await refreshable(store());
    const authorizationId = story.authorization.id;
    for (const generation of [2, 3]) {
      const token = anAccessToken(story.client, { authorizationId, generation });
      await store().accessTokens.issue(token, story.client.revision);
      expect(await store().accessTokens.find(token.digest, after(100))).toBeUndefined();
    }
    expect((await store().accessTokens.find(story.firstToken, after(100)))?.generation).toBe(1);
  });

  test("a token comes with its authorization, claims and all", async () => {
    const story = await granted(store(), { accessTokenClaims: { tenant: "t1" }, idTokenClaims: { email: "a@b" } });
    const redemption = aRedemption(story);
    await store().codes.redeem(redemption);
    const found = await store().accessTokens.find(redemption.accessToken?.digest ?? "", after(100));
    expect(found?.authorization).toEqual(story.authorization);
  });

  test("a deleted token is dead, and only one without an authorization can be deleted alone", async () => {
    const story = await refreshable(store());
    const own = anAccessToken(story.client);
    await store().accessTokens.issue(own, story.client.revision);
    expect(await store().accessTokens.delete(story.firstToken)).toBe(false);
    expect(await store().accessTokens.find(story.firstToken, after(100))).toBeDefined();
    expect(await store().accessTokens.delete(own.digest)).toBe(true);
    expect(await store().accessTokens.find(own.digest, after(100))).toBeUndefined();
    expect(await store().accessTokens.delete(own.digest)).toBe(false);
  });

  test("a JWT of a client stands while the client's epoch is its own", async () => {
    const client = await stored(store(), aClient({ epoch: 500 }));
    expect(await store().accessTokens.stands(aJwt(client))).toEqual({ authorization: null, revision: client.revision });
    expect(await store().accessTokens.stands(aJwt(client, { epoch: 499 }))).toBeUndefined();
    expect(await store().accessTokens.stands(aJwt(aClient()))).toBeUndefined();
  });

  test("a revoked JWT falls, its siblings stand, and it may be revoked again", async () => {
    const client = await stored(store(), aClient());
    const [one, other] = [aJwt(client), aJwt(client)];
    await Promise.all(
      Array.from({ length: 3 }, () => store().accessTokens.revokeJwt(one.jti, after(3600), one.clientId)),
    );
    expect(await store().accessTokens.stands(one)).toBeUndefined();
    expect(await store().accessTokens.stands(other)).toBeDefined();
  });

  test("a JWT of an authorization stands with it, at its family's generation", async () => {
    const story = await refreshable(store());
    const jwt = (generation: number) => aJwt(story.client, { authorizationId: story.authorization.id, generation });
    expect(await store().accessTokens.stands(jwt(1))).toEqual({
      authorization: story.authorization,
      revision: story.client.revision,
    });
    await store().refreshFamilies.rotate(aRotation(story, 1));
    expect(await store().accessTokens.stands(jwt(1))).toBeUndefined();
    expect(await store().accessTokens.stands(jwt(2))).toBeDefined();
    await store().authorizations.revoke(story.authorization.id, after(700));
    expect(await store().accessTokens.stands(jwt(2))).toBeUndefined();
  });

  test("a JWT of an authorization without refresh tokens stands", async () => {
    const story = await granted(store());
    const jwt = aJwt(story.client, { authorizationId: story.authorization.id });
    expect(await store().accessTokens.stands(jwt)).toEqual({
      authorization: story.authorization,
      revision: story.client.revision,
    });
  });

  test("a JWT of an authorization that is not known or is another client's falls", async () => {
    const story = await granted(store());
    const other = await stored(store(), aClient());
    expect(await store().accessTokens.stands(aJwt(story.client, { authorizationId: anId() }))).toBeUndefined();
    const stolen = aJwt(other, { authorizationId: story.authorization.id });
    expect(await store().accessTokens.stands(stolen)).toBeUndefined();
  });
}
