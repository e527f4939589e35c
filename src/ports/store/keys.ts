import type { SigningKey } from "../../protocol/key.ts";

/** A key that is to go. */
export interface KeyRemoval {
  readonly set: string;
  readonly kid: string;
  /** Takes its place at once when the set has no other key that may sign; null: none needs to. */
  readonly successor: SigningKey | null;
  readonly now: Date;
}

export interface KeyStore {
  /** Every key of these sets, the oldest first. A key whose sealing secret is gone is an error that says so. */
  list(sets: readonly string[]): Promise<SigningKey[]>;
  /** Adds the first key of its set, unless the set has one: of any number that race, exactly one is added. */
  found(key: SigningKey): Promise<boolean>;
  /** False when its set has a key of this name, or one that follows the same key. */
  add(key: SigningKey): Promise<boolean>;
  /** Writes it, over the key of its name if there is one. */
  put(key: SigningKey): Promise<void>;
  /** From now on these are the set's keys. */
  replace(set: string, keys: readonly SigningKey[]): Promise<void>;
  /**
   * Removes it. When it was the last of its algorithm to sign, the next of that algorithm that was to come signs from now
   * on; when it was the last of all, the successor does. One atomic step. False when there is no such key.
   */
  remove(removal: KeyRemoval): Promise<boolean>;
  removeSet(set: string): Promise<void>;
  /** Notes that it signs a token which lives so long. False when the key is gone. */
  extend(set: string, kid: string, tokensUntil: Date): Promise<boolean>;
  /** Removes a key whose last token is dead; not if it has signed since it was read. */
  expire(key: SigningKey): Promise<boolean>;
}
