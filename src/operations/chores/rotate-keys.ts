/** One step of the signing keys' life: a missing key is made, one that is due is followed, one that is over goes. */
import type { Ports } from "../../ports/ports.ts";
import type { SigningKey } from "../../protocol/key.ts";
import { type KeyPolicy, keyPolicy, signingKeyAt, stageOf, successionAt } from "../../protocol/key-life.ts";
import { ownKeySets } from "../../protocol/names.ts";
import { foundKeySets } from "../keys/key-sets.ts";

/** Answers whether there may be more to do at once. Any number of processes may do it at the same time. */
export async function rotateKeys(now: Date, ports: Ports): Promise<boolean> {
  await foundKeySets(now, ports);
  const bySet = Map.groupBy(await ports.store.keys.list(ownKeySets), (key) => key.set);
  for (const [set, keys] of bySet) {
    const moment = { now, policy: keyPolicy(set, ports.config) };
    const changed = (await follow(keys, moment, ports)) || (await expire(keys, moment, ports));
    if (changed) return true;
  }
  return false;
}

interface Moment {
  readonly now: Date;
  readonly policy: KeyPolicy;
}

/** The key that signs under each algorithm gets a successor in time: published first, for as long as it takes. */
async function follow(keys: readonly SigningKey[], { now, policy }: Moment, ports: Ports): Promise<boolean> {
  const algorithms = new Set(keys.map((key) => key.algorithm));
  for (const algorithm of algorithms) {
    const current = signingKeyAt(keys, now, algorithm);
    const signsFrom = current && successionAt(current, keys, { now, policy });
    if (current === undefined || signsFrom === undefined) continue;
    const made = await ports.keyMaker.generate(current.set, algorithm, now);
    // Whose place it takes was chosen once: of several algorithms the same stays in front.
    const successor = { ...made, signsFrom, chosenAt: current.chosenAt, follows: current.kid };
    if (!(await ports.store.keys.add(successor))) continue;
    ports.signer.forget();
    const { set, kid } = successor;
    ports.events.emit({ type: "key_rotated", set, kid, follows: current.kid });
    return true;
  }
  return false;
}

async function expire(keys: readonly SigningKey[], moment: Moment, ports: Ports): Promise<boolean> {
  for (const key of keys) {
    if (stageOf(key, keys, moment) !== "over" || !(await ports.store.keys.expire(key))) continue;
    ports.signer.forget();
    ports.events.emit({ type: "key_expired", set: key.set, kid: key.kid });
    return true;
  }
  return false;
}
