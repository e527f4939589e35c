/** A client sends a user: judge the request, and ask for a login unless it can be refused at once (RFC 6749 §4.1.1). */
import type { Ports } from "../../ports/ports.ts";
import { judgeRequest } from "../../protocol/authorization-request/judge.ts";
import {
  type ParsedRequest,
  type ResponseTarget,
  requireResponseTarget,
  sentTarget,
} from "../../protocol/authorization-request/parse.ts";
import type { AuthorizationRequest } from "../../protocol/authorization-request/request.ts";
import { namesRequestObject } from "../../protocol/authorization-request/request-object.ts";
import type { AuthorizeAnswer, Browser, CookieChange } from "../../protocol/browser.ts";
import type { Client } from "../../protocol/client.ts";
import { digest } from "../../protocol/digest.ts";
import { OAuthError, refuse } from "../../protocol/errors.ts";
import type { Flow } from "../../protocol/flow.ts";
import { newFlowCookie, superfluousFlowCookies } from "../../protocol/flow-cookie.ts";
import type { JsonObject } from "../../protocol/json.ts";
import { after } from "../../protocol/lifespan.ts";
import type { LoginSession } from "../../protocol/login-session.ts";
import { idTokenKeySet } from "../../protocol/names.ts";
import { nextStep } from "../../protocol/next-step.ts";
import { withProvenClient } from "../clients/proven.ts";
import { isKnownAs } from "../clients/subjects.ts";
import { toErrorPage, toLogin } from "./pages.ts";
import { openRequestObject } from "./request-object.ts";
import { respondError } from "./respond.ts";
import { policyOf, rememberedSession } from "./state.ts";

export interface FreshRequest {
  readonly parsed: ParsedRequest;
  readonly requestUrl: string;
  readonly browser: Browser;
  readonly now: Date;
}

/** What `prompt=none` ends in, which nobody sees (OIDC Core §3.1.2.6). */
const silentErrors: ReadonlySet<string> = new Set(["login_required", "consent_required", "interaction_required"]);

export async function begin(request: FreshRequest, ports: Ports): Promise<AuthorizeAnswer> {
  const sent = request.parsed;
  const clientId = sent.parameters.require("client_id");
  const { dev } = ports.config;
  let target: ResponseTarget | undefined;
  let isStranger = false;
  try {
    return await withProvenClient(clientId, ports, async (client) => {
      target = undefined;
      isStranger = client?.selfRegistered === true;
      if (client === undefined) refuse("invalid_client", "The requested OAuth 2.0 Client does not exist.");
      // A request object that is not good says nothing: its refusal goes where the request itself says, or nowhere.
      if (namesRequestObject(sent)) target = sentTarget(client, sent, dev);
      const parsed = await openRequestObject(client, sent, request.now, ports);
      target = undefined;
      target = requireResponseTarget(client, parsed, dev);
      return start(client, target, { ...request, parsed }, ports);
    });
  } catch (error) {
    // From here on the redirect URI is known to be the client's: RFC 6749 §4.1.2.1.
    if (target === undefined || !(error instanceof OAuthError) || error.status.http >= 500) throw error;
    // RFC 9700 §4.11.2: who registers himself and asks for the impossible must not have users sent to him by us.
    if (isStranger && !silentErrors.has(error.code)) return toErrorPage(error, clientId, ports);
    return respondError({ target, clientId, error }, ports);
  }
}

async function start(
  client: Client,
  target: ResponseTarget,
  { parsed, requestUrl, browser, now }: FreshRequest,
  ports: Ports,
): Promise<AuthorizeAnswer | "stale"> {
  const hint = await verifiedHint(parsed.parameters.get("id_token_hint"), ports);
  const judged = judgeRequest(parsed, { client, target, hint, requestUrl, policy: policyOf(ports.config) });
  const session = await rememberedSession(browser, now, ports);
  const { hintedSubject } = judged;
  const isHinted =
    session === undefined || hintedSubject === null || (await isKnownAs(client, session.subject, hintedSubject, ports));
  const step = nextStep({
    prompt: judged.prompt,
    maxAge: judged.maxAge,
    now,
    remembered: session === undefined ? null : { ...session, hinted: isHinted },
    login: null,
    agreed: null,
    consentAnswered: false,
  });
  if (step.kind === "refuse")
    refuse(step.error, "The user is not signed in as the request needs, and must not be asked.");
  const skipped = step.kind === "ask_login" && step.skip ? session : undefined;
  return askLogin(client, judged, { browser, now, skipped }, ports);
}

export interface Arrival {
  readonly browser: Browser;
  readonly now: Date;
  readonly skipped: LoginSession | undefined;
}

/** The flow begins. A device's request has been judged before it comes here. */
export async function askLogin(client: Client, judged: AuthorizationRequest, arrival: Arrival, ports: Ports) {
  const { browser, now, skipped } = arrival;
  const { random, store, events } = ports;
  const id = random.id();
  const cookie = newFlowCookie(id, now, random.text(16));
  const flow: Flow = {
    id,
    clientId: client.id,
    state: "login_asked",
    cookieDigest: digest(cookie.value),
    request: judged,
    requestedAt: now,
    expiresAt: after(now, ports.config["ttl.login_consent_request"]),
    loginSkipped: skipped === undefined ? null : { subject: skipped.subject, authenticatedAt: skipped.authenticatedAt },
    sessionId: skipped?.id ?? random.uuid(),
    login: null,
    consentAsked: null,
    consent: null,
  };
  if (!(await store.flows.begin(flow, client.revision))) return "stale";
  events.emit({ type: "authorization_requested", clientId: client.id, flowId: id });
  const expired = superfluousFlowCookies(browser.flowCookies).map(
    (suffix): CookieChange => ({ cookie: "flow", suffix, value: null }),
  );
  return toLogin(flow, [...expired, { cookie: "flow", ...cookie }], ports);
}

// OIDC Core §3.1.2.2: a hint must be an ID token of ours; that it has expired does not matter.
async function verifiedHint(jwt: string | undefined, { config, verifier }: Ports): Promise<JsonObject | null> {
  if (jwt === undefined) return null;
  const verified = await verifier.ours(idTokenKeySet, "JWT", jwt);
  if (verified === undefined || verified.claims.iss !== config["urls.self.issuer"]) {
    refuse("invalid_request", "The 'id_token_hint' is not an ID token of this server.", { field: "id_token_hint" });
  }
  return verified.claims;
}
