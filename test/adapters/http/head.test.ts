import { afterAll, beforeAll, expect, test } from "vitest";
import { newClient, obtainTokens } from "../../support/code-flow.ts";
import { newBrowser, send, startWorld, type World } from "../../support/server.ts";

let world: World;
beforeAll(async () => {
  const settings = { "oidc.session_management.enabled": true, "oidc.dynamic_client_registration.enabled": true };
  world = await startWorld({ settings });
});
afterAll(() => world?.close());

const both = async (path: string, headers: Record<string, string> = {}) => {
  const [get, head] = [await world.get(path, headers), await send("HEAD", world.publicUrl + path, undefined, headers)];
  const { "x-request-id": _one, date: _then, ...expected } = get.headers;
  const { "x-request-id": _other, date: _now, ...heard } = head.headers;
  expect([head.status, head.text, heard]).toEqual([get.status, "", expected]);
  return head;
};

test.each([
  "/.well-known/openid-configuration",
  "/.well-known/jwks.json",
  "/health/alive",
  "/health/ready",
  "/oauth2/fallbacks/login",
  "/oauth2/fallbacks/error?error=x",
  "/oauth2/sessions/check",
  "/userinfo",
  "/oauth2/register/nobody",
])("RFC 9110 §9.3.2: HEAD %s is GET without its body", async (path) => {
  expect((await both(path)).status).not.toBe(405);
});

test("RFC 9110 §9.3.2: so it is for whoever may see more", async () => {
  const client = await newClient(world, { skip_consent: false });
  const { access_token: token } = await obtainTokens(world, client);
  const head = await both("/userinfo", { authorization: `Bearer ${token}` });
  expect([head.status, Number(head.headers["content-length"]) > 10]).toEqual([200, true]);
});

test.each(["/oauth2/auth?client_id=x", "/oauth2/device/verify", "/oauth2/sessions/logout"])(
  "D37: where a GET takes a browser further, HEAD is 405 and sets no cookie: %s",
  async (path) => {
    const head = await newBrowser().hop("HEAD", world.publicUrl + path);
    expect([head.status, head.headers["set-cookie"]]).toEqual([405, undefined]);
  },
);
