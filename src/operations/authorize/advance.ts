/** Takes the step that a flow is at; the only dispatcher between login, consent and the answer. */
import type { Ports } from "../../ports/ports.ts";
import { requireAllowed } from "../../protocol/authorization-request/judge.ts";
import type { AuthorizeAnswer } from "../../protocol/browser.ts";
import { requireDeviceAllowed } from "../../protocol/device-code.ts";
import { OAuthError, refuse } from "../../protocol/errors.ts";
import type { Flow, FlowState } from "../../protocol/flow.ts";
import { isRegisteredRedirectUri } from "../../protocol/redirect-uri.ts";
import { toConsent, toLogin, toRestart } from "./pages.ts";
import { refuseDevice, respondDevice, respondRefusal } from "./respond.ts";
import type { FoundFlow } from "./state.ts";

/**
 * Where a browser that shows an old verifier belongs now. What was made is handed out once: who still has the flow's
 * cookie never got it, or has a second tab, and begins anew. A refusal stays one.
 */
export function toPresentStep(flow: Flow, now: Date, ports: Ports): AuthorizeAnswer {
  if (flow.state === "refused") refuse("access_denied", "The authorization request has already been used.");
  if (flow.state === "done")
    return flow.request.device === undefined ? toRestart(flow, ports) : respondDevice(flow, ports);
  if (flow.expiresAt <= now) return toRestart(flow, ports);
  return flow.state === "consent_asked" || flow.state === "consent_answered"
    ? toConsent(flow, [], ports)
    : toLogin(flow, [], ports);
}

/** A client that changed while its user signed in gets nothing that it may no longer have. */
export async function requireStillAllowed(
  { flow, client }: FoundFlow,
  now: Date,
  ports: Ports,
): Promise<AuthorizeAnswer | undefined> {
  const { request } = flow;
  const isDevice = request.device !== undefined;
  if (!isDevice && !isRegisteredRedirectUri(client.redirectUris, request.redirectUri)) {
    refuse("invalid_request", "The 'redirect_uri' is no longer registered for the client.");
  }
  try {
    if (isDevice) requireDeviceAllowed(client, request, ports.config["strategies.scope"]);
    else requireAllowed(client, request, ports.config["strategies.scope"]);
    return undefined;
  } catch (error) {
    if (error instanceof OAuthError) return end({ flow, from: [flow.state], error, now }, ports);
    throw error;
  }
}

/** Ends the flow with an error for the client, unless somebody was faster. */
export async function end({ flow, from, error, now }: Ending, ports: Ports): Promise<AuthorizeAnswer> {
  const { device } = flow.request;
  // The device is told first: a browser that breaks off here comes back to the same end.
  if (device !== undefined) await ports.store.deviceCodes.deny(device.codeDigest);
  const ended = await ports.store.flows.refuse(flow.id, from, now);
  if (!ended) refuse("access_denied", "The authorization request has already been used.");
  return device === undefined ? respondRefusal(flow, error, ports) : refuseDevice(flow, error, ports);
}

interface Ending {
  readonly flow: Flow;
  readonly from: readonly FlowState[];
  readonly error: OAuthError;
  readonly now: Date;
}
