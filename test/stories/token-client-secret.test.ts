/** Clients that prove themselves by a secret, and those that have none: RFC 6749 §2.3. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { callback, newClient, obtainTokens, type TestClient } from "../support/code-flow.ts";
import { askToken, freshCode, refusal, withoutPkce } from "../support/grants.ts";
import { type Answer, basic, type Form, send, startWorld, type World } from "../support/server.ts";

const unproven = [401, "invalid_client"];
const own = { grant_type: "client_credentials" };

describe("client secrets", () => {
  let world: World;
  let client: TestClient;
  let poster: TestClient;

  beforeAll(async () => {
    world = await startWorld();
    client = await newClient(world);
    poster = await newClient(world, { token_endpoint_auth_method: "client_secret_post" });
  });
  afterAll(() => world?.close());

  const ask = (form: Form, headers: Record<string, string> = {}) => world.post("/oauth2/token", form, headers);
  const header = (text: string) => ({ authorization: `Basic ${Buffer.from(text).toString("base64")}` });
  const shown = ({ status, headers, text }: Answer) => ({
    status,
    text,
    headers: Object.fromEntries(Object.entries(headers).filter(([name]) => !["date", "x-request-id"].includes(name))),
  });

  test("RFC 6749 §5.2: a wrong secret and an unknown client are answered alike", async () => {
    const wrong = await ask(own, basic(client.id, "wrong"));
    expect(refusal(wrong)).toEqual(unproven);
    expect(wrong.headers["www-authenticate"]).toMatch(/^Basic realm=/);
    expect(wrong.headers["cache-control"]).toBe("no-store");
    const attempts = [
      ask(own, basic("unknown", "wrong")),
      ask(own, basic(client.id, `${client.secret}x`)),
      ask(own, basic(client.id.toUpperCase(), client.secret)),
      ask(own, basic(` ${client.id}`, client.secret)),
      ask({ ...own, client_id: client.id, client_secret: client.secret }),
      ask({ ...own, client_id: "unknown", client_secret: "wrong" }),
      ask({ ...own, client_id: client.id }),
      ask({ ...own, client_id: "unknown" }),
    ];
    for (const answer of await Promise.all(attempts)) expect(shown(answer)).toEqual(shown(wrong));
  });

  test("OIDC Registration §2: a client uses the method that it is registered for, and no other", async () => {
    expect((await ask(own, basic(client.id, client.secret))).status).toBe(200);
    expect((await ask({ ...own, client_id: poster.id, client_secret: poster.secret })).status).toBe(200);
    expect(refusal(await ask(own, basic(poster.id, poster.secret)))).toEqual(unproven);
    expect(refusal(await ask({ ...own, client_id: client.id, client_secret: client.secret }))).toEqual(unproven);
  });

  test.each(["authorization_code", "refresh_token", "client_credentials"])(
    "RFC 6749 §3.2.1: without a proof a confidential client gets nothing by %s",
    async (grant_type) => {
      const { refresh_token } = await obtainTokens(world, client);
      const { code } = await freshCode(world, client, withoutPkce);
      const form = { grant_type, code, refresh_token, redirect_uri: callback };
      const attempts = [
        ask(form),
        ask({ ...form, client_id: client.id }),
        ask({ ...form, client_id: client.id, client_secret: "" }),
        ask(form, basic(client.id, "")),
        ask(form, { authorization: "" }),
      ];
      for (const answer of await Promise.all(attempts)) expect(refusal(answer)).toEqual(unproven);
    },
  );

  test("RFC 6749 §2.3, D36: two ways of authentication at once are refused", async () => {
    const both = { ...own, client_id: client.id, client_secret: client.secret };
    expect(refusal(await ask(both, basic(client.id, client.secret)))).toEqual([400, "invalid_request"]);
    const other = { ...own, client_id: poster.id };
    expect(refusal(await ask(other, basic(client.id, client.secret)))).toEqual([400, "invalid_request"]);
    expect((await ask({ ...own, client_id: client.id }, basic(client.id, client.secret))).status).toBe(200);
  });

  test("RFC 7617 §2: an Authorization header that is not well-formed Basic is nobody's", async () => {
    const good = basic(client.id, client.secret).authorization ?? "";
    const encoded = good.slice("Basic ".length);
    const bad = [
      header(client.id).authorization,
      header("").authorization,
      header(":").authorization,
      header(`:${client.secret}`).authorization,
      header(`${client.id}:%zz`).authorization,
      header(`${client.id}:%00`).authorization,
      header("\u0000:x").authorization,
      `Basic ${Buffer.from([255, 58, 255]).toString("base64")}`,
      "Basic",
      "Basic ",
      "Basic !!!!",
      `Basic ${encoded}!`,
      `Basic ${encoded}, Basic ${encoded}`,
      `Basic  ${encoded} x`,
      `Basic\t${encoded}`,
      `Bearer ${encoded}`,
      `Digest ${encoded}`,
      encoded,
    ];
    for (const authorization of bad) {
      const answer = await ask({ ...own, client_id: client.id }, { authorization });
      expect(refusal(answer), authorization).toEqual(unproven);
    }
    for (const scheme of ["basic", "BASIC", "bAsIc"]) {
      expect((await ask(own, { authorization: `${scheme} ${encoded}` })).status).toBe(200);
    }
  });

  test("D36: two Authorization headers are refused, even when they say the same", async () => {
    const { authorization = "" } = basic(client.id, client.secret);
    const twice = {
      Authorization: [authorization, authorization],
      "content-type": "application/x-www-form-urlencoded",
    };
    const answer = await send("POST", `${world.publicUrl}/oauth2/token`, "grant_type=client_credentials", twice);
    expect(refusal(answer)).toEqual([400, "invalid_request"]);
  });

  test("RFC 6749 §2.3.1, App. B: id and secret are form-encoded in the header", async () => {
    const chosen = { client_id: "a client: 100%+ sure", client_secret: "p\u00e4ss+w\u00f6rd %41:colon & more" };
    const odd = await newClient(world, chosen);
    expect((await ask(own, basic(odd.id, odd.secret))).status).toBe(200);
    const plus = (text: string) => new URLSearchParams({ x: text }).toString().slice(2);
    expect((await ask(own, header(`${plus(odd.id)}:${plus(odd.secret)}`))).status).toBe(200);
    expect(refusal(await ask(own, header(`${odd.id}:${odd.secret}`)))).toEqual(unproven);
    // A colon needs no encoding in the secret: only the first one divides.
    const raw = await newClient(world, { client_id: "raw", client_secret: "one:two:three" });
    expect((await ask(own, header(`${raw.id}:one:two:three`))).status).toBe(200);
  });

  test("D28: a generated secret has 26 characters of Hydra's alphabet, and no two are alike", async () => {
    const secrets = new Set<string>();
    for (let count = 0; count < 20; count++) secrets.add((await newClient(world)).secret);
    expect(secrets.size).toBe(20);
    for (const secret of secrets) expect(secret).toMatch(/^[A-Za-z0-9._~-]{26}$/);
  });

  test("CWE-400: a secret without bounds is refused before it costs anything", async () => {
    const chosen = await newClient(world, { client_secret: "a secret of people" });
    const answers = await Promise.all(
      [1025, 100_000, 900_000].map((length) =>
        ask({ ...own, client_id: poster.id, client_secret: "s".repeat(length) }),
      ),
    );
    for (const answer of answers) expect(refusal(answer)).toEqual(unproven);
    expect(refusal(await ask(own, basic(chosen.id, "s".repeat(1025))))).toEqual(unproven);
    expect((await ask(own, basic(chosen.id, "a secret of people"))).status).toBe(200);
  });

  test("a public client proves nothing: it sends its id, and a secret is a fault", async () => {
    const visitor = await newClient(world, {
      token_endpoint_auth_method: "none",
      grant_types: ["authorization_code", "refresh_token"],
    });
    expect(visitor.secret).toBe("");
    const redeem = async (over: Record<string, string>, headers: Record<string, string> = {}) => {
      const { code, verifier } = await freshCode(world, visitor);
      const form = { grant_type: "authorization_code", code, code_verifier: verifier, redirect_uri: callback };
      return ask({ ...form, ...over }, headers);
    };
    expect((await redeem({ client_id: visitor.id })).status).toBe(200);
    // Many libraries send an empty password; it proves as little.
    expect((await redeem({}, basic(visitor.id, ""))).status).toBe(200);
    expect(refusal(await redeem({ client_id: visitor.id, client_secret: "x" }))).toEqual(unproven);
    expect(refusal(await redeem({}, basic(visitor.id, "x")))).toEqual(unproven);
    expect(refusal(await redeem({}))).toEqual(unproven);
    const refused = await askToken(world, visitor, own);
    expect(refused.body.error).toBe("unauthorized_client");
  });

  test("no secret, right or wrong, is written to the log", async () => {
    await ask(own, basic(client.id, "a-wrong-secret-value"));
    await ask(own, basic(client.id, client.secret));
    await ask({ ...own, client_id: poster.id, client_secret: "a-wrong-secret-value" });
    const log = world.log.join("\n");
    expect(log).toContain("client_authentication_failed");
    for (const secret of ["a-wrong-secret-value", client.secret, poster.secret]) expect(log).not.toContain(secret);
  });
});
