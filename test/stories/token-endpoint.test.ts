/** What every request to the token endpoint meets before any grant: RFC 6749 §3.2, §5. */
import { request } from "node:http";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { newClient, obtainTokens, type TestClient } from "../support/code-flow.ts";
import { askToken, introspected, refusal } from "../support/grants.ts";
import { basic, send, startWorld, type World } from "../support/server.ts";

const formType = { "content-type": "application/x-www-form-urlencoded" };

describe("the token endpoint", () => {
  let world: World;
  let client: TestClient;

  beforeAll(async () => {
    world = await startWorld();
    client = await newClient(world);
  });
  afterAll(() => world?.close());

  const credentials = () => basic(client.id, client.secret);
  const post = (body: string, headers: Record<string, string> = formType) =>
    send("POST", `${world.publicUrl}/oauth2/token`, body, { ...credentials(), ...headers });
  const own = { grant_type: "client_credentials" };

  test("RFC 6749 §5.1: an answer is JSON that nobody stores, and says what it is", async () => {
    const answer = await askToken(world, client, { ...own, scope: "read" });
    expect(answer.status).toBe(200);
    expect(answer.headers).toMatchObject({ "cache-control": "no-store", pragma: "no-cache" });
    expect(answer.headers["content-type"]).toMatch(/^application\/json/);
    expect(answer.headers["x-content-type-options"]).toBe("nosniff");
    expect(answer.headers).not.toHaveProperty("set-cookie");
    expect(answer.headers).not.toHaveProperty("etag");
    expect(answer.body).toEqual({
      access_token: expect.stringMatching(/^tsr_at_[\w-]{43}$/),
      expires_in: 3600,
      scope: "read",
      token_type: "bearer",
    });
  });

  test("RFC 6749 §5.2: so is a refusal, in legal characters, whatever was sent", async () => {
    for (const scope of ['"\\\u00e9\r\nX: y', "<script>", "%00"]) {
      const answer = await askToken(world, client, { ...own, scope });
      expect(answer.status).toBe(400);
      expect(answer.headers).toMatchObject({ "cache-control": "no-store", pragma: "no-cache" });
      expect(answer.headers["content-type"]).toMatch(/^application\/json/);
      expect(Object.keys(answer.body)).toEqual(["error", "error_description"]);
      expect(answer.body.error_description).toMatch(/^[\x20-\x21\x23-\x5b\x5d-\x7e]+$/);
    }
  });

  test.each(["GET", "HEAD", "PUT", "DELETE", "OPTIONS", "PATCH"])("RFC 6749 §3.2: %s is 405", async (method) => {
    const query = "grant_type=client_credentials";
    const answer = await send(method, `${world.publicUrl}/oauth2/token?${query}`, undefined, credentials());
    expect([answer.status, answer.headers.allow]).toEqual([405, "POST"]);
    expect(answer.headers).not.toHaveProperty("access-control-allow-origin");
  });

  test("Fetch: no origin is allowed to read the answer", async () => {
    for (const origin of ["https://evil.example", "null", world.publicUrl]) {
      const answer = await world.post("/oauth2/token", own, { ...credentials(), origin });
      expect(Object.keys(answer.headers).filter((name) => name.startsWith("access-control"))).toEqual([]);
    }
  });

  test("RFC 6749 §3.2: a body is a form or it is not read", async () => {
    const form = "grant_type=client_credentials";
    const types = ["application/json", "text/plain", "application/xml", "multipart/form-data; boundary=x"];
    for (const type of [
      ...types,
      "application/x-www-form-urlencodedx",
      "x",
      "application/x-www-form-urlencoded, a/b",
    ]) {
      expect((await post(form, { "content-type": type })).status, type).toBe(415);
    }
    expect((await post(JSON.stringify(own), { "content-type": "application/json" })).status).toBe(415);
    expect((await post(form, {})).status).toBe(400);
    const latin = await post(form, { "content-type": "application/x-www-form-urlencoded; charset=iso-8859-1" });
    expect(latin.status).toBe(415);
    const good = await post(form, { "content-type": "Application/X-WWW-Form-Urlencoded; Charset=UTF-8" });
    expect(good.status).toBe(200);
  });

  test("RFC 6749 §3.2: parameters of the URL are not those of the request", async () => {
    const path = `${world.publicUrl}/oauth2/token?grant_type=client_credentials`;
    const answer = await send("POST", path, "", { ...credentials(), ...formType });
    expect(refusal(answer)).toEqual([400, "invalid_request"]);
    const secrets = ["client_secret", "code", "refresh_token", "code_verifier", "client_assertion", "password"];
    for (const name of secrets) {
      const url = `${world.publicUrl}/oauth2/token?${name}=a-very-secret-value`;
      const told = await send("POST", url, "grant_type=client_credentials", { ...credentials(), ...formType });
      expect(refusal(told), name).toEqual([400, "invalid_request"]);
    }
    expect(world.log.join("\n")).not.toContain("a-very-secret-value");
  });

  test("RFC 6749 §3.2: no parameter comes twice (D36)", async () => {
    const names = ["grant_type", "scope", "code", "redirect_uri", "code_verifier", "refresh_token", "client_id", "x"];
    for (const name of [...names, "client_secret", "client_assertion", "client_assertion_type"]) {
      for (const values of [
        ["a", "a"],
        ["", ""],
        ["a", ""],
      ]) {
        const form = new URLSearchParams(name === "grant_type" ? {} : own);
        for (const value of values) form.append(name, value);
        const answer = await askToken(world, client, form);
        expect(refusal(answer), `${name} ${values.join()}`).toEqual([400, "invalid_request"]);
      }
    }
    expect(refusal(await askToken(world, client, "grant_type=x;grant_type=client_credentials"))).toEqual([
      400,
      "invalid_request",
    ]);
  });

  test("RFC 6749 §5.2, D16: a grant type that is missing or unknown", async () => {
    for (const form of ["", "grant_type", "grant_type=", "scope=read"]) {
      expect(refusal(await askToken(world, client, form)), form).toEqual([400, "invalid_request"]);
    }
    const unknown = ["implicit", "client_credentials authorization_code", "CLIENT_CREDENTIALS", "__proto__", "\u00e9"];
    for (const grant_type of [...unknown, "urn:ietf:params:oauth:grant-type:saml2-bearer", "x".repeat(100_000)]) {
      const answer = await askToken(world, client, { grant_type });
      expect(refusal(answer), grant_type.slice(0, 60)).toEqual([400, "unsupported_grant_type"]);
    }
  });

  test("RFC 9700 §2.4, D17: the password grant is refused with the reason and what to use instead", async () => {
    const form = { grant_type: "password", username: "alice", password: "a-users-password" };
    const answer = await askToken(world, client, form);
    expect(refusal(answer)).toEqual([400, "unsupported_grant_type"]);
    for (const words of ["password to the client", "authorization code flow with PKCE", "client_credentials"]) {
      expect(answer.body.error_description).toContain(words);
    }
    expect(answer.text + world.log.join("\n")).not.toContain("a-users-password");
    const discovery = await world.get("/.well-known/openid-configuration");
    expect(discovery.body.grant_types_supported).not.toContain("password");
  });

  test("RFC 6749 §5.2: a grant type that the client is not registered for", async () => {
    const reader = await newClient(world, { grant_types: ["authorization_code"] });
    for (const form of [own, { grant_type: "refresh_token", refresh_token: "tsr_rt_x" }]) {
      expect(refusal(await askToken(world, reader, form))).toEqual([400, "unauthorized_client"]);
    }
    const machine = await newClient(world, { grant_types: ["client_credentials"], response_types: [] });
    const code = await askToken(world, machine, { grant_type: "authorization_code", code: "tsr_ac_x" });
    expect(refusal(code)).toEqual([400, "unauthorized_client"]);
  });

  test("D34: text that is no text is refused, in whatever parameter, and never a fault of ours", async () => {
    const bad = ["%", "%zz", "%c0%80", "%ff", "%ed%a0%80", "%00", "%f4%90%80%80"];
    for (const name of [
      "grant_type",
      "scope",
      "code",
      "refresh_token",
      "code_verifier",
      "redirect_uri",
      "x",
      "audience",
    ]) {
      for (const value of bad) {
        const answer = await post(`${name === "grant_type" ? "" : "grant_type=refresh_token&"}${name}=${value}`);
        expect(refusal(answer), `${name}=${value}`).toEqual([400, "invalid_request"]);
      }
    }
    const raw = Buffer.from("grant_type=client_credentials&scope=\xff", "latin1");
    expect((await sendBytes(world, raw, { ...credentials(), ...formType })).status).toBe(400);
  });

  test("CWE-400, CWE-409: what is too large, too many or compressed is refused unread", async () => {
    const large = Buffer.alloc(1024 * 1024 + 1, "a");
    expect((await sendBytes(world, large, { ...credentials(), ...formType })).status).toBe(413);
    const zipped = gzipSync("grant_type=client_credentials");
    const encoded = await sendBytes(world, zipped, { ...credentials(), ...formType, "content-encoding": "gzip" });
    expect(encoded.status).toBe(415);
    const many = Array.from({ length: 201 }, (_, index) => `p${index}=1`).join("&");
    expect(refusal(await post(many))).toEqual([400, "invalid_request"]);
    expect((await askToken(world, client, own)).status).toBe(200);
  });

  test("RFC 6749 §10.10: tokens are 256 random bits each, and differ", async () => {
    const answers = await Promise.all(Array.from({ length: 200 }, () => askToken(world, client, own)));
    const tokens = new Set(answers.map(({ body }) => body.access_token));
    expect(tokens.size).toBe(200);
    for (const token of tokens) expect(token).toMatch(/^tsr_at_[\w-]{43}$/);
  });
});

test.each([
  [true, "The parameters are not valid percent-encoded UTF-8. (dev: URIError: URI malformed)"],
  [false, "The parameters are not valid percent-encoded UTF-8."],
])("D26: what happened underneath is shown in dev mode only (%s)", async (dev, description) => {
  const issuer = dev ? {} : { "urls.self.issuer": "https://id.example.org" };
  const world = await startWorld({ settings: { dev, ...issuer } });
  const answer = await world.post("/oauth2/token", "grant_type=%zz");
  expect(answer.body).toEqual({ error: "invalid_request", error_description: description });
  await world.close();
});

test("D40: with `oauth2.token_prefix: ory` everything looks as Hydra's, and what was issued before stays good", async () => {
  const world = await startWorld({ settings: { "oauth2.token_prefix": "ory" } });
  const client = await newClient(world);
  const tokens = await obtainTokens(world, client);
  expect(tokens.access_token).toMatch(/^ory_at_/);
  expect(tokens.refresh_token).toMatch(/^ory_rt_/);
  for (const token of [tokens.access_token, tokens.refresh_token]) {
    expect(await introspected(world, token)).toMatchObject({ active: true });
    expect(await introspected(world, token.replace("ory_at_", "tsr_at_").slice(0, -1))).toEqual({ active: false });
  }
  await world.close();
});

function sendBytes(world: World, body: Buffer, headers: Record<string, string>): Promise<{ readonly status: number }> {
  return new Promise((resolve, reject) => {
    const options = { method: "POST", agent: false, headers: { ...headers, "content-length": body.length } };
    const sent = request(`${world.publicUrl}/oauth2/token`, options, (answer) => {
      answer.resume();
      resolve({ status: answer.statusCode ?? 0 });
    });
    // The server closes on who goes on sending what it has refused.
    sent.on("error", (error: NodeJS.ErrnoException) => (error.code === "EPIPE" ? undefined : reject(error)));
    sent.end(body);
  });
}
