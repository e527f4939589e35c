/** The operator's web hooks: what they are asked before tokens are issued, and what tokens say after their answer. */
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { newKeyPair } from "../support/assertions.ts";
import { newClient, obtainTokens, redeem, refresh } from "../support/code-flow.ts";
import { dump, found, openDatas } from "../support/data.ts";
import { databases } from "../support/database.ts";
import { approve, deviceGrant, devicePages, newDevice, newDeviceClient, poll } from "../support/device-flow.ts";
import { askToken, claimsOf, freshCode, introspected, userinfo } from "../support/grants.ts";
import { claiming, type HookService, hookService, saying } from "../support/hook-service.ts";
import { startWorld, type World } from "../support/server.ts";
import { bearerClient, grantAssertion, jwtBearer, trade, trust } from "../support/trust.ts";

const consent = {
  session: { access_token: { tenant: "t1", level: 1 }, id_token: { email: "alice@example.org" } },
};
/** Names that are the protocol's. */
const forged = {
  sub: "mallory",
  iss: "https://elsewhere.example",
  exp: 1,
  nonce: "n",
  sid: "s",
  auth_time: 1,
  acr: "9",
};
const noInstant = "0001-01-01T00:00:00Z";

describe.each(databases)("the token hook on $name", (database) => {
  let world: World;
  let service: HookService;

  beforeAll(async () => {
    service = await hookService();
    const auth = { type: "api_key", config: { in: "header", name: "X-Hook-Key", value: "open, sesame" } };
    const settings = { "oauth2.token_hook": { url: `${service.url}/token?v=1`, auth }, ...devicePages };
    world = await startWorld({ dsn: await database.dsn(), settings });
  });
  beforeEach(() => service.answer());
  afterAll(async () => {
    await world?.close();
    await service?.down();
  });

  test("is asked about a code: who consented to what, and nothing that opens a door", async () => {
    const client = await newClient(world, { scope: "openid offline read write" });
    const login = { acr: "silver", amr: ["pwd"] };
    const { code, verifier, nonce } = await freshCode(
      world,
      client,
      {},
      { login, consent: { ...consent, grant_scope: ["openid", "read"] } },
    );
    const answer = await redeem(world, client, code, { code_verifier: verifier });
    expect(answer.status).toBe(200);
    const [question, ...others] = service.asked();
    expect(others).toEqual([]);
    expect(question).toMatchObject({
      method: "POST",
      path: "/token?v=1",
      headers: { "content-type": "application/json; charset=UTF-8", "x-hook-key": "open, sesame" },
    });
    expect(question?.headers).not.toHaveProperty("cookie");
    const { auth_time, sid } = claimsOf(answer.body.id_token);
    const instant = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    const { rat, auth_time: toldAuthTime } = question?.body.session.id_token.id_token_claims ?? {};
    expect(Math.floor(Date.parse(toldAuthTime) / 1000)).toBe(auth_time);
    expect(rat).toEqual(instant);
    expect(question?.body).toEqual({
      session: {
        id_token: {
          id_token_claims: {
            ...{ jti: "", iss: world.publicUrl, sub: "alice", aud: [client.id], nonce, exp: noInstant, iat: noInstant },
            ...{ rat: instant, auth_time: instant, at_hash: "", acr: "silver", amr: ["pwd"], c_hash: "" },
            ext: { email: "alice@example.org", sid },
          },
          headers: { extra: {} },
          expires_at: {},
          username: "",
          subject: "alice",
        },
        extra: { tenant: "t1", level: 1 },
        client_id: client.id,
        consent_challenge: expect.stringMatching(/^[0-9a-f]{32}$/),
        exclude_not_before_claim: false,
        allowed_top_level_claims: [],
        mirror_top_level_claims: true,
        preserve_ext_claims: false,
      },
      request: {
        client_id: client.id,
        requested_scopes: ["openid", "offline", "read"],
        granted_scopes: ["openid", "read"],
        granted_audience: [],
        grant_types: ["authorization_code"],
        payload: { grant_type: ["authorization_code"] },
      },
    });
  });

  test("TOK-017: is told no secret, code, verifier or refresh token, however they are sent", async () => {
    const client = await newClient(world, { token_endpoint_auth_method: "client_secret_post" });
    const { code, verifier } = await freshCode(world, client);
    const proof = { client_id: client.id, client_secret: client.secret };
    const ask = (form: Record<string, string>) => world.post("/oauth2/token", { ...form, ...proof });
    const redirect_uri = "http://127.0.0.1:9/callback";
    const first = await ask({ grant_type: "authorization_code", code, redirect_uri, code_verifier: verifier });
    const { refresh_token } = first.body;
    expect((await ask({ grant_type: "refresh_token", refresh_token, scope: "read" })).status).toBe(200);
    const asked = service.asked();
    expect(asked.map(({ body }) => body.request.payload)).toEqual([
      { grant_type: ["authorization_code"], client_id: [client.id] },
      { grant_type: ["refresh_token"], client_id: [client.id], scope: ["read"] },
    ]);
    const told = asked.map(({ text, headers }) => text + JSON.stringify(headers)).join();
    for (const secret of [client.secret, code, verifier, refresh_token]) expect(told).not.toContain(secret);
  });

  test.each(["opaque", "jwt"])(
    "adds to what the consent says, everywhere, but for reserved names (%s)",
    async (strategy) => {
      service.answer({ "/token?v=1": claiming({ ...forged, level: 2, hooked: true }, { ...forged, hooked: true }) });
      const client = await newClient(world, { access_token_strategy: strategy });
      const login = { acr: "silver" };
      const { code, verifier, nonce } = await freshCode(world, client, {}, { login, consent });
      const { body: tokens } = await redeem(world, client, code, { code_verifier: verifier });
      const ext = { ...forged, tenant: "t1", level: 2, hooked: true };
      const facts = { active: true, sub: "alice", iss: world.publicUrl, ext };
      expect(await introspected(world, tokens.access_token)).toMatchObject(facts);
      expect(await introspected(world, tokens.refresh_token)).toMatchObject(facts);
      expect(claimsOf(tokens.id_token)).toMatchObject({
        ...{ sub: "alice", iss: world.publicUrl, nonce, acr: "silver", email: "alice@example.org", hooked: true },
        ...{ sid: expect.stringMatching(/-/), exp: expect.any(Number) },
      });
      expect(claimsOf(tokens.id_token)).not.toMatchObject({ exp: 1 });
      const user = await userinfo(world, tokens.access_token);
      expect(user.body).toMatchObject({ sub: "alice", email: "alice@example.org", hooked: true, acr: "silver" });
      if (strategy === "jwt") expect(claimsOf(tokens.access_token)).toMatchObject({ sub: "alice", ext });
    },
  );

  test.each(["opaque", "jwt"])("speaks in tokens of clients, which have no consent (%s)", async (strategy) => {
    const client = await newClient(world, { access_token_strategy: strategy, audience: ["https://api.example"] });
    const form = { grant_type: "client_credentials", scope: "read write", audience: "https://api.example" };
    const plain = await askToken(world, client, form);
    const [question] = service.asked();
    expect(question?.body).toMatchObject({
      session: {
        id_token: {
          subject: client.id,
          id_token_claims: { sub: client.id, aud: [client.id], auth_time: noInstant, ext: {} },
        },
        extra: {},
        client_id: client.id,
        consent_challenge: "",
      },
      request: {
        client_id: client.id,
        requested_scopes: ["read", "write"],
        granted_scopes: ["read", "write"],
        granted_audience: ["https://api.example"],
        grant_types: ["client_credentials"],
        payload: { grant_type: ["client_credentials"], scope: ["read write"] },
      },
    });
    expect(await introspected(world, plain.body.access_token)).not.toHaveProperty("ext");
    service.answer({ "/token?v=1": claiming({ sub: "mallory", tenant: "t1" }, { email: "nobody@example.org" }) });
    const hooked = await askToken(world, client, form);
    expect(hooked.body).not.toHaveProperty("id_token");
    expect(await introspected(world, hooked.body.access_token)).toMatchObject({
      ...{ active: true, sub: client.id, client_id: client.id, scope: "read write", aud: ["https://api.example"] },
      ext: { sub: "mallory", tenant: "t1" },
    });
    expect(await introspected(world, plain.body.access_token)).not.toHaveProperty("ext");
  });

  test("hears the assertion of the JWT bearer grant, and speaks in its token", async () => {
    service.answer({ "/token?v=1": claiming({ tenant: "t1" }) });
    const [client, key] = await Promise.all([bearerClient(world), newKeyPair("ES256", "es")]);
    await trust(world, "https://issuer.example", key);
    const assertion = await grantAssertion(world, "https://issuer.example", key);
    const answer = await trade(world, client, assertion);
    expect(service.asked()).toMatchObject([
      {
        body: {
          session: { id_token: { subject: "alice", id_token_claims: { sub: "alice" } } },
          request: {
            grant_types: [jwtBearer],
            granted_scopes: ["read"],
            payload: { grant_type: [jwtBearer], scope: ["read"], assertion: [assertion] },
          },
        },
      },
    ]);
    expect(await introspected(world, answer.body.access_token)).toMatchObject({ sub: "alice", ext: { tenant: "t1" } });
  });

  test("is asked about a device once its user has let it in", async () => {
    service.answer({ "/token?v=1": claiming({ hooked: true }, { hooked: true }) });
    const client = await newDeviceClient(world);
    const device = await newDevice(world, client);
    expect((await poll(world, client, device)).body.error).toBe("authorization_pending");
    expect(service.asked()).toEqual([]);
    await approve(world, device, { consent });
    const { body: tokens } = await poll(world, client, device);
    const request = { grant_types: [deviceGrant], payload: { grant_type: [deviceGrant] } };
    expect(service.asked()).toMatchObject([{ body: { session: { extra: { tenant: "t1" } }, request } }]);
    const ext = { tenant: "t1", level: 1, hooked: true };
    expect(await introspected(world, tokens.access_token)).toMatchObject({ sub: "alice", ext });
    expect(claimsOf(tokens.id_token)).toMatchObject({ email: "alice@example.org", hooked: true });
  });

  test("D39: at a refresh its claims take the others' place, stay for refreshes to come, and leave the protocol's", async () => {
    const client = await newClient(world);
    const first = await obtainTokens(world, client, {}, { login: { acr: "silver" }, consent });
    service.answer({ "/token?v=1": claiming({ round: 2 }, { round: 2 }) });
    const { body: second } = await refresh(world, client, first.refresh_token);
    service.answer();
    const { body: third } = await refresh(world, client, second.refresh_token);
    expect(service.asked()).toMatchObject([
      { body: { session: { extra: { round: 2 }, id_token: { id_token_claims: { ext: { round: 2 } } } } } },
    ]);
    expect((await introspected(world, third.access_token)).ext).toEqual({ round: 2 });
    const { sid, auth_time } = claimsOf(first.id_token);
    for (const { id_token } of [second, third]) {
      expect(claimsOf(id_token)).toMatchObject({ sub: "alice", sid, auth_time, acr: "silver", round: 2 });
      expect(claimsOf(id_token)).not.toHaveProperty("email");
    }
    service.answer({ "/token?v=1": saying(200, "{}") });
    const { body: fourth } = await refresh(world, client, third.refresh_token);
    expect(await introspected(world, fourth.access_token)).not.toHaveProperty("ext");
  });

  test("hears of the scope and audience that this token is for, which no other of the grant is touched by", async () => {
    const audience = ["https://one.example", "https://two.example"];
    const client = await newClient(world, { audience });
    const first = await obtainTokens(world, client, { audience: audience.join(" ") });
    service.asked();
    await refresh(world, client, first.refresh_token, { scope: "read", audience: "https://two.example" });
    const request = { granted_scopes: ["read"], granted_audience: ["https://two.example"] };
    expect(service.asked()).toMatchObject([{ body: { request } }]);
  });

  test("is asked once in a request, also when the client is changed meanwhile", async () => {
    const client = await newClient(world);
    const change = async () => {
      const { body } = await world.admin("GET", `/admin/clients/${client.id}`);
      return world.admin("PUT", `/admin/clients/${client.id}`, { ...body, client_name: "another" });
    };
    const changed: number[] = [];
    service.answer({
      "/token?v=1": (request, response) => {
        const changeFirst = async () => {
          changed.push((await change()).status);
          claiming({ hooked: true })(request, response);
        };
        void changeFirst();
      },
    });
    const answer = await askToken(world, client, { grant_type: "client_credentials", scope: "read" });
    expect([answer.status, changed, service.asked().length]).toEqual([200, [200], 1]);
    expect((await introspected(world, answer.body.access_token)).ext).toEqual({ hooked: true });
  });
});

describe.each(databases)("with a grace period, the token hook on $name", (database) => {
  test("is asked once by each of two that race with a refresh token: who lost has its answer already", async () => {
    const service = await hookService();
    const settings = {
      "oauth2.token_hook": `${service.url}/`,
      "oauth2.grant.refresh_token.rotation_grace_period": "30s",
    };
    const world = await startWorld({ dsn: await database.dsn(), settings });
    onTestFinished(async () => {
      await world.close();
      await service.down();
    });
    const client = await newClient(world);
    const first = await obtainTokens(world, client);
    const held: Array<() => void> = [];
    service.answer({
      "/": (request, response) => {
        held.push(() => claiming({ hooked: true })(request, response));
        // Both have proven their token before either is answered.
        if (held.length === 2) for (const release of held) release();
      },
    });
    const racers = [refresh(world, client, first.refresh_token), refresh(world, client, first.refresh_token)];
    const answers = await Promise.all(racers);
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    expect(answers[0]?.body.refresh_token).toBe(answers[1]?.body.refresh_token);
    expect(service.asked()).toHaveLength(2);
    for (const { body } of answers) {
      expect((await introspected(world, body.access_token)).ext).toEqual({ hooked: true });
    }
  });
});

describe.each(openDatas)("a stolen database ($name)", ({ open }) => {
  test("SIDE-005: holds nothing of what a hook has said", async () => {
    const [data, service] = await Promise.all([open(), hookService()]);
    const world = await startWorld({ dsn: data.dsn, settings: { "oauth2.token_hook": `${service.url}/` } });
    onTestFinished(async () => {
      await world.close();
      await service.down();
      data.close();
    });
    const secrets = { own: "sealed-of-client", access: "sealed-tenant", id: "sealed@example.org" };
    service.answer({ "/": claiming({ tenant: secrets.access }, { email: secrets.id }) });
    const client = await newClient(world);
    await obtainTokens(world, client);
    service.answer({ "/": claiming({ tenant: secrets.own }) });
    const own = await askToken(world, client, { grant_type: "client_credentials" });
    const everything = await dump(data);
    expect(found(everything, { client: client.id })).toEqual(["client"]);
    expect(found(everything, secrets)).toEqual([]);
    expect((await introspected(world, own.body.access_token)).ext).toEqual({ tenant: secrets.own });
  });
});

describe.each(databases)("both hooks on $name", (database) => {
  let world: World;
  let service: HookService;

  beforeAll(async () => {
    service = await hookService();
    const auth = { type: "api_key", config: { in: "cookie", name: "hook_key", value: "open-sesame" } };
    const settings = {
      "oauth2.token_hook": `${service.url}/token`,
      "oauth2.refresh_token_hook": { url: `${service.url}/refresh`, auth },
    };
    world = await startWorld({ dsn: await database.dsn(), settings });
  });
  beforeEach(() => service.answer());
  afterAll(async () => {
    await world?.close();
    await service?.down();
  });

  test("the refresh token hook is asked about refreshes alone, and first", async () => {
    const client = await newClient(world);
    const tokens = await obtainTokens(world, client, {}, { consent });
    await askToken(world, client, { grant_type: "client_credentials" });
    expect(service.asked().map(({ path }) => path)).toEqual(["/token", "/token"]);
    service.answer({ "/refresh": claiming({ first: true }, { first: true }) });
    const { body: second } = await refresh(world, client, tokens.refresh_token);
    const [one, two] = service.asked();
    expect(one).toMatchObject({ path: "/refresh", headers: { cookie: "hook_key=open-sesame" } });
    const granted = { client_id: client.id, granted_scopes: ["openid", "offline", "read"], granted_audience: [] };
    expect(one?.body).toEqual({
      subject: "alice",
      session: expect.objectContaining({ extra: { tenant: "t1", level: 1 } }),
      requester: { ...granted, grant_types: ["refresh_token"] },
      ...granted,
    });
    expect(two?.headers).not.toHaveProperty("cookie");
    expect(two).toMatchObject({ path: "/token", body: { session: { extra: { first: true } } } });
    expect((await introspected(world, second.access_token)).ext).toEqual({ first: true });
    service.answer({ "/refresh": claiming({ first: true }), "/token": claiming({ second: true }) });
    const { body: third } = await refresh(world, client, second.refresh_token);
    expect((await introspected(world, third.access_token)).ext).toEqual({ second: true });
  });

  test("RT-016: a refresh that is denied leaves the refresh token as it was", async () => {
    const client = await newClient(world);
    const first = await obtainTokens(world, client);
    service.answer({ "/refresh": saying(403) });
    const denied = await refresh(world, client, first.refresh_token);
    expect([denied.status, denied.body.error]).toEqual([403, "access_denied"]);
    expect(service.asked().map(({ path }) => path)).toEqual(["/refresh"]);
    expect((await introspected(world, first.access_token)).active).toBe(true);
    service.answer();
    expect((await refresh(world, client, first.refresh_token)).status).toBe(200);
  });
});
