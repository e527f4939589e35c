import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { refreshTokens } from "../../../src/adapters/keys/refresh-tokens.ts";
import { subkeys } from "../../../src/adapters/keys/subkeys.ts";
import { alterations } from "./alterations.ts";

const family = "00112233445566778899aabbccddeeff";
const ids = fc.uint8Array({ minLength: 16, maxLength: 16 }).map((bytes) => Buffer.from(bytes).toString("hex"));

function tokensOf(prefix = "tsr", ...secrets: string[]) {
  return refreshTokens(subkeys(secrets.length === 0 ? ["the secret of today"] : secrets), prefix);
}

describe("a refresh token", () => {
  test("names its family and generation", () => {
    const { refreshToken, openRefreshToken } = tokensOf();
    fc.assert(
      fc.property(ids, fc.nat(2 ** 32 - 1), (authorizationId, generation) => {
        expect(openRefreshToken(refreshToken(authorizationId, generation))).toEqual({ authorizationId, generation });
      }),
    );
  });

  test("RFC 6749 §10.10: a guess succeeds with a probability below 2^-160", () => {
    const token = tokensOf().refreshToken(family, 0);
    const bytes = Buffer.from(token.slice("tsr_rt_".length), "base64url");
    expect((bytes.length - 16 - 4) * 8).toBeGreaterThanOrEqual(160);
  });

  test("mechanisms §3: the same generation has the same token, another generation another", () => {
    const { refreshToken } = tokensOf();
    expect(refreshToken(family, 3)).toBe(refreshToken(family, 3));
    expect(refreshToken(family, 4)).not.toBe(refreshToken(family, 3));
  });

  test("FZ-28: with any character altered, removed or added is unknown", () => {
    const { refreshToken, openRefreshToken } = tokensOf();
    fc.assert(
      fc.property(alterations(refreshToken(family, 7)), (altered) => {
        expect(openRefreshToken(altered)).toBeUndefined();
      }),
      { numRuns: 2000 },
    );
  });

  test("FZ-28: parts of two tokens make no third", () => {
    const { refreshToken, openRefreshToken } = tokensOf();
    const [one, other] = [refreshToken(family, 1), refreshToken("ff".repeat(16), 2)];
    for (let cut = "tsr_rt_".length + 1; cut < one.length; cut += 1) {
      expect(openRefreshToken(one.slice(0, cut) + other.slice(cut))).toBeUndefined();
    }
  });

  test.each([
    ["tsr", "tsr_rt_"],
    ["ory", "ory_rt_"],
  ])("D40: with the prefix %s begins with %s, and is read under either setting", (setting, begin) => {
    const token = tokensOf(setting).refreshToken(family, 1);
    expect(token.startsWith(begin)).toBe(true);
    for (const reader of ["tsr", "ory"]) {
      expect(tokensOf(reader).openRefreshToken(token)).toEqual({ authorizationId: family, generation: 1 });
    }
    expect(tokensOf(setting).openRefreshToken(token.replace("_rt_", "_at_"))).toBeUndefined();
  });

  test("is proven by every secret of the list, and by no other", () => {
    const token = tokensOf("tsr", "the secret of last year").refreshToken(family, 1);
    const rotated = tokensOf("tsr", "the secret of today", "the secret of last year");
    expect(rotated.openRefreshToken(token)?.generation).toBe(1);
    expect(tokensOf("tsr", "the secret of today").openRefreshToken(token)).toBeUndefined();
  });
});
