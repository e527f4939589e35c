/** What the user agreed to tell: OIDC Core §5.3, behind a bearer token (RFC 6750). */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { newClient, obtainTokens, refresh, type TestClient, type Tokens } from "../support/code-flow.ts";
import { databases } from "../support/database.ts";
import { askToken, claimsOf, freshCode, refusal, revokeToken, userinfo } from "../support/grants.ts";
import { send, startWorld, type World } from "../support/server.ts";

describe.each(databases)("userinfo on $name", (database) => {
  let world: World;
  let client: TestClient;

  beforeAll(async () => {
    world = await startWorld({ dsn: await database.dsn() });
    client = await newClient(world);
  });
  afterAll(() => world?.close());

  test.each(["opaque", "jwt"])(
    "OIDC Core §5.3.2: it says of the user what the ID token says (%s)",
    async (strategy) => {
      const own = await newClient(world, { access_token_strategy: strategy });
      const session = {
        id_token: {
          email: "a@example.org",
          name: "Alice",
          sub: "mallory",
          iss: "https://evil.example",
          aud: "x",
          sid: "s",
        },
        access_token: { tenant: "secret of the resource server" },
      };
      const login = { acr: "gold", amr: ["pwd"] };
      const tokens = await obtainTokens(world, own, {}, { login, consent: { session } });
      const answer = await userinfo(world, tokens.access_token);
      expect(answer.status).toBe(200);
      expect(answer.headers).toMatchObject({ "cache-control": "no-store" });
      expect(answer.headers["content-type"]).toMatch(/^application\/json/);
      const told = claimsOf(tokens.id_token);
      expect(answer.body).toEqual({
        sub: "alice",
        iss: world.publicUrl,
        aud: [own.id],
        email: "a@example.org",
        name: "Alice",
        acr: "gold",
        amr: ["pwd"],
        auth_time: told.auth_time,
        rat: told.rat,
        iat: expect.any(Number),
      });
      expect(told.sub).toBe(answer.body.sub);
    },
  );

  test("OIDC Core §5.3.2: of two users of one client, each token is answered with its own", async () => {
    const users = ["alice", "bob"];
    const expectOwn = async (all: readonly Tokens[]) => {
      const answers = await Promise.all(all.map(({ access_token }) => userinfo(world, access_token)));
      expect(answers.map(({ body }) => body.sub)).toEqual(users);
      expect(all.map(({ id_token }) => claimsOf(id_token).sub)).toEqual(users);
    };
    const signedIn = await Promise.all(users.map((subject) => obtainTokens(world, client, {}, { login: { subject } })));
    await expectOwn(signedIn);
    const renewed = await Promise.all(signedIn.map((tokens) => refresh(world, client, tokens.refresh_token)));
    await expectOwn(renewed.map(({ body }) => body));
  });

  test("OIDC Core §5.3.1: GET, POST with the header, POST with the form", async () => {
    const { access_token } = await obtainTokens(world, client);
    const authorization = `Bearer ${access_token}`;
    const answers = await Promise.all([
      world.get("/userinfo", { authorization }),
      world.get("/userinfo", { authorization: `bearer   ${access_token}` }),
      world.post("/userinfo", "", { authorization }),
      world.post("/userinfo", { access_token }),
      send("POST", `${world.publicUrl}/userinfo`, undefined, { authorization }),
    ]);
    for (const answer of answers) expect([answer.status, answer.body.sub]).toEqual([200, "alice"]);
  });

  test("RFC 6750 §3.1: dead tokens are told apart by nothing", async () => {
    const own = await newClient(world);
    const [rotated, revoked] = [await obtainTokens(world, own), await obtainTokens(world, own)];
    await refresh(world, own, rotated.refresh_token);
    await revokeToken(world, own, revoked.refresh_token);
    const unknown = await userinfo(world, "tsr_at_unknown");
    expect(refusal(unknown)).toEqual([401, "invalid_token"]);
    expect(unknown.headers["www-authenticate"]).toMatch(/^Bearer error="invalid_token", error_description="[^"]+"$/);
    expect(unknown.headers["cache-control"]).toBe("no-store");
    for (const token of [rotated.access_token, revoked.access_token]) {
      const answer = await userinfo(world, token);
      expect([answer.status, answer.text]).toEqual([401, unknown.text]);
    }
  });

  test("a token expires here too, and goes with its client", async () => {
    const own = await newClient(world);
    const [tokens, later] = [await obtainTokens(world, own), await obtainTokens(world, own)];
    world.clock.advance(3599);
    expect((await userinfo(world, tokens.access_token)).status).toBe(200);
    world.clock.advance(1);
    expect((await userinfo(world, tokens.access_token)).status).toBe(401);
    const fresh = (await refresh(world, own, later.refresh_token)).body;
    expect((await userinfo(world, fresh.access_token)).status).toBe(200);
    await world.admin("DELETE", `/admin/clients/${own.id}`);
    expect((await userinfo(world, fresh.access_token)).status).toBe(401);
  });
});

describe("who is told", () => {
  let world: World;
  let client: TestClient;
  let tokens: Tokens;

  beforeAll(async () => {
    world = await startWorld();
    client = await newClient(world);
    tokens = await obtainTokens(world, client);
  });
  afterAll(() => world?.close());

  test("RFC 6750 §3.1: without a token there is no error code, only the challenge", async () => {
    const attempts = [{}, { authorization: "Basic YTpi" }, { authorization: "DPoP x" }, { authorization: "" }];
    for (const headers of attempts) {
      const answer = await world.get("/userinfo", headers);
      expect(answer.status).toBe(401);
      expect(answer.headers["www-authenticate"]).toBe("Bearer");
    }
  });

  test("RFC 8725 §2.8: only access tokens are access tokens", async () => {
    const { code } = await freshCode(world, client);
    for (const token of [tokens.refresh_token, tokens.id_token, code, client.secret]) {
      expect(refusal(await userinfo(world, token))).toEqual([401, "invalid_token"]);
    }
  });

  test("OIDC Core §5.3, D6: a token without `openid` is 403", async () => {
    const unrelated = await obtainTokens(world, client, { scope: "offline read" });
    const own = (await askToken(world, client, { grant_type: "client_credentials" })).body;
    const narrowed = await refresh(world, client, (await obtainTokens(world, client)).refresh_token, { scope: "read" });
    for (const { access_token } of [unrelated, own, narrowed.body]) {
      const answer = await userinfo(world, access_token);
      expect(refusal(answer)).toEqual([403, "insufficient_scope"]);
      expect(answer.headers["www-authenticate"]).toMatch(/^Bearer error="insufficient_scope"/);
    }
  });

  test("RFC 9700 §4.3.2: a token in the URL is refused, even a good one, and not logged", async () => {
    const { access_token } = tokens;
    for (const path of [
      `/userinfo?access_token=${access_token}`,
      `/userinfo?access_token=${access_token}&access_token=x`,
    ]) {
      for (const headers of [{}, { authorization: `Bearer ${access_token}` }]) {
        expect(refusal(await world.get(path, headers))).toEqual([400, "invalid_request"]);
      }
    }
    expect(world.log.join("\n")).not.toContain(access_token);
  });

  test("RFC 6750 §2: a token that is sent in two ways is refused", async () => {
    const { access_token } = tokens;
    const both = await world.post("/userinfo", { access_token }, { authorization: `Bearer ${access_token}` });
    expect(refusal(both)).toEqual([400, "invalid_request"]);
    const twice = await world.post("/userinfo", `access_token=${access_token}&access_token=${access_token}`);
    expect(refusal(twice)).toEqual([400, "invalid_request"]);
    const url = `${world.publicUrl}/userinfo`;
    const headers = { Authorization: [`Bearer ${access_token}`, `Bearer ${access_token}`] };
    expect(refusal(await send("GET", url, undefined, headers))).toEqual([400, "invalid_request"]);
  });

  test("RFC 6750 §2.2: a body that is no form of a POST carries no token", async () => {
    const { access_token } = tokens;
    const url = `${world.publicUrl}/userinfo`;
    const json = await send("POST", url, JSON.stringify({ access_token }), { "content-type": "application/json" });
    expect(json.status).toBe(401);
    const form = `access_token=${access_token}`;
    const get = await send("GET", url, form, {
      "content-type": "application/x-www-form-urlencoded",
      "content-length": form.length,
    });
    expect(get.status).toBe(401);
    expect((await send("PUT", url, undefined, { authorization: `Bearer ${access_token}` })).status).toBe(405);
  });

  test("CWE-113: nothing of what was sent comes back in a header", async () => {
    const texts = ['x"y', "a b", "x\\y", "<script>", "x, error=y", "\u00e9"].map((text) =>
      Buffer.from(text).toString("latin1"),
    );
    for (const text of texts) {
      const answer = await world.get("/userinfo", { authorization: `Bearer ${text}` });
      expect([400, 401]).toContain(answer.status);
      expect(answer.headers["www-authenticate"]).toMatch(/^Bearer error="[a-z_]+", error_description="[^"\\]+"$/);
      expect(answer.headers["www-authenticate"]).not.toContain(text);
    }
  });
});
