import type { DeviceChallenge, DeviceCode, PresentedDeviceCode } from "../../protocol/device-code.ts";
import type { Outcome, Redemption } from "./tokens.ts";

export interface NewDeviceCode extends DeviceCode {
  readonly userCodeDigest: string;
}

/** A user code that somebody has typed at a challenge. */
export interface EnteredUserCode {
  readonly challengeId: string;
  /** Under every key that may have made it. */
  readonly userCodeDigests: readonly string[];
  /** Whether the challenge's verifier shall lead on to this device. */
  readonly keeps: boolean;
  readonly now: Date;
}

export interface DeviceCodeStore {
  /** `stale`: the client has another revision. `taken`: another device has this user code. */
  create(code: NewDeviceCode, revision: number): Promise<"done" | "stale" | "taken">;
  /** Whatever its state; undefined when it is not known or its client is gone. */
  find(digest: string): Promise<PresentedDeviceCode | undefined>;
  /** `pending` -> `denied`. */
  deny(digest: string): Promise<boolean>;
  /**
   * `accepted` -> `spent`, and stores what it buys: as with an authorization code. `pending` -> `accepted` is a part of
   * `flows.finish`.
   */
  redeem(redemption: Redemption): Promise<Outcome>;
}

export interface DeviceChallengeStore {
  begin(challenge: DeviceChallenge): Promise<void>;
  /** With the device code that was entered last, or null; `isOver` when it has seen too many wrong ones. */
  find(id: string): Promise<FoundChallenge | undefined>;
  /**
   * The pending, unexpired device code that the user code belongs to. A wrong one is counted; `over` when the challenge
   * has expired or has seen too many, so that of any number that race no more are tried.
   */
  enter(entered: EnteredUserCode): Promise<DeviceCode | "wrong" | "over">;
}

export interface FoundChallenge extends DeviceChallenge {
  readonly deviceCodeDigest: string | null;
  readonly isOver: boolean;
}
