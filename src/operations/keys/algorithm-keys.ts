/** Keys for clients that want another algorithm than the set's own (D31): made when one is first named. */
import type { Ports } from "../../ports/ports.ts";
import type { ClientMetadata } from "../../protocol/client.ts";
import { idTokenKeySet } from "../../protocol/names.ts";

/** At registration: a key that is published by now is known to everybody when it first signs. */
export async function prepareClientKeys(metadata: ClientMetadata, now: Date, ports: Ports): Promise<void> {
  for (const algorithm of [metadata.idTokenSignedResponseAlg, metadata.userinfoSignedResponseAlg]) {
    if (algorithm !== "" && algorithm !== "none") await requireSigningKey(algorithm, now, ports);
  }
}

/** Makes the set's first key of the algorithm, unless it is there: of any number of processes that race, one adds it. */
export async function requireSigningKey(algorithm: string, now: Date, ports: Ports): Promise<void> {
  const { keyMaker, signer, store, events } = ports;
  if (await signer.hasKey(idTokenKeySet, algorithm)) return;
  const made = await keyMaker.generate(idTokenKeySet, algorithm, now);
  // Nobody chose it, so it never signs for those who name no algorithm. A key has one follower: this place is taken once.
  const key = { ...made, chosenAt: new Date(0), follows: `(first ${algorithm})` };
  if (await store.keys.add(key)) events.emit({ type: "key_founded", set: idTokenKeySet, kid: key.kid });
  signer.forget();
}
