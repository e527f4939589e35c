/** Telling clients directly that a user has signed out: OpenID Connect Back-Channel Logout 1.0. */
import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createRemoteJWKSet, jwtVerify } from "jose";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { isActive } from "../support/code-flow.ts";
import { hasPostgres, postgresDatabase } from "../support/database.ts";
import {
  claimsOf,
  headerOf,
  logoutClient,
  logoutSettings,
  logoutUrl,
  receiver,
  signIn,
  signOut,
  type Told,
} from "../support/logout.ts";
import { movableClock, startWorld, type World } from "../support/server.ts";

const open = { ...logoutSettings, "clients.http.disallow_private_ip_ranges": false };
const tokenOf = (told: Told | undefined) => new URLSearchParams(told?.body).get("logout_token") ?? "";
const nowhere = "http://127.0.0.1:9/gone";

let world: World;
beforeAll(async () => {
  world = await startWorld({ settings: open });
});
afterAll(() => world.close());

/** What the audit log says of deliveries to this client. */
function audit(of: World, client: { readonly id: string }, event: string) {
  const lines = of.log.map((line): Record<string, unknown> => JSON.parse(line));
  return lines.filter((line) => line.event === event && line.client_id === client.id);
}

describe("OUT-013: the logout token", () => {
  it("§2.4: says which session of which user ended, and can pass for no other token", async () => {
    const told = await receiver();
    const client = await logoutClient(world, { backchannel_logout_uri: `${told.url}/gone?tenant=1` });
    const { browser, sid } = await signIn(world, client);
    await signOut(world, browser);
    const [request] = await told.heard(1);
    expect(request?.path).toBe("/gone?tenant=1");
    expect(request?.headers["content-type"]).toBe("application/x-www-form-urlencoded");
    expect(request?.headers).not.toHaveProperty("cookie");
    expect(request?.headers).not.toHaveProperty("traceparent");
    const token = tokenOf(request);
    expect(headerOf(token)).toMatchObject({ typ: "logout+jwt", alg: "RS256", kid: expect.any(String) });
    const claims = claimsOf(token);
    expect(claims).toEqual({
      ...{ iss: world.publicUrl, sub: "alice", aud: [client.id], sid },
      ...{ iat: expect.any(Number), exp: Number(claims.iat) + 120, jti: expect.stringMatching(/^[0-9a-f-]{36}$/) },
      events: { "http://schemas.openid.net/event/backchannel-logout": {} },
    });
    const keys = createRemoteJWKSet(new URL(`${world.publicUrl}/.well-known/jwks.json`));
    await jwtVerify(token, keys, { typ: "logout+jwt", issuer: world.publicUrl, audience: client.id });
  });

  it("is no hint for a logout, and no ID token is one", async () => {
    const told = await receiver();
    const client = await logoutClient(world, { backchannel_logout_uri: told.url });
    const { browser } = await signIn(world, client);
    await signOut(world, browser);
    const token = tokenOf((await told.heard(1))[0]);
    const answer = await world.get(logoutUrl(world, { id_token_hint: token }).slice(world.publicUrl.length));
    expect(answer.status).toBe(400);
  });

  it("goes to every client of the session, and to none of another", async () => {
    const told = await receiver();
    const clients = await Promise.all(
      ["/a", "/b"].map((path) => logoutClient(world, { backchannel_logout_uri: told.url + path })),
    );
    const [one, two] = clients;
    if (one === undefined || two === undefined) throw new Error("two clients");
    const other = await logoutClient(world, { backchannel_logout_uri: `${told.url}/other` });
    const { browser } = await signIn(world, one);
    await signIn(world, two, { browser });
    await signIn(world, two, { browser });
    await signIn(world, other);
    await signOut(world, browser);
    await told.heard(2);
    await world.server.runChores();
    expect(told.told.map(({ path }) => path).toSorted()).toEqual(["/a", "/b"]);
  });
});

describe("another user who signs in at the same browser", () => {
  it("ends the session before, with its tokens, and its clients are told (D41)", async () => {
    const told = await receiver();
    const client = await logoutClient(world, { backchannel_logout_uri: told.url });
    const { browser, tokens, sid } = await signIn(world, client, { scope: "openid read" });
    const bob = await signIn(world, client, { browser, login: { subject: "bob" }, over: { prompt: "login" } });
    const [request] = await told.heard(1);
    expect(claimsOf(tokenOf(request))).toMatchObject({ sid, sub: "alice" });
    expect(await isActive(world, tokens.access_token)).toBe(false);
    expect(await isActive(world, bob.tokens.access_token)).toBe(true);
    await world.server.runChores();
    expect(told.told).toHaveLength(1);
  });
});

describe("OUT-014: a client that does not listen", () => {
  it("keeps nobody waiting, and no other client uninformed", async () => {
    let release = () => {};
    const slow = await receiver(() => new Promise<number>((resolve) => (release = () => resolve(200))));
    const quick = await receiver();
    const client = await logoutClient(world, { backchannel_logout_uri: slow.url });
    const other = await logoutClient(world, { backchannel_logout_uri: quick.url });
    const { browser } = await signIn(world, client);
    await signIn(world, other, { browser });
    const end = await signOut(world, browser);
    expect(end.url).toContain("signed-out");
    await Promise.all([slow.heard(1), quick.heard(1)]);
    release();
    await world.server.runChores();
  });

  it("is told again, later and later, with a new token each time, until it listens", async () => {
    const told = await receiver((_request, n) => (n < 3 ? 500 : 204));
    const client = await logoutClient(world, { backchannel_logout_uri: told.url });
    const { browser } = await signIn(world, client);
    await signOut(world, browser);
    await told.heard(1);
    await world.server.runChores();
    expect(told.told).toHaveLength(1);
    for (const [seconds, heard] of [
      [4, 1],
      [1, 2],
      [19, 2],
      [1, 3],
      [86_400, 3],
    ] as const) {
      world.clock.advance(seconds);
      await world.server.runChores();
      expect(told.told).toHaveLength(heard);
    }
    expect(new Set(told.told.map((request) => claimsOf(tokenOf(request)).jti)).size).toBe(3);
    expect(audit(world, client, "logout_undelivered")).toHaveLength(2);
    expect(audit(world, client, "logout_delivered")).toMatchObject([{ attempts: 3 }]);
  });

  it.each([
    ["redirects", 302, false],
    ["answers 404", 404, false],
    ["refuses for good", 400, true],
  ])("%s: is not followed, and is told why it is given up or not", async (_name, status, isLast) => {
    const told = await receiver(() => status);
    const client = await logoutClient(world, { backchannel_logout_uri: told.url });
    const { browser } = await signIn(world, client);
    await signOut(world, browser);
    await told.heard(1);
    await world.server.runChores();
    const reason = `the client answered ${status}`;
    expect(audit(world, client, "logout_undelivered")).toMatchObject([{ is_last: isLast, reason }]);
    world.clock.advance(10);
    await world.server.runChores();
    expect(told.told).toHaveLength(isLast ? 1 : 2);
  });

  it("is given up after a day", async () => {
    const client = await logoutClient(world, { backchannel_logout_uri: nowhere });
    const { browser } = await signIn(world, client);
    await signOut(world, browser);
    for (let hour = 0; hour < 26; hour += 1) {
      await world.server.runChores();
      world.clock.advance(3600);
    }
    const tries = audit(world, client, "logout_undelivered");
    expect(tries.length).toBeGreaterThan(20);
    expect(tries.at(-1)).toMatchObject({ is_last: true });
    world.clock.advance(86_400);
    await world.server.runChores();
    expect(audit(world, client, "logout_undelivered")).toHaveLength(tries.length);
  });

  it("is not told any more once it is deleted, or wants to hear no more", async () => {
    const told = await receiver(() => 500);
    const client = await logoutClient(world, { backchannel_logout_uri: told.url });
    const deleted = await logoutClient(world, { backchannel_logout_uri: told.url });
    const { browser } = await signIn(world, client);
    await signIn(world, deleted, { browser });
    await signOut(world, browser);
    await told.heard(2);
    await world.server.runChores();
    const registered = (await world.admin("GET", `/admin/clients/${client.id}`)).body;
    await world.admin("PUT", `/admin/clients/${client.id}`, { ...registered, backchannel_logout_uri: "" });
    await world.admin("DELETE", `/admin/clients/${deleted.id}`);
    world.clock.advance(3600);
    await world.server.runChores();
    expect(told.told).toHaveLength(2);
  });

  it("inside the operator's network is not reached unless the operator opens it", async () => {
    const guarded = await startWorld({ settings: logoutSettings });
    const told = await receiver();
    const client = await logoutClient(guarded, { backchannel_logout_uri: told.url });
    const { browser } = await signIn(guarded, client);
    expect((await signOut(guarded, browser)).url).toContain("signed-out");
    await guarded.server.runChores();
    expect(told.told).toHaveLength(0);
    expect(audit(guarded, client, "logout_undelivered")).toMatchObject([
      { reason: expect.stringContaining("not public") },
    ]);
    await guarded.close();
  });
});

describe("OUT-015: many clients", () => {
  it("two hundred of one session are told a few at a time, and each once", async () => {
    let [now, most] = [0, 0];
    const told = await receiver(async () => {
      now += 1;
      most = Math.max(most, now);
      await new Promise(setImmediate);
      now -= 1;
      return 200;
    });
    const clients = await Promise.all(
      Array.from({ length: 200 }, (_, n) => logoutClient(world, { backchannel_logout_uri: `${told.url}/${n}` })),
    );
    const [first, ...others] = clients;
    if (first === undefined) throw new Error("no client");
    const { browser } = await signIn(world, first);
    for (const client of others) await signIn(world, client, { browser, scope: "openid" });
    await signOut(world, browser);
    await world.server.runChores();
    await told.heard(200);
    expect(new Set(told.told.map(({ path }) => path)).size).toBe(200);
    expect(told.told).toHaveLength(200);
    expect(most).toBeLessThanOrEqual(20);
  }, 60_000);
});

describe("the outbox", () => {
  it("survives the server", async () => {
    const folder = mkdtempSync(join(tmpdir(), "tessera-outbox-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const dsn = `sqlite://${join(folder, "tessera.db")}`;
    const clock = movableClock();
    let status = 503;
    const told = await receiver(() => status);
    const before = await startWorld({ dsn, clock, settings: open });
    const client = await logoutClient(before, { backchannel_logout_uri: told.url });
    const { browser, sid } = await signIn(before, client);
    await signOut(before, browser);
    await told.heard(1);
    await before.close();
    status = 200;
    clock.advance(120);
    const after = await startWorld({ dsn, clock, settings: open });
    await after.server.runChores();
    expect(told.told.map((request) => claimsOf(tokenOf(request)).sid)).toEqual([sid, sid]);
    await after.close();
  });

  it.runIf(hasPostgres)("is emptied by several processes together, and nobody hears twice", async () => {
    const database = await postgresDatabase();
    onTestFinished(() => database.drop());
    const clock = movableClock();
    const told = await receiver();
    const worlds = [
      await startWorld({ dsn: database.dsn, clock, settings: open }),
      await startWorld({ dsn: database.dsn, clock, settings: open }),
    ] as const;
    const client = await logoutClient(worlds[0], { backchannel_logout_uri: told.url });
    const subject = randomUUID();
    const sids: string[] = [];
    for (let n = 0; n < 30; n += 1) sids.push((await signIn(worlds[0], client, { login: { subject } })).sid);
    await Promise.all(worlds.map((one) => one.admin("DELETE", `/admin/oauth2/auth/sessions/login?subject=${subject}`)));
    await told.heard(30);
    await Promise.all(worlds.map((one) => one.server.runChores()));
    expect(told.told.map((request) => String(claimsOf(tokenOf(request)).sid)).toSorted()).toEqual(sids.toSorted());
    await Promise.all(worlds.map((one) => one.close()));
  });
});

describe("the identity provider behind the login application", () => {
  const provider = async (status: number) => {
    const told = await receiver(() => status);
    const headers = { authorization: "Bearer of-the-operator" };
    const settings = { "urls.identity_provider.url": told.url, "urls.identity_provider.headers": headers };
    const own = await startWorld({ settings: { ...logoutSettings, ...settings } });
    onTestFinished(() => own.close());
    const client = await logoutClient(own);
    return { told, own, client };
  };

  it("ends its session with ours, as Ory Kratos is asked to", async () => {
    const { told, own, client } = await provider(204);
    const { browser } = await signIn(own, client, { login: { identity_provider_session_id: "a/session" } });
    const none = await signIn(own, client);
    await signOut(own, browser);
    await signOut(own, none.browser);
    expect(told.told.map(({ path }) => path)).toEqual(["/admin/sessions/a%2Fsession"]);
    expect(told.told[0]?.headers.authorization).toBe("Bearer of-the-operator");
  });

  it.each([500, 302])("whose answer is %i stops nobody", async (status) => {
    const { own, client } = await provider(status);
    const { browser } = await signIn(own, client, { login: { identity_provider_session_id: "s" } });
    expect((await signOut(own, browser)).url).toContain("signed-out");
    expect(own.log.some((line) => line.includes("identity_provider_session_kept"))).toBe(true);
  });

  it("hears of sessions that an administrator ends", async () => {
    const { told, own, client } = await provider(204);
    const { sid } = await signIn(own, client, { login: { identity_provider_session_id: "by-sid" } });
    await own.admin("DELETE", `/admin/oauth2/auth/sessions/login?sid=${sid}`);
    expect(told.told.map(({ path }) => path)).toEqual(["/admin/sessions/by-sid"]);
  });
});
