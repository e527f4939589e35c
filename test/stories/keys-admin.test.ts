/** Key sets over the admin API: Hydra's shapes, and what must not be done to keys that sign. */
import { createLocalJWKSet, exportJWK, generateKeyPair, type JSONWebKeySet, type JWK, jwtVerify } from "jose";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { isActive, newClient, obtainTokens } from "../support/code-flow.ts";
import { dump, type OpenData, openDatas } from "../support/data.ts";
import { databases } from "../support/database.ts";
import { askToken, headerOf, refusal } from "../support/grants.ts";
import { type Answer, startWorld, type World } from "../support/server.ts";

const idTokens = "/admin/keys/openid.id-token";
const accessTokens = "/admin/keys/oauth2.access-token";
const secretMembers = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

async function privateJwk(algorithm: string, over: JWK = {}): Promise<JWK> {
  const { privateKey } = await generateKeyPair(algorithm, { extractable: true });
  return { ...(await exportJWK(privateKey)), alg: algorithm, use: "sig", kid: `a key of ${algorithm}`, ...over };
}

function publicHalf(jwk: JWK): JWK {
  return Object.fromEntries(Object.entries(jwk).filter(([name]) => !secretMembers.includes(name)));
}

const kidsOf = (answer: Answer): string[] => answer.body.keys.map(({ kid }: JWK) => kid);
const published = async (world: World): Promise<JSONWebKeySet> => (await world.get("/.well-known/jwks.json")).body;
const publishedKids = async (world: World) => (await published(world)).keys.map(({ kid }) => kid);

describe.each(databases)("key sets on $name", (database) => {
  let world: World;
  let made = 0;
  const aSet = () => {
    made += 1;
    return `/admin/keys/a%20set%20${made}`;
  };

  beforeAll(async () => {
    world = await startWorld({ dsn: await database.dsn() });
  });
  afterAll(() => world?.close());

  test.each([
    ["RS256", "RSA", undefined],
    ["RS384", "RSA", undefined],
    ["RS512", "RSA", undefined],
    ["PS256", "RSA", undefined],
    ["PS384", "RSA", undefined],
    ["PS512", "RSA", undefined],
    ["ES256", "EC", "P-256"],
    ["ES384", "EC", "P-384"],
    ["ES512", "EC", "P-521"],
    ["EdDSA", "OKP", "Ed25519"],
  ])("a key of %s is made, read, and deleted", async (alg, kty, crv) => {
    const set = aSet();
    const created = await world.admin("POST", set, { alg, use: "sig", kid: "a/key" });
    expect(created.status).toBe(201);
    expect(created.headers.location).toBe(set);
    const [key] = created.body.keys;
    expect(created.body).toEqual({ keys: [{ ...key, use: "sig", kty, kid: "a/key", alg, ...(crv && { crv }) }] });
    // As in Hydra: who keeps keys of their own here reads them whole.
    expect(key).toHaveProperty("d");
    expect((await world.admin("GET", set)).body).toEqual({ keys: [key] });
    expect((await world.admin("GET", `${set}/a%2Fkey`)).body).toEqual({ keys: [key] });
    expect((await world.admin("DELETE", `${set}/a%2Fkey`)).status).toBe(204);
    expect((await world.admin("GET", set)).status).toBe(404);
  });

  test("a name and a use that are left out are made", async () => {
    const created = await world.admin("POST", aSet(), { alg: "EdDSA" });
    expect(created.body.keys[0]).toMatchObject({ use: "sig", kid: expect.stringMatching(/^[0-9a-f-]{36}$/) });
  });

  test("Hydra §12.31: what is not there is told apart, and may be deleted", async () => {
    const set = aSet();
    const notFound = { error: "Not Found", error_description: "Unable to locate the requested resource" };
    expect((await world.admin("GET", set)).body).toEqual(notFound);
    await world.admin("POST", set, { alg: "EdDSA", kid: "one" });
    const other = await world.admin("GET", `${set}/two`);
    expect([other.status, other.body]).toEqual([
      404,
      { error: "Unable to locate the resource", error_description: "" },
    ]);
    expect((await world.admin("DELETE", `${set}/two`)).status).toBe(204);
    expect((await world.admin("DELETE", aSet())).status).toBe(204);
    expect((await world.admin("DELETE", set)).status).toBe(204);
    expect((await world.admin("GET", set)).status).toBe(404);
  });

  test("a set is replaced as a whole; every member of its keys comes back", async () => {
    const set = aSet();
    await world.admin("POST", set, { alg: "EdDSA" });
    const keys = [await privateJwk("ES256", { "x5t#S256": "a print" }), publicHalf(await privateJwk("RS256"))];
    const replaced = await world.admin("PUT", set, { keys });
    expect(replaced.status).toBe(200);
    expect(replaced.body.keys).toEqual(keys);
    const stored = (await world.admin("GET", set)).body.keys;
    expect(stored).toHaveLength(2);
    expect(stored).toEqual(expect.arrayContaining(keys));
    expect((await world.admin("PUT", set, { keys: [] })).body).toEqual({ keys: [] });
    expect((await world.admin("GET", set)).status).toBe(404);
  });

  test("people may keep symmetric keys and keys for encryption", async () => {
    const keys = [
      { kty: "oct", k: Buffer.alloc(32, 7).toString("base64url"), kid: "shared", use: "enc", alg: "A256GCM" },
      { ...(await privateJwk("ES256")), alg: "ECDH-ES", use: "enc" },
    ];
    expect((await world.admin("PUT", aSet(), { keys })).body.keys).toEqual(keys);
  });

  test("one key is written under its path's name", async () => {
    const set = aSet();
    const key = await privateJwk("ES256", { kid: "named" });
    const { kid: _, ...nameless } = key;
    expect((await world.admin("PUT", `${set}/named`, nameless)).body).toEqual(key);
    expect((await world.admin("PUT", `${set}/other`, key)).body.error).toBe("Bad Request");
    const newer = await privateJwk("ES384", { kid: "named" });
    expect((await world.admin("PUT", `${set}/named`, newer)).body).toEqual(newer);
    expect((await world.admin("GET", set)).body).toEqual({ keys: [newer] });
  });

  describe("JWKS-007, ADM-017: what is refused", () => {
    let key: JWK;
    let other: JWK;
    beforeAll(async () => {
      [key, other] = [await privateJwk("ES256"), await privateJwk("ES256")];
    });
    const weak = { kty: "RSA", n: Buffer.alloc(128, 0xff).toString("base64url"), e: "AQAB", kid: "weak" };

    test.each<[string, () => unknown]>([
      ["two keys of one name", () => ({ keys: [key, { ...other, kid: key.kid }] })],
      ["halves that do not belong together", () => ({ keys: [{ ...key, x: other.x, y: other.y }] })],
      ["a point that is not on the curve", () => ({ keys: [{ ...publicHalf(key), x: key.y }] })],
      ["an algorithm of another curve", () => ({ keys: [{ ...key, alg: "ES384" }] })],
      ["an algorithm of another type", () => ({ keys: [{ ...key, alg: "RS256" }] })],
      ["a use that is none", () => ({ keys: [{ ...key, use: "wrong" }] })],
      ["a type that is unknown", () => ({ keys: [{ kid: "none" }] })],
      ["a weak key", () => ({ keys: [weak] })],
      ["an empty symmetric key", () => ({ keys: [{ kty: "oct", k: "", kid: "empty" }] })],
      ["a name that is no text", () => ({ keys: [{ ...key, kid: 7 }] })],
      ["an empty name", () => ({ keys: [{ ...key, kid: "" }] })],
      ["keys that are no list", () => ({ keys: key })],
      ["a key that is no object", () => ({ keys: ["key"] })],
      ["too many keys", () => ({ keys: Array.from({ length: 1001 }, () => ({ kid: "a" })) })],
    ])("%s", async (_what, body) => {
      const set = aSet();
      const answer = await world.admin("PUT", set, body());
      expect(answer.status).toBe(400);
      expect((await world.admin("GET", set)).status).toBe(404);
    });

    test.each<[string, unknown, string]>([
      ["an algorithm that is none", { alg: "RS1" }, "Unsupported key algorithm"],
      ["a symmetric one", { alg: "HS256" }, "Unsupported key algorithm"],
      ["none", { alg: "none" }, "Unsupported key algorithm"],
      ["an absurdly long one", { alg: "R".repeat(300) }, "The value of 'alg' must be at most 255 characters."],
      ["no algorithm", {}, "The value of 'alg' must be at least 1 characters."],
      ["a wrong use", { alg: "ES256", use: "both" }, "The value of 'use' must be 'sig' or 'enc'."],
    ])("making a key of %s", async (_what, body, description) => {
      const answer = await world.admin("POST", aSet(), body);
      expect([answer.status, answer.body]).toEqual([400, { error: "Bad Request", error_description: description }]);
    });

    test("a set's name that is too long", async () => {
      expect((await world.admin("POST", `/admin/keys/${"s".repeat(256)}`, { alg: "EdDSA" })).status).toBe(400);
    });

    test("a name that the set has", async () => {
      const set = aSet();
      await world.admin("POST", set, { alg: "EdDSA", kid: "one" });
      expect((await world.admin("POST", set, { alg: "EdDSA", kid: "one" })).status).toBe(409);
    });
  });
});

describe.each(databases)("the sets that sign on $name", (database) => {
  let world: World;

  beforeAll(async () => {
    const shown = { "webfinger.jwks.broadcast_keys": ["hydra.openid.id-token", "shown"] };
    world = await startWorld({ dsn: await database.dsn(), settings: shown });
  });
  afterAll(() => world?.close());

  test.each([
    ["hydra.openid.id-token", idTokens],
    ["hydra.jwt.access-token", accessTokens],
  ])("D21: %s is another name of one", async (alias, set) => {
    const answer = await world.admin("GET", `/admin/keys/${alias}`);
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual((await world.admin("GET", set)).body);
  });

  test("D50, JWKS-008, ADM-018: they show public members only, in every answer, and so does the log", async () => {
    const created = await world.admin("POST", idTokens, { alg: "ES256", use: "sig", kid: "shown" });
    const imported = await privateJwk("ES256", { kid: "imported" });
    const written = await world.admin("PUT", `${idTokens}/imported`, imported);
    expect([created.status, written.status]).toEqual([201, 200]);
    expect(written.body).toEqual(publicHalf(imported));
    const answers = [created, written, await world.admin("GET", idTokens), await world.admin("GET", accessTokens)];
    answers.push(await world.admin("PUT", idTokens, (await world.admin("GET", idTokens)).body));
    for (const { text } of answers) expect(text).not.toMatch(/"(?:d|p|q|dp|dq|qi|k)":/);
    expect(world.log.join("\n")).not.toContain(imported.d);
  });

  test("JWKS-001, JWKS-002, JWKS-005: what is published is public, named and for one algorithm", async () => {
    await world.admin("PUT", "/admin/keys/hidden", { keys: [await privateJwk("ES256", { kid: "hidden" })] });
    const shared = { kty: "oct", k: "c2VjcmV0LXNlY3JldC1zZWNyZXQ", kid: "shared" };
    await world.admin("PUT", "/admin/keys/shown", { keys: [await privateJwk("ES384", { kid: "broadcast" }), shared] });
    const { keys } = await published(world);
    const kids = keys.map(({ kid }) => kid);
    expect(kids).toContain("broadcast");
    expect(kids).not.toContain("hidden");
    expect(kids).not.toContain("shared");
    expect(new Set(kids).size).toBe(kids.length);
    for (const key of keys) {
      expect(key).toMatchObject({ use: "sig", alg: expect.any(String), kid: expect.any(String) });
      expect(Object.keys(key).filter((name) => secretMembers.includes(name))).toEqual([]);
      if (key.kty === "RSA") expect(Buffer.from(key.n ?? "", "base64url").length).toBeGreaterThanOrEqual(256);
    }
  });

  test("ADM-018: who reads private keys of people leaves a trace", async () => {
    await world.admin("POST", "/admin/keys/traced", { alg: "EdDSA", kid: "one" });
    await world.admin("GET", "/admin/keys/traced/one");
    await world.admin("GET", idTokens);
    const traces = world.log.filter((line) => line.includes("private_keys_read"));
    expect(traces).toHaveLength(1);
    expect(JSON.parse(traces[0] ?? "")).toMatchObject({ audience: "audit", set: "traced", kid: "one" });
  });

  test.each<[string, () => Promise<unknown>]>([
    ["a symmetric key", async () => ({ keys: [{ kty: "oct", k: "c2VjcmV0", kid: "shared", alg: "HS256" }] })],
    ["public keys alone", async () => ({ keys: [publicHalf(await privateJwk("ES256"))] })],
    ["a key for encryption", async () => ({ keys: [await privateJwk("ES256", { use: "enc" })] })],
    ["a key of no algorithm", async () => ({ keys: [{ ...(await privateJwk("ES256")), alg: undefined }] })],
    ["nothing", async () => ({ keys: [] })],
  ])("they are not left with %s", async (_what, body) => {
    const before = (await world.admin("GET", accessTokens)).body;
    expect((await world.admin("PUT", accessTokens, await body())).status).toBe(400);
    expect((await world.admin("GET", accessTokens)).body).toEqual(before);
  });

  test("a key never changes under its name", async () => {
    const [kid] = kidsOf(await world.admin("GET", accessTokens));
    const other = await privateJwk("ES256", { kid: kid ?? "" });
    expect((await world.admin("PUT", `${accessTokens}/${kid}`, other)).status).toBe(409);
    expect((await world.admin("PUT", accessTokens, { keys: [other] })).status).toBe(409);
  });
});

describe.each(databases)("a key that is made by the API on $name", (database) => {
  let world: World;
  const client = () => newClient(world, { access_token_strategy: "jwt" });
  const signer = async () => {
    const answer = await askToken(world, await client(), { grant_type: "client_credentials" });
    return headerOf(answer.body.access_token).kid;
  };

  beforeAll(async () => {
    world = await startWorld({ dsn: await database.dsn() });
  });
  afterAll(() => world?.close());

  test("mechanisms §10: is published at once, and signs after two minutes", async () => {
    const [old] = kidsOf(await world.admin("GET", accessTokens));
    await world.admin("POST", accessTokens, { alg: "EdDSA", kid: "newer" });
    expect(await publishedKids(world)).toContain("newer");
    world.clock.advance(119);
    expect(await signer()).toBe(old);
    world.clock.advance(1);
    expect(await signer()).toBe("newer");
    expect(await publishedKids(world)).toEqual(expect.arrayContaining([old, "newer"]));
    expect(kidsOf(await world.admin("GET", accessTokens))).toEqual(["newer", old]);
  });

  test("an imported key signs like one of ours", async () => {
    const imported = await privateJwk("PS384", { kid: "from elsewhere" });
    expect((await world.admin("PUT", `${accessTokens}/from%20elsewhere`, imported)).status).toBe(200);
    world.clock.advance(120);
    const answer = await askToken(world, await client(), { grant_type: "client_credentials" });
    const keys = createLocalJWKSet(await published(world));
    const { protectedHeader } = await jwtVerify(answer.body.access_token, keys, { currentDate: world.clock.now() });
    expect(protectedHeader).toMatchObject({ kid: "from elsewhere", alg: "PS384" });
    // Written once more, it is the same key: nothing waits.
    expect((await world.admin("PUT", `${accessTokens}/from%20elsewhere`, imported)).status).toBe(200);
    expect(await signer()).toBe("from elsewhere");
  });

  test("mechanisms §10: deleting the one that signs sets another to work at once", async () => {
    const kid = await signer();
    const token = (await askToken(world, await client(), { grant_type: "client_credentials" })).body.access_token;
    expect(await isActive(world, token)).toBe(true);
    await world.admin("POST", accessTokens, { alg: "PS384", kid: "coming" });
    expect((await world.admin("DELETE", `${accessTokens}/${encodeURIComponent(String(kid))}`)).status).toBe(204);
    // JWKS-004: what a deleted key has signed is worth nothing any more.
    expect(await isActive(world, token)).toBe(false);
    expect(await publishedKids(world)).not.toContain(kid);
    expect(await signer()).not.toBe(kid);
  });

  test("deleting every one leaves a new one that signs at once", async () => {
    for (const kid of kidsOf(await world.admin("GET", accessTokens))) {
      expect((await world.admin("DELETE", `${accessTokens}/${encodeURIComponent(kid)}`)).status).toBe(204);
    }
    const left = kidsOf(await world.admin("GET", accessTokens));
    expect(left).toHaveLength(1);
    expect(await signer()).toBe(left[0]);
    expect(await publishedKids(world)).toContain(left[0]);
  });

  test("deleting a whole set does too", async () => {
    const before = kidsOf(await world.admin("GET", idTokens));
    expect((await world.admin("DELETE", idTokens)).status).toBe(204);
    const [kid, ...others] = kidsOf(await world.admin("GET", idTokens));
    expect(others).toEqual([]);
    expect(before).not.toContain(kid);
    const tokens = await obtainTokens(world, await newClient(world));
    expect(headerOf(tokens.id_token)).toMatchObject({ kid, alg: "RS256" });
  });

  test("twenty who delete the last keys at once leave one that signs", async () => {
    await world.admin("POST", accessTokens, { alg: "ES256", kid: "second" });
    const kids = kidsOf(await world.admin("GET", accessTokens));
    await Promise.all(
      Array.from({ length: 20 }, (_, racer) =>
        world.admin("DELETE", `${accessTokens}/${encodeURIComponent(kids[racer % kids.length] ?? "")}`),
      ),
    );
    const left = kidsOf(await world.admin("GET", accessTokens));
    expect(left.length).toBeGreaterThanOrEqual(1);
    expect(left).toContain(await signer());
  });
});

describe.each(openDatas)("private keys at rest on $name", ({ open }) => {
  let data: OpenData;
  let world: World;

  beforeAll(async () => {
    data = await open();
    world = await startWorld({ dsn: data.dsn, settings: { "keys.export_private": true } });
  });
  afterAll(async () => {
    await world?.close();
    data?.close();
  });

  test("JWKS-008: are sealed; the setting keys.export_private shows them as Hydra does", async () => {
    await world.admin("POST", "/admin/keys/people", { alg: "ES256", kid: "theirs" });
    const answers = [await world.admin("GET", "/admin/keys/people"), await world.admin("GET", accessTokens)];
    const text = await dump(data);
    for (const { body } of answers) {
      const [{ d }] = body.keys;
      expect(d).toEqual(expect.any(String));
      expect(text).not.toContain(d);
      expect(text).not.toContain(Buffer.from(d, "base64url").toString("hex"));
    }
    expect(refusal(await world.get("/admin/keys/people"))[0]).toBe(404);
  });
});
