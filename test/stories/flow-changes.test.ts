import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { CookieBrowser } from "../support/browser.ts";
import {
  acceptConsent,
  acceptLogin,
  authorizationRequest,
  callback,
  landing,
  newClient,
  redeem,
  runFlow,
  type TestClient,
} from "../support/code-flow.ts";
import { databases } from "../support/database.ts";
import { asked, delivered, finishConsent, openConsent, openLogin, signedIn } from "../support/flow-steps.ts";
import { newBrowser, startWorld, type World } from "../support/server.ts";

const elsewhere = "http://127.0.0.1:9/elsewhere";
const api = "https://api.example";

describe.each(databases)("what changes during a flow, on $name", (database) => {
  let world: World;

  beforeAll(async () => {
    world = await startWorld({ dsn: await database.dsn() });
  });
  afterAll(() => world?.close());

  const metadata = {
    redirect_uris: [callback, elsewhere],
    grant_types: ["authorization_code", "refresh_token"],
    response_types: ["code"],
    scope: "openid offline read",
    audience: [api],
  };

  const change = async (client: TestClient, over: Record<string, unknown>) => {
    const answer = await world.admin("PUT", `/admin/clients/${client.id}`, { ...metadata, ...over });
    expect(answer.status).toBe(200);
  };

  /** The URLs by which two flows of one client come back: one from the login page, one from the consent page. */
  async function twoReturns(client: TestClient, browser: CookieBrowser) {
    const request = authorizationRequest(world, client, { audience: api });
    const login = await openLogin(browser, request.url);
    const consent = await openConsent(world, browser, authorizationRequest(world, client, { audience: api }).url);
    const returns = [
      (await acceptLogin(world, login)).body.redirect_to,
      (await acceptConsent(world, consent)).body.redirect_to,
    ];
    return { returns, login, consent, request };
  }

  test("FLOW-039: a redirect URI that was taken away meanwhile gets neither code nor error", async () => {
    const client = await newClient(world, metadata);
    const browser = newBrowser();
    const { returns } = await twoReturns(client, browser);
    await change(client, { redirect_uris: [elsewhere] });
    for (const url of returns) {
      const answer = await browser.hop("GET", url);
      expect([answer.status, answer.headers.location]).toEqual([400, undefined]);
    }
  });

  test.each([
    ["scope", { scope: "openid offline" }, "invalid_scope"],
    ["audience", { audience: [] }, "invalid_target"],
    ["response type", { response_types: ["token"] }, "unsupported_response_type"],
    ["grant", { grant_types: ["refresh_token"] }, "unauthorized_client"],
  ])("FLOW-039: what was taken away meanwhile is refused (%s), and the flow is over", async (_what, over, error) => {
    const client = await newClient(world, metadata);
    const browser = newBrowser();
    const { returns } = await twoReturns(client, browser);
    await change(client, over);
    for (const url of returns) {
      const told = delivered(await landing(browser, url));
      expect([told.error, told.code, told.iss]).toEqual([error, undefined, world.publicUrl]);
    }
    await change(client, {});
    for (const url of returns) expect((await browser.hop("GET", url)).status).toBe(403);
  });

  test("a client that changed in other ways is served on", async () => {
    const client = await newClient(world, metadata);
    const browser = newBrowser();
    const { url, verifier } = authorizationRequest(world, client);
    const consent = await openConsent(world, browser, url);
    await change(client, { client_name: "A new name" });
    expect((await asked(world, "consent", consent)).body.client.client_name).toBe("A new name");
    const told = delivered(await finishConsent(world, browser, consent));
    expect((await redeem(world, client, told.code ?? "", { code_verifier: verifier })).status).toBe(200);
  });

  test("FLOW-039: the flows of a deleted client are gone, even when another takes its name", async () => {
    const client = await newClient(world, metadata);
    const browser = newBrowser();
    const { returns, login, consent } = await twoReturns(client, browser);
    expect((await world.admin("DELETE", `/admin/clients/${client.id}`)).status).toBe(204);
    for (const recreated of [false, true]) {
      if (recreated) await newClient(world, { ...metadata, client_id: client.id });
      for (const url of returns) {
        const answer = await browser.hop("GET", url);
        expect([answer.status, answer.headers.location]).toEqual([401, undefined]);
      }
      expect((await asked(world, "login", login)).status).toBe(401);
      expect((await acceptLogin(world, login)).status).toBe(401);
      expect((await asked(world, "consent", consent)).status).toBe(401);
    }
  });

  test("FLOW-040: a consent given in a session that has ended meanwhile starts anew and gives no code", async () => {
    const client = await newClient(world, metadata);
    const { url } = authorizationRequest(world, client);
    const browser = newBrowser();
    const consent = await openConsent(world, browser, url, { remember: true });
    const back = (await acceptConsent(world, consent)).body.redirect_to;
    // In another tab somebody else signs in.
    const other = `${authorizationRequest(world, client).url}&prompt=login`;
    await runFlow(world, other, { browser, login: { subject: "bob", remember: true } });
    const answer = await browser.hop("GET", back);
    expect([answer.status, answer.headers.location]).toEqual([302, url]);
    const fresh = await openLogin(browser, url);
    expect((await asked(world, "login", fresh)).body.subject).toBe("bob");
  });

  test.each([
    ["", [{ subject: "bob" }]],
    ["bob", [{ subject: "bob", remember: true }]],
    [
      "alice",
      [
        { subject: "bob", remember: true },
        { subject: "alice", remember: true },
      ],
    ],
  ])(
    "FLOW-040: a login that was skipped in a session that has ended meanwhile starts anew, now as '%s'",
    async (present, logins) => {
      const client = await newClient(world, metadata);
      const { url } = authorizationRequest(world, client);
      const browser = await signedIn(world, authorizationRequest(world, client).url);
      const login = await openLogin(browser, url);
      const back = (await acceptLogin(world, login)).body.redirect_to;
      const other = `${authorizationRequest(world, client).url}&prompt=login`;
      for (const next of logins) await runFlow(world, other, { browser, login: next });
      const answer = await browser.hop("GET", back);
      expect([answer.status, answer.headers.location]).toEqual([302, url]);
      expect((await asked(world, "login", await openLogin(browser, url))).body.subject).toBe(present);
    },
  );

  test("FLOW-040: prompt=none in a session that has ended meanwhile is login_required", async () => {
    const client = await newClient(world, { ...metadata, skip_consent: true });
    const browser = await signedIn(world, authorizationRequest(world, client).url);
    const login = await openLogin(browser, authorizationRequest(world, client, { prompt: "none" }).url);
    const back = (await acceptLogin(world, login)).body.redirect_to;
    browser.cookies.store(new URL(world.publicUrl), ["ory_hydra_session_dev=; Path=/; Max-Age=0"]);
    expect(delivered(await landing(browser, back)).error).toBe("login_required");
  });

  test("a skipped login outlives the same user's login in another tab", async () => {
    const client = await newClient(world, metadata);
    const browser = await signedIn(world, authorizationRequest(world, client).url);
    const login = await openLogin(browser, authorizationRequest(world, client).url);
    const again = `${authorizationRequest(world, client).url}&prompt=login`;
    await runFlow(world, again, { browser, login: { remember: true } });
    const consent = (await landing(browser, (await acceptLogin(world, login)).body.redirect_to)).searchParams;
    expect(delivered(await finishConsent(world, browser, consent.get("consent_challenge") ?? ""))).toHaveProperty(
      "code",
    );
  });

  test("FLOW-006: of many who come back at once with one consent verifier, one gets a code", async () => {
    const client = await newClient(world, metadata);
    const browser = newBrowser();
    const { url, verifier } = authorizationRequest(world, client);
    const back: string = (await acceptConsent(world, await openConsent(world, browser, url))).body.redirect_to;
    const cookie = browser.cookies.header(new URL(world.publicUrl)) ?? "";
    const path = back.slice(world.publicUrl.length);
    const answers = await Promise.all(Array.from({ length: 8 }, () => world.get(path, { cookie })));
    const [winner, ...others] = answers.filter((answer) => answer.headers.location?.includes("code="));
    expect(others).toEqual([]);
    for (const answer of answers) if (answer !== winner) expect(answer.headers.location).toBe(url);
    const { code } = delivered(new URL(winner?.headers.location ?? ""));
    expect((await redeem(world, client, code ?? "", { code_verifier: verifier })).status).toBe(200);
  });

  test("FLOW-005: of many who come back at once with one login verifier, all come to one consent", async () => {
    const client = await newClient(world, metadata);
    const browser = newBrowser();
    const login = await openLogin(browser, authorizationRequest(world, client).url);
    const back: string = (await acceptLogin(world, login, { remember: true })).body.redirect_to;
    const cookie = browser.cookies.header(new URL(world.publicUrl)) ?? "";
    const path = back.slice(world.publicUrl.length);
    const answers = await Promise.all(Array.from({ length: 8 }, () => world.get(path, { cookie })));
    expect(new Set(answers.map((answer) => `${answer.status} ${answer.headers.location}`)).size).toBe(1);
    // Only the one that was first has made a session.
    const signed = answers.filter((answer) => answer.headers["set-cookie"] !== undefined);
    expect(signed).toHaveLength(1);
    const { url } = authorizationRequest(world, client);
    const session = signed[0]?.headers["set-cookie"]?.split(";")[0] ?? "";
    const second = await world.get(url.slice(world.publicUrl.length), { cookie: session });
    const challenge = new URL(second.headers.location ?? "").searchParams.get("login_challenge") ?? "";
    expect((await asked(world, "login", challenge)).body.subject).toBe("alice");
  });
});
