import { randomBytes } from "node:crypto";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  accessTokenBytes,
  accessTokenDigest,
  composeTokenId,
  looksLikeJwt,
  opaqueAccessToken,
  opaqueKind,
  opaqueToken,
  readTokenId,
} from "../../src/protocol/access-token.ts";

const random = "A".repeat(43);

describe("opaque values (D40)", () => {
  describe("what is stored of an opaque access token", () => {
    const token = (expiresAt: number) =>
      opaqueAccessToken("tsr", new Date(expiresAt), randomBytes(accessTokenBytes).toString("base64url"));
    const bytes = (digest: string) => Buffer.from(digest, "base64url");

    test("sorts by its expiry, to the millisecond", () => {
      const instant = fc.integer({ min: 0, max: 2 ** 48 - 1 });
      fc.assert(
        fc.property(instant, instant, (one, other) => {
          fc.pre(one !== other);
          const order = Buffer.compare(bytes(accessTokenDigest(token(one))), bytes(accessTokenDigest(token(other))));
          expect(order).toBe(one < other ? -1 : 1);
        }),
      );
    });

    test("RFC 6749 §10.10: tells tokens of one millisecond apart, and is as long as a SHA-256", () => {
      const digests = new Set(Array.from({ length: 1000 }, () => accessTokenDigest(token(1_800_000_000_000))));
      expect(digests.size).toBe(1000);
      for (const digest of digests) expect(bytes(digest)).toHaveLength(32);
    });

    test("depends on every character, so that a token with another expiry is another token", () => {
      const real = token(1_800_000_000_000);
      for (let index = 0; index < real.length; index += 1) {
        const changed = real.slice(0, index) + (real[index] === "A" ? "B" : "A") + real.slice(index + 1);
        expect(bytes(accessTokenDigest(changed)).equals(bytes(accessTokenDigest(real)))).toBe(false);
      }
    });
  });

  test.each(["tsr", "ory"])("a token and a code with the prefix '%s' are told apart", (prefix) => {
    expect(opaqueKind(opaqueAccessToken(prefix, new Date(), random.slice(0, 35)))).toBe("at");
    expect(opaqueKind(opaqueToken(prefix, "ac", random))).toBe("ac");
  });

  test.each([
    "",
    random,
    `tsr_rt_${random}`,
    `xyz_at_${random}`,
    `tsr_at_${random}A`,
    `tsr_at_${random.slice(1)}`,
    `tsr_at_${random}\n`,
    ` tsr_at_${random}`,
    `TSR_at_${random}`,
    `tsr_at_${random.slice(1)}=`,
    `tsr_at_${random.slice(1)}é`,
  ])("%j was never made here", (text) => {
    expect(opaqueKind(text)).toBeUndefined();
  });
});

test.each([
  ["a.b.c", true],
  ["a.b", false],
  ["a.b.c.d", false],
  ["a..c", false],
  ["a.b.c\n", false],
  ["a.b.c=", false],
  [`${"a".repeat(70_000)}.b.c`, false],
])("%.20j looks like a JWT: %s", (text, looks) => {
  expect(looksLikeJwt(text)).toBe(looks);
});

describe("the jti of a JWT access token says where it hangs", () => {
  const uint32 = fc.integer({ min: 0, max: 0xffffffff });
  const id = fc.uint8Array({ minLength: 16, maxLength: 16 }).map((bytes) => Buffer.from(bytes).toString("hex"));
  const nonce = fc.uint8Array({ minLength: 8, maxLength: 8 }).map((bytes) => Buffer.from(bytes).toString("base64url"));

  test("what is composed is read back", () => {
    fc.assert(
      fc.property(fc.option(id), uint32, uint32, nonce, (authorizationId, epoch, generation, chance) => {
        fc.pre(authorizationId !== "0".repeat(32));
        const jti = composeTokenId({ authorizationId, epoch, generation }, chance);
        expect(jti).toHaveLength(43);
        expect(readTokenId(jti)).toEqual({ authorizationId, epoch, generation });
      }),
    );
  });

  test("two tokens of one authorization differ by chance alone", () => {
    const hanging = { authorizationId: null, epoch: 1, generation: 0 };
    expect(composeTokenId(hanging, "AAAAAAAAAAA")).not.toBe(composeTokenId(hanging, "AAAAAAAAAAE"));
  });

  test("anything else is read or is none", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.anything(),
          fc.base64String().map((text) => text.slice(0, 43)),
        ),
        (jti) => {
          const read = readTokenId(jti);
          if (read === undefined) return;
          expect(jti).toMatch(/^[A-Za-z0-9_-]{43}$/);
          expect(read.authorizationId ?? "0".repeat(32)).toMatch(/^[0-9a-f]{32}$/);
        },
      ),
    );
    expect(readTokenId(`${"A".repeat(43)}\n`)).toBeUndefined();
    expect(readTokenId(undefined)).toBeUndefined();
  });
});
