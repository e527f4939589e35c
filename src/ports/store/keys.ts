import type { SigningKey } from "../../protocol/key.ts";

export interface KeyStore {
  /** Every key of these sets, the oldest first. A key whose sealing secret is gone is an error that says so. */
  list(sets: readonly string[]): Promise<SigningKey[]>;
  /** Adds the first key of its set, unless the set has one: of any number that race, exactly one is added. */
  found(key: SigningKey): Promise<boolean>;
}
