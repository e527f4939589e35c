/** The main job, step by step: a client, its authorization request, and a user who signs in and consents. */
import { createHash, randomBytes } from "node:crypto";
import type { CookieBrowser } from "./browser.ts";
import { type Answer, basic, type Callable, newBrowser } from "./server.ts";

export const callback = "http://127.0.0.1:9/callback";

export interface TestClient {
  readonly id: string;
  readonly secret: string;
}

/** A confidential client for every grant of the main job; `over` are members of Hydra's client JSON. */
export async function newClient(world: Callable, over: Record<string, unknown> = {}): Promise<TestClient> {
  const answer = await world.admin("POST", "/admin/clients", {
    redirect_uris: [callback],
    grant_types: ["authorization_code", "refresh_token", "client_credentials"],
    response_types: ["code"],
    scope: "openid offline offline_access profile read write",
    ...over,
  });
  if (answer.status !== 201) throw new Error(`client: ${answer.status} ${answer.text}`);
  return { id: answer.body.client_id, secret: answer.body.client_secret ?? "" };
}

export interface Asked {
  readonly url: string;
  readonly verifier: string;
  readonly state: string;
  readonly nonce: string;
}

/** An authorization request with PKCE, state and nonce; an undefined member of `over` leaves the parameter out. */
export function authorizationRequest(
  world: Callable,
  client: TestClient,
  over: Record<string, string | undefined> = {},
): Asked {
  const verifier = randomBytes(32).toString("base64url");
  const state = randomBytes(12).toString("base64url");
  const nonce = randomBytes(12).toString("base64url");
  const parameters = {
    client_id: client.id,
    response_type: "code",
    redirect_uri: callback,
    scope: "openid offline read",
    state,
    nonce,
    code_challenge: createHash("sha256").update(verifier).digest("base64url"),
    code_challenge_method: "S256",
    ...over,
  };
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) if (value !== undefined) query.append(name, value);
  return { url: `${world.publicUrl}/oauth2/auth?${query.toString()}`, verifier, state, nonce };
}

/** Opens a URL and tells where the browser ended: a parameter of that place, or undefined. */
export async function landing(browser: CookieBrowser, url: string): Promise<URL> {
  const visit = await browser.visit(url);
  return new URL(visit.url);
}

export async function acceptLogin(
  world: Callable,
  challenge: string,
  body: Record<string, unknown> = {},
): Promise<Answer> {
  return world.admin("PUT", `/admin/oauth2/auth/requests/login/accept?login_challenge=${challenge}`, {
    subject: "alice",
    ...body,
  });
}

export async function acceptConsent(
  world: Callable,
  challenge: string,
  body: Record<string, unknown> = {},
): Promise<Answer> {
  const asked = await world.admin("GET", `/admin/oauth2/auth/requests/consent?consent_challenge=${challenge}`);
  return world.admin("PUT", `/admin/oauth2/auth/requests/consent/accept?consent_challenge=${challenge}`, {
    grant_scope: asked.body.requested_scope,
    grant_access_token_audience: asked.body.requested_access_token_audience,
    ...body,
  });
}

export interface FlowChoices {
  readonly browser?: CookieBrowser;
  readonly login?: Record<string, unknown>;
  readonly consent?: Record<string, unknown>;
}

/** From the request to the client's callback, whatever it carries. */
export async function runFlow(world: Callable, url: string, choices: FlowChoices = {}): Promise<URL> {
  const browser = choices.browser ?? newBrowser();
  const login = challengeOf(await landing(browser, url), "login_challenge");
  const toConsent = (await acceptLogin(world, login, choices.login)).body.redirect_to;
  const consent = challengeOf(await landing(browser, toConsent), "consent_challenge");
  const back = (await acceptConsent(world, consent, choices.consent)).body.redirect_to;
  return landing(browser, back);
}

export function challengeOf(place: URL, name: string): string {
  const challenge = place.searchParams.get(name);
  if (challenge === null) throw new Error(`no ${name} in ${place.href}`);
  return challenge;
}

export interface Tokens {
  readonly access_token: string;
  readonly refresh_token: string;
  readonly id_token: string;
  readonly expires_in: number;
  readonly scope: string;
}

export async function redeem(
  world: Callable,
  client: TestClient,
  code: string,
  over: Record<string, string> = {},
): Promise<Answer> {
  const form = { grant_type: "authorization_code", code, redirect_uri: callback, ...over };
  return world.post("/oauth2/token", form, basic(client.id, client.secret));
}

export async function refresh(
  world: Callable,
  client: TestClient,
  token: string,
  over: Record<string, string> = {},
): Promise<Answer> {
  const form = { grant_type: "refresh_token", refresh_token: token, ...over };
  return world.post("/oauth2/token", form, basic(client.id, client.secret));
}

/** The whole job: a code that has been traded for tokens. */
export async function obtainTokens(
  world: Callable,
  client: TestClient,
  over: Record<string, string | undefined> = {},
  choices: FlowChoices = {},
): Promise<Tokens> {
  const asked = authorizationRequest(world, client, over);
  const place = await runFlow(world, asked.url, choices);
  const code = place.searchParams.get("code");
  if (code === null) throw new Error(`no code in ${place.href}`);
  const answer = await redeem(world, client, code, { code_verifier: asked.verifier });
  if (answer.status !== 200) throw new Error(`token: ${answer.status} ${answer.text}`);
  return answer.body;
}

export async function isActive(world: Callable, token: string): Promise<boolean> {
  const answer = await world.introspect({ token });
  if (answer.status !== 200) throw new Error(`introspect: ${answer.status} ${answer.text}`);
  return answer.body.active;
}
