/** The device flow (RFC 8628): how user codes look and are read, how often a device may ask, and what it may ask for. */
import { requireAdmittedAudience } from "./audience.ts";
import type { Authorization } from "./authorization.ts";
import { type Client, grantTypesOf } from "./client.ts";
import { refuse } from "./errors.ts";
import { deviceCodeGrantType } from "./names.ts";
import { requireAdmittedScope, type ScopeStrategy } from "./scope.ts";

/** What the device polls with (`device_code`) and what its user types (`user_code`), as far as it is stored. */
export interface DeviceCode {
  /** SHA-256 of the device code, base64url. */
  readonly digest: string;
  readonly clientId: string;
  readonly scope: readonly string[];
  readonly audience: readonly string[];
  /** S256 challenge (RFC 7636), or null. */
  readonly codeChallenge: string | null;
  readonly requestedAt: Date;
  readonly expiresAt: Date;
}

/** `accepted`: the user has agreed and the device may fetch its tokens, which makes it `spent`. */
export type DeviceCodeState = "pending" | "accepted" | "denied" | "spent";

/** A device code as it stands when the device asks. */
export interface PresentedDeviceCode extends DeviceCode {
  readonly state: DeviceCodeState;
  readonly spentAt: Date | null;
  /** Null until the user has agreed. */
  readonly authorization: Authorization | null;
  /** Whether the authorization has been revoked. */
  readonly revoked: boolean;
}

/** A browser that is asked for a user code. */
export interface DeviceChallenge {
  /** 32 hex digits. */
  readonly id: string;
  /** Digest of the value of the challenge's own cookie. */
  readonly cookieDigest: string;
  /** Whether the URL brought the user code along. */
  readonly prefilled: boolean;
  readonly expiresAt: Date;
}

/** A challenge that has seen so many wrong user codes is over (D47, RFC 8628 §5.1). */
export const mostWrongCodes = 5;

/** How the user codes of this server look. */
export interface UserCodeStyle {
  readonly length: number;
  /** Each character once. */
  readonly alphabet: readonly string[];
  /** Whether a dash is shown in the middle. */
  readonly dashed: boolean;
}

export type UserCodePreset = "high" | "medium" | "low";

const latin = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
const digits = "0123456789";
/** What people take for one another. */
const lookalikes = new Set("0Oo1IlB8S5Z2");

/** RFC 8628 §6.1: upper-case consonants make no words, and five tries at eight of them find one in 2^32. */
const consonants: UserCodeStyle = { length: 8, alphabet: Array.from("BCDFGHJKLMNPQRSTVWXZ"), dashed: true };

/** As Hydra makes them. */
const presets: Readonly<Record<UserCodePreset, UserCodeStyle>> = {
  high: {
    length: 8,
    alphabet: Array.from(`${latin.toLowerCase()}${latin}${digits}`).filter((character) => !lookalikes.has(character)),
    dashed: false,
  },
  medium: { length: 8, alphabet: Array.from(latin), dashed: false },
  low: { length: 9, alphabet: Array.from(digits), dashed: false },
};

export interface UserCodeChoice {
  readonly preset: UserCodePreset | null;
  readonly length: number | null;
  readonly characters: string | null;
}

/** Eight consonants unless something else was chosen (D47). */
export function userCodeStyle({ preset, length, characters }: UserCodeChoice): UserCodeStyle {
  const chosen = preset === null ? consonants : presets[preset];
  if (length === null && characters === null) return chosen;
  return {
    length: length ?? chosen.length,
    alphabet: characters === null ? chosen.alphabet : [...new Set(characters)],
    dashed: false,
  };
}

/** As the device shows it. */
export function shownUserCode(code: string, { dashed }: UserCodeStyle): string {
  const middle = Math.floor(code.length / 2);
  return dashed ? `${code.slice(0, middle)}-${code.slice(middle)}` : code;
}

/**
 * RFC 8628 §6.1: what was typed, in the characters of the alphabet: dashes and spaces are left out, and case where the
 * alphabet has only one. Nothing else is forgiven; undefined when it can be no code.
 */
export function readUserCode(typed: string, { length, alphabet }: UserCodeStyle): string | undefined {
  if (typed.length > 256) return undefined;
  const known = new Set(alphabet);
  const hasUpper = alphabet.some((character) => /[A-Z]/.test(character));
  const hasLower = alphabet.some((character) => /[a-z]/.test(character));
  const read = Array.from(typed)
    .filter((character) => known.has(character) || !/[-\s]/.test(character))
    .map((character) => {
      // Plain ASCII: other scripts have letters whose upper case is a Latin one.
      if (/[a-z]/.test(character) && hasUpper && !hasLower) return character.toUpperCase();
      if (/[A-Z]/.test(character) && hasLower && !hasUpper) return character.toLowerCase();
      return character;
    });
  return read.length === length && read.every((character) => known.has(character)) ? read.join("") : undefined;
}

/** A question of the device, and the interval that it has to keep from then on. */
export interface Poll {
  readonly at: Date;
  readonly intervalSeconds: number;
  /** It came too early. */
  readonly early: boolean;
}

/** RFC 8628 §3.5: who asks too early must wait 5 seconds longer from then on. */
const slowerSeconds = 5;
/** Networks are not even: an answer that took long makes the next question seem early. */
const tolerance = 0.9;

/** The poll at `now` after `last`. */
export function judgePoll(last: Poll | undefined, intervalSeconds: number, now: Date): Poll {
  if (last === undefined) return { at: now, intervalSeconds, early: false };
  // One request may be judged twice, when its client turns out to have changed: it is the same poll.
  if (last.at === now) return last;
  const early = now.getTime() - last.at.getTime() < last.intervalSeconds * 1000 * tolerance;
  return { at: now, intervalSeconds: last.intervalSeconds + (early ? slowerSeconds : 0), early };
}

/** What the client must be registered for: judged when the device asks, and again when its user has signed in. */
export function requireDeviceAllowed(
  client: Client,
  { scope, audience }: Pick<DeviceCode, "scope" | "audience">,
  strategy: ScopeStrategy,
): void {
  if (!grantTypesOf(client).includes(deviceCodeGrantType)) {
    refuse(
      "unauthorized_client",
      `The OAuth 2.0 Client is not allowed to use authorization grant '${deviceCodeGrantType}'.`,
    );
  }
  requireAdmittedScope(strategy, client.scope, scope);
  requireAdmittedAudience(client.audience, audience);
}
