/** private_key_jwt: a client proves itself by a signature that is good once (RFC 7521, RFC 7523, OIDC Core §9). */
import { createHmac } from "node:crypto";
import { exportSPKI } from "jose";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  assertion,
  assertionClaims,
  assertionType,
  compact,
  type KeyPair,
  newKeyPair,
  newSigningClient,
  present,
  type SigningClient,
} from "../support/assertions.ts";
import { newClient } from "../support/code-flow.ts";
import { databases } from "../support/database.ts";
import { countStatuses, refusal } from "../support/grants.ts";
import { basic, startWorld, type World } from "../support/server.ts";

const unproven = [401, "invalid_client"];

describe("client assertions", () => {
  let world: World;
  let keys: Record<"es" | "rs" | "ps" | "ed" | "stranger", KeyPair>;
  let client: SigningClient;

  beforeAll(async () => {
    const [es, rs, ps, ed, stranger] = await Promise.all([
      newKeyPair("ES256", "es"),
      newKeyPair("RS256", "rs"),
      newKeyPair("PS256", "ps"),
      newKeyPair("EdDSA", "ed"),
      newKeyPair("ES256", "es"),
    ]);
    keys = { es, rs, ps, ed, stranger };
    world = await startWorld();
    client = await newSigningClient(world, es);
  });
  afterAll(() => world?.close());

  test.each(["es", "rs", "ps", "ed"] as const)("OIDC Core §9: a good assertion is accepted (%s)", async (name) => {
    const signing = await newSigningClient(world, keys[name]);
    expect((await present(world, await assertion(world, signing))).status).toBe(200);
    const named = { client_id: signing.id };
    expect((await present(world, await assertion(world, signing), named)).status).toBe(200);
  });

  test("RFC 8725 §3.2: an unsigned assertion proves nothing", async () => {
    const claims = assertionClaims(world, client);
    for (const alg of ["none", "None", "NONE", "nOnE"]) {
      for (const signature of ["", "AA"]) {
        const answer = await present(world, compact({ alg, kid: "es" }, claims, signature));
        expect(refusal(answer), alg).toEqual(unproven);
      }
    }
  });

  test("RFC 8725 §2.1: the public key is no secret for HS256, and no secret is a key", async () => {
    const pem = await exportSPKI(keys.rs.publicKey);
    const signing = await newSigningClient(world, keys.rs);
    const guesses = [pem, pem.trim(), JSON.stringify(keys.rs.publicJwk), keys.rs.publicJwk.n ?? "", ""];
    for (const guess of guesses) {
      for (const alg of ["HS256", "RS256"]) {
        const unsigned = compact({ alg, kid: "rs" }, assertionClaims(world, signing)).slice(0, -1);
        const signature = createHmac("sha256", guess).update(unsigned).digest("base64url");
        expect(refusal(await present(world, `${unsigned}.${signature}`))).toEqual(unproven);
      }
    }
  });

  test("OIDC Core §9: a client with a secret cannot sign with it, nor a client with a key use a secret", async () => {
    const secretive = await newClient(world);
    const unsigned = compact({ alg: "HS256" }, assertionClaims(world, secretive)).slice(0, -1);
    const signature = createHmac("sha256", secretive.secret).update(unsigned).digest("base64url");
    expect(refusal(await present(world, `${unsigned}.${signature}`))).toEqual(unproven);
    const form = { grant_type: "client_credentials" };
    expect(refusal(await world.post("/oauth2/token", form, basic(client.id, "secret")))).toEqual(unproven);
    expect(refusal(await world.post("/oauth2/token", { ...form, client_id: client.id }))).toEqual(unproven);
  });

  test("OIDC Registration §2: only the registered algorithm is accepted", async () => {
    const jwks = { keys: [keys.es.publicJwk, keys.rs.publicJwk] };
    const signing = await newSigningClient(world, keys.es, { jwks });
    expect(refusal(await present(world, await assertion(world, signing, { key: keys.rs })))).toEqual(unproven);
    expect((await present(world, await assertion(world, signing))).status).toBe(200);
    const silent = await newSigningClient(world, keys.rs, { jwks, token_endpoint_auth_signing_alg: "" });
    expect((await present(world, await assertion(world, silent))).status).toBe(200);
    expect(refusal(await present(world, await assertion(world, silent, { key: keys.es })))).toEqual(unproven);
  });

  test("RFC 7517 §4.5: a `kid` names a key of the client and nothing else", async () => {
    const names = ["unknown", "../../es", "es' or '1'='1", "http://127.0.0.1:9/keys", "__proto__", "", "constructor"];
    for (const kid of [...names, "$(touch /tmp/x)", "x".repeat(5000)]) {
      const answer = await present(world, await assertion(world, client, { header: { kid } }));
      expect(refusal(answer), kid).toEqual(unproven);
    }
    const nameless = await assertion(world, client, { header: { kid: undefined } });
    expect((await present(world, nameless)).status).toBe(200);
    const encrypting = { ...keys.es.publicJwk, use: "enc" };
    const other = await newSigningClient(world, keys.es, { jwks: { keys: [encrypting] } });
    expect(refusal(await present(world, await assertion(world, other)))).toEqual(unproven);
  });

  test("RFC 8725 §3.10: keys that the assertion brings along are not believed, and nothing is fetched", async () => {
    const headers = [
      { jwk: keys.stranger.publicJwk },
      { jku: "http://127.0.0.1:9/jwks.json" },
      { x5u: "http://127.0.0.1:9/cert.pem" },
      { x5c: ["MIIB"] },
    ];
    for (const header of headers) {
      const forged = await assertion(world, client, { key: keys.stranger, header });
      expect(refusal(await present(world, forged)), Object.keys(header)[0]).toEqual(unproven);
    }
  });

  test("RFC 7515 §4.1.11, RFC 7797: what the header declares critical or unencoded is refused", async () => {
    const claims = assertionClaims(world, client);
    const headers = [
      { crit: ["exp"], exp: 1 },
      { crit: ["b64"], b64: false },
      { b64: false },
      { crit: [] },
      { zip: "DEF" },
      { enc: "A256GCM" },
    ];
    for (const header of headers) {
      const answer = await present(world, compact({ alg: "ES256", kid: "es", ...header }, claims, "AAAA"));
      expect(refusal(answer), JSON.stringify(header)).toEqual(unproven);
    }
  });

  test("RFC 7519 §1: only the compact form is a JWT", async () => {
    const good = await assertion(world, client);
    const [header = "", payload = "", signature = ""] = good.split(".");
    const general = JSON.stringify({ payload, signatures: [{ protected: header, signature }] });
    const flattened = JSON.stringify({ payload, protected: header, signature });
    const bomb = compact({ alg: "PBES2-HS256+A128KW", enc: "A128GCM", p2c: 10 ** 9, p2s: "AAAA" }, {}, "AA.AA.AA");
    const nested = compact({ alg: "ES256", kid: "es", cty: "JWT" }, assertionClaims(world, client), good);
    const broken = [general, flattened, bomb, nested, `${header}..${signature}`, `${good}.`, `${good}=`, "..", "a.b.c"];
    for (const jwt of [...broken, `${header}.${payload}.`, good.slice(0, -2), `${good}A`]) {
      const answer = await present(world, jwt, { client_id: client.id });
      expect(answer.status, jwt.slice(0, 60)).toBe(401);
    }
    expect((await present(world, good)).status).toBe(200);
  });

  test("RFC 7523 §3: every claim must be right", async () => {
    const other = (await newSigningClient(world, keys.es)).id;
    const now = Math.floor(world.clock.now().getTime() / 1000);
    const faults: Record<string, unknown>[] = [
      ...[undefined, other, [client.id], 1, ""].flatMap((value) => [{ iss: value }, { sub: value }]),
      ...[undefined, "https://other.example", "", [], 7, [7], `${world.publicUrl}/x`, [["x"]]].map((aud) => ({ aud })),
      ...[undefined, now - 11, now - 300, now + 25 * 3600, `${now + 60}`, -1, 1e300, null].map((exp) => ({ exp })),
      ...[now + 61, "0", null].flatMap((value) => [{ nbf: value }, { iat: value }]),
      ...[undefined, "", 7, "j".repeat(600), ["a"]].map((jti) => ({ jti })),
      { iss: other, sub: other },
      { aud: world.publicUrl.toUpperCase() },
    ];
    for (const claims of faults) {
      const answer = await present(world, await assertion(world, client, { claims }), { client_id: client.id });
      expect(refusal(answer), JSON.stringify(claims)).toEqual(unproven);
    }
  });

  test("RFC 7519 §2: clocks that differ a little and fractions of a second are forgiven", async () => {
    const now = world.clock.now().getTime() / 1000;
    for (const claims of [
      { nbf: now + 8 },
      { iat: now + 8 },
      { exp: now - 8 },
      { exp: now + 60.5 },
      { iat: undefined },
    ]) {
      const answer = await present(world, await assertion(world, client, { claims }));
      expect(answer.status, JSON.stringify(claims)).toBe(200);
    }
  });

  test("D12: the audience is the issuer or the endpoint that is called, and not another endpoint", async () => {
    const at = (path: string, aud: unknown) => async () => {
      const jwt = await assertion(world, client, { claims: { aud } });
      const form = { client_assertion_type: assertionType, client_assertion: jwt, token: "x" };
      return (await world.post(path, { ...form, grant_type: "client_credentials" })).status;
    };
    const [token, revoke] = [`${world.publicUrl}/oauth2/token`, `${world.publicUrl}/oauth2/revoke`];
    for (const aud of [world.publicUrl, [world.publicUrl], token, ["https://other.example", token]]) {
      expect(await at("/oauth2/token", aud)(), String(aud)).toBe(200);
    }
    expect(await at("/oauth2/token", revoke)()).toBe(401);
    expect(await at("/oauth2/revoke", world.publicUrl)()).toBe(200);
    expect(await at("/oauth2/revoke", revoke)()).toBe(200);
    expect(await at("/oauth2/revoke", token)()).toBe(401);
  });

  test("RFC 7521 §4.2: a `client_id` that is another's is refused", async () => {
    const other = await newClient(world);
    const answer = await present(world, await assertion(world, client), { client_id: other.id });
    expect(refusal(answer)).toEqual(unproven);
  });

  test("RFC 7521 §4.2: the assertion's type must be the one that is defined", async () => {
    const jwt = await assertion(world, client);
    const form = { grant_type: "client_credentials", client_assertion: jwt };
    expect(refusal(await world.post("/oauth2/token", form))).toEqual(unproven);
    expect(refusal(await present(world, jwt, { client_assertion_type: "jwt" }))).toEqual(unproven);
    const twice = new URLSearchParams({ ...form, client_assertion_type: assertionType });
    twice.append("client_assertion_type", assertionType);
    expect(refusal(await world.post("/oauth2/token", twice))).toEqual([400, "invalid_request"]);
    expect((await present(world, "", { client_id: client.id })).status).toBe(400);
    expect((await present(world, jwt)).status).toBe(200);
  });

  test("D36: an assertion beside another way of authentication is refused, and not used up", async () => {
    const jwt = await assertion(world, client);
    const form = { grant_type: "client_credentials", client_assertion_type: assertionType, client_assertion: jwt };
    const withHeader = await world.post("/oauth2/token", form, basic(client.id, "x"));
    expect(refusal(withHeader)).toEqual([400, "invalid_request"]);
    const withSecret = await world.post("/oauth2/token", { ...form, client_secret: "x" });
    expect(refusal(withSecret)).toEqual([400, "invalid_request"]);
    expect((await present(world, jwt)).status).toBe(200);
  });

  test("an assertion that was used is remembered for as long as it could be used, and reported in words", async () => {
    const now = Math.floor(world.clock.now().getTime() / 1000);
    const jwt = await assertion(world, client, { claims: { exp: now + 3600 } });
    expect((await present(world, jwt)).status).toBe(200);
    world.clock.advance(3609);
    const again = await present(world, jwt);
    expect(refusal(again)).toEqual(unproven);
    expect(again.body.error_description).toContain("used before");
    world.clock.advance(1);
    expect((await present(world, jwt)).body.error_description).toContain("expired");
  });
});

describe.each(databases)("replay of assertions on $name", (database) => {
  let worlds: readonly [World, World];

  beforeAll(async () => {
    const dsn = await database.dsn();
    const first = await startWorld({ dsn });
    const settings = { "urls.self.issuer": first.publicUrl, "urls.self.public": first.publicUrl };
    worlds = [first, database.name === "sqlite" ? first : await startWorld({ dsn, clock: first.clock, settings })];
  });
  afterAll(async () => {
    for (const world of new Set(worlds)) await world.close();
  });

  test("CVE-2020-5300: of 20 presentations at once, one is accepted; none later, nowhere", async () => {
    const [first, second] = worlds;
    const client = await newSigningClient(first, await newKeyPair("ES256", "k"));
    const jwt = await assertion(first, client);
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) => present(index % 2 === 0 ? first : second, jwt)),
    );
    expect(countStatuses(answers)).toEqual({ 200: 1, 401: 19 });
    for (const world of worlds) {
      expect(refusal(await present(world, jwt))).toEqual(unproven);
      const form = { token: "x", client_assertion_type: assertionType, client_assertion: jwt };
      expect(refusal(await world.post("/oauth2/revoke", form))).toEqual(unproven);
    }
    // The same `jti` in another assertion of the client is the same assertion; another client's is not.
    const { jti } = JSON.parse(Buffer.from(jwt.split(".")[1] ?? "", "base64url").toString());
    expect(refusal(await present(second, await assertion(first, client, { claims: { jti } })))).toEqual(unproven);
    const other = await newSigningClient(first, client.key);
    expect((await present(second, await assertion(first, other, { claims: { jti } }))).status).toBe(200);
  });

  test("a client whose keys were replaced is judged by the new ones at once, in every process", async () => {
    const [first, second] = worlds;
    const [old, fresh] = await Promise.all([newKeyPair("ES256", "old"), newKeyPair("ES256", "new")]);
    const client = await newSigningClient(first, old);
    expect((await present(second, await assertion(first, client))).status).toBe(200);
    const current = (await first.admin("GET", `/admin/clients/${client.id}`)).body;
    const changed = { ...current, jwks: { keys: [fresh.publicJwk] } };
    expect((await first.admin("PUT", `/admin/clients/${client.id}`, changed)).status).toBe(200);
    for (const world of worlds) {
      expect(refusal(await present(world, await assertion(first, client)))).toEqual(unproven);
      expect((await present(world, await assertion(first, client, { key: fresh }))).status).toBe(200);
    }
  });
});
