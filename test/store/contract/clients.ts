/** ClientStore: registered applications. */
import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import type { Client } from "../../../src/protocol/client.ts";
import { aClient, aFlow, after, anAccessToken } from "../../support/nouns.ts";
import { granted, refreshable, type StoreOf, stored } from "./world.ts";

/** Every member differs from its default. */
function aRichClient(): Client {
  return aClient({
    owner: "the print shop",
    policyUri: "https://printer.example/policy",
    tosUri: "https://printer.example/terms",
    clientUri: "https://printer.example",
    logoUri: "https://printer.example/logo.png",
    contacts: ["help@printer.example"],
    allowedCorsOrigins: ["https://printer.example"],
    subjectType: "pairwise",
    sectorIdentifierUri: "https://printer.example/sector",
    jwksUri: "https://printer.example/jwks",
    jwks: { keys: [{ kty: "EC", crv: "P-256" }] },
    tokenEndpointAuthMethod: "private_key_jwt",
    tokenEndpointAuthSigningAlg: "ES256",
    requestUris: ["https://printer.example/request"],
    requestObjectSigningAlg: "RS256",
    userinfoSignedResponseAlg: "RS256",
    frontchannelLogoutUri: "https://printer.example/front",
    frontchannelLogoutSessionRequired: true,
    backchannelLogoutUri: "https://printer.example/back",
    backchannelLogoutSessionRequired: true,
    postLogoutRedirectUris: ["https://printer.example/bye"],
    applicationType: "web",
    initiateLoginUri: "https://printer.example/login",
    defaultAcrValues: ["gold"],
    metadata: { plan: "free", nested: { list: [1, 2.5, null, true] } },
    accessTokenStrategy: "jwt",
    skipConsent: true,
    skipLogoutConsent: false,
    lifespans: { client_credentials_grant_access_token: 90.5 },
    secretHashes: ["the new one", "the old one"],
    secretSeal: "the new one, sealed",
    rotatedSeals: ["the old one, sealed"],
    registrationDigest: "the digest of a token",
    selfRegistered: true,
  });
}

export function clientsContract(store: StoreOf): void {
  test("a client comes back as it was created", async () => {
    const client = await stored(store(), aRichClient());
    expect(await store().clients.find(client.id)).toEqual(client);
  });

  test("a client that leaves everything unset comes back unset", async () => {
    const client = await stored(store(), aClient({ secretHashes: [], redirectUris: [], name: "" }));
    expect(await store().clients.find(client.id)).toEqual(client);
  });

  test("ids and texts of any script and free JSON come back unchanged", async () => {
    const odd = { id: `ключ '"\\ ${randomUUID()}`, name: "日本 🖨️", metadata: { "": { b: 1, a: 2 }, constructor: "1" } };
    const client = await stored(store(), aClient(odd));
    const found = await store().clients.find(client.id);
    expect(found).toEqual(client);
    expect(JSON.stringify(found?.metadata)).toBe(JSON.stringify(client.metadata));
  });

  test("an id that is taken is not created again and the first client stays", async () => {
    const client = await stored(store(), aClient());
    expect(await store().clients.create(aClient({ id: client.id, name: "An impostor" }))).toBe(false);
    expect((await store().clients.find(client.id))?.name).toBe(client.name);
  });

  test("of twenty that create one id, one does", async () => {
    const id = randomUUID();
    const created = await Promise.all(
      Array.from({ length: 20 }, (_, n) => store().clients.create(aClient({ id, name: `racer ${n}` }))),
    );
    expect(created.filter(Boolean)).toHaveLength(1);
    expect((await store().clients.find(id))?.name).toBe(`racer ${created.indexOf(true)}`);
  });

  test("an unknown client is undefined", async () => {
    expect(await store().clients.find(randomUUID())).toBeUndefined();
    expect(await store().clients.recall(randomUUID())).toBeUndefined();
  });

  test("a recalled client is one that was stored", async () => {
    const client = await stored(store(), aRichClient());
    expect(await store().clients.recall(client.id)).toEqual(client);
    expect(await store().clients.recall(client.id)).toEqual(client);
  });

  test("only the stored revision is current", async () => {
    const client = await stored(store(), aClient({ revision: 7 }));
    expect(await store().clients.isCurrent(client.id, 7)).toBe(true);
    expect(await store().clients.isCurrent(client.id, 6)).toBe(false);
    expect(await store().clients.isCurrent(client.id, 8)).toBe(false);
    expect(await store().clients.isCurrent(randomUUID(), 1)).toBe(false);
  });

  test("replacing writes what is registered, raises the revision and keeps epoch and birth", async () => {
    const client = await stored(store(), aClient({ revision: 3 }));
    const change = aClient({
      id: client.id,
      name: "Renamed",
      owner: "somebody else",
      secretHashes: ["another"],
      registrationDigest: "another token's",
      selfRegistered: true,
      revision: 99,
      epoch: client.epoch + 1,
      createdAt: after(500),
      updatedAt: after(600),
    });
    const replaced = await store().clients.replace(change, null);
    expect(replaced).toEqual({ ...change, revision: 4, epoch: client.epoch, createdAt: client.createdAt });
    expect(await store().clients.find(client.id)).toEqual(replaced);
    expect(await store().clients.isCurrent(client.id, 3)).toBe(false);
  });

  test("replacing with an expected revision refuses any other", async () => {
    const client = await stored(store(), aClient({ revision: 3 }));
    expect(await store().clients.replace({ ...client, name: "late" }, 2)).toBeUndefined();
    expect((await store().clients.find(client.id))?.name).toBe(client.name);
    expect((await store().clients.replace({ ...client, name: "in time" }, 3))?.revision).toBe(4);
  });

  test("an unknown client is not replaced", async () => {
    expect(await store().clients.replace(aClient(), null)).toBeUndefined();
  });

  test("of twenty that replace one revision, one does", async () => {
    const client = await stored(store(), aClient());
    const answers = await Promise.all(Array.from({ length: 20 }, () => store().clients.replace(client, 1)));
    expect(answers.filter((answer) => answer !== undefined)).toHaveLength(1);
  });

  test("ending a client's access tokens leaves its refresh tokens, its revision is another, and nothing else is", async () => {
    const story = await refreshable(store());
    const own = anAccessToken(story.client);
    expect(await store().accessTokens.issue(own, 1)).toBe(true);
    const jwt = {
      jti: "a",
      authorizationId: null,
      clientId: story.client.id,
      epoch: story.client.epoch,
      generation: 0,
    };
    expect(await store().accessTokens.stands(jwt)).toBeDefined();
    const before = await store().clients.find(story.client.id);
    expect(await store().clients.endAccessTokens(story.client.id)).toBe(true);
    expect(await store().accessTokens.find(story.firstToken, after(50))).toBeUndefined();
    expect(await store().accessTokens.find(own.digest, after(50))).toBeUndefined();
    expect(await store().accessTokens.stands(jwt)).toBeUndefined();
    // Whoever remembers the client as it was issues no token that would be dead at birth.
    expect(await store().accessTokens.issue(anAccessToken(story.client), 1)).toBe(false);
    expect((await store().refreshFamilies.find(story.authorization.id))?.revoked).toBe(false);
    const now = await store().clients.find(story.client.id);
    expect(now).toEqual({ ...before, revision: 2, epoch: now?.epoch });
    expect(now?.epoch).not.toBe(before?.epoch);
  });

  test("after the last epoch comes the first, and an unknown client has no tokens to end", async () => {
    const client = await stored(store(), aClient({ epoch: 2 ** 31 - 1 }));
    expect(await store().clients.endAccessTokens(client.id)).toBe(true);
    expect((await store().clients.find(client.id))?.epoch).toBe(1);
    expect(await store().clients.endAccessTokens(randomUUID())).toBe(false);
  });

  test("a page holds what follows an id, in the order of the ids, up to its limit", async () => {
    const owner = randomUUID();
    const ids = ["a", "b", "c", "d"].map((letter) => `${letter}-${owner}`);
    for (const [n, id] of ids.entries()) await stored(store(), aClient({ id, owner, createdAt: after(-n) }));
    const list = async (last: string | null, limit: number) =>
      (await store().clients.list({ after: last, limit, name: null, owner })).map((client) => client.id);
    expect(await list(null, 3)).toEqual(ids.slice(0, 3));
    expect(await list(`b-${owner}`, 3)).toEqual(ids.slice(2));
    expect(await list(`d-${owner}`, 3)).toEqual([]);
  });

  test("a page can be narrowed to an exact name, an exact owner, or both", async () => {
    const owner = randomUUID();
    const wanted = await stored(store(), aClient({ owner, name: `wanted ${owner}` }));
    const named = await stored(store(), aClient({ owner: "another", name: `wanted ${owner}` }));
    await stored(store(), aClient({ owner, name: `unwanted ${owner}` }));
    const list = (name: string | null, of: string | null) =>
      store().clients.list({ after: null, limit: 10, name, owner: of });
    expect(await list(wanted.name, owner)).toEqual([wanted]);
    expect((await list(wanted.name, null)).map((client) => client.id).toSorted()).toEqual(
      [wanted.id, named.id].toSorted(),
    );
    expect(await list(null, owner)).toHaveLength(2);
    expect((await list(null, null)).length).toBeGreaterThanOrEqual(3);
    expect(await list("wanted", null)).toEqual([]);
  });

  test("a deleted client is gone, and deleting it again says so", async () => {
    const client = await stored(store(), aClient());
    await store().clients.recall(client.id);
    expect(await store().clients.delete(client.id, after(60))).toBe(true);
    expect(await store().clients.find(client.id)).toBeUndefined();
    expect(await store().clients.recall(client.id)).toBeUndefined();
    expect(await store().clients.delete(client.id, after(60))).toBe(false);
  });

  test("with a client end its flows, codes, tokens and refresh tokens", async () => {
    const story = await refreshable(store());
    const waiting = await granted(store(), {}, story.client);
    const own = anAccessToken(story.client);
    expect(await store().accessTokens.issue(own, 1)).toBe(true);
    expect(await store().clients.delete(story.client.id, after(100))).toBe(true);
    expect(await store().flows.find(story.flow.id)).toBeUndefined();
    expect(await store().codes.find(waiting.code.digest)).toBeUndefined();
    expect(await store().accessTokens.find(story.firstToken, after(100))).toBeUndefined();
    expect(await store().accessTokens.find(own.digest, after(100))).toBeUndefined();
    const family = await store().refreshFamilies.find(story.authorization.id);
    expect(family === undefined || family.revoked).toBe(true);
  });

  test("a client made anew under the same id inherits nothing", async () => {
    const rememberUntil = after(86_400);
    const story = await refreshable(store(), { rememberUntil });
    const open = aFlow(story.client);
    expect(await store().flows.begin(open, 1)).toBe(true);
    await store().clients.delete(story.client.id, after(100));
    const anew = await stored(store(), aClient({ id: story.client.id, epoch: story.client.epoch ^ 1 }));
    expect(await store().flows.find(open.id)).toBeUndefined();
    expect(await store().accessTokens.find(story.firstToken, after(110))).toBeUndefined();
    expect(await store().authorizations.remembered("anna", anew.id, after(110))).toEqual([]);
    const family = await store().refreshFamilies.find(story.authorization.id);
    expect(family === undefined || family.revoked).toBe(true);
  });
}
