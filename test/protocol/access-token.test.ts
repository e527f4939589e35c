import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { composeTokenId, looksLikeJwt, opaqueKind, opaqueToken, readTokenId } from "../../src/protocol/access-token.ts";

const random = "A".repeat(43);

describe("opaque values (D40)", () => {
  test.each(["tsr", "ory"])("a token and a code with the prefix '%s' are told apart", (prefix) => {
    expect(opaqueKind(opaqueToken(prefix, "at", random))).toBe("at");
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
