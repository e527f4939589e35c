/** What has to happen before a row of the endpoint table can be asked: the same steps on either server. */
import { generateKeyPairSync } from "node:crypto";
import {
  acceptLogin,
  authorizationRequest,
  callback,
  challengeOf,
  landing,
  newClient,
  obtainTokens,
  runFlow,
  type TestClient,
} from "../support/code-flow.ts";
import { devicePage, newDevice, newDeviceClient, openDevicePage } from "../support/device-flow.ts";
import { basic, type Callable, newBrowser, send } from "../support/server.ts";
import { formType, jsonType, origin, type Sent } from "./row.ts";

export const settings = {
  "urls.device.verification": devicePage,
  "urls.device.success": "http://127.0.0.1:9/device/success",
  "urls.logout": "http://127.0.0.1:9/logout",
  "urls.post_logout_redirect": "http://127.0.0.1:9/signed-out",
  "oidc.dynamic_client_registration.enabled": true,
  "serve.public.cors.enabled": true,
  "serve.public.cors.allowed_origins": [origin],
};

export const get = (path: string) => (): Sent => ({ path });

/** A preflight of a page of another origin. */
export const preflight = (path: string, method: string) => (): Sent => ({
  path,
  headers: { origin, "access-control-request-method": method },
});

export const json = (path: string, body: unknown): Sent => ({ path, headers: jsonType, body: JSON.stringify(body) });

export function form(path: string, fields: Record<string, string>, headers: Record<string, string> = {}): Sent {
  return { path, headers: { ...formType, ...headers }, body: new URLSearchParams(fields).toString() };
}

export const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

export const credentials = ({ id, secret }: TestClient) => basic(id, secret);

export async function authorizing(at: Callable): Promise<string> {
  return new URL(authorizationRequest(at, await newClient(at)).url).search;
}

export async function loginChallenge(at: Callable): Promise<string> {
  return challengeOf(await landing(newBrowser(), authorizationRequest(at, await newClient(at)).url), "login_challenge");
}

export async function consentChallenge(at: Callable): Promise<string> {
  const browser = newBrowser();
  const { url } = authorizationRequest(at, await newClient(at));
  const login = challengeOf(await landing(browser, url), "login_challenge");
  const { redirect_to } = (await acceptLogin(at, login)).body;
  return challengeOf(await landing(browser, redirect_to), "consent_challenge");
}

/** Of a browser that is signed in. */
export async function logoutChallenge(at: Callable): Promise<string> {
  const browser = newBrowser();
  const choices = { browser, login: { remember: true } };
  await runFlow(at, authorizationRequest(at, await newClient(at)).url, choices);
  return challengeOf(await landing(browser, `${at.publicUrl}/oauth2/sessions/logout`), "logout_challenge");
}

export async function deviceAsking(at: Callable) {
  const client = await newDeviceClient(at);
  const device = await newDevice(at, client, { client_id: client.id });
  return { challenge: await openDevicePage(at, newBrowser()), userCode: device.user_code };
}

export async function tokensOf(at: Callable, subject = "alice") {
  const client = await newClient(at);
  return { client, tokens: await obtainTokens(at, client, {}, { login: { subject }, consent: { remember: true } }) };
}

export async function registered(at: Callable) {
  const body = JSON.stringify({ redirect_uris: [callback] });
  const answer = await send("POST", `${at.publicUrl}/oauth2/register`, body, jsonType);
  return { path: `/oauth2/register/${answer.body.client_id}`, token: String(answer.body.registration_access_token) };
}

/** Half of a pair that is gone. */
export const publicKey = {
  ...generateKeyPairSync("ec", { namedCurve: "P-256" }).publicKey.export({ format: "jwk" }),
  ...{ alg: "ES256", use: "sig", kid: "partner" },
};

/** A key set of its own, with one key `one`. */
export async function keySet(at: Callable): Promise<string> {
  const path = `/admin/keys/${crypto.randomUUID()}`;
  await at.admin("POST", path, { alg: "ES256", use: "sig", kid: "one" });
  return path;
}

export const trust = (subject: string) => ({
  issuer: "https://partner.example",
  subject,
  scope: ["read"],
  jwk: publicKey,
  expires_at: "2099-01-01T00:00:00Z",
});

export async function trusted(at: Callable): Promise<string> {
  const { body } = await at.admin("POST", "/admin/trust/grants/jwt-bearer/issuers", trust(crypto.randomUUID()));
  return `/admin/trust/grants/jwt-bearer/issuers/${body.id}`;
}
