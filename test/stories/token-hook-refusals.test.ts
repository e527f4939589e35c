/** A web hook that denies, fails or lies: no tokens, and nothing is spent for them (TOK-016). */
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { newKeyPair } from "../support/assertions.ts";
import { newClient, obtainTokens, redeem, refresh } from "../support/code-flow.ts";
import { databases } from "../support/database.ts";
import { askToken, countStatuses, expectAlive, freshCode, introspected, refusal } from "../support/grants.ts";
import { claiming, type HookReply, type HookService, hookService, saying } from "../support/hook-service.ts";
import { startWorld, type World } from "../support/server.ts";
import { bearerClient, grantAssertion, trade, trust } from "../support/trust.ts";

const session = (inner: unknown) => JSON.stringify({ session: inner });
const huge = session({ access_token: { filler: "x".repeat(600_000) } });
const wrong: ReadonlyArray<readonly [what: string, reply: HookReply]> = [
  ["says that it failed", saying(500, session({}))],
  ["says that it does not know who asks", saying(401)],
  ["answers another success", saying(201, session({ access_token: { a: 1 } }))],
  ["leads elsewhere", saying(307, "", { location: "/elsewhere" })],
  ["says nothing", saying(200)],
  ["speaks no JSON", saying(200, "<html>")],
  ["speaks half of it", saying(200, '{"session":{"access_token":{')],
  ["says a thing twice", saying(200, '{"session":{},"session":{"access_token":{"a":1}}}')],
  ["says a list", saying(200, "[]")],
  ["has a session that is none", saying(200, session("alice"))],
  ["has claims that are none", saying(200, session({ access_token: ["a"] }))],
  ["has claims for the ID token that are none", saying(200, session({ id_token: 1 }))],
  ["says too much", saying(200, huge)],
  ["packs what it says", saying(200, gzipSync(session({})).toString("latin1"), { "content-encoding": "gzip" })],
  ["hangs up", (request) => request.socket.destroy()],
  [
    "hangs up amid its answer",
    (_request, response) => {
      response.writeHead(200, { "content-length": "1000" }).write('{"session":', () => response.destroy());
    },
  ],
];

describe.each(databases)("a token hook on $name", (database) => {
  let world: World;
  let service: HookService;

  beforeAll(async () => {
    service = await hookService();
    world = await startWorld({ dsn: await database.dsn(), settings: { "oauth2.token_hook": `${service.url}/` } });
  });
  beforeEach(() => service.answer());
  afterAll(async () => {
    await world?.close();
    await service?.down();
  });

  test("that denies is access_denied, and the code can still be redeemed", async () => {
    const client = await newClient(world);
    const { code, verifier } = await freshCode(world, client);
    service.answer({ "/": saying(403, "because") });
    for (const _ of [1, 2]) {
      const denied = await redeem(world, client, code, { code_verifier: verifier });
      expect(refusal(denied)).toEqual([403, "access_denied"]);
      expect(denied.text).not.toContain("because");
    }
    service.answer();
    expect((await redeem(world, client, code, { code_verifier: verifier })).status).toBe(200);
    const again = await redeem(world, client, code, { code_verifier: verifier });
    expect(refusal(again)).toEqual([400, "invalid_grant"]);
    expect(service.asked()).toHaveLength(1);
  });

  test.each(wrong)("that %s is a server_error, and spends neither code nor refresh token", async (_, reply) => {
    const client = await newClient(world);
    const before = await obtainTokens(world, client);
    const { code, verifier } = await freshCode(world, client);
    service.answer({ "/": reply });
    const failed = await redeem(world, client, code, { code_verifier: verifier });
    expect(refusal(failed)).toEqual([500, "server_error"]);
    expect(refusal(await refresh(world, client, before.refresh_token))).toEqual([500, "server_error"]);
    const own = await askToken(world, client, { grant_type: "client_credentials" });
    expect(refusal(own)).toEqual([500, "server_error"]);
    expect(service.asked().map(({ path }) => path)).toEqual(["/", "/", "/"]);
    await expectAlive(world, before);
    service.answer();
    expect((await redeem(world, client, code, { code_verifier: verifier })).status).toBe(200);
    expect((await refresh(world, client, before.refresh_token)).status).toBe(200);
  });

  test("that is away is one as well, until it is back; the log says why", async () => {
    const client = await newClient(world);
    const { code, verifier } = await freshCode(world, client);
    await service.down();
    expect(refusal(await redeem(world, client, code, { code_verifier: verifier }))).toEqual([500, "server_error"]);
    expect(world.log.some((line) => line.includes('"error"') && line.includes("ECONNREFUSED"))).toBe(true);
    await service.up();
    expect((await redeem(world, client, code, { code_verifier: verifier })).status).toBe(200);
  });

  test("that fails does not use an assertion up", async () => {
    const [client, key] = await Promise.all([bearerClient(world), newKeyPair("ES256", "es")]);
    await trust(world, "https://issuer.example", key);
    const assertion = await grantAssertion(world, "https://issuer.example", key);
    service.answer({ "/": saying(503) });
    expect(refusal(await trade(world, client, assertion))).toEqual([500, "server_error"]);
    service.answer();
    expect((await trade(world, client, assertion)).status).toBe(200);
    expect(refusal(await trade(world, client, assertion))).toEqual([400, "invalid_grant"]);
  });

  test("is not asked where the grant is not proven", async () => {
    const client = await newClient(world);
    const { code } = await freshCode(world, client);
    expect((await redeem(world, client, code, { code_verifier: "x".repeat(43) })).status).toBe(400);
    expect((await refresh(world, client, "tsr_rt_nothing")).status).toBe(400);
    const stranger = { ...client, secret: "another" };
    expect((await askToken(world, stranger, { grant_type: "client_credentials" })).status).toBe(401);
    expect(service.asked()).toEqual([]);
  });

  test("lets one of many that race with a code win, with the claims it was given", async () => {
    const client = await newClient(world);
    const { code, verifier } = await freshCode(world, client);
    service.answer({ "/": claiming({ hooked: true }) });
    const racers = Array.from({ length: 5 }, () => redeem(world, client, code, { code_verifier: verifier }));
    const answers = await Promise.all(racers);
    expect(countStatuses(answers)).toEqual({ 200: 1, 400: 4 });
    const won = answers.find(({ status }) => status === 200)?.body;
    expect((await introspected(world, won.access_token)).ext).toEqual({ hooked: true });
  });
});
