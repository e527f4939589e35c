import { createHmac, createPrivateKey, generateKeyPairSync, type KeyObject, sign as signBytes } from "node:crypto";
import { CompactEncrypt, CompactSign, exportJWK, GeneralSign, importJWK } from "jose";
import { describe, expect, test } from "vitest";
import { clientKeys } from "../../../src/adapters/keys/client-keys.ts";
import { macSecrets } from "../../../src/adapters/keys/mac-secrets.ts";
import { verifier } from "../../../src/adapters/keys/verifier.ts";
import type { Client } from "../../../src/protocol/client.ts";
import type { JsonObject } from "../../../src/protocol/json.ts";
import type { SigningKey } from "../../../src/protocol/key.ts";
import { aClient } from "../../support/nouns.ts";
import { testSeal } from "../../support/seal.ts";
import { aKey, aRing, textOf } from "./ring-world.ts";

const url = "https://client.example/jwks";

/** A client's keys behind its URL, or registered with it; every fetch is counted, and the clock stands still. */
function aWorld(published: JsonObject[] = []) {
  const world = { ms: 0, fetched: [] as string[], broken: false, published };
  const outbound = {
    async fetchJson(asked: string): Promise<JsonObject> {
      world.fetched.push(asked);
      await new Promise(setImmediate);
      if (world.broken) throw new Error("not reachable");
      return { keys: [...world.published] };
    },
  };
  const proving = verifier(
    aRing([]).ring,
    clientKeys(outbound, () => world.ms),
    macSecrets(testSeal()),
  );
  return { world, clients: (...asked: Parameters<typeof proving.clients>) => proving.clients(...asked) };
}

function registered(...keys: JsonObject[]): Client {
  return aClient({ jwks: { keys } });
}

async function assertion(by: SigningKey, header: object = {}, claims: object = { sub: "c" }): Promise<string> {
  return new CompactSign(Buffer.from(JSON.stringify(claims)))
    .setProtectedHeader({ alg: by.algorithm, kid: by.kid, ...header })
    .sign(await importJWK({ ...by.privateJwk }, by.algorithm));
}

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");

/** For what no library would sign. */
function rawRs256(header: object, key: KeyObject): string {
  const signed = `${encode(header)}.${encode({ sub: "c" })}`;
  return `${signed}.${signBytes("sha256", Buffer.from(signed), key).toString("base64url")}`;
}

describe("a client's JWT", () => {
  test.each(["RS256", "PS384", "ES256", "ES384", "ES512", "EdDSA"])(
    "with %s is proven by its registered key",
    async (alg) => {
      const key = await aKey("client", alg);
      const { clients } = aWorld();
      const verified = await clients(registered(key.publicJwk), alg, await assertion(key));
      expect(verified).toEqual({ header: { alg, kid: key.kid }, claims: { sub: "c" } });
    },
  );

  test("RFC 9864 §2.2: with Ed25519 is proven by a key for EdDSA, under either name, and no other", async () => {
    const [key, other] = [await aKey("client", "EdDSA"), await aKey("client", "ES256")];
    const { clients } = aWorld();
    const jwt = await assertion({ ...key, algorithm: "Ed25519" });
    for (const alg of ["EdDSA", "Ed25519"]) {
      const verified = await clients(registered({ ...key.publicJwk, alg }), "EdDSA", jwt);
      expect(verified).toEqual({ header: { alg: "Ed25519", kid: key.kid }, claims: { sub: "c" } });
    }
    expect(await clients(registered(key.publicJwk), "ES256", jwt)).toBeUndefined();
    expect(await clients(registered({ ...other.publicJwk, kid: key.kid }), "EdDSA", jwt)).toBeUndefined();
  });

  test("CAUTH-015: with alg none is not believed", async () => {
    const key = await aKey("client", "RS256");
    const { clients } = aWorld();
    const jwt = `${encode({ alg: "none", kid: key.kid })}.${encode({ sub: "c" })}.`;
    for (const alg of ["none", "RS256", ""]) {
      expect(await clients(registered(key.publicJwk), alg, jwt)).toBeUndefined();
      expect(await clients(registered(key.publicJwk), alg, `${jwt}AAAA`)).toBeUndefined();
    }
  });

  test("CAUTH-016, CAUTH-017: with an HMAC is not believed, not even when HMAC is asked for", async () => {
    const key = await aKey("client", "RS256");
    const oct: JsonObject = { kty: "oct", k: Buffer.from("secret").toString("base64url"), alg: "HS256" };
    const { clients } = aWorld();
    const signed = `${encode({ alg: "HS256" })}.${encode({ sub: "c" })}`;
    for (const secret of ["secret", "", JSON.stringify(key.publicJwk)]) {
      const jwt = `${signed}.${createHmac("sha256", secret).update(signed).digest("base64url")}`;
      for (const alg of ["HS256", "RS256"]) {
        expect(await clients(registered(key.publicJwk, oct), alg, jwt)).toBeUndefined();
      }
    }
  });

  test("CAUTH-018: under an algorithm that is not the client's is not believed", async () => {
    const { alg: _, ...key } = (await aKey("client", "PS256")).publicJwk;
    const signing = await aKey("client", "PS256");
    const client = registered(key, { ...signing.publicJwk, alg: "PS256" });
    const { clients } = aWorld();
    const jwt = await assertion(signing);
    expect(await clients(client, "PS256", jwt)).toBeDefined();
    expect(await clients(client, "RS256", jwt)).toBeUndefined();
    expect(await clients(client, "ES256", jwt)).toBeUndefined();
  });

  test("CAUTH-019: without a kid is tried against the suitable signature keys", async () => {
    const [other, key] = [await aKey("client", "ES256"), await aKey("client", "ES256")];
    const { clients } = aWorld();
    const jwt = await assertion(key, { kid: undefined });
    expect(await clients(registered(other.publicJwk, key.publicJwk), "ES256", jwt)).toBeDefined();
    const forEncryption = { ...key.publicJwk, use: "enc" };
    expect(await clients(registered(other.publicJwk, forEncryption), "ES256", jwt)).toBeUndefined();
  });

  test("CAUTH-019: with an unknown kid, or the kid of another key, is not believed", async () => {
    const [other, key] = [await aKey("client", "ES256"), await aKey("client", "ES256")];
    const client = registered(other.publicJwk, key.publicJwk);
    const { clients } = aWorld();
    expect(await clients(client, "ES256", await assertion(key, { kid: "unknown" }))).toBeUndefined();
    expect(await clients(client, "ES256", await assertion(key, { kid: other.kid }))).toBeUndefined();
  });

  test("CAUTH-019: of several keys with one kid, any may have signed", async () => {
    const [other, key] = [await aKey("client", "ES256"), await aKey("client", "ES256")];
    const { clients } = aWorld();
    const client = registered({ ...other.publicJwk, kid: "same" }, { ...key.publicJwk, kid: "same" });
    expect(await clients(client, "ES256", await assertion(key, { kid: "same" }))).toBeDefined();
  });

  test.each([
    { use: "enc" },
    { key_ops: ["encrypt"] },
    { key_ops: "verify" },
    { alg: "PS256" },
    { alg: 7 },
    { use: null },
  ])("RFC 7517 §4: a key with %j checks no RS256 signature", async (member) => {
    const key = await aKey("client", "RS256");
    const { clients } = aWorld();
    expect(await clients(registered({ ...key.publicJwk, ...member }), "RS256", await assertion(key))).toBeUndefined();
  });

  test.each([7, null, ["k"], { a: 1 }])("a kid of %j is no kid", async (kid) => {
    const key = await aKey("client", "RS256");
    const { clients } = aWorld();
    const jwt = rawRs256({ alg: "RS256", kid }, createPrivateKey({ key: { ...key.privateJwk }, format: "jwk" }));
    expect(await clients(registered(key.publicJwk), "RS256", jwt)).toBeUndefined();
  });

  test("CAUTH-021: keys that the JWT itself brings or names are not looked at, and nothing is fetched", async () => {
    const [key, evil] = [await aKey("client", "RS256"), await aKey("evil", "RS256")];
    const { clients, world } = aWorld([evil.publicJwk]);
    const header = {
      jku: "https://evil.example/jwks",
      x5u: "https://evil.example/x",
      jwk: evil.publicJwk,
      kid: evil.kid,
    };
    expect(await clients(registered(key.publicJwk), "RS256", await assertion(evil, header))).toBeUndefined();
    expect(
      await clients(registered(key.publicJwk), "RS256", await assertion(evil, { ...header, kid: undefined })),
    ).toBeUndefined();
    expect(world.fetched).toEqual([]);
  });

  test.each([
    { crit: ["x"], x: 1 },
    { crit: ["b64"], b64: true },
    { b64: false },
    { crit: ["b64"], b64: false },
    { crit: [] },
  ])("CAUTH-022, CAUTH-023: with %j in its header is not believed", async (member) => {
    const key = await aKey("client", "RS256");
    const { clients } = aWorld();
    const privateKey = createPrivateKey({ key: { ...key.privateJwk }, format: "jwk" });
    const client = registered(key.publicJwk);
    expect(await clients(client, "RS256", rawRs256({ alg: "RS256" }, privateKey))).toBeDefined();
    expect(await clients(client, "RS256", rawRs256({ alg: "RS256", ...member }, privateKey))).toBeUndefined();
  });

  test("CAUTH-023: with a detached payload is not believed", async () => {
    const key = await aKey("client", "RS256");
    const { clients } = aWorld();
    const [header, , signature] = (await assertion(key)).split(".");
    expect(await clients(registered(key.publicJwk), "RS256", `${header}..${signature}`)).toBeUndefined();
  });

  test("CAUTH-024: a JSON serialisation is no JWT", async () => {
    const key = await aKey("client", "RS256");
    const { clients } = aWorld();
    const privateKey = await importJWK({ ...key.privateJwk }, "RS256");
    const general = await new GeneralSign(Buffer.from("{}"))
      .addSignature(privateKey)
      .setProtectedHeader({ alg: "RS256" })
      .sign();
    expect(await clients(registered(key.publicJwk), "RS256", JSON.stringify(general))).toBeUndefined();
  });

  test("CAUTH-037: RSA keys below 2048 bits, or with a small or even exponent, prove nothing", async () => {
    const weak = generateKeyPairSync("rsa", { modulusLength: 1024 });
    const small = generateKeyPairSync("rsa", { modulusLength: 2048, publicExponent: 3 });
    const good = generateKeyPairSync("rsa", { modulusLength: 2048 });
    const { clients } = aWorld();
    const judged = async (pair: { publicKey: KeyObject; privateKey: KeyObject }) => {
      const jwk = JSON.parse(JSON.stringify(await exportJWK(pair.publicKey)));
      return clients(registered(jwk), "RS256", rawRs256({ alg: "RS256" }, pair.privateKey));
    };
    expect(await judged(good)).toBeDefined();
    expect(await judged(weak)).toBeUndefined();
    expect(await judged(small)).toBeUndefined();
  });

  test("CAUTH-037: a point that is not on its curve, or a curve that is not the algorithm's, proves nothing", async () => {
    const [key, p384] = [await aKey("client", "ES256"), await aKey("client", "ES384")];
    const { clients } = aWorld();
    const y = Buffer.from(textOf(key.publicJwk, "y"), "base64url");
    y.writeUInt8(y.readUInt8(31) ^ 1, 31);
    const offCurve = { ...key.publicJwk, y: y.toString("base64url") };
    expect(await clients(registered(offCurve), "ES256", await assertion(key))).toBeUndefined();
    const { alg: _, ...bare } = p384.publicJwk;
    expect(await clients(registered(bare), "ES256", await assertion(p384))).toBeUndefined();
  });

  test("CVE-2022-21449: a signature of zeros is not believed", async () => {
    const key = await aKey("client", "ES256");
    const { clients } = aWorld();
    const [header, payload] = (await assertion(key)).split(".");
    const jwt = `${header}.${payload}.${Buffer.alloc(64).toString("base64url")}`;
    expect(await clients(registered(key.publicJwk), "ES256", jwt)).toBeUndefined();
  });

  test("D38: a published private key proves nothing", async () => {
    const key = await aKey("client", "RS256");
    const { clients } = aWorld();
    expect(await clients(registered(key.privateJwk), "RS256", await assertion(key))).toBeUndefined();
  });

  test("CAUTH-040: an encrypted JWT is not read, however it is nested", async () => {
    const key = await aKey("client", "RS256");
    const { clients } = aWorld();
    let jwt = await assertion(key);
    for (let depth = 0; depth < 5; depth += 1) {
      jwt = await new CompactEncrypt(Buffer.from(jwt))
        .setProtectedHeader({ alg: "dir", enc: "A128GCM", cty: "JWT" })
        .encrypt(Buffer.alloc(16));
      expect(await clients(registered(key.publicJwk), "RS256", jwt)).toBeUndefined();
    }
  });

  test("CAUTH-040: longer than 16 KiB is not read", async () => {
    const key = await aKey("client", "ES256");
    const { clients } = aWorld();
    const [long, longer] = [12_000, 12_300].map((length) => ({ text: "x".repeat(length) }));
    expect(await clients(registered(key.publicJwk), "ES256", await assertion(key, {}, long))).toBeDefined();
    expect(await clients(registered(key.publicJwk), "ES256", await assertion(key, {}, longer))).toBeUndefined();
  });

  test("stray bits at the end of a part make it another text, which is not believed", async () => {
    const key = await aKey("client", "ES256");
    const { clients } = aWorld();
    const jwt = await assertion(key);
    const last = jwt.at(-1) ?? "";
    const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    const stray = alphabet[alphabet.indexOf(last) + 1] ?? "";
    expect(Buffer.from(jwt.slice(0, -1) + stray, "base64url")).toEqual(Buffer.from(jwt, "base64url"));
    expect(await clients(registered(key.publicJwk), "ES256", jwt.slice(0, -1) + stray)).toBeUndefined();
    expect(await clients(registered(key.publicJwk), "ES256", `${jwt}=`)).toBeUndefined();
  });

  test.each([{}, { keys: {} }, { keys: [null, 7, "x", []] }, { keys: [{}] }])(
    "keys of %j prove nothing",
    async (jwks) => {
      const key = await aKey("client", "RS256");
      const { clients } = aWorld();
      expect(await clients(aClient({ jwks }), "RS256", await assertion(key))).toBeUndefined();
      expect(await clients(aClient({ jwks: null }), "RS256", await assertion(key))).toBeUndefined();
    },
  );

  test("a client's change of its registered keys counts at once", async () => {
    const [old, key] = [await aKey("client", "ES256"), await aKey("client", "ES256")];
    const { clients } = aWorld();
    const before = registered(old.publicJwk);
    const after = { ...before, jwks: { keys: [key.publicJwk] }, revision: before.revision + 1 };
    expect(await clients(before, "ES256", await assertion(old))).toBeDefined();
    expect(await clients(after, "ES256", await assertion(old))).toBeUndefined();
    expect(await clients(after, "ES256", await assertion(key))).toBeDefined();
  });
});

describe("keys at a client's jwks_uri", () => {
  const client = aClient({ jwksUri: url });

  test("are fetched once and kept for an hour", async () => {
    const key = await aKey("client", "ES256");
    const { clients, world } = aWorld([key.publicJwk]);
    const jwt = await assertion(key);
    const answers = await Promise.all(Array.from({ length: 10 }, () => clients(client, "ES256", jwt)));
    expect(answers.every((answer) => answer !== undefined)).toBe(true);
    world.ms = 3_599_999;
    await clients({ ...client, revision: 9 }, "ES256", jwt);
    expect(world.fetched).toEqual([url]);
    world.ms = 3_600_000;
    await clients(client, "ES256", jwt);
    expect(world.fetched).toEqual([url, url]);
  });

  test("CAUTH-039: that were taken away prove nothing after an hour", async () => {
    const key = await aKey("client", "ES256");
    const { clients, world } = aWorld([key.publicJwk]);
    expect(await clients(client, "ES256", await assertion(key))).toBeDefined();
    world.published = [];
    world.ms = 3_600_000;
    expect(await clients(client, "ES256", await assertion(key))).toBeUndefined();
  });

  test.each([
    ["with its kid", {}],
    ["without a kid", { kid: undefined }],
  ])("CAUTH-038: a new key %s is fetched when it is first met, at most once a minute", async (_name, header) => {
    const [old, key, newest] = [
      await aKey("client", "ES256"),
      await aKey("client", "ES256"),
      await aKey("client", "ES256"),
    ];
    const { clients, world } = aWorld([old.publicJwk]);
    await clients(client, "ES256", await assertion(old, header));
    world.published = [key.publicJwk];
    world.ms = 59_999;
    expect(await clients(client, "ES256", await assertion(key, header))).toBeUndefined();
    world.ms = 60_000;
    expect(await clients(client, "ES256", await assertion(key, header))).toBeDefined();
    expect(world.fetched.length).toBe(2);
    world.published = [newest.publicJwk];
    expect(await clients(client, "ES256", await assertion(newest, header))).toBeUndefined();
    expect(world.fetched.length).toBe(2);
  });

  test("a wrong signature under a known kid fetches nothing", async () => {
    const [key, evil] = [await aKey("client", "ES256"), await aKey("evil", "ES256")];
    const { clients, world } = aWorld([key.publicJwk]);
    await clients(client, "ES256", await assertion(key));
    world.ms = 600_000;
    expect(await clients(client, "ES256", await assertion(evil, { kid: key.kid }))).toBeUndefined();
    expect(world.fetched.length).toBe(1);
  });

  test("that cannot be fetched prove nothing, and are not asked for again for five seconds", async () => {
    const key = await aKey("client", "ES256");
    const { clients, world } = aWorld([key.publicJwk]);
    world.broken = true;
    const jwt = await assertion(key);
    expect(await clients(client, "ES256", jwt)).toBeUndefined();
    world.broken = false;
    world.ms = 4_999;
    expect(await clients(client, "ES256", jwt)).toBeUndefined();
    expect(world.fetched.length).toBe(1);
    world.ms = 5_000;
    expect(await clients(client, "ES256", jwt)).toBeDefined();
  });

  test("nothing is fetched for a JWT that could never be believed", async () => {
    const key = await aKey("client", "ES256");
    const { clients, world } = aWorld([key.publicJwk]);
    for (const [alg, jwt] of [
      ["HS256", await assertion(key)],
      ["RS256", await assertion(key)],
      ["ES256", "not a jwt"],
    ] as const) {
      expect(await clients(client, alg, jwt)).toBeUndefined();
    }
    expect(world.fetched).toEqual([]);
  });
});
