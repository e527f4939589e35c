/** What the consent application asks and answers. */
import type { Ports } from "../../ports/ports.ts";
import type { Client } from "../../protocol/client.ts";
import { requireRequested } from "../../protocol/consent.ts";
import { below, paths } from "../../protocol/endpoints.ts";
import { refuse } from "../../protocol/errors.ts";
import type { AcceptedLogin, ConsentAnswer, Flow, Rejection } from "../../protocol/flow.ts";
import type { JsonObject, JsonValue } from "../../protocol/json.ts";
import { withQuery } from "../../protocol/redirect-uri.ts";
import { requireAnswerable } from "./challenge.ts";
import { restartUrl } from "./pages.ts";

export interface ConsentRequest {
  readonly challenge: string;
  readonly flow: Flow;
  readonly client: Client;
  readonly skip: boolean;
  readonly subject: string;
  readonly loginChallenge: string;
  readonly acr: string;
  readonly amr: readonly string[];
  /** What the login application handed over. */
  readonly context: JsonValue;
}

export interface ConsentAcceptance {
  readonly grantScope: readonly string[];
  readonly grantAudience: readonly string[];
  readonly accessTokenClaims: JsonObject;
  readonly idTokenClaims: JsonObject;
  readonly remember: boolean;
  /** Seconds; 0 is for ever. */
  readonly rememberFor: number;
  readonly context: JsonValue;
}

interface Asked {
  readonly challenge: string;
  readonly now: Date;
}

export async function getConsent({ challenge, now }: Asked, ports: Ports): Promise<ConsentRequest> {
  const { flow, client } = await requireAnswerable({ challenge, now, page: "consent" }, ports);
  const login = acceptedLogin(flow);
  return {
    challenge,
    flow,
    client,
    skip: flow.consentAsked?.skip === true,
    subject: login.subject,
    loginChallenge: ports.secrets.handle(flow.id, "login_challenge"),
    acr: login.acr,
    amr: login.amr,
    context: login.context,
  };
}

/** May be answered again until the browser has come back: the last answer counts, and `redirectTo` is the same. */
export async function acceptConsent(
  { challenge, answer, now }: Asked & { readonly answer: ConsentAcceptance },
  ports: Ports,
): Promise<{ redirectTo: string }> {
  const { flow } = await requireAnswerable({ challenge, now, page: "consent" }, ports);
  const grantedScope = [...new Set(answer.grantScope)];
  const grantedAudience = [...new Set(answer.grantAudience)];
  requireRequested(flow.request, grantedScope, grantedAudience);
  const { accessTokenClaims, idTokenClaims, remember, rememberFor, context } = answer;
  const claims = { accessTokenClaims, idTokenClaims };
  const accepted = { grantedScope, grantedAudience, ...claims, remember, rememberFor, context, handledAt: now };
  const redirectTo = await giveAnswer(flow, { accepted }, { challenge, now }, ports);
  const { subject } = acceptedLogin(flow);
  ports.events.emit({ type: "consent_accepted", clientId: flow.clientId, flowId: flow.id, subject });
  return { redirectTo };
}

export async function rejectConsent(
  { challenge, rejection, now }: Asked & { readonly rejection: Rejection },
  ports: Ports,
): Promise<{ redirectTo: string }> {
  const { flow } = await requireAnswerable({ challenge, now, page: "consent" }, ports);
  const redirectTo = await giveAnswer(flow, { rejected: rejection }, { challenge, now }, ports);
  const { subject } = acceptedLogin(flow);
  ports.events.emit({ type: "consent_rejected", clientId: flow.clientId, flowId: flow.id, subject });
  return { redirectTo };
}

async function giveAnswer(flow: Flow, answer: ConsentAnswer, { challenge, now }: Asked, ports: Ports): Promise<string> {
  const { subject } = acceptedLogin(flow);
  if (!(await ports.store.flows.answerConsent(flow.id, answer, { now, subject }))) {
    await requireAnswerable({ challenge, now, page: "consent" }, ports);
    refuse("gone", "The consent request has been used.", { redirectTo: restartUrl(flow, ports) });
  }
  const base = below(ports.config["urls.self.public"], paths.authorization);
  return withQuery(base, [["consent_verifier", ports.secrets.handle(flow.id, "consent_verifier")]]);
}

function acceptedLogin({ login }: Flow): AcceptedLogin {
  if (login !== null && "accepted" in login) return login.accepted;
  throw new Error("a flow whose consent is asked has an accepted login");
}
