/** The whole device flow as the device, the browser and the applications take it: 12 requests. */
import {
  answer,
  type BenchClient,
  createClient,
  formType,
  json,
  type Party,
  read,
  type Tokens,
  visit,
} from "./browser-flow.ts";
import { type Answer, type Connection, message } from "./keep-alive.ts";

export const requestsPerDevice = 12;
const grant = "urn:ietf:params:oauth:grant-type:device_code";

export function createDeviceClient(admin: Connection): Promise<BenchClient> {
  return createClient(admin, { grant_types: [grant, "refresh_token"], response_types: [], redirect_uris: [] });
}

export async function runDeviceFlow({ visitor, admin, client }: Party, subject: string): Promise<Tokens> {
  const ask = (path: string, form: Record<string, string>): Promise<Answer> => {
    const headers = { ...formType, authorization: client.basic };
    return visitor.ask(message({ method: "POST", path, headers, body: new URLSearchParams(form).toString() }));
  };
  const asked = await ask("/oauth2/device/auth", { scope: "openid offline read" });
  const { device_code, user_code } = read<{ device_code: string; user_code: string }>(asked, 200);
  const poll = () => ask("/oauth2/token", { grant_type: grant, device_code });
  read(await poll(), 400);
  const cookies = new Map<string, string>();
  const challenge = await visit(visitor, cookies, "/oauth2/device/verify", "device_challenge");
  const path = `/admin/oauth2/auth/requests/device/accept?device_challenge=${challenge}`;
  const accepting = message({ method: "PUT", path, headers: json, body: JSON.stringify({ user_code }) });
  const toLogin = read<{ redirect_to: string }>(await admin.ask(accepting), 200).redirect_to;
  const login = await visit(visitor, cookies, toLogin, "login_challenge");
  const toConsent = await answer(admin, "login", login, { subject });
  const consent = await visit(visitor, cookies, toConsent, "consent_challenge");
  const back = await answer(admin, "consent", consent, { grant_scope: ["openid", "offline", "read"] });
  await visit(visitor, cookies, back, "client_id");
  return read<Tokens>(await poll(), 200);
}
