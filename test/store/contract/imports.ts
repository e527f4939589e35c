/** ImportStore: what another server knew is written once, and what has gone on here is not touched again. */
import { expect, test } from "vitest";
import type { ImportedAuthorization } from "../../../src/ports/store/imports.ts";
import type { Client } from "../../../src/protocol/client.ts";
import { aClient, aDigest, aFlow, after, anAuthorization, anId } from "../../support/nouns.ts";
import { aRotation, type StoreOf, stored } from "./world.ts";

interface Brought extends ImportedAuthorization {
  readonly family: NonNullable<ImportedAuthorization["family"]>;
}

export function importsContract(store: StoreOf): void {
  const brought = (client: Client): Brought => ({
    authorization: anAuthorization(aFlow(client), { rememberUntil: after(9000) }),
    family: {
      rotatedAt: after(10),
      expiresAt: after(3600),
      tokens: [{ digest: aDigest(), generation: 1, expiresAt: after(3600) }],
    },
  });
  const meaning = (imported: Brought, token = 0) =>
    store().imports.findRefreshToken(imported.family.tokens[token]?.digest ?? "");

  test("what is brought along is written once, and found as it was", async () => {
    const client = await stored(store(), aClient());
    const one = brought(client);
    const other = { ...brought(client), family: null };
    expect(await store().imports.keep([one, other])).toEqual(["written", "written"]);
    expect(await store().imports.keep([one, other])).toEqual(["present", "present"]);
    const { authorization, family } = one;
    expect(await store().refreshFamilies.find(authorization.id)).toEqual({
      authorizationId: authorization.id,
      clientId: client.id,
      generation: 1,
      expiresAt: family.expiresAt,
      rotatedAt: family.rotatedAt,
      authorization,
      revoked: false,
    });
    expect(await meaning(one)).toEqual({ authorizationId: authorization.id, generation: 1 });
    expect(await store().refreshFamilies.find(other.authorization.id)).toBeUndefined();
    const remembered = await store().authorizations.remembered(authorization.subject, client.id, after(100));
    expect(remembered.map(({ id }) => id).sort()).toEqual([authorization.id, other.authorization.id].sort());
  });

  test("without its client nothing of it is written", async () => {
    const [known, unknown] = [brought(await stored(store(), aClient())), brought(aClient())];
    expect(await store().imports.keep([unknown, known])).toEqual(["without client", "written"]);
    expect(await meaning(unknown)).toBeUndefined();
    expect(await store().refreshFamilies.find(unknown.authorization.id)).toBeUndefined();
    expect(await store().imports.keep([])).toEqual([]);
  });

  test("a family that was not used here follows what happened there since", async () => {
    const first = brought(await stored(store(), aClient()));
    await store().imports.keep([first]);
    const [before] = first.family.tokens;
    if (before === undefined) throw new Error("no token");
    const child = { digest: aDigest(), generation: 1, expiresAt: after(7200) } as const;
    const tokens = [{ ...before, generation: 0 } as const, child];
    const later = { ...first, family: { ...first.family, tokens, expiresAt: after(7200) } };
    expect(await store().imports.keep([later])).toEqual(["present"]);
    expect(await meaning(later, 0)).toMatchObject({ generation: 0 });
    expect(await meaning(later, 1)).toMatchObject({ generation: 1 });
    expect((await store().refreshFamilies.find(first.authorization.id))?.expiresAt).toEqual(after(7200));
  });

  test("a token that turns out to be of another family goes over to it", async () => {
    const client = await stored(store(), aClient());
    const first = brought(client);
    await store().imports.keep([first]);
    const moved = { ...brought(client), family: first.family };
    await store().imports.keep([moved]);
    expect(await meaning(first)).toEqual({ authorizationId: moved.authorization.id, generation: 1 });
  });

  test("a family that has gone on here stays as it is", async () => {
    const client = await stored(store(), aClient());
    const first = brought(client);
    await store().imports.keep([first]);
    const story = { client, authorization: first.authorization };
    const rotation = aRotation(story, 1, { accessToken: null, now: after(20), expiresAt: after(5000) });
    expect(await store().refreshFamilies.rotate(rotation)).toBe("done");
    const tokens = [{ digest: aDigest(), generation: 1, expiresAt: after(7200) } as const];
    const later = { ...first, family: { ...first.family, tokens, expiresAt: after(7200) } };
    await store().imports.keep([later]);
    expect(await meaning(later)).toBeUndefined();
    expect(await store().refreshFamilies.find(first.authorization.id)).toMatchObject({
      generation: 2,
      expiresAt: after(5000),
    });
  });

  test("a token that has expired is swept", async () => {
    const one = brought(await stored(store(), aClient()));
    await store().imports.keep([one]);
    const sweep = store().cleaning.sweeps.find(({ name }) => name === "imported_refresh_tokens");
    await sweep?.step(after(3599), 1000);
    expect(await meaning(one)).toBeDefined();
    await sweep?.step(after(3600), 1000);
    expect(await meaning(one)).toBeUndefined();
  });

  test("keys are kept, and one of a name once", async () => {
    const key = { id: anId(), key: Buffer.from(aDigest(), "base64url") };
    await store().imports.keepKey(key);
    await store().imports.keepKey(key);
    expect((await store().imports.keys()).filter(({ id }) => id === key.id)).toEqual([key]);
  });
}
