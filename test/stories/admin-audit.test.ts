/** What a run leaves behind: a line of the audit log for every change, and not one secret anywhere (NOLEAK). */
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { ClientService } from "../../src/gen/tessera/admin/v1/client_service_pb.js";
import {
  acceptConsent,
  acceptLogin,
  authorizationRequest,
  challengeOf,
  landing,
  newClient,
  redeem,
  refresh,
} from "../support/code-flow.ts";
import { databases, query } from "../support/database.ts";
import { openConsent, openLogin, reject } from "../support/flow-steps.ts";
import { askToken, freshCode, revokeToken, userinfo } from "../support/grants.ts";
import { caller } from "../support/rpc-callers.ts";
import { type Answer, basic, newBrowser, startWorld, type World } from "../support/server.ts";

interface Line {
  readonly audience: string;
  readonly event?: string;
  readonly client_id?: string;
  readonly [name: string]: unknown;
}

const linesOf = (world: World): Line[] => world.log.map((line) => JSON.parse(line));

describe("ADM-025: every change is told, once, with what was changed", () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld();
  });
  afterAll(() => world?.close());

  /** The events that `act` was told by. */
  async function eventsOf(act: () => Promise<unknown>): Promise<Line[]> {
    const before = world.log.length;
    await act();
    const lines = linesOf(world).slice(before);
    return lines.filter(({ audience }) => audience === "audit");
  }

  test("a client is created, replaced and deleted, over REST and over gRPC", async () => {
    const path = "/admin/clients/audited";
    const secret = { client_secret: "a-secret-nobody-may-read" };
    const create = () => world.admin("POST", "/admin/clients", { client_id: "audited", ...secret });
    const told = (event: string) => [expect.objectContaining({ event, client_id: "audited", level: "info" })];
    expect(await eventsOf(create)).toEqual(told("client_created"));
    expect(await eventsOf(() => world.admin("PUT", path, secret))).toEqual(told("client_replaced"));
    expect(await eventsOf(() => world.admin("DELETE", path))).toEqual(told("client_deleted"));
    const grpc = caller("gRPC by grpc-js", Number(new URL(world.adminUrl).port));
    const { createClient, replaceClient, deleteClient } = ClientService.method;
    const client = { clientId: "audited", clientSecret: "a-secret-nobody-may-read" };
    expect(await eventsOf(() => grpc.ask(createClient, { client }))).toEqual(told("client_created"));
    const replace = () => grpc.ask(replaceClient, { clientId: "audited", client });
    expect(await eventsOf(replace)).toEqual(told("client_replaced"));
    expect(await eventsOf(() => grpc.ask(deleteClient, { clientId: "audited" }))).toEqual(told("client_deleted"));
    grpc.close();
    expect(world.log.join()).not.toContain("a-secret-nobody-may-read");
  });

  test("what was refused changed nothing, and is told by its request's status only", async () => {
    const refused = [
      () => world.admin("PUT", "/admin/clients/nobody", {}),
      () => world.admin("DELETE", "/admin/clients/nobody"),
      () => world.admin("POST", "/admin/clients", { subject_type: "x" }),
      () => acceptLogin(world, "garbage"),
      () => reject(world, "consent", "garbage"),
    ];
    for (const act of refused) expect(await eventsOf(act)).toEqual([]);
    expect(linesOf(world).at(-1)).toMatchObject({
      http_request: { interface: "admin", method: "PUT", remote: "127.0.0.1", request_id: expect.any(String) },
      http_response: { status: 404 },
    });
  });

  test("answers of the login and consent application, each with its flow, client and subject", async () => {
    const client = await newClient(world);
    const browser = newBrowser();
    const login = await openLogin(browser, authorizationRequest(world, client).url);
    const flow = { client_id: client.id, flow_id: expect.stringMatching(/^[\da-f]{32}$/) };
    expect(await eventsOf(() => reject(world, "login", login))).toMatchObject([{ event: "login_rejected", ...flow }]);
    const accepted = { event: "login_accepted", ...flow, subject: "alice" };
    expect(await eventsOf(() => acceptLogin(world, login))).toMatchObject([accepted]);
    const consent = await openConsent(world, newBrowser(), authorizationRequest(world, client).url);
    const subject = { ...flow, subject: "alice" };
    expect(await eventsOf(() => reject(world, "consent", consent))).toMatchObject([
      { event: "consent_rejected", ...subject },
    ]);
    expect(await eventsOf(() => acceptConsent(world, consent))).toMatchObject([
      { event: "consent_accepted", ...subject },
    ]);
  });
});

describe.each(databases)("OPS-006: nothing that could be used again is written down, on $name", (database) => {
  let world: World;
  let dsn: string;
  beforeAll(async () => {
    dsn = await database.dsn();
    // Whoever debugs sees most, and sees the queries.
    world = await startWorld({ dsn, settings: { "log.level": "debug", "log.leak_sensitive_values": true } });
  });
  afterAll(() => world?.close());

  const secrets = new Set<string>();
  const bodies: string[] = [];

  /** Remembers what must not be found, and what was answered to a refusal. */
  function keep<T>(...values: T[]): T[] {
    for (const value of values) if (typeof value === "string" && value !== "") secrets.add(value);
    return values;
  }
  function hear(answer: Answer): Answer {
    if (answer.status >= 400) bodies.push(answer.text);
    for (const name of ["access_token", "refresh_token", "id_token", "client_secret"]) keep(answer.body?.[name]);
    return answer;
  }

  async function expectNoLeak(): Promise<void> {
    const metrics = await world.admin("GET", "/metrics/prometheus");
    const places = { log: world.log.join("\n"), metrics: metrics.text, bodies: bodies.join("\n") };
    for (const [place, text] of Object.entries(places)) {
      expect(text.length).toBeGreaterThan(200);
      for (const secret of secrets) {
        // As it is, and as it stands in a URL.
        for (const one of [secret, encodeURIComponent(secret)]) {
          if (text.includes(one)) throw new Error(`${place} holds ${one}: ${lineWith(text, one)}`);
        }
      }
    }
    for (const line of world.log) expect(line.trimEnd()).not.toContain("\n");
    expect(() => linesOf(world)).not.toThrow();
  }
  const lineWith = (text: string, part: string) => text.split("\n").find((line) => line.includes(part));

  async function wholeJob() {
    const client = await newClient(world, { client_id: "leaky", client_secret: "Leaky+secret/of=a person" });
    keep(client.secret);
    const browser = newBrowser();
    const asked = authorizationRequest(world, client, { login_hint: "somebody@example.org" });
    keep(asked.verifier, asked.state, asked.nonce, "somebody@example.org");
    const login = challengeOf(await landing(browser, asked.url), "login_challenge");
    const toConsent = (await acceptLogin(world, login, { remember: true, context: { pin: "context-of-a-login" } }))
      .body;
    const place = await landing(browser, toConsent.redirect_to);
    const consent = challengeOf(place, "consent_challenge");
    const session = { access_token: { card: "claim-of-a-token" }, id_token: { card: "claim-of-an-id" } };
    const back = (await acceptConsent(world, consent, { session })).body.redirect_to;
    const code = (await landing(browser, back)).searchParams.get("code") ?? "";
    keep(login, consent, code, ...[toConsent.redirect_to, back].map((url) => url.replace(/^.*_verifier=/, "")));
    keep("context-of-a-login", "claim-of-a-token", "claim-of-an-id");
    const cookies = browser.cookies.header(new URL(world.publicUrl)) ?? "";
    keep(...cookies.split("; ").map((cookie) => cookie.slice(cookie.indexOf("=") + 1)));
    const tokens = hear(await redeem(world, client, code, { code_verifier: asked.verifier })).body;
    return { client, asked, browser, code, back, tokens };
  }

  test("of a whole job, and of everything that goes wrong after it", async () => {
    const { client, asked, browser, code, back, tokens } = await wholeJob();
    const { access_token: access, refresh_token: first, id_token: idToken } = tokens;
    await userinfo(world, access);
    await world.introspect({ token: access });
    const rotated = hear(await refresh(world, client, first)).body;
    hear(await askToken(world, client, { grant_type: "client_credentials", scope: "read" }));
    // Replays, guesses, and secrets in every place where they do not belong.
    hear(await refresh(world, client, first));
    const twice = await freshCode(world, client);
    keep(twice.code, twice.verifier);
    for (const _ of ["spent", "replayed"]) {
      hear(await redeem(world, client, twice.code, { code_verifier: twice.verifier }));
      world.clock.advance(30);
    }
    hear(await redeem(world, client, code, { code_verifier: asked.verifier }));
    hear(await redeem(world, client, code, { code_verifier: "a-verifier-that-is-a-wrong-one-but-long-enough-x" }));
    hear(
      await world.post(
        "/oauth2/token",
        `grant_type=refresh_token&refresh_token=${first}&client_secret=${client.secret}`,
      ),
    );
    hear(await world.post(`/oauth2/token?code=${code}&client_secret=${encodeURIComponent(client.secret)}`, {}));
    hear(await world.post("/oauth2/token", { grant_type: "x" }, basic("leaky", "A-wrong-secret-of-somebody")));
    hear(await world.post("/oauth2/token", { grant_type: "password", username: "u", password: "Pass-of-a-user" }));
    hear(await world.get(`/userinfo?access_token=${rotated.access_token}`));
    hear(await world.get("/userinfo", { authorization: `Bearer ${access}x`, cookie: "session=A-cookie-of-somebody" }));
    hear(await world.get(`/userinfo/${access}`));
    hear(await world.admin("GET", `/admin/oauth2/introspect/${first}`));
    hear(await world.get(`/oauth2/auth?client_id=leaky&id_token_hint=${idToken}&state=${asked.state}&response_type=x`));
    hear(await revokeToken(world, { id: "leaky", secret: "A-wrong-secret-of-somebody" }, access));
    hear(await revokeToken(world, client, rotated.refresh_token));
    hear(await world.introspect(`token=${access}&token=${access}`));
    hear(await world.admin("POST", "/admin/clients", { client_secret: "A-secret-with\u0000NUL" }));
    hear(await world.admin("GET", `/admin/clients?page_token=${access}`));
    hear(await world.admin("GET", `/admin/oauth2/auth/requests/login?login_challenge=${code}`));
    const used = await browser.visit(back);
    bodies.push(used.body);
    keep("A-wrong-secret-of-somebody", "Pass-of-a-user", "A-cookie-of-somebody", "A-secret-with");
    keep("a-verifier-that-is-a-wrong-one-but-long-enough-x");
    const events = linesOf(world).flatMap(({ event }) => event ?? []);
    expect(events).toEqual(expect.arrayContaining(["token_issued", "code_replayed", "refresh_token_replayed"]));
    expect(events).toContain("client_authentication_failed");
    await expectNoLeak();
  });

  // Only there the database has errors that repeat what they were given.
  if (database.name !== "postgres") return;

  test("when the database fails under a request, either", async () => {
    const client = await newClient(world);
    const fresh = await freshCode(world, client);
    keep(client.secret, fresh.code, fresh.verifier, "A-name-of-a-new-client");
    const strict = await startWorld({ dsn, settings: { dev: false, "urls.self.issuer": "https://id.example.org" } });
    onTestFinished(() => strict.close());
    const before = world.log.length;
    await query("alter table clients rename to lost; alter table authorizations rename to lost_too", dsn);
    const newOne = { client_name: "A-name-of-a-new-client", client_secret: client.secret };
    const answers = [
      await redeem(world, client, fresh.code, { code_verifier: fresh.verifier }),
      await world.admin("POST", "/admin/clients", newOne),
      await strict.introspect({ token: fresh.code }),
      await strict.admin("POST", "/admin/clients", newOne),
      await strict.admin("GET", "/admin/clients"),
    ];
    await query("alter table lost rename to clients; alter table lost_too rename to authorizations", dsn);
    for (const answer of answers) hear(answer);
    // ADM-023, D26: only a server in dev mode says what happened underneath.
    for (const { text } of answers.slice(2)) expect(text).not.toMatch(/relation|clients'|postgres|select|insert|\.ts/i);
    expect(answers.some(({ status }) => status >= 500)).toBe(true);
    expect(world.log.slice(before).join()).toContain('"level":"error"');
    await expectNoLeak();
  });
});
