/** The device flow, step by step: a device asks, its user types the code in a browser, signs in and consents. */
import type { CookieBrowser } from "./browser.ts";
import { acceptConsent, acceptLogin, challengeOf, landing, newClient, type TestClient } from "./code-flow.ts";
import { type Answer, basic, type Callable, newBrowser } from "./server.ts";

export const deviceGrant = "urn:ietf:params:oauth:grant-type:device_code";
export const devicePage = "http://127.0.0.1:9/device";
export const donePage = "http://127.0.0.1:9/device/success";

/** The settings of a world whose device pages the test plays. */
export const devicePages = { "urls.device.verification": devicePage, "urls.device.success": donePage };

export function newDeviceClient(world: Callable, over: Record<string, unknown> = {}): Promise<TestClient> {
  return newClient(world, { client_name: "A television", grant_types: [deviceGrant, "refresh_token"], ...over });
}

/** RFC 8628 §3.1. A client without a secret says only who it is. */
export function askDevice(world: Callable, client: TestClient, form: Record<string, string> = {}): Promise<Answer> {
  return world.post("/oauth2/device/auth", ...proven(client, { scope: "openid offline read", ...form }));
}

export interface DeviceCodes {
  readonly device_code: string;
  readonly user_code: string;
  readonly verification_uri: string;
  readonly verification_uri_complete: string;
  readonly expires_in: number;
  readonly interval: number;
}

export async function newDevice(
  world: Callable,
  client: TestClient,
  form: Record<string, string> = {},
): Promise<DeviceCodes> {
  const answer = await askDevice(world, client, form);
  if (answer.status !== 200) throw new Error(`device: ${answer.status} ${answer.text}`);
  return answer.body;
}

/** RFC 8628 §3.4. */
export function poll(
  world: Callable,
  client: TestClient,
  device: Pick<DeviceCodes, "device_code">,
  form: Record<string, string> = {},
): Promise<Answer> {
  const asked = { grant_type: deviceGrant, device_code: device.device_code, ...form };
  return world.post("/oauth2/token", ...proven(client, asked));
}

function proven(client: TestClient, form: Record<string, string>): [Record<string, string>, Record<string, string>] {
  return client.secret === "" ? [{ client_id: client.id, ...form }, {}] : [form, basic(client.id, client.secret)];
}

/** Opens the URL that the device shows and comes to the device page. */
export async function openDevicePage(world: Callable, browser: CookieBrowser, url?: string): Promise<string> {
  return challengeOf(await landing(browser, url ?? `${world.publicUrl}/oauth2/device/verify`), "device_challenge");
}

export function acceptDevice(world: Callable, challenge: string, userCode: string): Promise<Answer> {
  const path = `/admin/oauth2/auth/requests/device/accept?device_challenge=${challenge}`;
  return world.admin("PUT", path, { user_code: userCode });
}

export function rejectDevice(world: Callable, challenge: string, body: object): Promise<Answer> {
  return world.admin("PUT", `/admin/oauth2/auth/requests/device/reject?device_challenge=${challenge}`, body);
}

export function askedDevice(world: Callable, challenge: string, userCode?: string): Promise<Answer> {
  const query = new URLSearchParams({ device_challenge: challenge, ...(userCode && { user_code: userCode }) });
  return world.admin("GET", `/admin/oauth2/auth/requests/device?${query.toString()}`);
}

/** The user has typed the code and comes to the login page. */
export async function openDeviceLogin(
  world: Callable,
  browser: CookieBrowser,
  device: Pick<DeviceCodes, "user_code">,
): Promise<string> {
  const accepted = await acceptDevice(world, await openDevicePage(world, browser), device.user_code);
  if (accepted.status !== 200) throw new Error(`user code: ${accepted.status} ${accepted.text}`);
  return challengeOf(await landing(browser, accepted.body.redirect_to), "login_challenge");
}

export interface DeviceChoices {
  readonly browser?: CookieBrowser;
  readonly login?: Record<string, unknown>;
  readonly consent?: Record<string, unknown>;
}

/** The user has typed the code, signed in, and comes to the consent page. */
export async function openDeviceConsent(
  world: Callable,
  device: Pick<DeviceCodes, "user_code">,
  { browser = newBrowser(), login = {} }: DeviceChoices = {},
): Promise<string> {
  const challenge = await openDeviceLogin(world, browser, device);
  const { redirect_to } = (await acceptLogin(world, challenge, login)).body;
  return challengeOf(await landing(browser, redirect_to), "consent_challenge");
}

/** The user lets the device in; where the browser ends. */
export async function approve(
  world: Callable,
  device: Pick<DeviceCodes, "user_code">,
  choices: DeviceChoices = {},
): Promise<URL> {
  const browser = choices.browser ?? newBrowser();
  const consent = await openDeviceConsent(world, device, { ...choices, browser });
  const { redirect_to } = (await acceptConsent(world, consent, choices.consent)).body;
  return landing(browser, redirect_to);
}
