import { CompactSign, compactVerify, importJWK } from "jose";
import { describe, expect, test } from "vitest";
import { asymmetricAlgorithms } from "../../../src/protocol/names.ts";
import { start } from "../../support/nouns.ts";
import { maker, textOf } from "./ring-world.ts";

describe("a new key", () => {
  test.each(asymmetricAlgorithms)("for %s signs what an independent library verifies", async (algorithm) => {
    const key = await maker.generate("a-set", algorithm, start);
    const jws = await new CompactSign(Buffer.from("{}"))
      .setProtectedHeader({ alg: algorithm })
      .sign(await importJWK({ ...key.privateJwk }, algorithm));
    await expect(compactVerify(jws, await importJWK({ ...key.publicJwk }, algorithm))).resolves.toBeDefined();
  });

  test("says whose it is, what for, and since when", async () => {
    const key = await maker.generate("a-set", "ES256", start);
    expect(key).toMatchObject({ set: "a-set", algorithm: "ES256", use: "sig", createdAt: start });
    expect(key.publicJwk).toMatchObject({ kid: key.kid, alg: "ES256", use: "sig", kty: "EC", crv: "P-256" });
    expect((await maker.generate("a-set", "ES256", start)).kid).not.toBe(key.kid);
  });

  test("RFC 7517 §9.2: nothing private is among its public members", async () => {
    const [rsa, ec, ed] = await Promise.all(
      ["RS256", "ES512", "EdDSA"].map((alg) => maker.generate("a-set", alg, start)),
    );
    expect(Object.keys(rsa?.publicJwk ?? {}).sort()).toEqual(["alg", "e", "kid", "kty", "n", "use"]);
    expect(Object.keys(ec?.publicJwk ?? {}).sort()).toEqual(["alg", "crv", "kid", "kty", "use", "x", "y"]);
    expect(Object.keys(ed?.publicJwk ?? {}).sort()).toEqual(["alg", "crv", "kid", "kty", "use", "x"]);
    for (const key of [rsa, ec, ed]) expect(typeof key?.privateJwk.d).toBe("string");
  });

  test("JWKS-002: of RSA has 2048 bits", async () => {
    const { publicJwk } = await maker.generate("a-set", "PS256", start);
    expect(Buffer.from(textOf(publicJwk, "n"), "base64url").length * 8).toBe(2048);
  });

  test.each(["HS256", "none", "", "RSA", "constructor", "es256"])("for %j is not made", async (algorithm) => {
    await expect(async () => maker.generate("a-set", algorithm, start)).rejects.toMatchObject({
      code: "invalid_request",
      details: { field: "alg" },
    });
  });
});
