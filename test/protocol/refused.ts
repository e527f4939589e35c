/** What a rule's refusal looks like to `toThrow`: an OAuthError of this code, and of this member where one is named. */
import { expect } from "vitest";
import type { Refusal } from "../../src/protocol/errors.ts";

export function refused(code: Refusal, field?: string): unknown {
  return expect.objectContaining({
    name: "OAuthError",
    code,
    // RFC 6749 §5.2: the characters an error_description may hold.
    message: expect.stringMatching(/^[\x20-\x21\x23-\x5b\x5d-\x7e]+$/),
    ...(field === undefined ? {} : { details: expect.objectContaining({ field }) }),
  });
}
