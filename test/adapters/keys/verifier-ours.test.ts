import { createHmac } from "node:crypto";
import * as fc from "fast-check";
import { CompactSign, importJWK } from "jose";
import { describe, expect, test } from "vitest";
import { signer } from "../../../src/adapters/keys/signer.ts";
import { verifier } from "../../../src/adapters/keys/verifier.ts";
import type { SigningKey } from "../../../src/protocol/key.ts";
import { alterations } from "./alterations.ts";
import { aKey, aRing, textOf } from "./ring-world.ts";

const noClients = { current: async () => undefined, newer: async () => undefined };

async function aWorld(algorithm = "ES256") {
  const key = await aKey("id", algorithm);
  const { ring, world } = aRing([key, await aKey("at", algorithm)]);
  const proving = verifier(ring, noClients, { isMac: () => undefined });
  const signing = signer(ring);
  const ours = (...asked: Parameters<typeof proving.ours>) => proving.ours(...asked);
  const sign = (...asked: Parameters<typeof signing.sign>) => signing.sign(...asked);
  const forge = async (header: object, by: SigningKey = key, payload = "{}") =>
    new CompactSign(Buffer.from(payload))
      .setProtectedHeader({ alg: by.algorithm, typ: "JWT", kid: key.kid, ...header })
      .sign(await importJWK({ ...by.privateJwk }, by.algorithm));
  return { key, world, ours, sign, forge };
}

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");

describe("a JWT of ours", () => {
  test.each(["RS256", "PS256", "ES256", "ES512", "EdDSA"])(
    "with %s is known again, with its claims",
    async (algorithm) => {
      const { ours, sign, key } = await aWorld(algorithm);
      const verified = await ours("id", "JWT", await sign("id", "JWT", { sub: "anna", exp: 1 }));
      expect(verified).toEqual({
        header: { alg: algorithm, typ: "JWT", kid: key.kid },
        claims: { sub: "anna", exp: 1 },
      });
    },
  );

  test("FZ-06: verifies only as it was signed, byte for byte", async () => {
    const { ours, sign } = await aWorld("EdDSA");
    const jwt = await sign("id", "JWT", { sub: "anna" });
    await fc.assert(
      fc.asyncProperty(alterations(jwt), async (altered) => {
        expect(await ours("id", "JWT", altered)).toBeUndefined();
      }),
      { numRuns: 500 },
    );
  });

  test("RFC 8725 §3.11: of one typ is none of another", async () => {
    const { ours, sign } = await aWorld();
    expect(await ours("id", "at+jwt", await sign("id", "JWT", {}))).toBeUndefined();
    expect(await ours("id", "JWT", await sign("id", "at+jwt", {}))).toBeUndefined();
  });

  test("of one set is none of another", async () => {
    const { ours, sign } = await aWorld();
    expect(await ours("at", "JWT", await sign("id", "JWT", {}))).toBeUndefined();
  });

  test("RFC 8725 §2.1: with alg none is not believed", async () => {
    const { ours, key } = await aWorld();
    for (const alg of ["none", "None", "NONE", ""]) {
      const start = `${encode({ alg, typ: "JWT", kid: key.kid })}.${encode({ sub: "anna" })}.`;
      expect(await ours("id", "JWT", start)).toBeUndefined();
      expect(await ours("id", "JWT", `${start}AAAA`)).toBeUndefined();
    }
  });

  test("RFC 8725 §2.1: with an HMAC under the public key is not believed", async () => {
    const { ours, key } = await aWorld("RS256");
    const signed = `${encode({ alg: "HS256", typ: "JWT", kid: key.kid })}.${encode({ sub: "anna" })}`;
    const pem = JSON.stringify(key.publicJwk);
    for (const secret of [pem, textOf(key.publicJwk, "n"), ""]) {
      const tag = createHmac("sha256", secret).update(signed).digest("base64url");
      expect(await ours("id", "JWT", `${signed}.${tag}`)).toBeUndefined();
    }
  });

  test("RFC 8725 §3.1: under another algorithm than its key's is not believed, though the mathematics agree", async () => {
    const { ours, forge, key } = await aWorld("RS256");
    expect(await ours("id", "JWT", await forge({}))).toBeDefined();
    expect(await ours("id", "JWT", await forge({ alg: "PS256" }, { ...key, algorithm: "PS256" }))).toBeUndefined();
    expect(await ours("id", "JWT", await forge({ alg: "RS512" }, { ...key, algorithm: "RS512" }))).toBeUndefined();
  });

  test("by a key that is not ours is not believed, whether it names itself, ours or none", async () => {
    const { ours, forge, key } = await aWorld();
    const foreign = await aKey("id", "ES256");
    expect(await ours("id", "JWT", await forge({}, foreign))).toBeUndefined();
    expect(await ours("id", "JWT", await forge({ kid: foreign.kid, jwk: foreign.publicJwk }, foreign))).toBeUndefined();
    expect(await ours("id", "JWT", await forge({ kid: undefined }, key))).toBeUndefined();
  });

  test.each([
    ["RFC 7515 §4.1.11: crit", { crit: ["exp"], exp: 1 }],
    ["RFC 7515 §4.1.11: an empty crit", { crit: [] }],
    ["RFC 7797: b64", { b64: true }],
    ["zip", { zip: "DEF" }],
  ])("with %s is not believed", async (_name, header) => {
    const { ours, key, sign } = await aWorld("EdDSA");
    expect(await ours("id", "JWT", await sign("id", "JWT", {}))).toBeDefined();
    const { createPrivateKey, sign: signBytes } = await import("node:crypto");
    const signed = `${encode({ alg: "EdDSA", typ: "JWT", kid: key.kid, ...header })}.${encode({})}`;
    const privateKey = createPrivateKey({ key: { ...key.privateJwk }, format: "jwk" });
    const signature = signBytes(null, Buffer.from(signed), privateKey).toString("base64url");
    expect(await ours("id", "JWT", `${signed}.${signature}`)).toBeUndefined();
  });

  test("CVE-2022-21449: an ECDSA signature of zeros, or of a wrong length, is not believed", async () => {
    const { ours, sign } = await aWorld("ES256");
    const [header, payload] = (await sign("id", "JWT", {})).split(".");
    for (const length of [0, 1, 63, 64, 65, 128]) {
      const zeros = Buffer.alloc(length).toString("base64url");
      expect(await ours("id", "JWT", `${header}.${payload}.${zeros}`)).toBeUndefined();
    }
  });

  test.each(["[]", '"text"', "null", "7", "{", "", '{"a":1e400}', '{"a":12345678901234567890}'])(
    "RFC 7519 §7.2: a payload of %s is no claims",
    async (payload) => {
      const { ours, forge } = await aWorld();
      expect(await ours("id", "JWT", await forge({}, undefined, payload))).toBeUndefined();
    },
  );

  test("FZ-06: no other text is believed, and nothing is thrown", async () => {
    const { ours } = await aWorld();
    const part = fc.oneof(
      fc.string(),
      fc.base64String(),
      fc.json().map((json) => Buffer.from(json).toString("base64url")),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(part, { maxLength: 6 }), async (parts) => {
        expect(await ours("id", "JWT", parts.join("."))).toBeUndefined();
      }),
    );
  });

  test("longer than 64 KiB is not read", async () => {
    const { ours, sign } = await aWorld();
    expect(await ours("id", "JWT", await sign("id", "JWT", { text: "x".repeat(50_000) }))).toBeUndefined();
    expect(await ours("id", "JWT", await sign("id", "JWT", { text: "x".repeat(48_000) }))).toBeDefined();
  });

  test("CAUTH-020: a kid that looks like a path, a statement or a prototype is just unknown", async () => {
    const { ours, forge } = await aWorld();
    for (const kid of [
      "../../etc/passwd",
      "' or 1=1 --",
      "__proto__",
      "constructor",
      "https://evil.example/jwks",
      "$(id)",
    ]) {
      expect(await ours("id", "JWT", await forge({ kid }))).toBeUndefined();
    }
  });
});
