/** HMAC tags that make a short text ours: the first subkey makes them, every subkey proves them. */
import { createHmac, type KeyObject, timingSafeEqual } from "node:crypto";
import type { Subkey } from "./subkeys.ts";

export interface Tags {
  readonly length: number;
  make(body: Buffer): Buffer;
  /** Whether one of the keys made the tag; the time does not tell which, nor how nearly. */
  prove(body: Buffer, tag: Buffer): boolean;
}

export function tags([first, ...older]: readonly [Subkey, ...Subkey[]], length: number): Tags {
  const make = (key: KeyObject, body: Buffer) => createHmac("sha256", key).update(body).digest().subarray(0, length);
  return {
    length,
    make: (body) => make(first.key, body),
    prove(body, tag) {
      if (tag.length !== length) return false;
      let proven = false;
      for (const { key } of [first, ...older]) proven = timingSafeEqual(make(key, body), tag) || proven;
      return proven;
    },
  };
}
