/** A client gives tokens back: RFC 7009. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { newClient, obtainTokens, redeem, refresh, type TestClient } from "../support/code-flow.ts";
import { databases } from "../support/database.ts";
import { expectAlive, expectDead, freshCode, introspected, refusal, revokeToken } from "../support/grants.ts";
import { basic, send, startWorld, type World } from "../support/server.ts";

describe.each(databases)("revocation on $name", (database) => {
  let world: World;
  let client: TestClient;

  beforeAll(async () => {
    world = await startWorld({ dsn: await database.dsn() });
    client = await newClient(world);
  });
  afterAll(() => world?.close());

  describe.each(["opaque", "jwt"])("of grants with %s access tokens", (strategy) => {
    const grant = async () => {
      const own = await newClient(world, { access_token_strategy: strategy });
      return { own, tokens: await obtainTokens(world, own) };
    };

    test.each(["access_token", "refresh_token"] as const)(
      "RFC 7009 §2.1, D5: revoking the %s ends the grant, and no other grant of the user",
      async (which) => {
        const { own, tokens } = await grant();
        const other = await obtainTokens(world, own);
        const answer = await revokeToken(world, own, tokens[which]);
        expect([answer.status, answer.text, answer.headers["cache-control"]]).toEqual([200, "", "no-store"]);
        await expectDead(world, own, tokens);
        await expectAlive(world, other);
      },
    );

    test("RFC 7009 §2.1: a refresh token that was used before ends its family all the same", async () => {
      const { own, tokens } = await grant();
      const next = (await refresh(world, own, tokens.refresh_token)).body;
      expect((await revokeToken(world, own, tokens.refresh_token)).status).toBe(200);
      await expectDead(world, own, next);
    });

    test("D5: another client's token is refused, and stays as it is", async () => {
      const { tokens } = await grant();
      for (const token of [tokens.access_token, tokens.refresh_token]) {
        expect(refusal(await revokeToken(world, client, token))).toEqual([400, "unauthorized_client"]);
      }
      await expectAlive(world, tokens);
    });

    test("RFC 7009 §2.1: a token that is dead already is no fault", async () => {
      const { own, tokens } = await grant();
      for (let round = 0; round < 2; round++) {
        for (const token of [tokens.access_token, tokens.refresh_token]) {
          expect((await revokeToken(world, own, token)).status).toBe(200);
        }
      }
    });
  });

  test("RFC 7009 §2.2: what is no token of ours is as good as revoked", async () => {
    const tokens = await obtainTokens(world, client);
    const { code, verifier } = await freshCode(world, client);
    const nothing = [
      "x",
      "a.b.c",
      code,
      tokens.id_token,
      client.secret,
      "\u{1f600}",
      // A part of a token finds nothing, nor does a token with another's tag.
      tokens.access_token.slice(0, -1),
      `${tokens.refresh_token.slice(0, -1)}${tokens.refresh_token.endsWith("A") ? "B" : "A"}`,
      tokens.refresh_token.replace("tsr_rt_", "tsr_at_"),
    ];
    for (const token of nothing) expect((await revokeToken(world, client, token)).status, token).toBe(200);
    await expectAlive(world, tokens);
    expect((await redeem(world, client, code, { code_verifier: verifier })).status).toBe(200);
  });

  test("RFC 7009 §2.1: the hint is not believed", async () => {
    for (const hint of ["access_token", "refresh_token", "id_token", ""]) {
      const tokens = await obtainTokens(world, client);
      const token = hint === "access_token" ? tokens.refresh_token : tokens.access_token;
      expect((await revokeToken(world, client, token, hint)).status).toBe(200);
      await expectDead(world, client, tokens);
    }
  });

  test("RFC 7009 §2.1: a client without authentication may revoke its own, and nobody else's", async () => {
    const registration = { token_endpoint_auth_method: "none", grant_types: ["authorization_code", "refresh_token"] };
    const [mine, other] = [await newClient(world, registration), await newClient(world, registration)];
    const { code, verifier } = await freshCode(world, mine);
    const form = { grant_type: "authorization_code", code, code_verifier: verifier, client_id: mine.id };
    const tokens = (await world.post("/oauth2/token", { ...form, redirect_uri: "http://127.0.0.1:9/callback" })).body;
    const revoke = (client_id: string) => world.post("/oauth2/revoke", { token: tokens.refresh_token, client_id });
    expect(refusal(await revoke(other.id))).toEqual([400, "unauthorized_client"]);
    await expectAlive(world, tokens);
    expect((await revoke(mine.id)).status).toBe(200);
    expect(await introspected(world, tokens.access_token)).toEqual({ active: false });
    expect(await introspected(world, tokens.refresh_token)).toEqual({ active: false });
  });

  test("RFC 7009 §2.1: who does not prove itself revokes nothing, and learns nothing", async () => {
    const tokens = await obtainTokens(world, client);
    const form = { token: tokens.refresh_token };
    const attempts = [
      world.post("/oauth2/revoke", form),
      world.post("/oauth2/revoke", { ...form, client_id: client.id }),
      world.post("/oauth2/revoke", form, basic(client.id, "wrong")),
      world.post("/oauth2/revoke", { token: "unknown" }, basic(client.id, "wrong")),
      world.post("/oauth2/revoke", {}, basic(client.id, "wrong")),
      world.post("/oauth2/revoke", form, { authorization: `Bearer ${tokens.access_token}` }),
    ];
    for (const answer of await Promise.all(attempts)) expect(refusal(answer)).toEqual([401, "invalid_client"]);
    await expectAlive(world, tokens);
  });

  test("a grant that was revoked before its code came back is worth nothing", async () => {
    const { code, verifier } = await freshCode(world, client);
    const first = (await redeem(world, client, code, { code_verifier: verifier })).body;
    await revokeToken(world, client, first.access_token);
    world.clock.advance(3);
    const again = await redeem(world, client, code, { code_verifier: verifier });
    expect(refusal(again)).toEqual([400, "invalid_grant"]);
  });
});

describe("the revocation endpoint", () => {
  test("RFC 7009 §2.1: POST only, a form with one token, which no URL carries", async () => {
    const world = await startWorld();
    const client = await newClient(world);
    const url = `${world.publicUrl}/oauth2/revoke`;
    for (const method of ["GET", "HEAD", "PUT", "DELETE", "OPTIONS"]) {
      const answer = await send(method, `${url}?token=x&callback=alert`, undefined, basic(client.id, client.secret));
      expect([answer.status, answer.headers.allow]).toEqual([405, "POST"]);
    }
    for (const form of ["", "token=", "token_type_hint=access_token", "token=a&token=b"]) {
      const answer = await world.post("/oauth2/revoke", form, basic(client.id, client.secret));
      expect(refusal(answer), form).toEqual([400, "invalid_request"]);
      expect(answer.headers["cache-control"]).toBe("no-store");
    }
    const leaked = await world.post("/oauth2/revoke?token=leaked-value", {}, basic(client.id, client.secret));
    expect(refusal(leaked)).toEqual([400, "invalid_request"]);
    expect(world.log.join("\n")).not.toContain("leaked-value");
    const cross = await world.post(
      "/oauth2/revoke",
      { token: "x" },
      {
        ...basic(client.id, client.secret),
        origin: "https://evil.example",
      },
    );
    expect(Object.keys(cross.headers).filter((name) => name.startsWith("access-control"))).toEqual([]);
    await world.close();
  });
});
