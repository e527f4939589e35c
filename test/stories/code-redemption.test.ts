/** RFC 6749 §4.1.3: what a code must be presented with, and that it is worth one set of tokens. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { callback, newClient, redeem, refresh } from "../support/code-flow.ts";
import { databases } from "../support/database.ts";
import { claimsOf, expectAlive, expectDead, freshCode, refusal, withoutPkce } from "../support/grants.ts";
import { startWorld, type World } from "../support/server.ts";

describe.each(databases)("codes on $name", (database) => {
  let world: World;

  beforeAll(async () => {
    world = await startWorld({ dsn: await database.dsn() });
  });
  afterAll(() => world?.close());

  test("RFC 6749 §4.1.2: a code used twice is refused; 30 s later, the grant ends with every token", async () => {
    const client = await newClient(world);
    const { code, verifier } = await freshCode(world, client);
    const tokens = await redeem(world, client, code, { code_verifier: verifier });
    world.clock.advance(30);
    expect(refusal(await redeem(world, client, code, { code_verifier: verifier }))).toEqual([400, "invalid_grant"]);
    await expectDead(world, client, tokens.body);
  });

  test("D3: a double submit with the right verifier within 2 s is refused only", async () => {
    const client = await newClient(world);
    const { code, verifier } = await freshCode(world, client);
    const tokens = await redeem(world, client, code, { code_verifier: verifier });
    world.clock.advance(1.9);
    expect(refusal(await redeem(world, client, code, { code_verifier: verifier }))).toEqual([400, "invalid_grant"]);
    await expectAlive(world, tokens.body);
    world.clock.advance(0.2);
    expect(refusal(await redeem(world, client, code, { code_verifier: verifier }))).toEqual([400, "invalid_grant"]);
    await expectDead(world, client, tokens.body);
  });

  test("D3: without PKCE nothing tells a double submit from a theft: the second use ends the grant at once", async () => {
    const client = await newClient(world);
    const { code } = await freshCode(world, client, withoutPkce);
    const tokens = await redeem(world, client, code);
    expect(tokens.status).toBe(200);
    expect(refusal(await redeem(world, client, code))).toEqual([400, "invalid_grant"]);
    await expectDead(world, client, tokens.body);
  });

  test("D3: who presents a spent code without proving it ends nothing", async () => {
    const client = await newClient(world);
    const other = await newClient(world);
    const { code, verifier } = await freshCode(world, client);
    const tokens = await redeem(world, client, code, { code_verifier: verifier });
    world.clock.advance(30);
    const wrong = "w".repeat(43);
    const attempts = [
      redeem(world, client, code),
      redeem(world, client, code, { code_verifier: wrong }),
      redeem(world, client, code, { code_verifier: verifier, redirect_uri: "https://evil.example/" }),
      redeem(world, other, code, { code_verifier: verifier }),
    ];
    for (const answer of await Promise.all(attempts)) expect(refusal(answer)).toEqual([400, "invalid_grant"]);
    const unproven = await redeem(world, { ...client, secret: "wrong" }, code, { code_verifier: verifier });
    expect(refusal(unproven)).toEqual([401, "invalid_client"]);
    await expectAlive(world, tokens.body);
  });

  test("D4, RFC 6749 §4.1.3: another client's code is refused, and stays good for its owner", async () => {
    const [owner, other] = [await newClient(world), await newClient(world)];
    const { code, verifier } = await freshCode(world, owner);
    expect(refusal(await redeem(world, other, code, { code_verifier: verifier }))).toEqual([400, "invalid_grant"]);
    expect((await redeem(world, owner, code, { code_verifier: verifier })).status).toBe(200);
  });

  test("RFC 6749 §4.1.3: a public client cannot redeem another public client's code", async () => {
    const registration = { token_endpoint_auth_method: "none", grant_types: ["authorization_code"] };
    const [owner, other] = [await newClient(world, registration), await newClient(world, registration)];
    const { code, verifier } = await freshCode(world, owner, { scope: "openid" });
    const form = { grant_type: "authorization_code", code, redirect_uri: callback, code_verifier: verifier };
    const stolen = await world.post("/oauth2/token", { ...form, client_id: other.id });
    expect(refusal(stolen)).toEqual([400, "invalid_grant"]);
    expect((await world.post("/oauth2/token", { ...form, client_id: owner.id })).status).toBe(200);
  });

  test("D11: a code lives for 60 s", async () => {
    const client = await newClient(world);
    const [late, inTime] = [await freshCode(world, client), await freshCode(world, client)];
    world.clock.advance(59);
    expect((await redeem(world, client, inTime.code, { code_verifier: inTime.verifier })).status).toBe(200);
    world.clock.advance(1);
    const answer = await redeem(world, client, late.code, { code_verifier: late.verifier });
    expect(refusal(answer)).toEqual([400, "invalid_grant"]);
  });

  test("a client deleted before it redeems its code is an unknown client", async () => {
    const client = await newClient(world);
    const { code, verifier } = await freshCode(world, client);
    expect((await world.admin("DELETE", `/admin/clients/${client.id}`)).status).toBe(204);
    expect(refusal(await redeem(world, client, code, { code_verifier: verifier }))).toEqual([401, "invalid_client"]);
  });
});

describe("what a code must be presented with", () => {
  let world: World;

  beforeAll(async () => {
    world = await startWorld();
  });
  afterAll(() => world?.close());

  test("RFC 6749 §4.1.3: the redirect URI must be the same, byte for byte", async () => {
    const second = `${callback}/second`;
    const client = await newClient(world, { redirect_uris: [callback, second] });
    const { code, verifier } = await freshCode(world, client, { redirect_uri: callback });
    const others = [second, callback.replace("/callback", "/CALLBACK"), `${callback}/`, `${callback}?`];
    for (const redirect of [...others, callback.replace("c", "%63")]) {
      const answer = await redeem(world, client, code, { code_verifier: verifier, redirect_uri: redirect });
      expect(refusal(answer), redirect).toEqual([400, "invalid_grant"]);
    }
    const missing = await redeem(world, client, code, { code_verifier: verifier, redirect_uri: "" });
    expect(refusal(missing)).toEqual([400, "invalid_grant"]);
    expect((await redeem(world, client, code, { code_verifier: verifier })).status).toBe(200);
  });

  test("RFC 6749 §4.1.3: where none was sent, none is needed, and only the registered one may come", async () => {
    const client = await newClient(world);
    const ask = { redirect_uri: undefined, scope: "read" };
    const [silent, told] = [await freshCode(world, client, ask), await freshCode(world, client, ask)];
    const answer = await redeem(world, client, silent.code, { code_verifier: silent.verifier, redirect_uri: "" });
    expect(answer.status).toBe(200);
    const other = await redeem(world, client, told.code, { code_verifier: told.verifier, redirect_uri: "http://x/" });
    expect(refusal(other)).toEqual([400, "invalid_grant"]);
    expect((await redeem(world, client, told.code, { code_verifier: told.verifier })).status).toBe(200);
  });

  test("a code that was altered anywhere is not known", async () => {
    const client = await newClient(world);
    const { code, verifier } = await freshCode(world, client);
    const other = (await freshCode(world, client)).code;
    const random = code.slice("tsr_ac_".length);
    const altered = [
      ...Array.from({ length: code.length }, (_, index) => flipped(code, index)),
      code.slice(0, -1),
      `${code}A`,
      random,
      `ory_ac_${random}`,
      `tsr_at_${random}`,
      code.toUpperCase(),
      code.slice(0, 28) + other.slice(28),
      ` ${code}`,
    ];
    for (const text of altered) {
      const answer = await redeem(world, client, text, { code_verifier: verifier });
      expect(refusal(answer), text).toEqual([400, "invalid_grant"]);
    }
    expect((await redeem(world, client, code, { code_verifier: verifier })).status).toBe(200);
  });

  test("RFC 8725 §2.8: a refresh token is no code, and a code no refresh token", async () => {
    const client = await newClient(world);
    const { code, verifier } = await freshCode(world, client);
    expect(refusal(await refresh(world, client, code))).toEqual([400, "invalid_grant"]);
    const tokens = (await redeem(world, client, code, { code_verifier: verifier })).body;
    const answer = await redeem(world, client, tokens.refresh_token, { code_verifier: verifier });
    expect(refusal(answer)).toEqual([400, "invalid_grant"]);
    await expectAlive(world, tokens);
  });

  test("RFC 6749 §4.1.3: a scope sent with the code gives no more than the user granted", async () => {
    const client = await newClient(world);
    const { code, verifier } = await freshCode(world, client, {}, { consent: { grant_scope: ["openid"] } });
    const answer = await redeem(world, client, code, { code_verifier: verifier, scope: "openid read write" });
    expect(answer.body.scope).toBe("openid");
    expect(answer.body).not.toHaveProperty("refresh_token");
  });

  test("RFC 6749 §5.2: a client that lost the grant type cannot redeem", async () => {
    const client = await newClient(world);
    const { code, verifier } = await freshCode(world, client);
    const changed = { grant_types: ["client_credentials"], scope: "openid offline read" };
    await world.admin("PUT", `/admin/clients/${client.id}`, changed);
    const answer = await redeem(world, client, code, { code_verifier: verifier });
    expect(refusal(answer)).toEqual([400, "unauthorized_client"]);
  });

  test("RFC 9700 §4.5: the ID token carries the nonce of its own request", async () => {
    const client = await newClient(world);
    const [mine, theirs] = [await freshCode(world, client), await freshCode(world, client)];
    const injected = await redeem(world, client, theirs.code, { code_verifier: mine.verifier });
    expect(refusal(injected)).toEqual([400, "invalid_grant"]);
    const tokens = await redeem(world, client, theirs.code, { code_verifier: theirs.verifier });
    expect(claimsOf(tokens.body.id_token).nonce).toBe(theirs.nonce);
  });
});

function flipped(text: string, index: number): string {
  const letter = text.charAt(index) === "x" ? "y" : "x";
  return text.slice(0, index) + letter + text.slice(index + 1);
}
