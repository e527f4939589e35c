/** D35, I9: without its database the server says so, and nothing else; with it, it goes on as if nothing had been. */

import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import {
  acceptConsent,
  acceptLogin,
  authorizationRequest,
  challengeOf,
  isActive,
  landing,
  newClient,
  obtainTokens,
  redeem,
  refresh,
  type TestClient,
  type Tokens,
} from "../support/code-flow.ts";
import { hasPostgres, postgresDatabase, postgresPort, type TestDatabase } from "../support/database.ts";
import { askToken, expectAlive, type FreshCode, freshCode, revokeToken, userinfo } from "../support/grants.ts";
import { type ServerProcess, startProcess, until } from "../support/process.ts";
import { startProxy, type TestProxy } from "../support/proxy.ts";
import { type Answer, newBrowser, send } from "../support/server.ts";

const machine = { grant_type: "client_credentials", scope: "read" };

/** How long service may take to come back. */
const resumptionMs = 2000;

interface Story {
  readonly client: TestClient;
  readonly jwtClient: TestClient;
  readonly tokens: Tokens;
  readonly jwtTokens: Tokens;
  readonly fresh: FreshCode;
  readonly loginChallenge: string;
  readonly loginReturn: string;
  readonly consentChallenge: string;
  readonly consentReturn: string;
  readonly browser: ReturnType<typeof newBrowser>;
}

describe.runIf(hasPostgres)("a PostgreSQL that goes away", () => {
  let database: TestDatabase;
  let proxy: TestProxy;
  let server: ServerProcess;

  beforeAll(async () => {
    database = await postgresDatabase();
    proxy = await startProxy(postgresPort());
    server = await startProcess({ dsn: throughProxy() });
  });
  afterAll(async () => {
    await server?.kill();
    await proxy?.close();
    await database?.drop();
  });

  const throughProxy = () => database.dsn.replace(`:${postgresPort()}/`, `:${proxy.port}/`);
  const ready = () => server.get("/health/ready");
  const isBack = (answer: Answer) => answer.status === 200;

  async function aStory(): Promise<Story> {
    const client = await newClient(server);
    const jwtClient = await newClient(server, { access_token_strategy: "jwt" });
    const browser = newBrowser();
    const loginPlace = await landing(browser, authorizationRequest(server, client).url);
    const accepted = await acceptLogin(server, challengeOf(loginPlace, "login_challenge"));
    const consentPlace = await landing(browser, accepted.body.redirect_to);
    const consentChallenge = challengeOf(consentPlace, "consent_challenge");
    const consented = await acceptConsent(server, consentChallenge);
    const other = await landing(browser, authorizationRequest(server, client).url);
    const loginChallenge = challengeOf(other, "login_challenge");
    return {
      client,
      jwtClient,
      tokens: await obtainTokens(server, client),
      jwtTokens: await obtainTokens(server, jwtClient),
      fresh: await freshCode(server, client),
      loginChallenge,
      loginReturn: (await acceptLogin(server, loginChallenge)).body.redirect_to,
      consentChallenge,
      consentReturn: consented.body.redirect_to,
      browser,
    };
  }

  const flow = (page: string, challenge: string, verb = "") =>
    `/admin/oauth2/auth/requests/${page}${verb}?${page}_challenge=${challenge}`;
  const visit = (url: string, { browser }: Story): Promise<Answer> =>
    send("GET", url, undefined, { cookie: browser.cookies.header(new URL(url)) ?? "" });

  const endpoints: ReadonlyArray<readonly [what: string, ask: (story: Story) => Promise<Answer>]> = [
    ["client credentials for an opaque token", ({ client }) => askToken(server, client, machine)],
    ["client credentials for a JWT", ({ jwtClient }) => askToken(server, jwtClient, machine)],
    ["a client's wrong secret", ({ client }) => askToken(server, { ...client, secret: "wrong" }, machine)],
    ["an unknown client", () => askToken(server, { id: "nobody", secret: "wrong" }, machine)],
    ["a code", ({ client, fresh }) => redeem(server, client, fresh.code, { code_verifier: fresh.verifier })],
    [
      "a code that nobody made",
      ({ client }) => redeem(server, client, "tsr_ac_none", { code_verifier: "v".repeat(43) }),
    ],
    ["a refresh token", ({ client, tokens }) => refresh(server, client, tokens.refresh_token)],
    ["revoking an access token", ({ client, tokens }) => revokeToken(server, client, tokens.access_token)],
    ["revoking a JWT", ({ jwtClient, jwtTokens }) => revokeToken(server, jwtClient, jwtTokens.access_token)],
    ["revoking a refresh token", ({ client, tokens }) => revokeToken(server, client, tokens.refresh_token)],
    ["introspecting an opaque token", ({ tokens }) => server.introspect({ token: tokens.access_token })],
    ["introspecting a JWT", ({ jwtTokens }) => server.introspect({ token: jwtTokens.access_token })],
    ["introspecting a refresh token", ({ tokens }) => server.introspect({ token: tokens.refresh_token })],
    ["userinfo by an opaque token", ({ tokens }) => userinfo(server, tokens.access_token)],
    ["userinfo by a JWT", ({ jwtTokens }) => userinfo(server, jwtTokens.access_token)],
    ["an authorization request", (story) => visit(authorizationRequest(server, story.client).url, story)],
    [
      "an unknown client's authorization request",
      (story) => visit(authorizationRequest(server, { id: "nobody", secret: "" }).url, story),
    ],
    ["the way back from login", (story) => visit(story.loginReturn, story)],
    ["the way back from consent", (story) => visit(story.consentReturn, story)],
    ["reading a login request", ({ loginChallenge }) => server.admin("GET", flow("login", loginChallenge))],
    ["accepting a login", ({ loginChallenge }) => acceptLogin(server, loginChallenge)],
    ["rejecting a login", ({ loginChallenge }) => server.admin("PUT", flow("login", loginChallenge, "/reject"), {})],
    ["reading a consent request", ({ consentChallenge }) => server.admin("GET", flow("consent", consentChallenge))],
    [
      "accepting a consent",
      ({ consentChallenge }) => server.admin("PUT", flow("consent", consentChallenge, "/accept"), {}),
    ],
    [
      "rejecting a consent",
      ({ consentChallenge }) => server.admin("PUT", flow("consent", consentChallenge, "/reject"), {}),
    ],
    ["making a client", () => server.admin("POST", "/admin/clients", {})],
    ["reading a client", ({ client }) => server.admin("GET", `/admin/clients/${client.id}`)],
    ["listing clients", () => server.admin("GET", "/admin/clients")],
    ["replacing a client", ({ client }) => server.admin("PUT", `/admin/clients/${client.id}`, { client_name: "x" })],
    ["deleting a client", ({ client }) => server.admin("DELETE", `/admin/clients/${client.id}`)],
  ];

  test("every endpoint that needs it says 503 with Retry-After and a line in the log, and nothing has changed after", async () => {
    const story = await aStory();
    const mark = "the-end-of-the-preparations";
    await server.get("/health/alive", { "x-request-id": mark });
    await server.line(mark);
    const from = server.log.length;
    const lines = () => server.log.slice(from);
    const ended = () => lines().filter((line) => line.includes("completed handling request")).length;
    const told = () => lines().filter((line) => /"level":"error".*"cause"|"level":"error".*"error":/.test(line)).length;
    proxy.cut();
    for (const [index, [what, ask]] of endpoints.entries()) {
      const answer = await ask(story);
      expect([what, answer.status]).toEqual([what, 503]);
      expect([what, answer.headers["retry-after"]]).toEqual([what, expect.stringMatching(/^[1-9]\d*$/)]);
      expect([what, answer.headers.location, answer.headers["set-cookie"]]).toEqual([what, undefined, undefined]);
      // The request's own line comes last.
      await until(
        async () => ended(),
        (count) => count > index,
        2000,
      );
      expect([what, told()]).toEqual([what, index + 1]);
    }
    expect([(await ready()).status, (await server.get("/health/alive")).status]).toEqual([503, 200]);
    // What is the same for everybody is still told.
    expect((await server.get("/.well-known/jwks.json")).status).toBe(200);

    proxy.restore();
    await until(() => askToken(server, story.client, machine), isBack, resumptionMs);
    await until(ready, isBack, resumptionMs);
    await expectUntouched(story);
  });

  async function expectUntouched(story: Story): Promise<void> {
    const { client, tokens, jwtTokens, fresh } = story;
    await expectAlive(server, tokens);
    await expectAlive(server, jwtTokens);
    expect((await refresh(server, client, tokens.refresh_token)).status).toBe(200);
    expect((await redeem(server, client, fresh.code, { code_verifier: fresh.verifier })).status).toBe(200);
    const back = await landing(story.browser, story.consentReturn);
    expect(back.searchParams.get("code")).not.toBeNull();
    const consent = await landing(story.browser, story.loginReturn);
    expect(consent.searchParams.has("consent_challenge")).toBe(true);
  }

  test("its loss and its return are told in the log, once each, with the reason", async () => {
    const from = server.log.length;
    proxy.cut();
    await until(ready, ({ status }) => status === 503, resumptionMs);
    await until(ready, ({ status }) => status === 503, resumptionMs);
    proxy.restore();
    await until(ready, isBack, resumptionMs + 1000);
    const told = () => server.log.slice(from).filter((line) => /the database/.test(line));
    // Lines are gathered for some milliseconds before they are written.
    await until(
      async () => told(),
      ({ length }) => length >= 2,
      resumptionMs,
    );
    expect(told()).toEqual([
      expect.stringMatching(/"level":"error".*does not answer/),
      expect.stringMatching(/"level":"info".*answers again/),
    ]);
  });

  const lost: ReadonlyArray<readonly [what: string, ask: (story: Story) => Promise<Answer>]> = [
    [
      "a code's redemption",
      ({ client, fresh }) => redeem(server, client, fresh.code, { code_verifier: fresh.verifier }),
    ],
    ["a refresh", ({ client, tokens }) => refresh(server, client, tokens.refresh_token)],
  ];

  test.each(lost)(
    "RFC 9700 §4.14.2: when the database's answer to %s is lost, nobody is taken for a thief",
    async (_what, ask) => {
      const story = await aStory();
      const before = proxy.losses;
      proxy.loseAnswerTo(story.client.id);
      const answer = await ask(story);
      expect([proxy.losses - before, answer.status]).toEqual([1, 200]);
      await expectAlive(server, answer.body);
      expect((await refresh(server, story.client, answer.body.refresh_token)).status).toBe(200);
    },
  );

  test.each(lost)("the same when the database stays away for half a second after %s", async (_what, ask) => {
    const story = await aStory();
    const before = proxy.losses;
    proxy.loseAnswerTo(story.client.id, () => {
      proxy.cut();
      setTimeout(() => proxy.restore(), 500);
    });
    const answer = await ask(story);
    expect([proxy.losses - before, answer.status]).toEqual([1, 200]);
    await expectAlive(server, answer.body);
  });

  test("a consent whose end was stored, but not told to us, still brings its code", async () => {
    const story = await aStory();
    const before = proxy.losses;
    proxy.loseAnswerTo(story.client.id);
    const place = await landing(story.browser, story.consentReturn);
    expect([proxy.losses - before, place.searchParams.get("code")]).toEqual([1, expect.any(String)]);
  });

  test("I1, I7: whatever is cut under load is told as 503, and what was issued lives", async () => {
    const client = await newClient(server);
    const issued: string[] = [];
    const statuses = new Set<number>();
    const work = { isOver: false };
    const worker = async (): Promise<void> => {
      while (!work.isOver) {
        const answer = await askToken(server, client, machine);
        statuses.add(answer.status);
        if (answer.status === 200) issued.push(answer.body.access_token);
      }
    };
    const workers = Array.from({ length: 8 }, worker);
    for (let cycle = 0; cycle < 5; cycle++) {
      await until(
        async () => issued.length,
        (count) => count > 20 * cycle,
        5000,
      );
      proxy.cut();
      proxy.restore();
    }
    work.isOver = true;
    await Promise.all(workers);
    expect([...statuses].filter((status) => status !== 200 && status !== 503)).toEqual([]);
    await until(() => askToken(server, client, machine), isBack, resumptionMs);
    for (const token of issued) expect(await isActive(server, token)).toBe(true);
  });

  test("REL-11: one that keeps its connections but says nothing is given up, and the process lives on", async () => {
    const { client, tokens } = await aStory();
    proxy.stall();
    const began = performance.now();
    const asked = [
      askToken(server, client, machine),
      server.introspect({ token: tokens.access_token }),
      ready(),
      server.admin("GET", "/admin/health/ready"),
    ];
    await until(() => server.get("/health/alive"), isBack, 500);
    for (const answer of await Promise.all(asked)) expect(answer.status).toBe(503);
    expect(performance.now() - began).toBeLessThan(8000);
    proxy.restore();
    await until(() => askToken(server, client, machine), isBack, resumptionMs);
    await until(ready, isBack, resumptionMs);
    await expectAlive(server, tokens);
  });

  test("REL-17: a second signal ends a server whose database says nothing", async () => {
    const own = await startProcess({ dsn: throughProxy() });
    onTestFinished(() => own.kill());
    const client = await newClient(own);
    expect((await askToken(own, client, machine)).status).toBe(200);
    proxy.stall();
    onTestFinished(() => proxy.restore());
    askToken(own, client, machine).catch(() => undefined);
    await until(() => own.get("/health/alive"), isBack, 500);
    const began = performance.now();
    own.signal("SIGTERM");
    await own.line("the server stops");
    await new Promise((resolve) => setTimeout(resolve, 600));
    own.signal("SIGTERM");
    expect(await own.exited).toEqual({ code: 0, signal: null });
    expect(performance.now() - began).toBeLessThan(4000);
  });

  test("a server that starts without it is not ready, and is as soon as it is there", async () => {
    proxy.cut();
    const late = await startProcess({ dsn: throughProxy() });
    onTestFinished(() => late.kill());
    expect((await late.get("/health/ready")).status).toBe(503);
    expect((await late.get("/health/alive")).status).toBe(200);
    expect((await late.get("/.well-known/jwks.json")).status).toBe(503);
    proxy.restore();
    await until(() => late.get("/health/ready"), isBack, resumptionMs);
    expect((await askToken(late, await newClient(late), machine)).status).toBe(200);
  });

  test("no process has died of it, and none has met an unhandled rejection", async () => {
    await until(ready, isBack, resumptionMs);
    expect(server.log.filter((line) => /unhandled|uncaught|server_error|unexpected condition/i.test(line))).toEqual([]);
    expect(await server.stop()).toEqual({ code: 0, signal: null });
  });
});
