/** The browser comes back from the consent application: the authorization is made, and its code goes to the client. */
import type { Config } from "../../config/settings.ts";
import type { Ports } from "../../ports/ports.ts";
import { opaqueToken } from "../../protocol/access-token.ts";
import { type Authorization, foreverAt } from "../../protocol/authorization.ts";
import type { AuthorizeAnswer } from "../../protocol/browser.ts";
import type { Client } from "../../protocol/client.ts";
import { digest } from "../../protocol/digest.ts";
import type { AcceptedConsent, AcceptedLogin } from "../../protocol/flow.ts";
import { after } from "../../protocol/lifespan.ts";
import { asksOffline } from "../../protocol/scope.ts";
import type { AuthorizationCode } from "../../protocol/token.ts";
import { absoluteEnd } from "../grants/refresh-token.ts";
import { end, requireStillAllowed, toPresentStep } from "./advance.ts";
import { toRestart } from "./pages.ts";
import { rejectionError, respondCode } from "./respond.ts";
import { type FoundFlow, type Returning, requireOwnFlow } from "./state.ts";

export async function resumeConsent(returning: Returning, ports: Ports): Promise<AuthorizeAnswer> {
  const found = await requireOwnFlow(returning, "consent_verifier", ports);
  const { flow } = found;
  const { now } = returning;
  if (flow.state !== "consent_answered" || flow.expiresAt <= now) return toPresentStep(flow, now, ports);
  if (flow.consent === null || flow.login === null || "rejected" in flow.login) return toRestart(flow);
  if ("rejected" in flow.consent) {
    return end({ flow, from: ["consent_answered"], error: rejectionError(flow.consent.rejected), now }, ports);
  }
  const refused = await requireStillAllowed(found, now, ports);
  return refused ?? finish(found, { login: flow.login.accepted, consent: flow.consent.accepted, now }, ports);
}

interface Answers {
  readonly login: AcceptedLogin;
  readonly consent: AcceptedConsent;
  readonly now: Date;
}

async function finish(found: FoundFlow, answers: Answers, ports: Ports): Promise<AuthorizeAnswer> {
  const { flow, client } = found;
  const { now } = answers;
  const code = opaqueToken(ports.config["oauth2.token_prefix"], "ac", ports.random.text(32));
  const authorization = toAuthorization(found, answers, ports.config);
  const record: AuthorizationCode = {
    digest: digest(code),
    authorizationId: flow.id,
    clientId: client.id,
    redirectUri: flow.request.redirectUri,
    redirectUriSent: flow.request.redirectUriSent,
    codeChallenge: flow.request.codeChallenge,
    expiresAt: after(now, ports.config["ttl.auth_code"]),
  };
  if (!(await ports.store.flows.finish(flow.id, authorization, record, client.revision))) {
    // Used by a second tab, or the session or client is no longer what it was.
    const present = await ports.store.flows.find(flow.id);
    if (present?.flow.state === "done") return toPresentStep(present.flow, now, ports);
    return toRestart(flow);
  }
  const { subject } = authorization;
  ports.events.emit({ type: "authorization_granted", clientId: client.id, authorizationId: flow.id, subject });
  return respondCode(flow, code, authorization.grantedScope, ports);
}

function toAuthorization({ flow, client }: FoundFlow, { login, consent, now }: Answers, config: Config): Authorization {
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
    expiresAt: lastInstant(client, consent, rememberUntil, { now, config }),
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
    },
    accessTokenClaims: consent.accessTokenClaims,
    idTokenClaims: consent.idTokenClaims,
  };
}

/** When nothing that hangs from it can be alive any more: an authorization outlives its last token. */
function lastInstant(
  client: Client,
  consent: AcceptedConsent,
  rememberUntil: Date | null,
  { now, config }: { readonly now: Date; readonly config: Config },
): Date {
  const spans = Object.values(client.lifespans);
  const longest = Math.max(config["ttl.access_token"], config["ttl.id_token"], ...spans);
  const token = after(now, config["ttl.auth_code"] + longest);
  // The last refresh may come just before the end of all.
  const lastRefresh = absoluteEnd(now, config);
  const refreshed = lastRefresh < foreverAt ? after(lastRefresh, longest) : foreverAt;
  const instants = [token, rememberUntil ?? token, asksOffline(consent.grantedScope) ? refreshed : token];
  return instants.reduce((last, instant) => (instant > last ? instant : last));
}
