/** The life of a key that signs: published, signing, retired, withdrawn, over (OIDC Core §10.1.1). */
import type { SigningKey } from "./key.ts";
import { after } from "./lifespan.ts";
import { idTokenKeySet } from "./names.ts";

/** How long relying parties may keep the published keys. */
export const jwksMaxAgeSeconds = 300;
/** A change of the keys is seen by every process after so many seconds; what it publishes is no older than once more. */
export const keyStalenessSeconds = 60;
/** A key that somebody made: every process publishes it, and relying parties fetch again when they meet it. */
export const chosenLeadSeconds = 2 * keyStalenessSeconds;
/** A key that takes another's place by itself: also who keeps the published keys for as long as allowed has it. */
export const rotatedLeadSeconds = jwksMaxAgeSeconds + 2 * keyStalenessSeconds;

/** Clocks differ, and relying parties allow for it. */
const leewaySeconds = 300;

export interface KeyPolicy {
  /** How long a key signs; 0: keys follow one another by hand only, and none goes by itself. */
  readonly intervalSeconds: number;
  /** How long a key is published before it signs. */
  readonly leadSeconds: number;
  /** The longest life that the settings give a token: for keys of which nothing is known. */
  readonly tokenSeconds: number;
  /** How long ID tokens are accepted as hints after they were issued. */
  readonly hintSeconds: number;
}

/** The settings that a policy rests on; durations in seconds. */
export type KeySettings = Readonly<
  Record<
    | "keys.rotation.interval"
    | "keys.rotation.publish_before"
    | "ttl.id_token"
    | "ttl.access_token"
    | "ttl.authentication_session",
    number
  >
>;

export function keyPolicy(set: string, settings: KeySettings): KeyPolicy {
  const isForIdTokens = set === idTokenKeySet;
  return {
    intervalSeconds: settings["keys.rotation.interval"],
    leadSeconds: Math.max(settings["keys.rotation.publish_before"], rotatedLeadSeconds),
    tokenSeconds: settings[isForIdTokens ? "ttl.id_token" : "ttl.access_token"],
    // OIDC Core §3.1.2.2: a hint may have expired; of the session it names nothing is left after this time.
    hintSeconds: isForIdTokens ? settings["ttl.authentication_session"] : 0,
  };
}

export type KeyStage = "coming" | "signing" | "retired" | "withdrawn" | "over";

/** Whether it may sign at all. */
export function isAble(key: SigningKey): boolean {
  return key.use === "sig" && "d" in key.privateJwk;
}

/** The key of a set that signs now, under one algorithm where one is named. */
export function signingKeyAt(
  keys: readonly SigningKey[],
  now: Date,
  algorithm: string | null = null,
): SigningKey | undefined {
  const able = keys.filter((key) => isAble(key) && (algorithm === null || key.algorithm === algorithm));
  const known = able.filter((key) => key.signsFrom <= now);
  // Where all are to come, the first of them signs: a key that must be fetched is better than no token.
  return known.length > 0 ? known.toSorted(inOrder).at(-1) : able.toSorted(bySignsFrom)[0];
}

/** When the answer to "which key signs" may be another; null for never. */
export function nextChangeAt(keys: readonly SigningKey[], now: Date): Date | null {
  const coming = keys.filter((key) => isAble(key) && key.signsFrom > now);
  return coming.toSorted(bySignsFrom)[0]?.signsFrom ?? null;
}

/** Where a key stands in its set; `keys` are all of that set. */
export function stageOf(
  key: SigningKey,
  keys: readonly SigningKey[],
  { now, policy }: { readonly now: Date; readonly policy: KeyPolicy },
): KeyStage {
  if (key.signsFrom > now) return "coming";
  const endedAt = endOfSigning(key, keys);
  if (endedAt === null || endedAt > now) return "signing";
  // A process that has not seen the change goes on signing for as long as it may be behind.
  const last = after(endedAt, keyStalenessSeconds);
  const lastToken = latest(key.tokensUntil ?? last, after(last, policy.tokenSeconds));
  if (policy.intervalSeconds === 0 || after(lastToken, leewaySeconds) > now) return "retired";
  return latest(lastToken, after(last, policy.hintSeconds)) > now ? "withdrawn" : "over";
}

/** Whether relying parties are shown it. */
export function isPublished(stage: KeyStage): boolean {
  return stage !== "withdrawn" && stage !== "over";
}

/** When a key is to be made that takes this one's place, and when that one signs; undefined while there is time. */
export function successionAt(
  key: SigningKey,
  keys: readonly SigningKey[],
  { now, policy }: { readonly now: Date; readonly policy: KeyPolicy },
): Date | undefined {
  if (policy.intervalSeconds === 0 || endOfSigning(key, keys) !== null) return undefined;
  const due = after(key.signsFrom, policy.intervalSeconds);
  const soonest = after(now, policy.leadSeconds);
  if (due > soonest) return undefined;
  return soonest;
}

/** When another key of its algorithm takes its place; null when none does. Keys that cannot sign never begin. */
function endOfSigning(key: SigningKey, keys: readonly SigningKey[]): Date | null {
  const later = keys.filter((other) => isAble(other) && other.algorithm === key.algorithm && inOrder(key, other) < 0);
  if (!isAble(key)) return null;
  return later.toSorted(bySignsFrom)[0]?.signsFrom ?? null;
}

/** For sorting: the last choice comes last, and of one choice the last in its succession. */
export function inOrder(a: SigningKey, b: SigningKey): number {
  return (
    a.chosenAt.getTime() - b.chosenAt.getTime() ||
    a.signsFrom.getTime() - b.signsFrom.getTime() ||
    (a.kid < b.kid ? -1 : Number(a.kid > b.kid))
  );
}

function bySignsFrom(a: SigningKey, b: SigningKey): number {
  return a.signsFrom.getTime() - b.signsFrom.getTime() || (a.kid < b.kid ? -1 : Number(a.kid > b.kid));
}

function latest(a: Date, b: Date): Date {
  return a > b ? a : b;
}
