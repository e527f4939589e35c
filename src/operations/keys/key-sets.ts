/** The keys this server signs with: made once, published always. */
import type { Config } from "../../config/settings.ts";
import type { Ports } from "../../ports/ports.ts";
import type { JsonObject } from "../../protocol/json.ts";
import { accessTokenKeySet, idTokenKeySet } from "../../protocol/names.ts";

/** At first start: one key for each set, however many processes start at once on an empty database. */
export async function foundKeySets(now: Date, ports: Ports): Promise<void> {
  const sets = signingSets(ports.config);
  const present = new Set((await ports.store.keys.list(sets.map(({ set }) => set))).map((key) => key.set));
  for (const { set, algorithm } of sets) {
    if (present.has(set)) continue;
    const key = await ports.keyMaker.generate(set, algorithm, now);
    if (await ports.store.keys.found(key)) ports.events.emit({ type: "key_founded", set, kid: key.kid });
  }
}

/** RFC 7517 §5. */
export async function publicKeySet({ signer }: Ports): Promise<JsonObject> {
  return { keys: [...(await signer.publicKeys())] };
}

function signingSets(config: Config) {
  return [
    { set: idTokenKeySet, algorithm: config["keys.id_token_signing_algorithm"] },
    { set: accessTokenKeySet, algorithm: config["keys.access_token_signing_algorithm"] },
  ];
}
