import { expect, test } from "vitest";
import { digest, hexDigest, isSame, leftHalf } from "../../src/protocol/digest.ts";

test("RFC 7636 Appendix B: a SHA-256 in base64url", () => {
  expect(digest("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")).toBe("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
});

test("FIPS 180-4: a SHA-256 in hex", () => {
  expect(hexDigest("abc")).toBe("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
});

test("OIDC Core Appendix A.3: at_hash is the left half of the access token's hash", () => {
  expect(leftHalf("jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y", "sha256")).toBe("77QmUPtjPfzWtF2AnpK9RQ");
  expect(leftHalf("x", "sha512")).toHaveLength(43);
});

test.each([
  ["a", "a", true],
  ["a", "b", false],
  ["a", "ab", false],
  ["", "", true],
  ["é", "e\u0301", false],
])("'%s' and '%s' are the same: %s", (left, right, same) => {
  expect(isSame(left, right)).toBe(same);
});
