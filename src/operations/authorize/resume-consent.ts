/** The browser comes back from the consent application: the authorization is made, and what it brings goes to the client. */
import type { Config } from "../../config/settings.ts";
import type { Ports } from "../../ports/ports.ts";
import { type Authorization, foreverAt } from "../../protocol/authorization.ts";
import type { AuthorizeAnswer } from "../../protocol/browser.ts";
import type { Client } from "../../protocol/client.ts";
import { OAuthError } from "../../protocol/errors.ts";
import type { AcceptedConsent, AcceptedLogin, Flow } from "../../protocol/flow.ts";
import { after } from "../../protocol/lifespan.ts";
import { choosePairwise } from "../clients/subjects.ts";
import { end, requireStillAllowed, toPresentStep } from "./advance.ts";
import { withSessionState } from "./browser-state.ts";
import { makeGains } from "./gains.ts";
import { toRestart } from "./pages.ts";
import { rejectionError, respondDevice, respondGains } from "./respond.ts";
import { type FoundFlow, type Returning, requireOwnFlow } from "./state.ts";

export async function resumeConsent(returning: Returning, ports: Ports): Promise<AuthorizeAnswer> {
  const found = await requireOwnFlow(returning, "consent_verifier", ports);
  const { flow } = found;
  const { now } = returning;
  if (flow.state !== "consent_answered" || flow.expiresAt <= now) return toPresentStep(flow, now, ports);
  if (flow.consent === null || flow.login === null || "rejected" in flow.login) return toRestart(flow, ports);
  if ("rejected" in flow.consent) {
    return end({ flow, from: ["consent_answered"], error: rejectionError(flow.consent.rejected), now }, ports);
  }
  const unwilling = refusedByUser(flow, flow.consent.accepted);
  if (unwilling !== undefined) return end({ flow, from: ["consent_answered"], error: unwilling, now }, ports);
  const refused = await requireStillAllowed(found, now, ports);
  if (refused !== undefined) return refused;
  const answer = await finish(found, { login: flow.login.accepted, consent: flow.consent.accepted, now }, ports);
  return withSessionState(answer, flow, returning.browser, ports);
}

/** OIDC Core §3.1.2.1: without `openid` there is no ID token, and the response type asks for one. */
function refusedByUser({ request }: Flow, { grantedScope }: AcceptedConsent): OAuthError | undefined {
  if (!request.responseTypes.includes("id_token") || grantedScope.includes("openid")) return undefined;
  return new OAuthError("access_denied", "The user did not grant the scope 'openid'.");
}

interface Answers {
  readonly login: AcceptedLogin;
  readonly consent: AcceptedConsent;
  readonly now: Date;
}

interface Told extends Answers {
  readonly pairwiseSubject: string;
}

async function finish(found: FoundFlow, answers: Answers, ports: Ports): Promise<AuthorizeAnswer> {
  const { flow, client } = found;
  const { now } = answers;
  const pairwiseSubject = await choosePairwise(client, answers.login, ports);
  const authorization = toAuthorization(found, { ...answers, pairwiseSubject }, ports.config);
  const gains = await makeGains({ ...found, authorization, now }, ports);
  if (!(await ports.store.flows.finish(flow.id, authorization, gains.end, client.revision))) {
    // Used by a second tab, or the session, the client or the device is no longer what it was.
    const present = await ports.store.flows.find(flow.id);
    if (present?.flow.state === "done") return toPresentStep(present.flow, now, ports);
    return toRestart(flow, ports);
  }
  const { subject } = authorization;
  ports.events.emit({ type: "authorization_granted", clientId: client.id, authorizationId: flow.id, subject });
  gains.announce();
  return flow.request.device === undefined ? respondGains(flow, gains.parameters, ports) : respondDevice(flow, ports);
}

function toAuthorization({ flow, client }: FoundFlow, told: Told, config: Config): Authorization {
  const { login, consent, now, pairwiseSubject } = told;
  const tokenSeconds = longestTokenSeconds(client, config);
  const skipped = flow.consentAsked?.skip === true;
  const remembers = consent.remember && !skipped;
  const rememberUntil = remembers ? (consent.rememberFor === 0 ? foreverAt : after(now, consent.rememberFor)) : null;
  return {
    id: flow.id,
    clientId: client.id,
    subject: login.subject,
    sessionId: flow.sessionId,
    grantedScope: consent.grantedScope,
    grantedAudience: consent.grantedAudience,
    createdAt: now,
    rememberUntil,
    basedOn: flow.consentAsked?.basedOn ?? null,
    skipped,
    expiresAt: lastInstant(flow, tokenSeconds, rememberUntil, { now, config }),
    tokenSeconds,
    facts: {
      requestedScope: flow.request.scope,
      requestedAudience: flow.request.audience,
      authenticatedAt: login.authenticatedAt,
      requestedAt: flow.requestedAt,
      acr: login.acr,
      amr: login.amr,
      nonce: flow.request.nonce,
      oidcContext: flow.request.oidcContext,
      requestUrl: flow.request.requestUrl,
      context: consent.context,
      loginContext: login.context,
      remember: consent.remember,
      rememberFor: consent.rememberFor,
      handledAt: consent.handledAt,
      forcedSubject: login.forceSubjectIdentifier,
      pairwiseSubject,
    },
    accessTokenClaims: consent.accessTokenClaims,
    idTokenClaims: consent.idTokenClaims,
  };
}

/** The longest life of an access or ID token of the client. */
function longestTokenSeconds(client: Client, config: Config): number {
  const own = Object.entries(client.lifespans).filter(([name]) => !name.endsWith("_refresh_token"));
  return Math.max(config["ttl.access_token"], config["ttl.id_token"], ...own.map(([, seconds]) => seconds));
}

/** When nothing that was issued before any refresh can be alive any more; a family puts it off while it lives. */
function lastInstant(flow: Flow, tokenSeconds: number, rememberUntil: Date | null, { now, config }: Moment): Date {
  const fetched = flow.request.device === undefined ? config["ttl.auth_code"] : config["ttl.device_user_code"];
  const token = after(now, fetched + tokenSeconds);
  return rememberUntil !== null && rememberUntil > token ? rememberUntil : token;
}

interface Moment {
  readonly now: Date;
  readonly config: Config;
}
