/** client_secret_jwt: a client proves itself by what only its secret can sign, once (OIDC Core §9, RFC 7523). */
import { SignJWT } from "jose";
import * as openid from "openid-client";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { assertionClaims, newKeyPair, present } from "../support/assertions.ts";
import { newClient, type TestClient } from "../support/code-flow.ts";
import { databases, query } from "../support/database.ts";
import { refusal } from "../support/grants.ts";
import { relyingParty, signIn } from "../support/openid.ts";
import { objectClaims, objectUrl, visit } from "../support/request-objects.ts";
import { basic, startWorld, type World } from "../support/server.ts";

const method = { token_endpoint_auth_method: "client_secret_jwt" };
const unproven = [401, "invalid_client"];

describe.each(databases)("client_secret_jwt on $name", (database) => {
  let world: World;
  let dsn: string;
  let client: TestClient;

  beforeAll(async () => {
    dsn = await database.dsn();
    world = await startWorld({ dsn });
    client = await newClient(world, method);
  });
  afterAll(() => world?.close());

  const sign = (
    by: TestClient,
    { alg = "HS256", claims = {}, secret = by.secret }: { alg?: string; claims?: object; secret?: string } = {},
  ) =>
    new SignJWT({ ...assertionClaims(world, by), ...claims })
      .setProtectedHeader({ alg })
      .sign(new TextEncoder().encode(secret));

  test.each(["", "HS256", "HS384", "HS512"])("openid-client signs a user in (%s)", async (alg) => {
    const own = await newClient(world, { ...method, token_endpoint_auth_signing_alg: alg });
    const authentication = openid.ClientSecretJwt(own.secret, undefined);
    const metadata = alg === "" ? {} : { token_endpoint_auth_signing_alg: alg };
    const party = await relyingParty(world, own, metadata, authentication);
    if (alg === "" || alg === "HS256") {
      expect((await signIn(world, party)).claims()?.sub).toBe("alice");
    }
    expect((await present(world, await sign(own, { alg: alg === "" ? "HS256" : alg }))).status).toBe(200);
  });

  test("the secret is as long as the hash wants it, and shown once", async () => {
    expect(client.secret.length).toBeGreaterThanOrEqual(64);
    const { body } = await world.admin("GET", `/admin/clients/${client.id}`);
    expect(JSON.stringify(body)).not.toContain(client.secret);
    expect(body.token_endpoint_auth_method).toBe("client_secret_jwt");
    const short = await world.admin("POST", "/admin/clients", { ...method, client_secret: "a".repeat(31) });
    expect([short.status, short.body.error]).toEqual([400, "invalid_client_metadata"]);
  });

  test("RFC 7523 §3 (7): an assertion is good once, however many present it at once", async () => {
    const once = await sign(client);
    const answers = await Promise.all(Array.from({ length: 8 }, () => present(world, once)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    for (const answer of answers) if (answer.status !== 200) expect(refusal(answer)).toEqual(unproven);
  });

  test.each<[string, () => Promise<string>]>([
    ["of another secret", () => sign(client, { secret: "x".repeat(64) })],
    ["of an empty-looking secret", () => sign(client, { secret: "\0".repeat(64) })],
    ["under another algorithm than the registered", () => sign(client, { alg: "HS512" })],
    ["for somebody else", () => sign(client, { claims: { aud: "https://elsewhere.example" } })],
    ["of the past", () => sign(client, { claims: { exp: 1 } })],
    ["without jti", () => sign(client, { claims: { jti: undefined } })],
  ])("an assertion %s proves nothing", async (_what, make) => {
    expect(refusal(await present(world, await make()))).toEqual(unproven);
  });

  test("RFC 8725 §2.1, §3.1: neither a key of ours nor one of a pair is a secret", async () => {
    const pair = await newKeyPair("RS256", "k");
    const asymmetric = await new SignJWT(assertionClaims(world, client))
      .setProtectedHeader({ alg: "RS256", kid: "k" })
      .sign(pair.privateKey);
    expect(refusal(await present(world, asymmetric))).toEqual(unproven);
    const owner = await newClient(world, {
      token_endpoint_auth_method: "private_key_jwt",
      jwks: { keys: [pair.publicJwk] },
    });
    const pem = JSON.stringify(pair.publicJwk).padEnd(64, " ");
    expect(refusal(await present(world, await sign(owner, { secret: pem })))).toEqual(unproven);
  });

  test("CAUTH-007: the secret itself proves nothing, and an assertion does not where the secret is to be sent", async () => {
    const form = { grant_type: "client_credentials" };
    const bare = await world.post("/oauth2/token", form, basic(client.id, client.secret));
    expect(refusal(bare)).toEqual(unproven);
    const plain = await newClient(world);
    expect(refusal(await present(world, await sign(plain, { secret: plain.secret.padEnd(32, "x") })))).toEqual(
      unproven,
    );
  });

  test("a client becomes one that signs only with a secret that is said anew, and forgets it when it is one no more", async () => {
    const own = await newClient(world);
    const path = `/admin/clients/${own.id}`;
    const { body } = await world.admin("GET", path);
    const refused = await world.admin("PUT", path, { ...body, ...method });
    expect([refused.status, refused.text.includes("client_secret")]).toEqual([400, true]);
    const secret = "s".repeat(40);
    expect((await world.admin("PUT", path, { ...body, ...method, client_secret: secret })).status).toBe(200);
    expect((await present(world, await sign({ id: own.id, secret }))).status).toBe(200);
    // Another change keeps it.
    const again = await world.admin("GET", path);
    await world.admin("PUT", path, { ...again.body, client_name: "renamed" });
    expect((await present(world, await sign({ id: own.id, secret }))).status).toBe(200);
    await world.admin("PUT", path, { ...again.body, token_endpoint_auth_method: "client_secret_post" });
    expect(refusal(await present(world, await sign({ id: own.id, secret })))).toEqual(unproven);
    const posted = { grant_type: "client_credentials", client_id: own.id, client_secret: secret };
    expect((await world.post("/oauth2/token", posted)).status).toBe(200);
    await world.admin("PUT", path, { ...again.body, ...method, client_secret: "t".repeat(40) });
    expect(refusal(await present(world, await sign({ id: own.id, secret })))).toEqual(unproven);
  });

  test("OIDC Core §6.1: a request object may be signed with the secret, where that is registered", async () => {
    const own = await newClient(world, { request_object_signing_alg: "HS256" });
    const object = (secret: string, alg = "HS256") => {
      const { claims } = objectClaims(world, own);
      return new SignJWT(claims).setProtectedHeader({ alg }).sign(new TextEncoder().encode(secret));
    };
    const ask = async (request: string) => visit(world, objectUrl(world, own, { request }));
    expect((await ask(await object(own.secret))).headers.location).toContain("login_challenge");
    for (const request of [await object("x".repeat(64)), await object(own.secret, "HS512")]) {
      const answer = await ask(request);
      expect(answer.headers.location ?? answer.text).toMatch(/invalid_request_object/);
    }
    const plain = await newClient(world);
    const forged = new SignJWT(objectClaims(world, plain).claims).setProtectedHeader({ alg: "HS256" });
    const request = await forged.sign(new TextEncoder().encode(plain.secret.padEnd(32, "x")));
    const answer = await visit(world, objectUrl(world, plain, { request }));
    expect(answer.headers.location ?? answer.text).toMatch(/invalid_request_object/);
  });

  test.skipIf(database.name !== "postgres")(
    "the database holds no secret in clear, and no seal opens elsewhere",
    async () => {
      const other = await newClient(world, method);
      const [row] = await query(`select profile, secret_hashes from clients where id = '${client.id}'`, dsn);
      expect(JSON.stringify(row)).not.toContain(client.secret);
      await query(
        `update clients set revision = revision + 1, profile = (select profile from clients where id = '${client.id}')
       where id = '${other.id}'`,
        dsn,
      );
      const answer = await present(world, await sign({ id: other.id, secret: client.secret }));
      expect(answer.status).not.toBe(200);
    },
  );
});
