/** What may be used once is used once, however many try at the same instant, in one process and across two. */
import { createSign, generateKeyPairSync, type KeyObject } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  acceptConsent,
  acceptLogin,
  authorizationRequest,
  callback,
  challengeOf,
  landing,
  newClient,
  obtainTokens,
  redeem,
  refresh,
  type TestClient,
} from "../support/code-flow.ts";
import { databases, hasPostgres, postgresDatabase } from "../support/database.ts";
import { countStatuses, expectAlive, expectDead, freshCode, introspected, revokeToken } from "../support/grants.ts";
import { startProcess } from "../support/process.ts";
import { type Answer, type Callable, newBrowser, send, startWorld } from "../support/server.ts";

/** One server, behind one process or more. */
interface Place {
  readonly servers: readonly [Callable, ...Callable[]];
  close(): Promise<void>;
}

async function onePlace(dsn: string): Promise<Place> {
  const world = await startWorld({ dsn });
  return { servers: [world], close: () => world.close() };
}

async function twoProcesses(): Promise<Place> {
  const database = await postgresDatabase();
  const one = await startProcess({ dsn: database.dsn });
  const two = await startProcess({ dsn: database.dsn, publicUrl: one.publicUrl });
  const close = async () => {
    await Promise.all([one.kill(), two.kill()]);
    await database.drop();
  };
  return { servers: [one, two], close };
}

const places: ReadonlyArray<readonly [name: string, open: () => Promise<Place>]> = [
  ...databases.map((one) => [`${one.name}, one process`, async () => onePlace(await one.dsn())] as const),
  ...(hasPostgres ? [["postgres, two processes", twoProcesses] as const] : []),
];

describe.each(places)("races on %s", (_name, open) => {
  let place: Place;
  let first: Callable;

  beforeAll(async () => {
    place = await open();
    first = place.servers[0];
  });
  afterAll(() => place?.close());

  const server = (racer: number): Callable => place.servers[racer % place.servers.length] ?? first;
  /** The last of the servers: another one than the first where there are two. */
  const last = (): Callable => server(place.servers.length - 1);
  const at = (racer: number, url: string) => url.replace(first.publicUrl, server(racer).publicUrl);
  const atOnce = <T>(count: number, race: (racer: number) => Promise<T>): Promise<T[]> =>
    Promise.all(Array.from({ length: count }, (_, racer) => race(racer)));

  type Browser = ReturnType<typeof newBrowser>;

  /** The same URL by twenty tabs of one browser: where each is sent. */
  async function tabs(browser: Browser, url: string): Promise<Answer[]> {
    const cookie = browser.cookies.header(new URL(url)) ?? "";
    return atOnce(20, (racer) => send("GET", at(racer, url), undefined, { cookie }));
  }

  const placeOf = ({ headers }: Answer) => new URL(headers.location ?? "nowhere:");

  test("RFC 6749 §4.1.2: a code is worth one set of tokens (20 at once)", async () => {
    const client = await newClient(first);
    const { code, verifier } = await freshCode(first, client);
    const answers = await atOnce(20, (racer) => redeem(server(racer), client, code, { code_verifier: verifier }));
    expect(countStatuses(answers)).toEqual({ 200: 1, 400: 19 });
    await expectAlive(last(), answers.find(({ status }) => status === 200)?.body);
  });

  test("RFC 9700 §4.14.2: a refresh family never has two live leaves, whoever races in it", async () => {
    const client = await newClient(first);
    for (let round = 0; round < 3; round++) {
      const tokens = await obtainTokens(first, client);
      const answers = await atOnce(20, (racer) => refresh(server(racer), client, tokens.refresh_token));
      expect(countStatuses(answers)).toEqual({ 200: 1, 400: 19 });
      const leaf = answers.find(({ status }) => status === 200)?.body;
      await expectDead(first, client, tokens);
      await expectDead(last(), client, leaf);
    }
  });

  test("RFC 7009 §2.1: a revocation among refreshes leaves nothing alive", async () => {
    const client = await newClient(first);
    for (let round = 0; round < 3; round++) {
      const tokens = await obtainTokens(first, client);
      const answers = await atOnce(6, (racer) =>
        racer === 3
          ? revokeToken(server(racer), client, tokens.refresh_token)
          : refresh(server(racer), client, tokens.refresh_token),
      );
      expect(answers[3]?.status).toBe(200);
      for (const { body } of answers) if (body.access_token !== undefined) await expectDead(last(), client, body);
      expect(await introspected(first, tokens.refresh_token)).toEqual({ active: false });
    }
  });

  test("a login verifier moves its flow once: every tab comes to the same consent, under one session", async () => {
    const client = await newClient(first);
    const browser = newBrowser();
    const asked = authorizationRequest(first, client);
    const login = challengeOf(await landing(browser, asked.url), "login_challenge");
    const back = (await acceptLogin(last(), login, { remember: true })).body.redirect_to;
    const answers = await tabs(browser, back);
    expect(countStatuses(answers)).toEqual({ 302: 20 });
    const challenges = new Set(answers.map((answer) => placeOf(answer).searchParams.get("consent_challenge")));
    expect([challenges.size, challenges.has(null)]).toEqual([1, false]);
    // Only who moved the flow signs the browser in: the others must not put another secret over its cookie.
    const signedIn = answers.filter(({ headers }) => /session/.test(headers["set-cookie"] ?? ""));
    expect(signedIn).toHaveLength(1);
    const code = await finish(browser, [...challenges][0] ?? "");
    expect((await redeem(first, client, code, { code_verifier: asked.verifier })).status).toBe(200);
  });

  test("a consent verifier brings one code: the other tabs begin anew", async () => {
    const client = await newClient(first);
    const browser = newBrowser();
    const asked = authorizationRequest(first, client);
    const consent = await toConsent(browser, asked.url);
    const back = (await acceptConsent(last(), consent)).body.redirect_to;
    const answers = await tabs(browser, back);
    expect(countStatuses(answers)).toEqual({ 302: 19, 303: 1 });
    const anew = answers.filter(({ status }) => status === 302).map(({ headers }) => headers.location);
    expect(new Set(anew)).toEqual(new Set([asked.url]));
    const codes = answers
      .filter(({ status }) => status === 303)
      .map((answer) => placeOf(answer).searchParams.get("code"));
    const redeemed = await redeem(last(), client, codes[0] ?? "", { code_verifier: asked.verifier });
    expect(redeemed.status).toBe(200);
    await expectAlive(first, redeemed.body);
  });

  test("D13: of many accepts of one login the last counts, and each is sent to the same place", async () => {
    const client = await newClient(first);
    const browser = newBrowser();
    const login = challengeOf(await landing(browser, authorizationRequest(first, client).url), "login_challenge");
    const answers = await atOnce(10, (racer) => acceptLogin(server(racer), login, { subject: `user-${racer}` }));
    expect(countStatuses(answers)).toEqual({ 200: 10 });
    expect(new Set(answers.map(({ body }) => body.redirect_to)).size).toBe(1);
    await acceptLogin(last(), login, { subject: "the-last" });
    const consent = challengeOf(await landing(browser, answers[0]?.body.redirect_to), "consent_challenge");
    expect((await consentOf(consent)).body.subject).toBe("the-last");
  });

  test("D13: of many accepts of one consent the last counts, and each is sent to the same place", async () => {
    const client = await newClient(first);
    const browser = newBrowser();
    const asked = authorizationRequest(first, client);
    const consent = await toConsent(browser, asked.url);
    const grant = (racer: number, scope: readonly string[]) =>
      server(racer).admin("PUT", `/admin/oauth2/auth/requests/consent/accept?consent_challenge=${consent}`, {
        grant_scope: scope,
      });
    const answers = await atOnce(10, (racer) => grant(racer, racer % 2 === 0 ? ["openid"] : ["read"]));
    expect(countStatuses(answers)).toEqual({ 200: 10 });
    expect(new Set(answers.map(({ body }) => body.redirect_to)).size).toBe(1);
    await grant(1, ["openid", "read"]);
    const done = await landing(browser, answers[0]?.body.redirect_to);
    const code = done.searchParams.get("code") ?? "";
    const redeemed = await redeem(first, client, code, { code_verifier: asked.verifier });
    expect(redeemed.body.scope).toBe("openid read");
  });

  test("an accept that races with a reject: one of the two happened, and the flow ends once", async () => {
    const client = await newClient(first);
    for (let round = 0; round < 3; round++) {
      const browser = newBrowser();
      const consent = await toConsent(browser, authorizationRequest(first, client).url);
      const reject = `/admin/oauth2/auth/requests/consent/reject?consent_challenge=${consent}`;
      const answers = await Promise.all([
        acceptConsent(first, consent),
        last().admin("PUT", reject, { error: "access_denied" }),
      ]);
      expect(countStatuses(answers)).toEqual({ 200: 2 });
      const ends = await tabs(browser, answers[0].body.redirect_to);
      const { searchParams } = placeOf(ends.find(({ status }) => status === 303) ?? answers[0]);
      // A refusal stays one; of a code that went to another tab there is no second, only a new beginning.
      expect(countStatuses(ends)).toEqual({ 303: 1, [searchParams.has("code") ? 302 : 403]: 19 });
      expect(searchParams.has("code")).not.toBe(searchParams.has("error"));
    }
  });

  test("RFC 7523 §3: a client assertion is good for one request (20 at once)", async () => {
    const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const client = await assertingClient(publicKey);
    for (let round = 0; round < 3; round++) {
      const form = {
        grant_type: "client_credentials",
        scope: "read",
        client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        client_assertion: assertion(client.id, privateKey, `race-${round}`),
      };
      const answers = await atOnce(20, (racer) => server(racer).post("/oauth2/token", form));
      expect(countStatuses(answers)).toEqual({ 200: 1, 401: 19 });
    }
  });

  test("a client's id is given once (20 at once)", async () => {
    const wanted = { client_id: `wanted-${Math.trunc(performance.now())}`, redirect_uris: [callback] };
    const answers = await atOnce(20, (racer) => server(racer).admin("POST", "/admin/clients", wanted));
    expect(countStatuses(answers)).toEqual({ 201: 1, 409: 19 });
  });

  const consentOf = (challenge: string) =>
    last().admin("GET", `/admin/oauth2/auth/requests/consent?consent_challenge=${challenge}`);

  async function toConsent(browser: Browser, url: string): Promise<string> {
    const login = challengeOf(await landing(browser, url), "login_challenge");
    const back = (await acceptLogin(last(), login)).body.redirect_to;
    return challengeOf(await landing(browser, back), "consent_challenge");
  }

  async function finish(browser: Browser, consent: string): Promise<string> {
    const back = (await acceptConsent(first, consent)).body.redirect_to;
    return (await landing(browser, back)).searchParams.get("code") ?? "";
  }

  function assertingClient(publicKey: KeyObject): Promise<TestClient> {
    return newClient(first, {
      token_endpoint_auth_method: "private_key_jwt",
      token_endpoint_auth_signing_alg: "ES256",
      jwks: { keys: [{ ...publicKey.export({ format: "jwk" }), kid: "k1", use: "sig", alg: "ES256" }] },
    });
  }

  /** RFC 7523 §3. */
  function assertion(client: string, key: KeyObject, jti: string): string {
    const now = Math.floor(Date.now() / 1000);
    const claims = { iss: client, sub: client, aud: first.publicUrl, jti, iat: now, exp: now + 60 };
    const parts = [{ alg: "ES256", kid: "k1" }, claims];
    const signed = parts.map((part) => Buffer.from(JSON.stringify(part)).toString("base64url")).join(".");
    const signature = createSign("sha256").update(signed).sign({ key, dsaEncoding: "ieee-p1363" });
    return `${signed}.${signature.toString("base64url")}`;
  }
});
