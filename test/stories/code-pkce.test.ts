/** Proof Key for Code Exchange over the wire: RFC 7636, as RFC 9700 §2.1.1 sharpens it (D1, D2). */
import { createHash } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { authorizationRequest, callback, landing, newClient, redeem, type TestClient } from "../support/code-flow.ts";
import { freshCode, refusal, withoutPkce } from "../support/grants.ts";
import { newBrowser, startWorld, type World } from "../support/server.ts";

const unproven = [400, "invalid_grant"];

describe("PKCE", () => {
  let world: World;
  let client: TestClient;
  let visitor: TestClient;

  beforeAll(async () => {
    world = await startWorld();
    client = await newClient(world);
    visitor = await newPublicClient(world);
  });
  afterAll(() => world?.close());

  test("RFC 9700 §2.1.1: a public client must send a challenge, and hears it before anybody signs in", async () => {
    const asked = authorizationRequest(world, visitor, withoutPkce);
    const place = await landing(newBrowser(), asked.url);
    expect(place.origin + place.pathname).toBe(callback);
    expect(place.searchParams.get("error")).toBe("invalid_request");
    expect(place.searchParams.get("error_description")).toContain("code_challenge");
    expect(place.searchParams.get("state")).toBe(asked.state);
    expect(place.searchParams.has("code")).toBe(false);
  });

  test.each([
    ["plain", { code_challenge_method: "plain" }],
    ["no method, which would mean plain", { code_challenge_method: undefined }],
    ["an empty method", { code_challenge_method: "" }],
    ["s256", { code_challenge_method: "s256" }],
    ["S512", { code_challenge_method: "S512" }],
    ["a method without a challenge", { code_challenge: undefined }],
    ["a method with an empty challenge", { code_challenge: "" }],
    ["42 characters", { code_challenge: "a".repeat(42) }],
    ["padding", { code_challenge: `${"a".repeat(43)}=` }],
    ["129 characters", { code_challenge: "a".repeat(129) }],
    ["the other alphabet", { code_challenge: `${"a".repeat(41)}+/` }],
    ["a space", { code_challenge: `${"a".repeat(42)} ` }],
  ])("RFC 7636 §4.2, §4.3: the authorization request is refused with %s", async (_what, over) => {
    for (const who of [client, visitor]) {
      const asked = authorizationRequest(world, who, over);
      const place = await landing(newBrowser(), asked.url);
      expect(place.searchParams.get("error")).toBe("invalid_request");
      expect(place.searchParams.get("state")).toBe(asked.state);
    }
  });

  test("RFC 7636 §4.6: with a challenge, the verifier must come: for public and confidential clients", async () => {
    for (const who of [client, visitor]) {
      const { code, verifier } = await freshCode(world, who);
      for (const over of [{}, { code_verifier: "" }]) {
        const answer = await present(who, code, over);
        expect(refusal(answer)).toEqual(unproven);
      }
      expect((await present(who, code, { code_verifier: verifier })).status).toBe(200);
    }
  });

  test("RFC 7636 §4.6, D2: a wrong verifier gets nothing and takes nothing from the right one", async () => {
    for (const who of [client, visitor]) {
      const { code, verifier } = await freshCode(world, who);
      const challenge = createHash("sha256").update(verifier).digest("base64url");
      const wrong = ["w".repeat(43), challenge, `${verifier}A`, verifier.slice(1), verifier.toUpperCase()];
      for (const code_verifier of [...wrong, `${verifier.slice(0, -1)}+`, ` ${verifier}`, "w".repeat(42)]) {
        expect(refusal(await present(who, code, { code_verifier })), code_verifier).toEqual(unproven);
      }
      // What failed once can never be had without a proof.
      expect(refusal(await present(who, code, {}))).toEqual(unproven);
      expect((await present(who, code, { code_verifier: verifier })).status).toBe(200);
    }
  });

  test("D2: after a wrong verifier the code still expires", async () => {
    const { code, verifier } = await freshCode(world, client);
    await redeem(world, client, code, { code_verifier: "w".repeat(43) });
    world.clock.advance(60);
    expect(refusal(await redeem(world, client, code, { code_verifier: verifier }))).toEqual(unproven);
  });

  test("RFC 7636 §4.1: verifiers have 43 to 128 unreserved characters", async () => {
    const good = ["a".repeat(43), "a".repeat(128), `-._~${"A1".repeat(20)}`];
    const bad = ["a".repeat(42), "a".repeat(129), `${"a".repeat(43)}/`, `${"a".repeat(43)}\u00e4`, "a b".repeat(20)];
    for (const verifier of [...good, ...bad]) {
      const code_challenge = createHash("sha256").update(verifier).digest("base64url");
      const { code } = await freshCode(world, client, { code_challenge });
      const answer = await redeem(world, client, code, { code_verifier: verifier });
      expect(answer.status, verifier).toBe(good.includes(verifier) ? 200 : 400);
    }
  });

  test("RFC 9700 §4.8.2: a verifier without a challenge is a downgrade, and refused", async () => {
    const { code, verifier } = await freshCode(world, client, withoutPkce);
    expect(refusal(await redeem(world, client, code, { code_verifier: verifier }))).toEqual(unproven);
    expect((await redeem(world, client, code)).status).toBe(200);
  });

  test("RFC 9700 §4.5: the verifier of another request of the same client and user is wrong", async () => {
    const [one, two] = [await freshCode(world, visitor), await freshCode(world, visitor)];
    expect(refusal(await present(visitor, one.code, { code_verifier: two.verifier }))).toEqual(unproven);
    expect(refusal(await present(visitor, two.code, { code_verifier: one.verifier }))).toEqual(unproven);
    expect((await present(visitor, one.code, { code_verifier: one.verifier })).status).toBe(200);
  });

  test("the challenge cannot be changed while the flow is under way", async () => {
    const { code } = await freshCode(world, client);
    const chosen = "c".repeat(43);
    const challenge = createHash("sha256").update(chosen).digest("base64url");
    const form = { code_verifier: chosen, code_challenge: challenge, code_challenge_method: "S256" };
    expect(refusal(await redeem(world, client, code, form))).toEqual(unproven);
  });

  test("RFC 8414 §2: discovery lists the methods that are accepted", async () => {
    const { body } = await world.get("/.well-known/openid-configuration");
    expect(body.code_challenge_methods_supported).toEqual(["S256"]);
  });

  async function present(who: TestClient, code: string, over: Record<string, string>) {
    if (who !== visitor) return redeem(world, who, code, over);
    const form = { grant_type: "authorization_code", code, redirect_uri: callback, client_id: who.id, ...over };
    return world.post("/oauth2/token", form);
  }
});

test("D1: `oauth2.pkce.enforced` extends it to every client", async () => {
  const world = await startWorld({ settings: { "oauth2.pkce.enforced": true } });
  const client = await newClient(world);
  const place = await landing(newBrowser(), authorizationRequest(world, client, withoutPkce).url);
  expect(place.searchParams.get("error")).toBe("invalid_request");
  const { code, verifier } = await freshCode(world, client);
  expect((await redeem(world, client, code, { code_verifier: verifier })).status).toBe(200);
  await world.close();
});

test("D1: `oauth2.pkce.enforced_for_public_clients: false` leaves it to the client, but not once it began", async () => {
  const world = await startWorld({ settings: { "oauth2.pkce.enforced_for_public_clients": false } });
  const visitor = await newPublicClient(world);
  const form = { grant_type: "authorization_code", redirect_uri: callback, client_id: visitor.id };
  const { code } = await freshCode(world, visitor, withoutPkce);
  expect((await world.post("/oauth2/token", { ...form, code })).status).toBe(200);
  const begun = await freshCode(world, visitor);
  expect(refusal(await world.post("/oauth2/token", { ...form, code: begun.code }))).toEqual(unproven);
  await world.close();
});

function newPublicClient(world: World): Promise<TestClient> {
  return newClient(world, {
    token_endpoint_auth_method: "none",
    grant_types: ["authorization_code", "refresh_token"],
  });
}
