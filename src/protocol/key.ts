/** A key of a set: one this server signs with, or one that people keep here. */
import type { JsonObject } from "./json.ts";

export interface SigningKey {
  /** The key set's name (D21). */
  readonly set: string;
  readonly kid: string;
  /** `alg` of the JWK; "" where it names none. */
  readonly algorithm: string;
  /** `sig` or `enc`. */
  readonly use: string;
  readonly createdAt: Date;
  /** When it, or the key that it follows by rotation, was chosen: of several the last choice signs. */
  readonly chosenAt: Date;
  /** Before this instant not everybody knows it yet. */
  readonly signsFrom: Date;
  /** No token that it has signed expires later; null when it has signed none. */
  readonly tokensUntil: Date | null;
  /** `kid` of the key whose place it takes by rotation, or null. */
  readonly follows: string | null;
  readonly publicJwk: JsonObject;
  /** Sealed at rest; without private members where there is no private half. */
  readonly privateJwk: JsonObject;
}
