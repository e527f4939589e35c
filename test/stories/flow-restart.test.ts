import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { authorizationRequest, landing, newClient, obtainTokens, redeem } from "../support/code-flow.ts";
import { asked, delivered, finishConsent, openConsent, openLogin, signedIn } from "../support/flow-steps.ts";
import { freePort, newBrowser, startWorld } from "../support/server.ts";

describe("a server that starts again on its data", () => {
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "tessera-restart-"));
  });
  afterAll(() => rm(folder, { recursive: true }));

  /** Each call of the answer starts a server on the same port and the same file. */
  async function installation(name: string) {
    const port = await freePort();
    const own = { "serve.public.port": port, "urls.self.issuer": `http://127.0.0.1:${port}` };
    const dsn = `sqlite://${join(folder, `${name}.db`)}`;
    return (settings: Record<string, unknown> = {}) => startWorld({ dsn, settings: { ...own, ...settings } });
  }

  test("FLOW-027: under a new secret, the old one kept, flows, sessions and cookies go on", async () => {
    const start = await installation("secrets");
    const before = await start({ "secrets.system": ["the first secret of all"] });
    const client = await newClient(before);
    const browser = await signedIn(before, authorizationRequest(before, client).url);
    const { url, verifier } = authorizationRequest(before, client);
    const consent = await openConsent(before, browser, url);
    await before.close();
    const after = await start({ "secrets.system": ["another, newer secret", "the first secret of all"] });
    const told = delivered(await finishConsent(after, browser, consent));
    expect((await redeem(after, client, told.code ?? "", { code_verifier: verifier })).status).toBe(200);
    const login = await openLogin(browser, authorizationRequest(after, client).url);
    expect((await asked(after, "login", login)).body.subject).toBe("alice");
    await after.close();
  });

  test("OIDC Core §3.1.2.2: a hint of another issuer is refused though the key is the same", async () => {
    const start = await installation("issuer");
    const before = await start();
    const client = await newClient(before);
    const { id_token: hint } = await obtainTokens(before, client);
    const own = await landing(newBrowser(), authorizationRequest(before, client, { id_token_hint: hint }).url);
    expect(own.searchParams.has("login_challenge")).toBe(true);
    await before.close();
    const after = await start({ "urls.self.issuer": "http://id.example", "urls.self.public": before.publicUrl });
    const told = delivered(
      await landing(newBrowser(), authorizationRequest(after, client, { id_token_hint: hint }).url),
    );
    expect([told.error, told.iss]).toEqual(["invalid_request", "http://id.example"]);
    await after.close();
  });

  test("RFC 9700 §2.6: a redirect URI registered in dev mode is judged anew in earnest", async () => {
    const start = await installation("earnest");
    const before = await start();
    const redirectUri = "http://app.example/cb";
    const client = await newClient(before, { redirect_uris: [redirectUri, "https://app.example/cb"] });
    const ask = (uri: string) =>
      authorizationRequest(before, client, { redirect_uri: uri }).url.slice(before.publicUrl.length);
    expect((await before.get(ask(redirectUri))).status).toBe(302);
    await before.close();
    const after = await start({ dev: false, "urls.self.issuer": "https://id.example" });
    const answer = await after.get(ask(redirectUri));
    expect([answer.status, answer.headers.location]).toEqual([400, undefined]);
    expect((await after.get(ask("https://app.example/cb"))).status).toBe(302);
    await after.close();
  });
});
