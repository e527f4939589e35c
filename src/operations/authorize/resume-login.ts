/** The browser comes back from the login application: the session is made, and the consent is asked. */
import type { Config } from "../../config/settings.ts";
import type { Ports } from "../../ports/ports.ts";
import type { AuthorizeAnswer, Browser, CookieChange } from "../../protocol/browser.ts";
import type { Client } from "../../protocol/client.ts";
import { findAgreement } from "../../protocol/consent.ts";
import { digest } from "../../protocol/digest.ts";
import { OAuthError } from "../../protocol/errors.ts";
import type { AcceptedLogin, Flow } from "../../protocol/flow.ts";
import { after } from "../../protocol/lifespan.ts";
import type { LoginSession } from "../../protocol/login-session.ts";
import { nextStep } from "../../protocol/next-step.ts";
import { isPairwise } from "../../protocol/subject-identifier.ts";
import { isKnownAs } from "../clients/subjects.ts";
import { endSessions } from "../logout/end-sessions.ts";
import { end, requireStillAllowed, toPresentStep } from "./advance.ts";
import { newBrowserState } from "./browser-state.ts";
import { loginAgainUrl, toConsent, toRestart } from "./pages.ts";
import { rejectionError } from "./respond.ts";
import { type FoundFlow, type Returning, rememberedSession, requireOwnFlow } from "./state.ts";

export async function resumeLogin(returning: Returning, ports: Ports): Promise<AuthorizeAnswer> {
  const found = await requireOwnFlow(returning, "login_verifier", ports);
  const { flow } = found;
  const { now } = returning;
  if (flow.state !== "login_answered" || flow.login === null || flow.expiresAt <= now) {
    return toPresentStep(flow, now, ports);
  }
  if ("rejected" in flow.login) {
    return end({ flow, from: ["login_answered"], error: rejectionError(flow.login.rejected), now }, ports);
  }
  return (await requireStillAllowed(found, now, ports)) ?? afterLogin(found, flow.login.accepted, returning, ports);
}

async function afterLogin(found: FoundFlow, login: AcceptedLogin, { browser, now }: Returning, ports: Ports) {
  const { flow, client } = found;
  const remembered = await ports.store.authorizations.remembered(login.subject, client.id, now);
  const agreement = findAgreement(client, flow.request, remembered, ports.config["strategies.scope"]);
  const { prompt, maxAge, hintedSubject, requiredAcr } = flow.request;
  const step = nextStep({
    prompt,
    maxAge,
    now,
    remembered: null,
    login: {
      subject: login.subject,
      hinted: await isHinted(client, login, hintedSubject, ports),
      skippedAs: flow.loginSkipped?.subject ?? null,
      sufficient: requiredAcr === undefined || requiredAcr.includes(login.acr),
    },
    agreed: agreement.agreed,
    consentAnswered: false,
  });
  if (step.kind === "restart_login") {
    return { kind: "interact", location: loginAgainUrl(flow, ports), cookies: [] } as const;
  }
  if (step.kind === "refuse") {
    const error = new OAuthError(step.error, "The user's login does not fit the request.");
    return end({ flow, from: ["login_answered"], error, now }, ports);
  }
  const skip = step.kind === "ask_consent" && step.skip;
  return askConsent(flow, login, { browser, now, skip, basedOn: skip ? agreement.basedOn : null }, ports);
}

/** OIDC Core §3.1.2.2: the hint may call the user as this client knows it, be it by what this very login forces. */
async function isHinted(client: Client, login: AcceptedLogin, hinted: string | null, ports: Ports): Promise<boolean> {
  if (hinted === null) return true;
  if (isPairwise(client) && hinted === login.forceSubjectIdentifier) return true;
  return isKnownAs(client, login.subject, hinted, ports);
}

interface Asking {
  readonly browser: Browser;
  readonly now: Date;
  readonly skip: boolean;
  readonly basedOn: string | null;
}

async function askConsent(flow: Flow, login: AcceptedLogin, asking: Asking, ports: Ports): Promise<AuthorizeAnswer> {
  const { browser, now, skip, basedOn } = asking;
  const before = await rememberedSession(browser, now, ports);
  const change =
    flow.loginSkipped === null
      ? signIn(flow, login, asking, before, ports)
      : keep(flow, login, asking, before, ports.config);
  // The session this login rested on was ended meanwhile: nobody is signed in.
  if (change === undefined) return toRestart(flow, ports);
  const { session, sessionId, extendedUntil, cookies } = change;
  // D41: another user's session ends before this one begins, with all that hangs from it, and its clients are told.
  if (before !== undefined && before.id !== sessionId) {
    await endSessions({ sessionIds: [before.id], logoutId: null, now }, ports);
  }
  const asked = { flowId: flow.id, sessionId, skip, basedOn, session, extendedUntil, now };
  if (!(await ports.store.flows.askConsent(asked))) {
    const present = await ports.store.flows.find(flow.id);
    return present === undefined ? toRestart(flow, ports) : toPresentStep(present.flow, now, ports);
  }
  if (session !== null) ports.events.emit({ type: "session_started", sessionId, subject: session.subject });
  return toConsent(flow, cookies, ports);
}

interface SessionChange {
  readonly sessionId: string;
  readonly session: LoginSession | null;
  readonly extendedUntil: Date | null;
  readonly cookies: readonly CookieChange[];
}

/** D41: each login changes the cookie's secret; the same subject keeps row and `sid`, another one ends the old session. */
function signIn(
  flow: Flow,
  login: AcceptedLogin,
  { browser, now }: Asking,
  before: LoginSession | undefined,
  ports: Ports,
): SessionChange {
  const { config, random } = ports;
  const same = before?.subject === login.subject;
  const sessionId = before !== undefined && same ? before.id : flow.sessionId;
  const secret = login.remember ? random.text(32) : null;
  const session: LoginSession = {
    id: sessionId,
    subject: login.subject,
    authenticatedAt: login.authenticatedAt,
    remember: login.remember,
    expiresAt: sessionEnd(login, now, config),
    identityProviderSessionId: login.identityProviderSessionId,
    secretDigest: secret === null ? null : digest(secret),
  };
  const forgets: readonly CookieChange[] =
    browser.sessionSecret === null ? [] : [{ cookie: "session", value: null, maxAgeSeconds: null }];
  return {
    sessionId,
    session,
    extendedUntil: null,
    cookies: [
      ...(secret === null ? forgets : [{ cookie: "session", value: secret, maxAgeSeconds: cookieAge(login) } as const]),
      ...newBrowserState(secret === null ? null : cookieAge(login), ports),
    ],
  };
}

/** A skipped login rests on the session as it is; it may only be made to last longer. */
function keep(
  flow: Flow,
  login: AcceptedLogin,
  { browser, now }: Asking,
  before: LoginSession | undefined,
  config: Config,
): SessionChange | undefined {
  if (before?.id !== flow.sessionId || before.subject !== login.subject) return undefined;
  const unchanged = { sessionId: before.id, session: null, extendedUntil: null, cookies: [] };
  if (!login.extendSessionLifespan) return unchanged;
  const cookie = { cookie: "session", value: browser.sessionSecret, maxAgeSeconds: cookieAge(login) } as const;
  return { ...unchanged, extendedUntil: sessionEnd(login, now, config), cookies: [cookie] };
}

/** D15: the row ends by itself, whatever the browser does with its cookie. */
function sessionEnd({ rememberFor }: AcceptedLogin, now: Date, config: Config): Date {
  return after(now, rememberFor > 0 ? rememberFor : config["ttl.authentication_session"]);
}

/** D15: 0 is a cookie that goes with the browser. */
function cookieAge({ rememberFor }: AcceptedLogin): number | null {
  return rememberFor > 0 ? rememberFor : null;
}
