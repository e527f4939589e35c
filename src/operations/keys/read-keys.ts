/** What the admin API shows of the keys: RFC 7517; of the two sets that sign, public halves (D50). */
import type { Config } from "../../config/settings.ts";
import type { Ports } from "../../ports/ports.ts";
import { refuse } from "../../protocol/errors.ts";
import type { JsonObject } from "../../protocol/json.ts";
import type { SigningKey } from "../../protocol/key.ts";
import { inOrder } from "../../protocol/key-life.ts";
import { canonicalKeySet, ownKeySets } from "../../protocol/names.ts";

export async function getKeySet(request: { readonly set: string }, ports: Ports): Promise<JsonObject[]> {
  const set = canonicalKeySet(request.set);
  const keys = await ports.store.keys.list([set]);
  if (keys.length === 0) refuse("not_found", "Unable to locate the requested resource");
  noteReading(keys, null, ports);
  return keys
    .toSorted(inOrder)
    .reverse()
    .map((key) => shownKey(key, ports.config));
}

export async function getKey(
  request: { readonly set: string; readonly kid: string },
  ports: Ports,
): Promise<JsonObject> {
  const set = canonicalKeySet(request.set);
  const key = (await ports.store.keys.list([set])).find(({ kid }) => kid === request.kid);
  if (key === undefined) refuse("not_found", "The key set has no key of this name.");
  noteReading([key], key.kid, ports);
  return shownKey(key, ports.config);
}

/** The JWK as the admin API shows it, with its names in front. */
export function shownKey(key: SigningKey, config: Config): JsonObject {
  const { kty, ...members } = isHidden(key.set, config) ? key.publicJwk : key.privateJwk;
  const { use: _use, kid: _kid, ...rest } = members;
  return { use: key.use, ...(kty === undefined ? {} : { kty }), kid: key.kid, ...rest };
}

function isHidden(set: string, config: Config): boolean {
  return ownKeySets.includes(set) && !config["keys.export_private"];
}

/** ADM-018: who looks at private halves leaves a trace. */
function noteReading(keys: readonly SigningKey[], kid: string | null, { config, events }: Ports): void {
  const [first] = keys;
  if (first === undefined || isHidden(first.set, config)) return;
  if (keys.some(({ privateJwk }) => "d" in privateJwk || "k" in privateJwk)) {
    events.emit({ type: "private_keys_read", set: first.set, kid });
  }
}
