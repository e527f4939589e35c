/** The browser comes back from the logout application: the session ends, and its clients are told. */
import type { Ports } from "../../ports/ports.ts";
import type { Browser, CookieChange } from "../../protocol/browser.ts";
import { digest, isSame } from "../../protocol/digest.ts";
import { refuse } from "../../protocol/errors.ts";
import { flowCookieSuffix } from "../../protocol/flow-cookie.ts";
import type { LoginSession } from "../../protocol/login-session.ts";
import type { LogoutAnswer, LogoutRequest } from "../../protocol/logout.ts";
import { endSessions } from "./end-sessions.ts";
import { frontChannelUrls } from "./notify-clients.ts";
import { afterLogout } from "./pages.ts";

interface Returning {
  readonly verifier: string;
  readonly browser: Browser;
  readonly now: Date;
}

export async function finishLogout(returning: Returning, ports: Ports): Promise<LogoutAnswer> {
  const request = await requireOwnLogout(returning, ports);
  const { browser, now } = returning;
  if (request.state === "asked" || request.state === "rejected") {
    refuse("access_denied", "The user has not agreed to sign out.");
  }
  const location = await destination(request, ports);
  // A second press of the button, or the page shown again: whoever signed in since then stays signed in.
  if (request.state === "done") return { kind: "redirect", location, cookies: [] };
  const own = await ownSession(browser, now, ports);
  const isUsers = own?.subject === request.subject;
  const sessionIds = isUsers ? [request.sessionId, own.id] : [request.sessionId];
  const { done, sessions } = await endSessions({ sessionIds, logoutId: request.id, now }, ports);
  if (!done) return { kind: "redirect", location, cookies: [] };
  const forgets: readonly CookieChange[] =
    browser.sessionSecret !== null && (own === undefined || isUsers)
      ? [{ cookie: "session", value: null, maxAgeSeconds: null }]
      : [];
  // OIDC Session Management §3.2: from now on the clients' frames see another state.
  const changes: readonly CookieChange[] =
    browser.state !== null && (own === undefined || isUsers)
      ? [...forgets, { cookie: "state", value: null, maxAgeSeconds: null }]
      : forgets;
  const frames = await frontChannelUrls(sessions, ports);
  if (frames.length === 0) return { kind: "redirect", location, cookies: changes };
  return { kind: "notify", frames, location, cookies: changes };
}

/** The logout that this browser began: another's verifier ends nobody's session (RFC 9700 §4.7). */
async function requireOwnLogout({ verifier, browser, now }: Returning, ports: Ports): Promise<LogoutRequest> {
  const id = ports.secrets.openHandle(verifier, "logout_verifier");
  if (id === undefined) refuse("access_denied", "The 'logout_verifier' is not known.");
  const request = await ports.store.logoutRequests.find(id);
  if (request === undefined || request.expiresAt <= now) {
    refuse("request_unauthorized", "The logout request has expired, please try again.");
  }
  const values = browser.flowCookies.get(flowCookieSuffix(id)) ?? [];
  if (!values.some((value) => isSame(digest(value), request.cookieDigest))) {
    refuse("request_forbidden", "This browser did not begin the logout: its cookie is missing or another's.");
  }
  return request;
}

async function ownSession({ sessionSecret }: Browser, now: Date, { store }: Ports): Promise<LoginSession | undefined> {
  return sessionSecret === null ? undefined : store.loginSessions.findBySecret(digest(sessionSecret), now);
}

/** An address that is no longer the client's is not gone to. */
async function destination({ clientId, wish }: LogoutRequest, { config, store }: Ports): Promise<string> {
  const { redirectUri, state } = wish;
  if (redirectUri === null || clientId === null) return afterLogout({ redirectUri: null, state: null }, config);
  const client = await store.clients.find(clientId);
  const registered = client?.postLogoutRedirectUris.includes(redirectUri) === true;
  return afterLogout(registered ? { redirectUri, state } : { redirectUri: null, state: null }, config);
}
