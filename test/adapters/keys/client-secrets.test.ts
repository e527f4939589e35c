import { describe, expect, test } from "vitest";
import { clientSecrets, type SlowWork, slowWork } from "../../../src/adapters/keys/client-secrets.ts";
import { fairQueue } from "../../../src/adapters/keys/fair-queue.ts";
import { bytePool } from "../../../src/adapters/keys/random.ts";
import { aClient } from "../../support/nouns.ts";

const bcryptOfUU = "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW";
const argon2OfPassword = "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc";

/** A world that counts slow hashes, and in which "right" is the secret of each; `hold` keeps them from ending. */
function aCountedWorld() {
  const world = { slow: 0, ms: 0, held: [] as Array<() => void>, hold: false };
  const work: SlowWork = {
    queue: fairQueue({ running: 1, waitingPerLane: 2, waiting: 100 }),
    async isMatch(_hash, secret) {
      world.slow += 1;
      if (world.hold) await new Promise<void>((resolve) => world.held.push(resolve));
      return secret === "right";
    },
    elapsed: () => world.ms,
  };
  return { world, ...clientSecrets(bytePool(), work) };
}

const chosenClient = (over = {}) => aClient({ secretHashes: [argon2OfPassword], ...over });

describe("a client's secret", () => {
  test("D28: one that we made is checked on the spot, from a salted hash", async () => {
    const { hashSecret, isClientSecret, world } = aCountedWorld();
    const [hash, again] = [await hashSecret("made by us", "generated"), await hashSecret("made by us", "generated")];
    expect(hash).not.toBe(again);
    expect(hash).not.toContain("made by us");
    const client = aClient({ secretHashes: [hash] });
    expect(isClientSecret(client, "made by us")).toBe(true);
    expect(isClientSecret(client, "made by u")).toBe(false);
    expect(isClientSecret(client, "")).toBe(false);
    expect(world.slow).toBe(0);
  });

  test("D28: one that a person chose is kept as Argon2id of 19 MiB, and checked with it", async () => {
    const { hashSecret, isClientSecret } = clientSecrets(bytePool(), slowWork());
    const hash = await hashSecret("correct horse", "chosen");
    expect(hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    const client = aClient({ secretHashes: [hash] });
    expect(await isClientSecret(client, "correct horse")).toBe(true);
    expect(await isClientSecret(client, "incorrect horse")).toBe(false);
  });

  test("CAUTH-013: every hash of the list is tried, of whatever kind", async () => {
    const { hashSecret, isClientSecret } = clientSecrets(bytePool(), slowWork());
    const made = await hashSecret("made by us", "generated");
    const client = aClient({ secretHashes: ["of no known form", bcryptOfUU, argon2OfPassword, made] });
    for (const secret of ["U*U", "password", "made by us"]) expect(await isClientSecret(client, secret)).toBe(true);
    expect(await isClientSecret(client, "of no known form")).toBe(false);
  });

  test("mechanisms §10: a slow success is paid once in ten minutes", async () => {
    const { isClientSecret, world } = aCountedWorld();
    const client = chosenClient();
    for (const ms of [0, 1, 599_999]) {
      world.ms = ms;
      expect(await isClientSecret(client, "right")).toBe(true);
    }
    expect(world.slow).toBe(1);
    world.ms = 600_000;
    expect(await isClientSecret(client, "right")).toBe(true);
    expect(world.slow).toBe(2);
  });

  test("a failure is not remembered, and a success is no other secret's", async () => {
    const { isClientSecret, world } = aCountedWorld();
    const client = chosenClient();
    await isClientSecret(client, "right");
    expect(await isClientSecret(client, "wrong")).toBe(false);
    expect(await isClientSecret(client, "wrong")).toBe(false);
    expect(world.slow).toBe(3);
  });

  test("a success ends with the client's revision, and is no other client's", async () => {
    const { isClientSecret, world } = aCountedWorld();
    await isClientSecret(chosenClient({ id: "c", revision: 1 }), "right");
    await isClientSecret(chosenClient({ id: "c", revision: 2 }), "right");
    await isClientSecret(chosenClient({ id: "d", revision: 1 }), "right");
    expect(world.slow).toBe(3);
  });

  test("who asks with the same secret at the same time waits for one hash", async () => {
    const { isClientSecret, world } = aCountedWorld();
    const client = chosenClient();
    const answers = await Promise.all(Array.from({ length: 50 }, async () => isClientSecret(client, "right")));
    expect(answers.every((answer) => answer)).toBe(true);
    expect(world.slow).toBe(1);
  });

  test("mechanisms §10: over its bound a client gets 503 with Retry-After, and another client its answer", async () => {
    const { isClientSecret, world } = aCountedWorld();
    world.hold = true;
    const flooded = chosenClient({ id: "flooded" });
    const guesses = ["1", "2", "3"].map(async (secret) => isClientSecret(flooded, secret));
    await expect(isClientSecret(flooded, "4")).rejects.toMatchObject({
      code: "temporarily_unavailable",
      status: { http: 503 },
      details: { retryAfterSeconds: 1 },
    });
    const honest = isClientSecret(chosenClient({ id: "honest" }), "right");
    world.hold = false;
    for (const release of world.held) release();
    expect(await honest).toBe(true);
    expect(await Promise.all(guesses)).toEqual([false, false, false]);
  });

  test("CAUTH-002: an unknown client costs what the last known one cost", async () => {
    const { hashSecret, isClientSecret, world } = aCountedWorld();
    const nobody = aClient({ id: "", secretHashes: [] });
    const made = aClient({ secretHashes: [await hashSecret("made by us", "generated")] });
    expect(isClientSecret(made, "wrong")).toBe(false);
    expect(isClientSecret(nobody, "right")).toBe(false);
    expect(world.slow).toBe(0);
    await isClientSecret(chosenClient(), "wrong");
    expect(await isClientSecret(nobody, "wrong")).toBe(false);
    expect(world.slow).toBe(2);
  });

  test("whoever has no hash has no secret: not an empty one, nor one that a dummy would fit", async () => {
    const { isClientSecret } = clientSecrets(bytePool(), slowWork());
    const nobody = aClient({ id: "", secretHashes: [] });
    await isClientSecret(chosenClient(), "wrong");
    for (const secret of ["", "right", "password"]) expect(await isClientSecret(nobody, secret)).toBe(false);
  });

  test("a dummy that fits proves nothing", async () => {
    const { isClientSecret } = aCountedWorld();
    await isClientSecret(chosenClient(), "wrong");
    expect(await isClientSecret(aClient({ id: "", secretHashes: [] }), "right")).toBe(false);
  });

  test("one wrong byte anywhere in a stored hash makes it nobody's", async () => {
    const { hashSecret, isClientSecret } = aCountedWorld();
    const hash = await hashSecret("made by us", "generated");
    for (let at = hash.length - 43; at < hash.length - 1; at += 1) {
      const other = hash[at] === "A" ? "B" : "A";
      const client = aClient({ secretHashes: [hash.slice(0, at) + other + hash.slice(at + 1)] });
      expect(isClientSecret(client, "made by us")).toBe(false);
    }
  });
});
