/** Signing keys that follow one another while tokens are issued and checked: nobody notices. */
import { createLocalJWKSet, type JSONWebKeySet, jwtVerify } from "jose";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { authorizationRequest, landing, newClient, obtainTokens, type TestClient } from "../support/code-flow.ts";
import { databases } from "../support/database.ts";
import { askToken, headerOf } from "../support/grants.ts";
import { movableClock, newBrowser, startWorld, type World } from "../support/server.ts";

const interval = 1200;
const settings = {
  "keys.rotation.interval": `${interval}s`,
  "keys.rotation.publish_before": "7m",
  "keys.id_token_signing_algorithm": "ES256",
  "ttl.access_token": "10m",
  "ttl.id_token": "10m",
  "ttl.authentication_session": "3h",
};

/** Somebody who checks tokens with the keys it fetched, and fetches them again when they are so old, never sooner. */
function relyingParty(maxAgeSeconds: number) {
  let keys: JSONWebKeySet = { keys: [] };
  let fetchedAt = Number.NEGATIVE_INFINITY;
  return {
    async look(world: World) {
      if (world.clock.now().getTime() - fetchedAt < maxAgeSeconds * 1000) return;
      keys = (await world.get("/.well-known/jwks.json")).body;
      fetchedAt = world.clock.now().getTime();
    },
    async believes(token: string, now: Date) {
      const checked = jwtVerify(token, createLocalJWKSet(keys), { currentDate: now });
      return checked.then(
        () => true,
        () => false,
      );
    },
  };
}

describe.each(databases)("REL-23: keys rotate under load on $name", (database) => {
  let worlds: readonly World[];
  let client: TestClient;
  const clock = movableClock();

  beforeAll(async () => {
    const dsn = await database.dsn();
    const first = await startWorld({ dsn, settings, clock, remembersByClock: true });
    const same = { ...settings, "urls.self.issuer": first.publicUrl };
    // Two processes share a PostgreSQL, each with a memory of its own.
    const others = database.name === "postgres" ? [{ dsn, settings: same, clock, remembersByClock: true }] : [];
    worlds = [first, ...(await Promise.all(others.map(startWorld)))];
    client = await newClient(first, { access_token_strategy: "jwt" });
  });
  afterAll(async () => {
    await Promise.all((worlds ?? []).map((world) => world.close()));
  });

  test("no token that lives is doubted by anybody who keeps the keys for as long as they may be kept", async () => {
    const parties = [0, 30, 60, 300].map(relyingParty);
    const forgetful = relyingParty(3 * interval);
    const signers = new Set<string>();
    const shown = new Set<string>();
    let living: Array<{ readonly token: string; readonly until: number }> = [];
    const failures: string[] = [];
    let doubts = 0;
    let most = 0;

    for (let turn = 0; turn < 134; turn += 1) {
      clock.advance(45);
      const world = worlds[turn % worlds.length];
      if (world === undefined) throw new Error("No server runs.");
      await Promise.all(worlds.map(({ server }) => server.runChores()));
      const issued = await Promise.all(
        Array.from({ length: 6 }, (_, one) =>
          askToken(worlds[one % worlds.length] ?? world, client, { grant_type: "client_credentials" }),
        ),
      );
      const now = clock.now();
      for (const { body } of issued) {
        signers.add(String(headerOf(body.access_token).kid));
        living.push({ token: body.access_token, until: now.getTime() + 600_000 });
      }
      living = living.filter(({ until }) => until > now.getTime());
      const { keys } = (await world.get("/.well-known/jwks.json")).body;
      for (const { kid } of keys) shown.add(kid);
      most = Math.max(most, keys.length);
      await Promise.all([...parties, forgetful].map((party, at) => party.look(worlds[at % worlds.length] ?? world)));
      // The newest and the oldest, and some between: each is checked now and again while it lives.
      const asked = living.filter((_, at) => at < 3 || at >= living.length - 3 || at % 41 === turn % 41);
      for (const { token } of asked) {
        const answers = await Promise.all(parties.map((party) => party.believes(token, now)));
        if (answers.includes(false)) failures.push(`turn ${turn}: ${answers.indexOf(false)}`);
        if (!(await forgetful.believes(token, now))) doubts += 1;
      }
    }
    expect(failures).toEqual([]);
    // 6,000 s: a key signs for 1,200 s.
    expect(signers.size).toBeGreaterThanOrEqual(5);
    expect(signers.size).toBeLessThanOrEqual(6);
    // Of each set the one that signs, the one to come, and those before: an hour is written ahead of their tokens.
    expect(most).toBeLessThanOrEqual(2 * 2 + 4 + 2);
    // Each set has had no key that never signed, but the one to come.
    expect(shown.size).toBeLessThanOrEqual(2 * (signers.size + 1));
    // Who keeps the keys for longer than they may be kept would have seen it.
    expect(doubts).toBeGreaterThan(0);
  }, 120_000);

  test("what is over goes, and until then its last tokens' hints are still good", async () => {
    const [world] = worlds;
    if (world === undefined) throw new Error("No server runs.");
    const other = await newClient(world);
    const browser = newBrowser();
    const tokens = await obtainTokens(world, other, {}, { browser });
    // Its key is followed, its tokens die, and it is shown no more: the ID token it made is a hint all the same.
    for (let turn = 0; turn < 100; turn += 1) {
      clock.advance(60);
      await Promise.all(worlds.map(({ server }) => server.runChores()));
    }
    const { kid } = headerOf(tokens.id_token);
    const { keys } = (await world.get("/.well-known/jwks.json")).body;
    expect(keys.map((key: { kid: string }) => key.kid)).not.toContain(kid);
    const hinted = authorizationRequest(world, other, { id_token_hint: tokens.id_token });
    expect((await landing(newBrowser(), hinted.url)).searchParams.has("login_challenge")).toBe(true);
    for (let turn = 0; turn < 110; turn += 1) {
      clock.advance(60);
      await Promise.all(worlds.map(({ server }) => server.runChores()));
    }
    const left = (await world.admin("GET", "/admin/keys/openid.id-token")).body.keys;
    expect(left.map((key: { kid: string }) => key.kid)).not.toContain(kid);
    // 3 h in which its ID tokens are hints hold nine keys of 20 minutes.
    expect(left.length).toBeLessThanOrEqual(12);
    const access = (await world.admin("GET", "/admin/keys/oauth2.access-token")).body.keys;
    expect(access.length).toBeLessThanOrEqual(3);
  });
});

test.each(databases)("keys of which nothing is said stay as they are for years ($name)", async (database) => {
  const world = await startWorld({ dsn: await database.dsn(), remembersByClock: true });
  const before = (await world.get("/.well-known/jwks.json")).body;
  for (let year = 0; year < 3; year += 1) {
    world.clock.advance(365 * 86_400);
    await world.server.runChores();
  }
  expect((await world.get("/.well-known/jwks.json")).body).toEqual(before);
  await world.close();
});
