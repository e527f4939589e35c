/** The life of a key that signs, as a table: who signs, who is shown, who follows, who goes. */
import { describe, expect, test } from "vitest";
import type { SigningKey } from "../../src/protocol/key.ts";
import {
  isAble,
  isPublished,
  type KeyPolicy,
  keyPolicy,
  nextChangeAt,
  rotatedLeadSeconds,
  signingKeyAt,
  stageOf,
  successionAt,
} from "../../src/protocol/key-life.ts";
import { accessTokenKeySet, idTokenKeySet } from "../../src/protocol/names.ts";
import { aSigningKey, after as at } from "../support/nouns.ts";

const hour = 3600;
const day = 24 * hour;
const set = "a-set";
const policy: KeyPolicy = { intervalSeconds: 30 * day, leadSeconds: hour, tokenSeconds: hour, hintSeconds: 0 };

/** `[chosen, signs from]`, in seconds. */
const key = (kid: string, [chosen, signs]: readonly [number, number], over: Partial<SigningKey> = {}): SigningKey =>
  aSigningKey({ set, kid, createdAt: at(chosen), chosenAt: at(chosen), signsFrom: at(signs), ...over });

describe("which key signs", () => {
  const first = key("first", [0, 0]);
  const made = key("made", [100, 220]);
  const rotated = key("rotated", [0, 500]);
  const other = key("other", [200, 320], { algorithm: "ES256" });
  const publicOnly = key("public", [300, 300], { privateJwk: { kty: "OKP" } });
  const encrypts = key("encrypts", [300, 300], { use: "enc" });

  test.each<[string, readonly SigningKey[], number, string | null, string | undefined]>([
    ["the only one", [first], 0, null, "first"],
    ["the old one, until the new one is known everywhere", [first, made], 219, null, "first"],
    ["the new one from then on", [first, made], 220, null, "made"],
    ["the last choice, though another's successor begins later", [first, made, rotated], 500, null, "made"],
    ["the successor, where nobody chose since", [first, rotated], 500, null, "rotated"],
    ["the last choice, whatever its algorithm", [first, made, other], 320, null, "other"],
    ["of one algorithm the last choice of that", [first, made, other], 320, "EdDSA", "made"],
    ["none of an algorithm that the set has not", [first, made], 320, "RS256", undefined],
    ["the first to come where all are to come", [made, rotated], 0, null, "made"],
    ["none without a private half, nor for another use", [first, publicOnly, encrypts], 400, null, "first"],
    ["nobody in a set without one that can", [publicOnly, encrypts], 400, null, undefined],
    ["nobody in an empty set", [], 0, null, undefined],
  ])("%s", (_what, keys, now, algorithm, expected) => {
    expect(signingKeyAt(keys, at(now), algorithm)?.kid).toBe(expected);
    expect(signingKeyAt(keys.toReversed(), at(now), algorithm)?.kid).toBe(expected);
  });

  test("of two of one instant always the same", () => {
    const [a, b] = [key("a", [0, 0]), key("b", [0, 0])];
    expect(signingKeyAt([a, b], at(1))).toBe(b);
    expect(signingKeyAt([b, a], at(1))).toBe(b);
  });

  test("the answer changes when the next one begins", () => {
    expect(nextChangeAt([first, made, rotated], at(0))).toEqual(at(220));
    expect(nextChangeAt([first, made, rotated], at(220))).toEqual(at(500));
    expect(nextChangeAt([first, made, rotated], at(500))).toBeNull();
    expect(nextChangeAt([first, publicOnly], at(0))).toBeNull();
  });

  test("a key that cannot sign is not able", () => {
    expect([first, publicOnly, encrypts].map(isAble)).toEqual([true, false, false]);
  });
});

describe("where a key stands", () => {
  const old = key("old", [0, 0]);
  const next = key("next", [0, day]);
  const stage = (keys: readonly SigningKey[], now: number, over: Partial<KeyPolicy> = {}) =>
    stageOf(keys[0] ?? old, keys, { now: at(now), policy: { ...policy, ...over } });
  // A minute in which some process may still sign, the token's hour, and five minutes of differing clocks.
  const lastToken = day + 60 + hour;

  test.each<[string, readonly SigningKey[], number, Partial<KeyPolicy>, string]>([
    ["before it signs", [next, old], day - 1, {}, "coming"],
    ["while nobody follows", [old], 999 * day, {}, "signing"],
    ["until its successor begins", [old, next], day - 1, {}, "signing"],
    ["when its successor has begun", [old, next], day, {}, "retired"],
    ["while a token of it may live", [old, next], lastToken + 299, {}, "retired"],
    ["when its last token is dead", [old, next], lastToken + 300, {}, "over"],
    ["when nothing goes by itself", [old, next], 999 * day, { intervalSeconds: 0 }, "retired"],
    ["while a longer token of it lives", [{ ...old, tokensUntil: at(9 * day) }, next], 9 * day + 299, {}, "retired"],
    ["when that is dead too", [{ ...old, tokensUntil: at(9 * day) }, next], 9 * day + 300, {}, "over"],
    ["while its ID tokens may be hints", [old, next], lastToken + 300, { hintSeconds: 9 * day }, "withdrawn"],
    ["until they may not", [old, next], 10 * day + 59, { hintSeconds: 9 * day }, "withdrawn"],
    ["when no session is left", [old, next], 10 * day + 60, { hintSeconds: 9 * day }, "over"],
    ["when a key of another algorithm was chosen", [old, { ...next, algorithm: "ES256" }], 999 * day, {}, "signing"],
    ["when another key of its algorithm was chosen", [old, key("made", [5, 125])], 125, {}, "retired"],
    ["when an older choice's successor begins", [key("made", [5, 125]), old, next], 999 * day, {}, "signing"],
    ["when the one that follows cannot sign", [old, { ...next, use: "enc" }], 999 * day, {}, "signing"],
    ["without a private half", [{ ...old, privateJwk: { kty: "OKP" } }, next], 999 * day, {}, "signing"],
  ])("%s", (_when, keys, now, over, expected) => {
    expect(stage(keys, now, over)).toBe(expected);
  });

  test("JWKS-003: it is shown from before it signs until its last token is dead", () => {
    const stages = ["coming", "signing", "retired", "withdrawn", "over"] as const;
    expect(stages.map(isPublished)).toEqual([true, true, true, false, false]);
  });
});

describe("when a key is followed", () => {
  const old = key("old", [0, 0]);
  const due = 30 * day;
  const succession = (keys: readonly SigningKey[], now: number, over: Partial<KeyPolicy> = {}) =>
    successionAt(old, keys, { now: at(now), policy: { ...policy, ...over } });

  test.each<[string, number, Partial<KeyPolicy>, number | undefined]>([
    ["not while there is time to publish its successor", due - hour - 1, {}, undefined],
    ["so that the next one signs when it is due", due - hour, {}, due],
    ["late, as soon as the next one is known everywhere", due + day, {}, due + day + hour],
    ["never where keys change by hand", due + day, { intervalSeconds: 0 }, undefined],
  ])("%s", (_when, now, over, expected) => {
    expect(succession([old], now, over)).toEqual(expected === undefined ? undefined : at(expected));
  });

  test("not when a successor is there already, nor when another was chosen", () => {
    expect(succession([old, key("next", [0, due])], due + day)).toBeUndefined();
    expect(succession([old, key("made", [due, due + 120])], due + day)).toBeUndefined();
  });
});

describe("the policy of a set", () => {
  const settings = {
    "keys.rotation.interval": 30 * day,
    "keys.rotation.publish_before": 0,
    "ttl.id_token": 60,
    "ttl.access_token": 120,
    "ttl.authentication_session": 9 * day,
  };

  test("mechanisms §10: never shorter published than the keys may be remembered", () => {
    expect(rotatedLeadSeconds).toBe(300 + 2 * 60);
    expect(keyPolicy(idTokenKeySet, settings).leadSeconds).toBe(420);
    expect(keyPolicy(idTokenKeySet, { ...settings, "keys.rotation.publish_before": 999 }).leadSeconds).toBe(999);
  });

  test("ID tokens are hints for as long as a session, access tokens never", () => {
    expect(keyPolicy(idTokenKeySet, settings)).toMatchObject({ tokenSeconds: 60, hintSeconds: 9 * day });
    expect(keyPolicy(accessTokenKeySet, settings)).toMatchObject({ tokenSeconds: 120, hintSeconds: 0 });
  });
});
