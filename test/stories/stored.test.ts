/** What lies in the database is worth little to who has stolen it, and nothing once it was moved about. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
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
} from "../support/code-flow.ts";
import { dump, found, type OpenData, openDatas } from "../support/data.ts";
import { expectAlive, introspected, refusal, userinfo } from "../support/grants.ts";
import { type Answer, newBrowser, startWorld, type World } from "../support/server.ts";

describe.each(openDatas)("a stolen database ($name)", ({ open }) => {
  let data: OpenData;
  let world: World;

  beforeAll(async () => {
    data = await open();
    world = await startWorld({ dsn: data.dsn });
  });
  afterAll(async () => {
    await world?.close();
    data?.close();
  });

  test("SIDE-005: holds no token, code, verifier, challenge, secret, cookie, claim or private key", async () => {
    const chosen = "a secret of people, chosen";
    const people = await newClient(world, { client_secret: chosen });
    const client = await newClient(world);
    const browser = newBrowser();
    const cookies = () =>
      Object.fromEntries(
        [...(browser.cookies.header(new URL(world.publicUrl)) ?? "").matchAll(/([^=; ]+)=([^;]+)/g)].map(
          ([, name = "", value = ""]) => [`cookie ${name}`, value],
        ),
      );
    const asked = authorizationRequest(world, client, { login_hint: "alice-at-home" });
    const login = challengeOf(await landing(browser, asked.url), "login_challenge");
    const flowCookie = cookies();
    expect(Object.keys(flowCookie)).toHaveLength(1);
    const toConsent = (await acceptLogin(world, login, { remember: true, context: { note: "sealed-context" } })).body;
    const consent = challengeOf(await landing(browser, toConsent.redirect_to), "consent_challenge");
    const sessionCookie = cookies();
    const session = { id_token: { email: "sealed@example.org" }, access_token: { tenant: "sealed-tenant" } };
    const back = (await acceptConsent(world, consent, { session })).body.redirect_to;
    const handles = {
      login,
      consent,
      "login verifier": challengeOf(new URL(toConsent.redirect_to), "login_verifier"),
      "consent verifier": challengeOf(new URL(back), "consent_verifier"),
    };
    const middle = await dump(data);
    const code = challengeOf(await landing(browser, back), "code");
    const withCode = await dump(data);
    const first = (await redeem(world, client, code, { code_verifier: asked.verifier })).body;
    const second = (await refresh(world, client, first.refresh_token)).body;
    const own = await world.post("/oauth2/token", {
      grant_type: "client_credentials",
      client_id: people.id,
      client_secret: chosen,
    });
    expect(own.status).toBe(401);
    const everything = [middle, withCode, await dump(data)].join("\n");
    // The dump is one: what is open there is found.
    expect(found(everything, { client: client.id })).toEqual(["client"]);
    const secrets = {
      chosen,
      generated: client.secret,
      state: asked.state,
      verifier: asked.verifier,
      hint: "alice-at-home",
      context: "sealed-context",
      email: "sealed@example.org",
      tenant: "sealed-tenant",
      ...handles,
      ...flowCookie,
      ...sessionCookie,
      code,
      "access token": first.access_token,
      "refresh token": first.refresh_token,
      "ID token": first.id_token,
      "second access token": second.access_token,
      "second refresh token": second.refresh_token,
      "system secret": "a secret of the tests only",
    };
    expect(found(everything, secrets)).toEqual([]);
    for (const member of ["d", "p", "q", "dp", "dq", "qi"]) expect(everything).not.toMatch(new RegExp(`"${member}":`));
  });

  test("SIDE-006: what is stored of a token or code is not one", async () => {
    const client = await newClient(world);
    await obtainTokens(world, client);
    const digests = [
      ...(await data.sql("select digest from access_tokens")),
      ...(await data.sql("select digest from codes")),
    ].map(({ digest }) => (digest instanceof Uint8Array ? Buffer.from(digest) : Buffer.from(String(digest))));
    expect(digests.length).toBeGreaterThanOrEqual(2);
    for (const digest of digests) {
      for (const text of [digest.toString("base64url"), digest.toString("hex"), digest.toString("base64")]) {
        for (const token of [text, `tsr_at_${text}`, `tsr_ac_${text}`]) {
          expect(await introspected(world, token)).toEqual({ active: false });
          expect(refusal(await redeem(world, client, token))).toEqual([400, "invalid_grant"]);
        }
      }
    }
    const [family] = await data.sql("select authorization_id from refresh_families");
    const id = family?.authorization_id;
    const bytes = id instanceof Uint8Array ? Buffer.from(id) : Buffer.from(String(id).replaceAll("-", ""), "hex");
    const body = Buffer.concat([bytes, Buffer.from([0, 0, 0, 1])]);
    for (const tag of [Buffer.alloc(22), Buffer.alloc(22, 255)]) {
      const forged = `tsr_rt_${Buffer.concat([body, tag]).toString("base64url")}`;
      expect(await introspected(world, forged)).toEqual({ active: false });
      expect(refusal(await refresh(world, client, forged))).toEqual([400, "invalid_grant"]);
    }
  });
});

describe.each(openDatas)("a database that somebody writes to ($name)", ({ open }) => {
  let data: OpenData;
  let world: World;
  let client: TestClient;

  beforeAll(async () => {
    data = await open();
    world = await startWorld({ dsn: data.dsn });
    client = await newClient(world);
  });
  afterAll(async () => {
    await world?.close();
    data?.close();
  });

  const grantOf = (subject: string) => {
    const claims = { email: `${subject}@example.org` };
    return obtainTokens(
      world,
      client,
      {},
      { login: { subject }, consent: { session: { id_token: claims, access_token: claims } } },
    );
  };

  /** Not a word of what lies there, and nothing of how it failed. */
  function expectClosed(answer: Answer): void {
    expect([answer.status, answer.body.error]).toEqual([500, "server_error"]);
    expect(withoutHint(answer)).not.toMatch(/example\.org|sealed|altered|sqlite|postgres/i);
  }

  test("SIDE-007: sealed claims that were given to another user do not open", async () => {
    const [alice, mallory] = [await grantOf("alice"), await grantOf("mallory")];
    for (const column of ["id_token_claims", "access_token_claims"]) {
      await data.sql(`update authorizations set ${column} =
        (select ${column} from authorizations where subject = 'alice') where subject = 'mallory'`);
    }
    expectClosed(await userinfo(world, mallory.access_token));
    expectClosed(await world.introspect({ token: mallory.access_token }));
    expectClosed(await refresh(world, client, mallory.refresh_token));
    expect((await userinfo(world, alice.access_token)).body.email).toBe("alice@example.org");
    expect(world.log.join("\n")).toContain("altered, or belongs to another row");
  });

  test("SIDE-007: nor do they when they are moved to another column, or when one bit was turned", async () => {
    const [bob, carol] = [await grantOf("bob"), await grantOf("carol")];
    await data.sql("update authorizations set access_token_claims = id_token_claims where subject = 'bob'");
    expectClosed(await world.introspect({ token: bob.access_token }));
    const [row] = await data.sql("select id_token_claims from authorizations where subject = 'carol'");
    const sealed = row?.id_token_claims;
    const bytes = Buffer.from(sealed instanceof Uint8Array ? sealed : []);
    for (const index of [5, 20, bytes.length - 1]) {
      const turned = Buffer.from(bytes);
      turned.writeUInt8(turned.readUInt8(index) ^ 1, index);
      await data.sql(`update authorizations set id_token_claims = ${literal(data, turned)} where subject = 'carol'`);
      expectClosed(await userinfo(world, carol.access_token));
    }
    await data.sql(`update authorizations set id_token_claims = ${literal(data, bytes)} where subject = 'carol'`);
    await expectAlive(world, carol);
  });

  test("SIDE-007: the private key of one set signs for no other, and is not replaced in silence", async () => {
    await data.sql(`update keys set private_jwk =
      (select private_jwk from keys where set_name = 'oauth2.access-token') where set_name = 'openid.id-token'`);
    const before = await data.sql("select set_name, kid from keys order by kid");
    await world.close();
    world = await startWorld({ dsn: data.dsn, clock: world.clock });
    const own = await newClient(world);
    const form = { grant_type: "client_credentials", client_id: own.id };
    expect((await world.post("/oauth2/token", form)).status).toBe(401);
    expect((await world.get("/health/ready")).status).toBe(503);
    expect((await world.get("/.well-known/jwks.json")).status).toBeGreaterThanOrEqual(500);
    expect(await data.sql("select set_name, kid from keys order by kid")).toEqual(before);
  });
});

describe.each(openDatas)("secrets.system that change ($name)", ({ open }) => {
  let data: OpenData;

  beforeAll(async () => {
    data = await open();
  });
  afterAll(() => data?.close());

  const [old, fresh] = ["the first secret of all", "the second secret of all"];

  test("D52: with a new secret in front, everything of the old one goes on; without the old one, nothing lies", async () => {
    const first = await startWorld({ dsn: data.dsn, settings: { "secrets.system": [old] } });
    const { clock } = first;
    const client = await newClient(first, { access_token_strategy: "jwt" });
    const tokens = await obtainTokens(first, client);
    const waiting = await obtainTokens(first, client);
    const browser = newBrowser();
    const asked = authorizationRequest(first, client);
    const login = challengeOf(await landing(browser, asked.url), "login_challenge");
    await first.close();
    const start = (secrets: readonly string[]) =>
      startWorld({ dsn: data.dsn, clock, settings: { "secrets.system": secrets, ...at(first) } });

    const both = await start([fresh, old]);
    await expectAlive(both, tokens);
    const next = (await refresh(both, client, tokens.refresh_token)).body;
    await expectAlive(both, next);
    const { body: toConsent } = await acceptLogin(both, login);
    const consent = challengeOf(await landing(browser, toConsent.redirect_to), "consent_challenge");
    const code = challengeOf(await landing(browser, (await acceptConsent(both, consent)).body.redirect_to), "code");
    const late = await redeem(both, client, code, { code_verifier: asked.verifier });
    await expectAlive(both, late.body);
    // What was used before is still known as used.
    expect(refusal(await refresh(both, client, tokens.refresh_token))).toEqual([400, "invalid_grant"]);
    expect(await isActive(both, next.access_token)).toBe(false);
    await both.close();

    // The new secret signs from now on: who has the old one only cannot make what the new one made.
    const without = await start([fresh]);
    expect((await without.get("/health/ready")).status).toBe(503);
    for (const answer of [
      await refresh(without, client, waiting.refresh_token),
      await without.introspect({ token: waiting.refresh_token }),
      await without.introspect({ token: waiting.access_token }),
      await userinfo(without, waiting.access_token),
    ]) {
      expect([answer.status, answer.body.error]).toEqual([500, "server_error"]);
      expect(withoutHint(answer)).not.toMatch(/secret|sealed|keys/i);
    }
    expect(without.log.join("\n")).toMatch(/secrets\.system/);
    await without.close();

    const again = await start([fresh, old]);
    await expectAlive(again, waiting);
    await again.close();
  });

  const at = (world: World) => ({
    "urls.self.issuer": world.publicUrl,
    "urls.self.public": world.publicUrl,
    "serve.public.port": Number(new URL(world.publicUrl).port),
  });
});

/** Dev mode, which these servers run in, adds what happened underneath (D26). */
function withoutHint({ text }: Answer): string {
  return text.replace(/ \(dev: .*\)/, "");
}

function literal(data: OpenData, bytes: Buffer): string {
  const hex = bytes.toString("hex");
  return data.dsn.startsWith("sqlite") ? `x'${hex}'` : `'\\x${hex}'`;
}
