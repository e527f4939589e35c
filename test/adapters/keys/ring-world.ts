/** A ring over keys that the test holds in its hand, with a clock that it moves. */
import { keyMaker } from "../../../src/adapters/keys/generate.ts";
import { type KeyRingOptions, keyRing } from "../../../src/adapters/keys/key-ring.ts";
import { bytePool, random } from "../../../src/adapters/keys/random.ts";
import type { JsonObject } from "../../../src/protocol/json.ts";
import type { SigningKey } from "../../../src/protocol/key.ts";
import { after as later } from "../../support/nouns.ts";

export const maker = keyMaker(random(bytePool()));

export function aKey(set: string, algorithm = "EdDSA", createdAt = later(0)): Promise<SigningKey> {
  return maker.generate(set, algorithm, createdAt);
}

/** Nothing goes by itself. */
const policy = { intervalSeconds: 0, leadSeconds: 420, tokenSeconds: 3600, hintSeconds: 0 };

export function aRing(keys: SigningKey[], options: Partial<KeyRingOptions> = {}) {
  const world = {
    ms: 0,
    lists: 0,
    broken: undefined as Error | undefined,
    keys,
    extended: [] as Array<readonly [kid: string, until: Date]>,
    changes: 0,
  };
  const ring = keyRing(
    {
      async list(sets) {
        world.lists += 1;
        await new Promise(setImmediate);
        if (world.broken !== undefined) throw world.broken;
        return world.keys.filter(({ set }) => sets.includes(set));
      },
      async extend(set, kid, until) {
        await new Promise(setImmediate);
        world.extended.push([kid, until]);
        return world.keys.some((key) => key.set === set && key.kid === kid);
      },
    },
    {
      sets: ["id", "at"],
      stalenessSeconds: 30,
      policyOf: () => policy,
      now: () => later(86_400),
      onChange: () => {
        world.changes += 1;
      },
      elapsed: () => world.ms,
      ...options,
    },
  );
  return { world, ring };
}

/** A member of a JWK that is text. */
export function textOf(jwk: JsonObject, member: string): string {
  const value = jwk[member];
  if (typeof value !== "string") throw new Error(`The key has no '${member}'.`);
  return value;
}
