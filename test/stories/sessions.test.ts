/** Administrators see what users agreed to, take it back, and sign users out. */
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  authorizationRequest,
  isActive,
  landing,
  newClient,
  obtainTokens,
  refresh,
  runFlow,
} from "../support/code-flow.ts";
import { databases } from "../support/database.ts";
import { claimsOf, logoutClient, logoutSettings, receiver, signIn } from "../support/logout.ts";
import { startWorld, type World } from "../support/server.ts";

const consents = "/admin/oauth2/auth/sessions/consent";
const logins = "/admin/oauth2/auth/sessions/login";

describe.each(databases)("sessions on $name", (database) => {
  let world: World;
  const aUser = () => `user-${randomUUID()}`;
  beforeAll(async () => {
    const open = { "clients.http.disallow_private_ip_ranges": false };
    world = await startWorld({ dsn: await database.dsn(), settings: { ...logoutSettings, ...open } });
  });
  afterAll(() => world.close());

  const list = (parameters: Record<string, string>) =>
    world.admin("GET", `${consents}?${new URLSearchParams(parameters).toString()}`);
  const revoke = (path: string, parameters: Record<string, string>) =>
    world.admin("DELETE", `${path}?${new URLSearchParams(parameters).toString()}`);

  it("lists a consent with what was asked and what was granted", async () => {
    const subject = aUser();
    const client = await newClient(world);
    const asked = authorizationRequest(world, client, { acr_values: "2", ui_locales: "de" });
    const consent = {
      ...{ grant_scope: ["openid", "read"], remember: true, remember_for: 3600, context: { note: "kept" } },
      session: { access_token: { tenant: "north" }, id_token: { email: "a@example" } },
    };
    const login = { subject, remember: true, acr: "2", amr: ["pwd"], context: { from: "login" } };
    await runFlow(world, asked.url, { login, consent });
    const answer = await list({ subject });
    expect(answer.status).toBe(200);
    expect(answer.headers.link).toContain('rel="first"');
    const [one] = answer.body;
    expect(answer.body).toEqual([
      {
        consent_request: {
          ...{ challenge: "", consent_request_id: one.consent_request_id, skip: false, subject },
          ...{ requested_scope: ["openid", "offline", "read"], requested_access_token_audience: [] },
          ...{ oidc_context: { acr_values: ["2"], ui_locales: ["de"] }, request_url: asked.url },
          ...{ client: expect.objectContaining({ client_id: client.id }), login_challenge: "" },
          ...{ login_session_id: expect.stringMatching(/^[0-9a-f-]{36}$/), acr: "2", amr: ["pwd"] },
          context: { from: "login" },
        },
        consent_request_id: expect.stringMatching(/^[0-9a-f]{32}$/),
        ...{ context: { note: "kept" }, grant_access_token_audience: [], grant_scope: ["openid", "read"] },
        ...{ handled_at: expect.stringMatching(/Z$/), remember: true, remember_for: 3600 },
        session: { access_token: { tenant: "north" }, id_token: { email: "a@example" } },
      },
    ]);
    const session = one.consent_request.login_session_id;
    expect((await list({ subject, login_session_id: session })).body).toHaveLength(1);
    expect((await list({ subject, login_session_id: "00000000-0000-4000-8000-000000000000" })).body).toEqual([]);
    expect((await list({ subject, login_session_id: "nonsense" })).body).toEqual([]);
  });

  it("lists neither what was skipped nor what was taken back, and nothing for a stranger", async () => {
    const subject = aUser();
    const client = await newClient(world);
    const { browser } = await signIn(world, client, { login: { subject }, consent: { remember: true } });
    await signIn(world, client, { browser, login: { subject } });
    const { body } = await list({ subject });
    expect(body).toHaveLength(1);
    expect((await revoke(consents, { consent_request_id: body[0].consent_request_id })).status).toBe(204);
    const nothing = await list({ subject });
    expect([nothing.status, nothing.text]).toEqual([200, "[]"]);
    expect((await list({ subject: "a stranger" })).text).toBe("[]");
  });

  it("turns pages, the newest first, none twice", async () => {
    const subject = aUser();
    const client = await newClient(world);
    for (let count = 0; count < 5; count += 1) {
      await obtainTokens(world, client, {}, { login: { subject } });
      world.clock.advance(1);
    }
    const seen: string[] = [];
    let query: string | undefined = `subject=${subject}&page_size=2`;
    while (query !== undefined) {
      const page = await world.admin("GET", `${consents}?${query}`);
      seen.push(...page.body.map((one: { handled_at: string }) => one.handled_at));
      query = /<[^>]*\?([^>]*)>; rel="next"/.exec(page.headers.link ?? "")?.[1];
    }
    expect(seen).toHaveLength(5);
    expect(seen).toEqual(seen.toSorted().toReversed());
    expect(new Set(seen).size).toBe(5);
  });

  it.each([
    ["GET", consents],
    ["GET", `${consents}?subject=`],
    ["GET", `${consents}?subject=a&page_size=-1`],
    ["GET", `${consents}?subject=a&page_token=forged`],
    ["DELETE", consents],
    ["DELETE", `${consents}?subject=a`],
    ["DELETE", `${consents}?subject=a&all=false`],
    ["DELETE", `${consents}?subject=a&all=yes`],
    ["DELETE", `${consents}?client=a`],
    ["DELETE", `${consents}?all=true`],
    ["DELETE", `${consents}?subject=a&client=b&all=true`],
    ["DELETE", `${consents}?subject=a&client=b&consent_request_id=c`],
    ["DELETE", logins],
    ["DELETE", `${logins}?subject=`],
    ["DELETE", `${logins}?subject=a&sid=b`],
  ])("refuses %s %s", async (method, path) => {
    const answer = await world.admin(method, path);
    expect([answer.status, typeof answer.body.error]).toEqual([400, "string"]);
  });

  it("FLOW-021: takes back what one user granted to one client, and nothing else", async () => {
    const [subject, other] = [aUser(), aUser()];
    const [client, elsewhere] = [await newClient(world), await newClient(world)];
    const gone = [
      await obtainTokens(world, client, {}, { login: { subject } }),
      await obtainTokens(world, client, {}, { login: { subject } }),
    ];
    const kept = [
      await obtainTokens(world, elsewhere, {}, { login: { subject } }),
      await obtainTokens(world, client, {}, { login: { subject: other } }),
    ];
    const answer = await revoke(consents, { subject, client: client.id });
    expect([answer.status, answer.text]).toEqual([204, ""]);
    for (const tokens of gone) {
      expect(await isActive(world, tokens.access_token)).toBe(false);
      expect((await refresh(world, client, tokens.refresh_token)).body.error).toBe("invalid_grant");
    }
    for (const tokens of kept) expect(await isActive(world, tokens.access_token)).toBe(true);
    expect((await revoke(consents, { subject, client: client.id })).status).toBe(204);
    expect((await revoke(consents, { subject: "a stranger", client: "nobody" })).status).toBe(204);
  });

  it("takes back what a user granted to all clients", async () => {
    const subject = aUser();
    const clients = [await newClient(world), await newClient(world)];
    const tokens = await Promise.all(clients.map((client) => obtainTokens(world, client, {}, { login: { subject } })));
    await revoke(consents, { subject, all: "true" });
    for (const one of tokens) expect(await isActive(world, one.access_token)).toBe(false);
    expect((await list({ subject })).body).toEqual([]);
  });

  it("FLOW-022: takes back one consent by its id", async () => {
    const subject = aUser();
    const client = await newClient(world);
    const one = await obtainTokens(world, client, {}, { login: { subject } });
    world.clock.advance(1);
    const two = await obtainTokens(world, client, {}, { login: { subject } });
    const [newest] = (await list({ subject })).body;
    await revoke(consents, { consent_request_id: newest.consent_request_id });
    expect(await isActive(world, one.access_token)).toBe(true);
    expect(await isActive(world, two.access_token)).toBe(false);
    expect((await revoke(consents, { consent_request_id: "unknown" })).status).toBe(204);
  });

  it("a remembered consent that is taken back is asked for again", async () => {
    const subject = aUser();
    const client = await newClient(world);
    const { browser } = await signIn(world, client, { login: { subject }, consent: { remember: true } });
    await revoke(consents, { subject, client: client.id });
    const silent = authorizationRequest(world, client, { prompt: "none" });
    await expect(runFlow(world, silent.url, { browser, login: { subject } })).rejects.toThrow("consent_required");
  });

  it("FLOW-023: signs a user out everywhere, and tells each session's clients once", async () => {
    const told = await receiver();
    const subject = aUser();
    const client = await logoutClient(world, { backchannel_logout_uri: told.url });
    const sessions = [
      await signIn(world, client, { login: { subject }, scope: "openid read" }),
      await signIn(world, client, { login: { subject }, scope: "openid offline read" }),
    ];
    const other = await signIn(world, client, { login: { subject: aUser() }, scope: "openid read" });
    const answer = await revoke(logins, { subject });
    expect([answer.status, answer.text]).toEqual([204, ""]);
    await told.heard(2);
    await world.server.runChores();
    const tokens = told.told.map(({ body }) => claimsOf(new URLSearchParams(body).get("logout_token") ?? ""));
    expect(tokens.map(({ sid }) => String(sid)).toSorted()).toEqual(sessions.map(({ sid }) => sid).toSorted());
    for (const { browser } of sessions) {
      const place = await landing(browser, authorizationRequest(world, client, { prompt: "none" }).url);
      expect(place.searchParams.get("error")).toBe("login_required");
    }
    expect(await isActive(world, sessions[0]?.tokens.access_token ?? "")).toBe(false);
    expect(await isActive(world, sessions[1]?.tokens.access_token ?? "")).toBe(true);
    expect(await isActive(world, other.tokens.access_token)).toBe(true);
  });

  it("OUT-017: of twenty that end one session at once, the client hears once", async () => {
    const told = await receiver();
    const subject = aUser();
    const client = await logoutClient(world, { backchannel_logout_uri: told.url });
    const { sid, tokens } = await signIn(world, client, { login: { subject }, scope: "openid read" });
    const kept = await signIn(world, client, { login: { subject }, scope: "openid read" });
    const answers = await Promise.all(Array.from({ length: 20 }, () => revoke(logins, { sid })));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([204]));
    await told.heard(1);
    await world.server.runChores();
    expect(told.told).toHaveLength(1);
    expect(await isActive(world, tokens.access_token)).toBe(false);
    expect(await isActive(world, kept.tokens.access_token)).toBe(true);
    expect((await revoke(logins, { sid: "nonsense" })).status).toBe(204);
  });
});
