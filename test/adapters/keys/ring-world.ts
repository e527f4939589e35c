/** A ring over keys that the test holds in its hand, with a clock that it moves. */
import { keyMaker } from "../../../src/adapters/keys/generate.ts";
import { type KeyRingOptions, keyRing } from "../../../src/adapters/keys/key-ring.ts";
import { bytePool, random } from "../../../src/adapters/keys/random.ts";
import type { JsonObject } from "../../../src/protocol/json.ts";
import type { SigningKey } from "../../../src/protocol/key.ts";
import { start } from "../../support/nouns.ts";

export const maker = keyMaker(random(bytePool()));

export function aKey(set: string, algorithm = "EdDSA", createdAt = start): Promise<SigningKey> {
  return maker.generate(set, algorithm, createdAt);
}

export function aRing(keys: SigningKey[], options: Partial<KeyRingOptions> = {}) {
  const world = { ms: 0, lists: 0, broken: undefined as Error | undefined, keys };
  const ring = keyRing(
    {
      async list(sets) {
        world.lists += 1;
        await new Promise(setImmediate);
        if (world.broken !== undefined) throw world.broken;
        return world.keys.filter(({ set }) => sets.includes(set));
      },
      found: async () => false,
    },
    { sets: ["id", "at"], stalenessSeconds: 30, elapsed: () => world.ms, ...options },
  );
  return { world, ring };
}

/** A member of a JWK that is text. */
export function textOf(jwk: JsonObject, member: string): string {
  const value = jwk[member];
  if (typeof value !== "string") throw new Error(`The key has no '${member}'.`);
  return value;
}
