import { createLocalJWKSet, jwtVerify } from "jose";
import { describe, expect, test } from "vitest";
import { fairQueue } from "../../../src/adapters/keys/fair-queue.ts";
import { signer } from "../../../src/adapters/keys/signer.ts";
import type { Signer } from "../../../src/ports/ports.ts";
import { asymmetricAlgorithms } from "../../../src/protocol/names.ts";
import { aKey, aRing } from "./ring-world.ts";

/** The published keys as an independent library reads them: from their JSON. */
async function publishedBy(ours: Signer) {
  return createLocalJWKSet(JSON.parse(JSON.stringify({ keys: await ours.publicKeys() })));
}

const secretMembers = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

describe("a signature", () => {
  test.each(asymmetricAlgorithms)(
    "with %s is verified by an independent library from the published keys",
    async (algorithm) => {
      const key = await aKey("id", algorithm);
      const { ring } = aRing([key]);
      const ours = signer(ring);
      const jwt = await ours.sign("id", "at+jwt", { iss: "https://id.example", sub: "änna" });
      const keys = await publishedBy(ours);
      const { payload, protectedHeader } = await jwtVerify(jwt, keys, { algorithms: [algorithm], typ: "at+jwt" });
      expect(payload).toEqual({ iss: "https://id.example", sub: "änna" });
      expect(protectedHeader).toEqual({ alg: algorithm, typ: "at+jwt", kid: key.kid });
    },
  );

  test("RFC 7518 §3.4: with ES256 is two numbers of 32 bytes, not DER", async () => {
    const { ring } = aRing([await aKey("id", "ES256")]);
    const jwt = await signer(ring).sign("id", "JWT", {});
    expect(Buffer.from(jwt.split(".")[2] ?? "", "base64url").length).toBe(64);
  });

  test("each typ has its own header, of the same key", async () => {
    const { ring } = aRing([await aKey("id")]);
    const ours = signer(ring);
    const headers = [await ours.sign("id", "JWT", {}), await ours.sign("id", "at+jwt", {})].map(
      (jwt) => jwt.split(".")[0] ?? "",
    );
    expect(headers.map((header) => JSON.parse(Buffer.from(header, "base64url").toString()).typ)).toEqual([
      "JWT",
      "at+jwt",
    ]);
  });

  test("many at once are all made, each over its own claims", async () => {
    const { ring } = aRing([await aKey("id", "ES256")]);
    const ours = signer(ring);
    const jwts = await Promise.all(Array.from({ length: 100 }, (_, n) => ours.sign("id", "JWT", { n })));
    const keys = await publishedBy(ours);
    const claims = await Promise.all(jwts.map(async (jwt) => (await jwtVerify(jwt, keys)).payload.n));
    expect(claims).toEqual(Array.from({ length: 100 }, (_, n) => n));
  });

  test("over its bound is refused, not queued without end", async () => {
    const { ring } = aRing([await aKey("id", "RS256")]);
    const ours = signer(ring, fairQueue({ running: 1, waitingPerLane: 1, waiting: 1 }));
    const made = await Promise.allSettled([1, 2, 3].map((n) => ours.sign("id", "JWT", { n })));
    expect(made.map(({ status }) => status)).toEqual(["fulfilled", "fulfilled", "rejected"]);
  });

  test("RFC 8725 §3.1: a key is not used with another kind of algorithm", async () => {
    const key = { ...(await aKey("id", "RS256")), algorithm: "ES256" };
    const ours = signer(aRing([key]).ring);
    await expect(ours.sign("id", "JWT", {})).rejects.toThrow("cannot be used with ES256");
    await expect(ours.algorithm("id")).rejects.toThrow("cannot be used with ES256");
  });

  test("a key that cannot be read fails with its name and nothing of its private half", async () => {
    const whole = await aKey("id", "ES256");
    const key = { ...whole, privateJwk: { ...whole.privateJwk, d: "AAAA" } };
    const failure: unknown = await signer(aRing([key]).ring)
      .sign("id", "JWT", {})
      .catch((error: unknown) => error);
    expect(String(failure)).toContain(key.kid);
    expect(String(failure)).not.toContain("AAAA");
  });

  test("the algorithm is that of the key that signs", async () => {
    const { ring } = aRing([await aKey("id", "RS256"), await aKey("at", "ES256")]);
    expect([await signer(ring).algorithm("id"), await signer(ring).algorithm("at")]).toEqual(["RS256", "ES256"]);
  });
});

describe("the published keys", () => {
  test("RFC 7517 §9.2: hold no private and no symmetric member, whatever was stored", async () => {
    const rsa = await aKey("id", "RS256");
    const leaky = { ...rsa, publicJwk: { ...rsa.privateJwk, "x5t#S256": "thumb" } };
    const oct = { ...(await aKey("at")), algorithm: "HS256", publicJwk: { kty: "oct", k: "c2VjcmV0" } };
    const shown = await signer(aRing([leaky, await aKey("id", "ES256"), oct]).ring).publicKeys();
    expect(shown.length).toBe(2);
    for (const jwk of shown) expect(secretMembers.filter((member) => member in jwk)).toEqual([]);
    expect(shown.find(({ kty }) => kty === "RSA")?.["x5t#S256"]).toBe("thumb");
  });

  test("JWKS-002: each has kid, use and alg, and no kid comes twice", async () => {
    const key = await aKey("id", "ES256");
    const { kid: _kid, use: _use, alg: _alg, ...members } = key.publicJwk;
    const bare = { ...key, publicJwk: members };
    const shown = await signer(aRing([bare, { ...(await aKey("at")), kid: key.kid }]).ring).publicKeys();
    expect(shown).toEqual([{ kid: key.kid, use: "sig", alg: "ES256", ...members }]);
  });

  test("keys for encryption are not among them", async () => {
    const shown = await signer(aRing([{ ...(await aKey("id")), use: "enc" }]).ring).publicKeys();
    expect(shown).toEqual([]);
  });
});
