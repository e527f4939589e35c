/** Signing out, step by step, as a browser and the logout application do it. */
import { createServer, type IncomingHttpHeaders } from "node:http";
import { onTestFinished } from "vitest";
import type { CookieBrowser } from "./browser.ts";
import { callback, challengeOf, newClient, obtainTokens, type TestClient, type Tokens } from "./code-flow.ts";
import { type Answer, newBrowser, type World } from "./server.ts";

export const logoutPage = "http://127.0.0.1:9/logout";
export const goodbye = "http://127.0.0.1:9/goodbye";
export const signedOut = "http://127.0.0.1:9/signed-out";

/** Settings by which the logout application is the test's, and there is a page to end on. */
export const logoutSettings = { "urls.logout": logoutPage, "urls.post_logout_redirect": signedOut };

/** A client that may be returned to at `goodbye`. */
export function logoutClient(world: World, over: Record<string, unknown> = {}): Promise<TestClient> {
  return newClient(world, { post_logout_redirect_uris: [goodbye], redirect_uris: [callback], ...over });
}

export function logoutUrl(world: World, parameters: Record<string, string | undefined> = {}): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) if (value !== undefined) query.append(name, value);
  return `${world.publicUrl}/oauth2/sessions/logout?${query.toString()}`;
}

export interface SignedIn {
  readonly browser: CookieBrowser;
  readonly tokens: Tokens;
  /** The `sid` of the session. */
  readonly sid: string;
}

/** A browser in which the user is signed in to the client and remembered, with the tokens that the client got. */
export async function signIn(
  world: World,
  client: TestClient,
  { browser = newBrowser(), login = {}, scope = "openid offline read", consent = {}, over = {} }: SignInChoices = {},
): Promise<SignedIn> {
  const choices = { browser, login: { remember: true, remember_for: 3600, ...login }, consent };
  const tokens = await obtainTokens(world, client, { scope, ...over }, choices);
  return { browser, tokens, sid: String(claimsOf(tokens.id_token).sid) };
}

interface SignInChoices {
  readonly browser?: CookieBrowser;
  readonly login?: Record<string, unknown>;
  readonly scope?: string;
  readonly consent?: Record<string, unknown>;
  /** More parameters of the authorization request. */
  readonly over?: Record<string, string>;
}

export function claimsOf(jwt: string): Record<string, unknown> {
  return partOf(jwt, 1);
}

export function headerOf(jwt: string): Record<string, unknown> {
  return partOf(jwt, 0);
}

function partOf(jwt: string, index: number): Record<string, unknown> {
  return JSON.parse(Buffer.from(jwt.split(".")[index] ?? "", "base64url").toString("utf8"));
}

/** Opens the logout endpoint and comes to the logout page. */
export async function askLogout(browser: CookieBrowser, url: string): Promise<string> {
  const visit = await browser.visit(url);
  return challengeOf(new URL(visit.url), "logout_challenge");
}

export function acceptLogout(world: World, challenge: string): Promise<Answer> {
  return world.admin("PUT", `/admin/oauth2/auth/requests/logout/accept?logout_challenge=${challenge}`);
}

export function askedLogout(world: World, challenge: string): Promise<Answer> {
  return world.admin("GET", `/admin/oauth2/auth/requests/logout?logout_challenge=${challenge}`);
}

export function rejectLogout(world: World, challenge: string): Promise<Answer> {
  return world.admin("PUT", `/admin/oauth2/auth/requests/logout/reject?logout_challenge=${challenge}`);
}

interface Tampering {
  readonly header?: Record<string, unknown>;
  /** True: one character of it is another; a text: instead of it. */
  readonly signature?: boolean | string;
}

/** The JWT with members that its signer did not write. */
export function tampered(jwt: string, claims: Record<string, unknown>, { header, signature }: Tampering = {}): string {
  const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString("base64url");
  const [old = ""] = jwt.split(".").slice(2);
  const changed = old.startsWith("A") ? `B${old.slice(1)}` : `A${old.slice(1)}`;
  const signed = typeof signature === "string" ? signature : signature === true ? changed : old;
  return [encode({ ...headerOf(jwt), ...header }), encode({ ...claimsOf(jwt), ...claims }), signed].join(".");
}

/** The whole of it: the last page that the browser comes to. */
export async function signOut(world: World, browser: CookieBrowser, url = logoutUrl(world)) {
  const accepted = await acceptLogout(world, await askLogout(browser, url));
  return browser.visit(accepted.body.redirect_to);
}

export interface Told {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface Receiver {
  readonly url: string;
  readonly told: readonly Told[];
  /** Resolves when so many requests have come. */
  heard(count: number): Promise<readonly Told[]>;
}

/** A client's own server that is told of logouts; `answer` says the status of the nth request. */
export async function receiver(answer: (request: Told, n: number) => number | Promise<number> = () => 200) {
  const told: Told[] = [];
  const waiting: Array<() => void> = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    const end = async () => {
      const one = { path: request.url ?? "", headers: request.headers, body: Buffer.concat(chunks).toString() };
      told.push(one);
      for (const wake of waiting.splice(0)) wake();
      response.writeHead(await answer(one, told.length)).end();
    };
    request.on("end", () => void end());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const heard = async (count: number): Promise<readonly Told[]> => {
    while (told.length < count) await new Promise<void>((resolve) => waiting.push(resolve));
    return told;
  };
  return { url: `http://127.0.0.1:${port}`, told, heard } satisfies Receiver;
}
