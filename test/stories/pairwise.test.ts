/** Clients that know their users by identifiers of their own: OIDC Core §8. */
import { createServer } from "node:http";
import { decodeProtectedHeader } from "jose";
import * as openid from "openid-client";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { authorizationRequest, callback, newClient, obtainTokens, refresh, runFlow } from "../support/code-flow.ts";
import { databases } from "../support/database.ts";
import { claimsOf, userinfo } from "../support/grants.ts";
import { logoutSettings, receiver, signOut } from "../support/logout.ts";
import { relyingParty, signIn } from "../support/openid.ts";
import { newBrowser, startWorld, type World } from "../support/server.ts";

const settings = {
  ...logoutSettings,
  "oidc.subject_identifiers.supported_types": ["public", "pairwise"],
  "oidc.subject_identifiers.pairwise.salt": "the salt of the tests",
  "clients.http.disallow_private_ip_ranges": false,
};
const pairwise = { subject_type: "pairwise" };
const elsewhere = "http://127.0.0.2:9/callback";

/** A server whose answer is the given document, whatever is asked. */
async function documentServer(document: string, headers: Record<string, string> = {}, status = 200): Promise<string> {
  const server = createServer((_request, answer) => answer.writeHead(status, headers).end(document));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  const address = server.address();
  return `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}/sector.json`;
}

describe.each(databases)("pairwise subjects on $name", (database) => {
  let world: World;

  beforeAll(async () => {
    world = await startWorld({ dsn: await database.dsn(), settings });
  });
  afterAll(() => world?.close());

  const sector = (uris: readonly unknown[] = [callback, elsewhere]) => documentServer(JSON.stringify(uris));

  test("UI-008: ID token, userinfo, refreshed ID token and JWT access token say the same, and it is not the user's name", async () => {
    const client = await newClient(world, { ...pairwise, access_token_strategy: "jwt" });
    const party = await relyingParty(world, client);
    const tokens = await signIn(world, party);
    const seen = tokens.claims()?.sub ?? "";
    expect(seen).toMatch(/^[0-9a-f]{64}$/);
    expect((await openid.fetchUserInfo(party, tokens.access_token, seen)).sub).toBe(seen);
    const renewed = await openid.refreshTokenGrant(party, tokens.refresh_token ?? "");
    expect(renewed.claims()?.sub).toBe(seen);
    // INT-014: whoever reads the token itself learns no more than the client.
    expect(claimsOf(renewed.access_token).sub).toBe(seen);
    for (const token of [renewed.access_token, renewed.refresh_token ?? ""]) {
      const { body } = await world.introspect({ token });
      expect(body).toMatchObject({ active: true, sub: "alice", obfuscated_subject: seen });
    }
    const again = await signIn(world, party);
    expect(again.claims()?.sub).toBe(seen);
  });

  test("SIDE-004: two sectors see two users; one sector sees one", async () => {
    const uri = await sector();
    const sectors = [
      await newClient(world, pairwise),
      await newClient(world, { ...pairwise, redirect_uris: [callback, elsewhere], sector_identifier_uri: uri }),
      await newClient(world, { ...pairwise, sector_identifier_uri: uri }),
    ];
    const seen: unknown[] = [];
    for (const client of sectors) seen.push(claimsOf((await obtainTokens(world, client)).id_token).sub);
    expect(seen[0]).not.toBe(seen[1]);
    expect(seen[2]).toBe(seen[1]);
  });

  test("a public client sees the user's name, and no obfuscated one", async () => {
    const { access_token, id_token } = await obtainTokens(world, await newClient(world));
    expect(claimsOf(id_token).sub).toBe("alice");
    expect((await world.introspect({ token: access_token })).body).not.toHaveProperty("obfuscated_subject");
  });

  test("the login application may choose the identifier, and it stays", async () => {
    const client = await newClient(world, pairwise);
    const login = { subject: "carol", force_subject_identifier: "known-as-c" };
    const first = await obtainTokens(world, client, {}, { login });
    expect(claimsOf(first.id_token).sub).toBe("known-as-c");
    expect((await userinfo(world, first.access_token)).body.sub).toBe("known-as-c");
    const later = await obtainTokens(world, client, {}, { login: { subject: "carol" } });
    expect(claimsOf(later.id_token).sub).toBe("known-as-c");
    const open = await newClient(world);
    const plain = await obtainTokens(world, open, {}, { login });
    expect(claimsOf(plain.id_token).sub).toBe("carol");
  });

  test.each([
    ["computed", {}],
    ["forced", { force_subject_identifier: "known-as-d" }],
  ])("OIDC Core §3.1.2.1: an id_token_hint with the %s identifier is the session's user", async (_kind, forced) => {
    const client = await newClient(world, { ...pairwise, skip_consent: true });
    const browser = newBrowser();
    const login = { subject: "dora", remember: true, remember_for: 3600, ...forced };
    const { id_token } = await obtainTokens(world, client, {}, { browser, login });
    const silent = authorizationRequest(world, client, { prompt: "none", id_token_hint: id_token });
    const place = new URL((await browser.visit(silent.url)).url);
    // The login application is visited, with `skip`: the user is found.
    expect(place.searchParams.get("login_challenge"), place.href).not.toBeNull();
    const other = await obtainTokens(world, client, {}, { login: { subject: "eve" } });
    const wrong = authorizationRequest(world, client, { prompt: "none", id_token_hint: other.id_token });
    const refused = new URL((await browser.visit(wrong.url)).url);
    expect(refused.searchParams.get("error")).toBe("login_required");
  });

  test("after a login, too, the hint is held against what the client knows", async () => {
    const client = await newClient(world, pairwise);
    const { id_token } = await obtainTokens(world, client);
    const again = authorizationRequest(world, client, { id_token_hint: id_token });
    expect((await runFlow(world, again.url)).searchParams.get("code")).not.toBeNull();
  });

  test("a logout token names the user as the client knows it", async () => {
    const told = await receiver();
    const client = await newClient(world, {
      ...pairwise,
      backchannel_logout_uri: `${told.url}/gone`,
      id_token_signed_response_alg: "ES256",
    });
    const browser = newBrowser();
    const login = { remember: true, remember_for: 3600 };
    const { id_token } = await obtainTokens(world, client, {}, { browser, login });
    await signOut(world, browser);
    const [request] = await told.heard(1);
    const logoutToken = new URLSearchParams(request?.body).get("logout_token") ?? "";
    // Back-Channel Logout §2.6: under the algorithm of its ID tokens.
    expect(decodeProtectedHeader(logoutToken).alg).toBe("ES256");
    expect(claimsOf(logoutToken)).toMatchObject({ sub: claimsOf(id_token).sub, sid: claimsOf(id_token).sid });
  });

  test("DCR-026: after a change of the subject type, what was given before stays as it was", async () => {
    const client = await newClient(world);
    const { refresh_token } = await obtainTokens(world, client);
    const path = `/admin/clients/${client.id}`;
    const { body } = await world.admin("GET", path);
    expect((await world.admin("PUT", path, { ...body, ...pairwise })).body.subject_type).toBe("pairwise");
    const renewed = await refresh(world, client, refresh_token);
    expect(claimsOf(renewed.body.id_token).sub).toBe("alice");
    expect(claimsOf((await obtainTokens(world, client)).id_token).sub).toMatch(/^[0-9a-f]{64}$/);
  });

  test("discovery says both types", async () => {
    const { body } = await world.get("/.well-known/openid-configuration");
    expect(body.subject_types_supported).toEqual(["public", "pairwise"]);
  });

  test("DCR-012: several hosts without a sector identifier are refused, and several paths of one host are not", async () => {
    const refused = await world.admin("POST", "/admin/clients", { ...pairwise, redirect_uris: [callback, elsewhere] });
    expect([refused.status, refused.body.error]).toEqual([400, "invalid_client_metadata"]);
    expect(refused.text).toContain("sector_identifier_uri");
    await newClient(world, { ...pairwise, redirect_uris: [callback, `${callback}/two`] });
  });

  test.each<[string, () => Promise<string>]>([
    ["lacks a redirect URI", () => sector([callback])],
    ["holds a number", () => sector([callback, elsewhere, 7])],
    ["is an object", () => documentServer(JSON.stringify({ redirect_uris: [callback, elsewhere] }))],
    ["is no JSON", () => documentServer("secret of the intranet")],
    ["is too long", () => documentServer(JSON.stringify([callback, elsewhere, "x".repeat(600_000)]))],
    ["is elsewhere", () => documentServer("", { location: "http://127.0.0.1:9/" }, 302)],
    ["is not there", async () => "http://127.0.0.1:9/sector.json"],
  ])("DCR-011: a sector document that %s is refused, and nothing of it is told", async (_what, serve) => {
    const members = { redirect_uris: [callback, elsewhere], sector_identifier_uri: await serve() };
    for (const type of ["pairwise", "public"]) {
      const { status, text } = await world.admin("POST", "/admin/clients", { ...members, subject_type: type });
      expect(status, text).toBe(400);
      expect(text).toContain("sector_identifier_uri");
      expect(text).not.toContain("intranet");
    }
  });

  test("a client whose sector document has gone can still be changed, but not get another redirect URI", async () => {
    const uri = await sector([callback]);
    const client = await newClient(world, { ...pairwise, sector_identifier_uri: uri });
    const path = `/admin/clients/${client.id}`;
    const { body } = await world.admin("GET", path);
    expect((await world.admin("PUT", path, { ...body, client_name: "renamed" })).status).toBe(200);
    const more = await world.admin("PUT", path, { ...body, redirect_uris: [callback, elsewhere] });
    expect([more.status, more.body.error]).toEqual([400, "invalid_client_metadata"]);
  });
});

test("where pairwise is not among the supported types, it is refused", async () => {
  const world = await startWorld();
  onTestFinished(() => world.close());
  const { status, text } = await world.admin("POST", "/admin/clients", { ...pairwise, redirect_uris: [callback] });
  expect([status, text.includes("subject_type")]).toEqual([400, true]);
});
