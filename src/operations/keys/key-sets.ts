/** The keys this server signs with: there is always one for each set, and everybody may see its public half. */
import type { Config } from "../../config/settings.ts";
import type { Ports } from "../../ports/ports.ts";
import type { JsonObject } from "../../protocol/json.ts";
import { isAble } from "../../protocol/key-life.ts";
import { accessTokenKeySet, idTokenKeySet, ownKeySets } from "../../protocol/names.ts";

/** One key for each set that has none which may sign, however many processes start at once on an empty database. */
export async function foundKeySets(now: Date, ports: Ports): Promise<void> {
  const keys = await ports.store.keys.list(ownKeySets);
  for (const set of ownKeySets) {
    const present = keys.filter((key) => key.set === set);
    if (present.some(isAble)) continue;
    const key = await ports.keyMaker.generate(set, foundingAlgorithm(set, ports.config), now);
    // Keys that others only check with do not keep the first one out.
    const isAdded = present.length === 0 ? await ports.store.keys.found(key) : await ports.store.keys.add(key);
    if (!isAdded) continue;
    ports.signer.forget();
    ports.events.emit({ type: "key_founded", set, kid: key.kid });
  }
}

/** RFC 7517 §5. */
export async function publicKeySet({ signer }: Ports): Promise<JsonObject> {
  return { keys: [...(await signer.publicKeys())] };
}

/** The algorithm of a set's first key. */
export function foundingAlgorithm(set: string, config: Config): string {
  const settings = new Map([
    [idTokenKeySet, config["keys.id_token_signing_algorithm"]],
    [accessTokenKeySet, config["keys.access_token_signing_algorithm"]],
  ]);
  return settings.get(set) ?? config["keys.id_token_signing_algorithm"];
}
