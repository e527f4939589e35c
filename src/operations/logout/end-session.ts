/** A browser comes to sign out: it is asked whether it means it, unless nobody is signed in (OIDC RP-Initiated Logout §2). */
import type { Ports } from "../../ports/ports.ts";
import type { Browser, CookieChange } from "../../protocol/browser.ts";
import type { Client } from "../../protocol/client.ts";
import { digest } from "../../protocol/digest.ts";
import { type LogoutHint, namedClient, postLogoutTarget, requireLogoutHint } from "../../protocol/end-session.ts";
import { refuse } from "../../protocol/errors.ts";
import { newFlowCookie, superfluousFlowCookies } from "../../protocol/flow-cookie.ts";
import { after } from "../../protocol/lifespan.ts";
import type { LoginSession } from "../../protocol/login-session.ts";
import type { LogoutAnswer, LogoutRequest } from "../../protocol/logout.ts";
import { idTokenKeySet } from "../../protocol/names.ts";
import { type Parameters, parseParameters } from "../../protocol/parameters.ts";
import { isKnownAs } from "../clients/subjects.ts";
import { finishLogout } from "./finish-logout.ts";
import { afterLogout, toLogoutPage } from "./pages.ts";

export interface EndSessionRequest {
  /** Query and form, joined by `&`. */
  readonly parameters: string;
  /** The whole URL with every parameter, as the operator publishes it. */
  readonly requestUrl: string;
  readonly browser: Browser;
  readonly now: Date;
}

/** Throws what belongs on our error page: nothing here leads to a client but an address of its own. */
export async function endSession(request: EndSessionRequest, ports: Ports): Promise<LogoutAnswer> {
  const parameters = parseParameters(request.parameters);
  const { browser, now } = request;
  const verifier = parameters.get("logout_verifier");
  if (verifier !== undefined) return finishLogout({ verifier, browser, now }, ports);
  return begin(parameters, request, ports);
}

async function begin(parameters: Parameters, request: EndSessionRequest, ports: Ports): Promise<LogoutAnswer> {
  const { browser, now } = request;
  const hint = await readHint(parameters.get("id_token_hint"), now, ports);
  const clientId = namedClient(parameters, hint);
  const client = clientId === null ? null : await findClient(clientId, ports);
  const redirectUri = postLogoutTarget(parameters, client);
  // RP-Initiated Logout §3: the state goes back to the client, or nowhere.
  const state = redirectUri === null ? null : (parameters.get("state") ?? null);
  const { session, forgets } = await sessionToEnd({ hint, client }, browser, now, ports);
  if (session === undefined) {
    return { kind: "redirect", location: afterLogout({ redirectUri, state }, ports.config), cookies: forgets };
  }
  const wish = {
    ...{ requestUrl: request.requestUrl, redirectUri, state, rpInitiated: hint !== null },
    // D9, D14: only who has a token of the user's speaks for the client.
    skip: hint !== null && client?.skipLogoutConsent === true,
    logoutHint: parameters.get("logout_hint") ?? "",
    uiLocales: (parameters.get("ui_locales") ?? "").split(" ").filter((locale) => locale !== ""),
  };
  return ask({ clientId: client?.id ?? null, session, wish }, { browser, now }, ports);
}

async function readHint(jwt: string | undefined, now: Date, { config, verifier }: Ports): Promise<LogoutHint | null> {
  if (jwt === undefined) return null;
  const verified = await verifier.ours(idTokenKeySet, "JWT", jwt);
  if (verified === undefined) {
    refuse("invalid_request", "The 'id_token_hint' is not an ID token of this server.", { field: "id_token_hint" });
  }
  return requireLogoutHint(verified.claims, config["urls.self.issuer"], now);
}

async function findClient(id: string, { store }: Ports): Promise<Client> {
  const client = await store.clients.find(id);
  if (client === undefined) refuse("invalid_request", "The client that wants the user to sign out is not known.");
  return client;
}

interface SessionFound {
  readonly session: LoginSession | undefined;
  /** Takes a session cookie back that is no longer good for anything. */
  readonly forgets: readonly CookieChange[];
}

/** The browser's own session, if it is the hinted user's; else the hinted one, which a browser without cookie may end. */
async function sessionToEnd(
  { hint, client }: { readonly hint: LogoutHint | null; readonly client: Client | null },
  { sessionSecret }: Browser,
  now: Date,
  ports: Ports,
): Promise<SessionFound> {
  const { store } = ports;
  const secret = sessionSecret === null ? null : digest(sessionSecret);
  const own = secret === null ? undefined : await store.loginSessions.findBySecret(secret, now);
  const forgets: readonly CookieChange[] =
    secret !== null && own === undefined ? [{ cookie: "session", value: null, maxAgeSeconds: null }] : [];
  if (hint === null || own?.id === hint.sessionId) return { session: own, forgets };
  const hinted = await store.loginSessions.find(hint.sessionId, now);
  if (hinted !== undefined || own === undefined || client === null) return { session: hinted, forgets };
  return { session: (await isKnownAs(client, own.subject, hint.subject, ports)) ? own : undefined, forgets };
}

interface Asking {
  readonly clientId: string | null;
  readonly session: LoginSession;
  readonly wish: LogoutRequest["wish"];
}

interface Arrival {
  readonly browser: Browser;
  readonly now: Date;
}

async function ask({ clientId, session, wish }: Asking, { browser, now }: Arrival, ports: Ports) {
  const { config, random, store, events } = ports;
  const id = random.id();
  const cookie = newFlowCookie(id, now, random.text(16));
  await store.logoutRequests.begin({
    id,
    state: "asked",
    clientId,
    sessionId: session.id,
    subject: session.subject,
    cookieDigest: digest(cookie.value),
    requestedAt: now,
    expiresAt: after(now, config["ttl.login_consent_request"]),
    wish,
  });
  events.emit({ type: "logout_requested", clientId, logoutId: id, sessionId: session.id });
  const expired = superfluousFlowCookies(browser.flowCookies).map(
    (suffix): CookieChange => ({ cookie: "flow", suffix, value: null }),
  );
  return toLogoutPage(id, [...expired, { cookie: "flow", ...cookie }], ports);
}
