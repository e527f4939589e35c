/** What a client asks and insists on by its `claims`, and by what is registered about it. */
import { decodeJwt } from "jose";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  acceptLogin,
  authorizationRequest,
  landing,
  newClient,
  obtainTokens,
  redeem,
  runFlow,
  type TestClient,
} from "../support/code-flow.ts";
import { databases } from "../support/database.ts";
import { asked, delivered, openConsent, openLogin, signedIn } from "../support/flow-steps.ts";
import { newBrowser, startWorld, type World } from "../support/server.ts";

describe.each(databases)("what a client insists on, on $name", (database) => {
  let world: World;
  let client: TestClient;

  beforeAll(async () => {
    world = await startWorld({ dsn: await database.dsn() });
    client = await newClient(world);
  });
  afterAll(() => world?.close());

  const request = (over: Record<string, string | undefined> = {}) => authorizationRequest(world, client, over);
  const claims = (of: object) => ({ claims: JSON.stringify(of) });
  const acr = (wish: object) => claims({ id_token: { acr: wish } });

  async function claimsOf(over: Record<string, string | undefined>, login: Record<string, unknown>) {
    const { url, verifier } = request(over);
    const { code = "" } = delivered(await runFlow(world, url, { login }));
    return decodeJwt((await redeem(world, client, code, { code_verifier: verifier })).body.id_token);
  }

  test("OIDC Core §5.5: both applications are told what is asked, and the list of consents remembers it", async () => {
    const wanted = { userinfo: { email: null }, id_token: { name: { essential: true }, acr: { values: ["gold"] } } };
    const browser = newBrowser();
    const { url } = request({ ...claims({ ...wanted, other: 1 }), claims_locales: "fr de", acr_values: "silver" });
    const told = {
      acr_values: ["silver", "gold"],
      claims: wanted,
      claims_locales: ["fr", "de"],
    };
    const login = await asked(world, "login", await openLogin(browser, url));
    expect(login.body.oidc_context).toMatchObject(told);
    const subject = `user-of-${client.id}`;
    const consent = await openConsent(world, browser, url, { subject });
    expect((await asked(world, "consent", consent)).body.oidc_context).toMatchObject(told);
    await runFlow(world, url, { login: { subject } });
    const list = await world.admin("GET", `/admin/oauth2/auth/sessions/consent?subject=${subject}`);
    expect(list.body[0].consent_request.oidc_context).toMatchObject(told);
  });

  test("a request that asks nothing by name is shown as Hydra shows it", async () => {
    const login = await asked(world, "login", await openLogin(newBrowser(), request().url));
    expect(login.body.oidc_context).toEqual({});
  });

  test.each([
    [{ essential: true, values: ["gold", "platinum"] }, "gold", "gold"],
    [{ essential: true, value: "gold" }, "gold", "gold"],
    [{ essential: true }, "bronze", "bronze"],
    [{ values: ["gold"] }, "bronze", "bronze"],
    [{ values: ["gold"] }, undefined, "0"],
  ])("OIDC Core §5.5.1.1: acr %j and a login of %s give %s", async (wish, reached, shown) => {
    expect((await claimsOf(acr(wish), { acr: reached })).acr).toBe(shown);
  });

  test.each(["bronze", "", "GOLD"])(
    "AUTH-061: an essential acr that is not reached (%j) gives no code",
    async (reached) => {
      const browser = newBrowser();
      const { url, state } = request(acr({ essential: true, values: ["gold", "platinum"] }));
      const back = (await acceptLogin(world, await openLogin(browser, url), { acr: reached, remember: true })).body;
      const told = delivered(await landing(browser, back.redirect_to));
      expect(told).toMatchObject({ error: "unmet_authentication_requirements", state, iss: world.publicUrl });
      expect(told).not.toHaveProperty("code");
      // Nobody was signed in for it.
      expect((await asked(world, "login", await openLogin(browser, request().url))).body.skip).toBe(false);
    },
  );

  test.each(["id_token", "userinfo"])(
    "AUTH-060: a sub that %s asks for is never answered with another user",
    async (place) => {
      const browser = await signedIn(world, request().url);
      const of = (value: string) => claims({ [place]: { sub: { value } } });
      const silent = await landing(browser, request({ ...of("bob"), prompt: "none" }).url);
      expect(delivered(silent).error).toBe("login_required");
      const login = await openLogin(browser, request(of("bob")).url);
      expect((await asked(world, "login", login)).body).toMatchObject({ skip: false, subject: "" });
      const wrong = await landing(browser, (await acceptLogin(world, login)).body.redirect_to);
      expect(delivered(wrong).error).toBe("login_required");
      const own = await asked(world, "login", await openLogin(browser, request(of("alice")).url));
      expect(own.body).toMatchObject({ skip: true, subject: "alice" });
      expect((await claimsOf(of("bob"), { subject: "bob" })).sub).toBe("bob");
    },
  );

  test("OIDC Core §5.5.1: a hint and a sub that name different users are a riddle", async () => {
    const { id_token } = await obtainTokens(world, client);
    const of = (value: string) => ({ ...claims({ id_token: { sub: { value } } }), id_token_hint: id_token });
    expect(delivered(await landing(newBrowser(), request(of("bob")).url)).error).toBe("invalid_request");
    await openLogin(newBrowser(), request(of("alice")).url);
  });

  test("OIDC Registration §2: default_max_age counts where the request says nothing", async () => {
    const members = { default_max_age: 60, require_auth_time: true };
    client = await newClient(world, members);
    expect((await world.admin("GET", `/admin/clients/${client.id}`)).body).toMatchObject(members);
    const browser = await signedIn(world, request().url);
    const skip = async (over: Record<string, string> = {}) =>
      (await asked(world, "login", await openLogin(browser, request(over).url))).body.skip;
    world.clock.advance(59);
    expect([await skip(), await skip({ max_age: "10" })]).toEqual([true, false]);
    world.clock.advance(30);
    expect([await skip(), await skip({ max_age: "1000" })]).toEqual([false, true]);
    expect(delivered(await landing(browser, request({ prompt: "none" }).url)).error).toBe("login_required");
    expect(await claimsOf({}, {})).toHaveProperty("auth_time");
    client = await newClient(world, { default_max_age: 0 });
    expect((await world.admin("GET", `/admin/clients/${client.id}`)).body.default_max_age).toBe(0);
    expect([await skip(), await skip({ max_age: "1000" })]).toEqual([false, true]);
  });

  test("OIDC Registration §2: default_acr_values are asked for where the request names none", async () => {
    client = await newClient(world, { default_acr_values: ["gold", "silver"] });
    const told = async (over: Record<string, string>) =>
      (await asked(world, "login", await openLogin(newBrowser(), request(over).url))).body.oidc_context.acr_values;
    expect(await told({})).toEqual(["gold", "silver"]);
    expect(await told({ acr_values: "bronze" })).toEqual(["bronze"]);
    expect(await told(acr({ values: ["iron"] }))).toEqual(["iron"]);
  });

  test.each([{ default_max_age: -1 }, { default_max_age: 1.5 }, { default_max_age: "soon" }, { require_auth_time: 1 }])(
    "RFC 7591 §3.2.2: what cannot be registered is told: %j",
    async (members) => {
      const answer = await world.admin("POST", "/admin/clients", members);
      expect(answer.status).toBe(400);
      expect(answer.text).toContain(Object.keys(members)[0]);
    },
  );
});
