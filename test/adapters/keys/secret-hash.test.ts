import { describe, expect, test } from "vitest";
import { bcryptCheck } from "../../../src/adapters/keys/bcrypt.ts";
import { parseSecretHash, type SecretHash } from "../../../src/adapters/keys/secret-hash.ts";
import { isSlowMatch } from "../../../src/adapters/keys/slow-hash.ts";

const unpadded = (hex: string): string => Buffer.from(hex, "hex").toString("base64").replaceAll("=", "");

/** RFC 7914 §11, PBKDF2-HMAC-SHA-256 with one iteration. */
const pbkdf2Vector =
  "55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc" +
  "49ca9cccf179b645991664b39d77ef317c71b845b1e30bd509112041d3a19783";

const bcryptCheckOnce = bcryptCheck();

async function fits(text: string, secret: string): Promise<boolean> {
  const parsed = parseSecretHash(text);
  if (parsed === undefined || parsed.kind === "sha256") throw new Error("not a slow hash");
  return isSlowMatch(parsed, secret, bcryptCheckOnce);
}

describe("an imported hash (D28)", () => {
  test.each([
    ["RFC 7914 §11's PBKDF2", `$pbkdf2-sha256$i=1,l=64$${unpadded("73616c74")}$${unpadded(pbkdf2Vector)}`, "passwd"],
    [
      "PBKDF2 in Hydra's form",
      "$pbkdf2-sha256$i=100000,l=32$1jP+5Zxpxgtee/iPxGgOz0RfE9/KJuDElP1ley4VxXc$QJxzfvdbHYBpydCbHoFg3GJEqMFULwskiuqiJctoYpI",
      "test",
    ],
    [
      "Argon2id of the reference implementation",
      "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
      "password",
    ],
    [
      "Argon2i of the reference implementation",
      "$argon2i$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$wWKIMhR9lyDFvRz9YTZweHKfbftvj+qf+YFY4NeBbtA",
      "password",
    ],
    ["bcrypt of crypt_blowfish", "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW", "U*U"],
    ["bcrypt of PHP", "$2y$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW", "U*U"],
  ])("%s knows its secret and no other", async (_name, hash, secret) => {
    expect(await fits(hash, secret)).toBe(true);
    expect(await fits(hash, `${secret} `)).toBe(false);
    expect(await fits(hash, "")).toBe(false);
  });

  test("of bcrypt refuses secrets of more than the 72 bytes it reads", async () => {
    // The hash of 72 times "a", made by an implementation that cuts what is longer.
    const hash = "$2b$04$abcdefghijklmnopqrstuuBzzIgyKkz7xMWYSzkIjUSnxEQFQ0WNe";
    expect(await fits(hash, "a".repeat(72))).toBe(true);
    expect(await fits(hash, "a".repeat(73))).toBe(false);
  });
});

describe("ADM-027: a hash that would cost too much is no hash", () => {
  const b64 = (bytes: number): string => unpadded("ab".repeat(bytes));
  const pbkdf2 = (i: number, l = 32): string => `$pbkdf2-sha256$i=${i},l=${l}$${b64(16)}$${b64(l)}`;
  const argon2 = (costs: string): string => `$argon2id$v=19$${costs}$${b64(16)}$${b64(32)}`;
  const bcrypt = (cost: string): string => `$2b$${cost}$${"a".repeat(53)}`;

  test.each([
    ["PBKDF2 of 2 million iterations", pbkdf2(2_000_000), pbkdf2(2_000_001)],
    ["PBKDF2 of 64 bytes", pbkdf2(1, 64), pbkdf2(1, 65)],
    ["Argon2 of 256 MiB", argon2("m=262144,t=4,p=1"), argon2("m=262145,t=1,p=1")],
    ["Argon2 of 1 GiB in all passes", argon2("m=65536,t=16,p=1"), argon2("m=65536,t=17,p=1")],
    ["Argon2 of 16 lanes", argon2("m=65536,t=1,p=16"), argon2("m=65536,t=1,p=17")],
    ["bcrypt of cost 14", bcrypt("14"), bcrypt("15")],
  ])("%s is the last that is paid", (_name, dearest, tooDear) => {
    expect(parseSecretHash(dearest)).toBeDefined();
    expect(parseSecretHash(tooDear)).toBeUndefined();
  });

  test.each([
    ["nothing", ""],
    ["a plain secret", "secret"],
    [
      "a hash of another kind",
      "$scrypt$ln=16,r=8,p=1$aM15713r3Xsvxbi31lqr1Q$nFNh2CVHVjNldFVKDHDlm4CbdRSCdEBsjjJxD+iCs5E",
    ],
    ["PBKDF2 without iterations", pbkdf2(0)],
    ["PBKDF2 that is shorter than it says", `$pbkdf2-sha256$i=1,l=32$${b64(16)}$${b64(31)}`],
    ["PBKDF2 of 10 bytes", pbkdf2(1, 10)],
    ["PBKDF2 with SHA-1", pbkdf2(1000).replace("sha256", "sha1")],
    ["Argon2d, which leaks through caches", argon2("m=65536,t=1,p=1").replace("argon2id", "argon2d")],
    ["Argon2 of version 16", argon2("m=65536,t=1,p=1").replace("v=19", "v=16")],
    ["Argon2 with less memory than RFC 9106 §3.1 allows", argon2("m=15,t=1,p=2")],
    ["bcrypt of a cost below 4", bcrypt("03")],
    ["the flawed 2x of bcrypt", bcrypt("10").replace("2b", "2x")],
    ["a hash with a line behind it", `${bcrypt("10")}\n`],
  ])("%s is no hash", (_name, text) => {
    expect(parseSecretHash(text)).toBeUndefined();
  });

  test("whatever the text, reading it ends at once and throws nothing", () => {
    const long: SecretHash | undefined = parseSecretHash(`$argon2id$v=19$m=8,t=1,p=1$${"A".repeat(100_000)}$`);
    expect(long).toBeUndefined();
  });
});
