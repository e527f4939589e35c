/** What the admin API does with keys: makes, imports, replaces and deletes them (D21, D38; mechanisms §10). */
import type { Ports } from "../../ports/ports.ts";
import { refuse } from "../../protocol/errors.ts";
import type { JsonObject } from "../../protocol/json.ts";
import type { SigningKey } from "../../protocol/key.ts";
import { chosenLeadSeconds, isAble, signingKeyAt } from "../../protocol/key-life.ts";
import { isSameKey, requireRoom, requireSigning, requireUse } from "../../protocol/key-set-rules.ts";
import { after } from "../../protocol/lifespan.ts";
import { canonicalKeySet, ownKeySets } from "../../protocol/names.ts";
import { foundingAlgorithm, foundKeySets } from "./key-sets.ts";
import { shownKey } from "./read-keys.ts";

export interface KeyOrder {
  readonly set: string;
  readonly algorithm: string;
  /** "" for signatures. */
  readonly use: string;
  /** "" for a new name. */
  readonly kid: string;
  readonly now: Date;
}

export async function createKey(order: KeyOrder, ports: Ports): Promise<JsonObject> {
  const { algorithm, kid, now } = order;
  const { config, keyMaker, random, store } = ports;
  const set = canonicalKeySet(order.set);
  const use = order.use === "" ? "sig" : order.use;
  requireUse(use, isOwn(set));
  const present = await store.keys.list([set]);
  requireRoom(present.length + 1, isShown(set, ports));
  const made = await keyMaker.generate(set, algorithm, now, { kid: kid === "" ? random.uuid() : kid, use });
  const key = { ...made, signsFrom: firstSignature(present, now) };
  if (!(await store.keys.add(key))) refuse("already_exists", "The key set has a key of this name.", { field: "kid" });
  changed({ type: "key_created", set, kid: key.kid }, ports);
  return shownKey(key, config);
}

export async function replaceKey(
  request: { readonly set: string; readonly kid: string; readonly key: JsonObject; readonly now: Date },
  ports: Ports,
): Promise<JsonObject> {
  const { kid, now } = request;
  const set = canonicalKeySet(request.set);
  const named = request.key.kid;
  if (named !== undefined && named !== kid) {
    refuse("invalid_request", "The member 'kid' of the key is not the name it is stored under.", { field: "kid" });
  }
  const present = await ports.store.keys.list([set]);
  const others = present.filter((key) => key.kid !== kid);
  requireRoom(others.length + 1, isShown(set, ports));
  const key = placed(ports.keyMaker.read(set, { ...request.key, kid }, now), present, now);
  if (isOwn(set) && ![...others, key].some(isAble)) {
    refuse("invalid_request", "The key set must be left a private key that can sign.");
  }
  await ports.store.keys.put(key);
  changed({ type: "key_written", set, kid }, ports);
  return shownKey(key, ports.config);
}

export async function replaceKeySet(
  request: { readonly set: string; readonly keys: readonly JsonObject[]; readonly now: Date },
  ports: Ports,
): Promise<JsonObject[]> {
  const { now } = request;
  const set = canonicalKeySet(request.set);
  requireRoom(request.keys.length, isShown(set, ports));
  const read = request.keys.map((jwk) => ports.keyMaker.read(set, jwk, now));
  // JWKS-002: a name is one key's.
  if (new Set(read.map(({ kid }) => kid)).size < read.length) {
    refuse("invalid_request", "Two keys of the set have the same 'kid'.", { field: "kid" });
  }
  const kids = new Set(read.map(({ kid }) => kid));
  const present = await ports.store.keys.list([set]);
  const kept = present.filter(({ kid }) => kids.has(kid));
  // Of new keys the first one signs, where they are of one instant.
  const keys = read.map((key, index) => placed({ ...key, chosenAt: after(now, -index / 1000) }, kept, now, present));
  if (isOwn(set) && !keys.some(isAble)) {
    refuse("invalid_request", "The key set must have a private key that can sign.");
  }
  await ports.store.keys.replace(set, keys);
  changed({ type: "key_set_replaced", set, kids: [...kids] }, ports);
  return keys.map((key) => shownKey(key, ports.config));
}

export async function deleteKey(
  request: { readonly set: string; readonly kid: string; readonly now: Date },
  ports: Ports,
): Promise<void> {
  const { kid, now } = request;
  const set = canonicalKeySet(request.set);
  const present = await ports.store.keys.list([set]);
  const gone = present.find((key) => key.kid === kid);
  if (gone === undefined) return;
  const isLast = isOwn(set) && !present.some((key) => key !== gone && isAble(key));
  const algorithm = isAble(gone) ? gone.algorithm : foundingAlgorithm(set, ports.config);
  const successor = isLast ? await ports.keyMaker.generate(set, algorithm, now) : null;
  if (!(await ports.store.keys.remove({ set, kid, successor, now }))) return;
  changed({ type: "key_deleted", set, kid }, ports);
  // Two who delete the last two at once each saw the other's.
  if (isOwn(set) && successor === null) await foundKeySets(now, ports);
}

export async function deleteKeySet(request: { readonly set: string; readonly now: Date }, ports: Ports): Promise<void> {
  const { now } = request;
  const set = canonicalKeySet(request.set);
  if (!isOwn(set)) {
    await ports.store.keys.removeSet(set);
  } else {
    const present = await ports.store.keys.list([set]);
    const algorithm = signingKeyAt(present, now)?.algorithm ?? foundingAlgorithm(set, ports.config);
    await ports.store.keys.replace(set, [await ports.keyMaker.generate(set, algorithm, now)]);
  }
  changed({ type: "key_set_deleted", set }, ports);
}

/** A key that is to be stored beside those present: what is known of it stays known, and a new one waits its time. */
function placed(
  key: SigningKey,
  present: readonly SigningKey[],
  now: Date,
  before: readonly SigningKey[] = present,
): SigningKey {
  if (isOwn(key.set)) requireSigning(key);
  const known = before.find(({ kid }) => kid === key.kid);
  if (known !== undefined && isSameKey(known, key)) {
    const { createdAt, chosenAt, signsFrom, tokensUntil, follows } = known;
    return { ...key, createdAt, chosenAt, signsFrom, tokensUntil, follows };
  }
  // Who has the old one in memory would take the new one's signatures for forgeries.
  if (known !== undefined && isOwn(key.set)) {
    refuse("already_exists", `The key set has another key of the name '${key.kid}'.`, { field: "kid" });
  }
  return { ...key, signsFrom: firstSignature(present, now) };
}

/** Published first, unless there is none that could sign meanwhile. */
function firstSignature(present: readonly SigningKey[], now: Date): Date {
  const current = signingKeyAt(present, now);
  return current !== undefined && current.signsFrom <= now ? after(now, chosenLeadSeconds) : now;
}

function isOwn(set: string): boolean {
  return ownKeySets.includes(set);
}

function isShown(set: string, { config }: Ports): boolean {
  return isOwn(set) || config["webfinger.jwks.broadcast_keys"].map(canonicalKeySet).includes(set);
}

function changed(event: Parameters<Ports["events"]["emit"]>[0], { events, signer }: Ports): void {
  signer.forget();
  events.emit(event);
}
