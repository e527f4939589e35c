/** Each client chooses how its ID tokens and its userinfo are signed (OIDC Registration §2). */
import { createHash } from "node:crypto";
import { createRemoteJWKSet, decodeProtectedHeader, jwtVerify } from "jose";
import * as openid from "openid-client";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { asymmetricAlgorithms } from "../../src/protocol/names.ts";
import { newClient, obtainTokens, refresh } from "../support/code-flow.ts";
import { databases } from "../support/database.ts";
import { claimsOf, userinfo } from "../support/grants.ts";
import { relyingParty, signIn } from "../support/openid.ts";
import { movableClock, startWorld, type World } from "../support/server.ts";

describe.each(databases)("algorithms of clients on $name", (database) => {
  let world: World;

  beforeAll(async () => {
    world = await startWorld({ dsn: await database.dsn() });
  });
  afterAll(() => world?.close());

  const keysOf = async (at: World = world) => (await at.get("/.well-known/jwks.json")).body.keys;
  const algorithmsOf = async (at: World = world): Promise<string[]> =>
    (await keysOf(at)).map(({ alg }: { alg: string }) => alg);

  test.each([...asymmetricAlgorithms])("CODE-018: ID token and userinfo of a client that asks %s", async (alg) => {
    const client = await newClient(world, { id_token_signed_response_alg: alg, userinfo_signed_response_alg: alg });
    expect(await algorithmsOf()).toContain(alg);
    const metadata = { id_token_signed_response_alg: alg, userinfo_signed_response_alg: alg };
    const party = await relyingParty(world, client, metadata);
    openid.enableNonRepudiationChecks(party);
    const tokens = await signIn(world, party);
    const idToken = tokens.id_token ?? "";
    expect(decodeProtectedHeader(idToken).alg).toBe(alg);
    // OIDC Core §3.1.3.6: hashed as the ID token's own algorithm hashes.
    const hash = createHash(alg === "EdDSA" ? "sha512" : `sha${alg.slice(2)}`)
      .update(tokens.access_token)
      .digest();
    expect(claimsOf(idToken).at_hash).toBe(hash.subarray(0, hash.length / 2).toString("base64url"));
    const user = await openid.fetchUserInfo(party, tokens.access_token, "alice");
    expect(user.sub).toBe("alice");
    const renewed = await openid.refreshTokenGrant(party, tokens.refresh_token ?? "");
    expect(decodeProtectedHeader(renewed.id_token ?? "").alg).toBe(alg);
  });

  test("UI-010: signed userinfo is application/jwt, for the client, by the issuer", async () => {
    const client = await newClient(world, { userinfo_signed_response_alg: "RS256" });
    const session = { id_token: { email: "a@example.org", iss: "https://evil.example", aud: "x" } };
    const { access_token, id_token } = await obtainTokens(world, client, {}, { consent: { session } });
    const answer = await userinfo(world, access_token);
    expect([answer.status, answer.headers["content-type"], answer.headers["cache-control"]]).toEqual([
      ...[200, "application/jwt", "no-store"],
    ]);
    const keys = createRemoteJWKSet(new URL(`${world.publicUrl}/.well-known/jwks.json`));
    const expected = { issuer: world.publicUrl, audience: client.id, algorithms: ["RS256"] };
    const { payload } = await jwtVerify(answer.text, keys, expected);
    expect(payload).toMatchObject({ sub: "alice", email: "a@example.org", jti: expect.any(String) });
    expect(payload.sub).toBe(claimsOf(id_token).sub);
    // Neither an ID token nor an access token.
    expect(payload).not.toHaveProperty("exp");
    expect((await userinfo(world, answer.text)).status).toBe(401);
  });

  test("whoever names no algorithm keeps the server's own, whatever others asked for", async () => {
    await newClient(world, { id_token_signed_response_alg: "EdDSA" });
    const plain = await newClient(world);
    const tokens = await obtainTokens(world, plain);
    expect(decodeProtectedHeader(tokens.id_token).alg).toBe("RS256");
    expect((await userinfo(world, tokens.access_token)).headers["content-type"]).toMatch(/^application\/json/);
    const { body } = await world.get("/.well-known/openid-configuration");
    expect(body.id_token_signing_alg_values_supported).toEqual([...asymmetricAlgorithms]);
    expect(body.userinfo_signing_alg_values_supported).toEqual(["none", ...asymmetricAlgorithms]);
  });

  test("a change of the algorithm counts from the next token on", async () => {
    const client = await newClient(world);
    const { refresh_token } = await obtainTokens(world, client);
    const path = `/admin/clients/${client.id}`;
    const { body } = await world.admin("GET", path);
    await world.admin("PUT", path, { ...body, id_token_signed_response_alg: "ES384" });
    const renewed = await refresh(world, client, refresh_token);
    expect(decodeProtectedHeader(renewed.body.id_token).alg).toBe("ES384");
  });

  test.each([
    ["id_token_signed_response_alg", "none"],
    ["id_token_signed_response_alg", "HS256"],
    ["id_token_signed_response_alg", "rs256"],
    ["userinfo_signed_response_alg", "HS256"],
  ])("%s '%s' is refused, and names the member", async (field, value) => {
    const { status, body } = await world.admin("POST", "/admin/clients", { [field]: value });
    expect([status, body.error]).toEqual([400, "invalid_client_metadata"]);
    expect(JSON.stringify(body)).toContain(field);
  });

  test("of two servers and any number of clients that ask first, one key is made", async () => {
    const dsn = await database.dsn();
    const clock = movableClock();
    const first = await startWorld({ dsn, clock });
    try {
      const second = database.name === "postgres" ? await startWorld({ dsn, clock }) : first;
      const asked = [first, second, first, second, first, second];
      await Promise.all(asked.map((at) => newClient(at, { id_token_signed_response_alg: "ES512" })));
      expect((await algorithmsOf(first)).filter((alg) => alg === "ES512")).toHaveLength(1);
      // What one has remembered of a client, another may have changed.
      const client = await newClient(first);
      const { access_token } = await obtainTokens(first, client);
      expect((await userinfo(second, access_token)).headers["content-type"]).toMatch(/^application\/json/);
      const path = `/admin/clients/${client.id}`;
      const { body } = await first.admin("GET", path);
      await first.admin("PUT", path, { ...body, userinfo_signed_response_alg: "ES512" });
      expect((await userinfo(second, access_token)).headers["content-type"]).toBe("application/jwt");
      if (second !== first) await second.close();
    } finally {
      await first.close();
    }
  });
});
