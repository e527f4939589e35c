/** The answer to the client: a code, tokens or an error, with `state` and `iss`, in the mode it asked for. */
import type { Ports } from "../../ports/ports.ts";
import type { ResponseTarget } from "../../protocol/authorization-request/parse.ts";
import type { AuthorizeAnswer, CookieChange } from "../../protocol/browser.ts";
import { OAuthError } from "../../protocol/errors.ts";
import type { Flow, Rejection } from "../../protocol/flow.ts";
import { flowCookieSuffix } from "../../protocol/flow-cookie.ts";
import { deviceDoneUrl } from "./pages.ts";

interface Refused {
  readonly target: Pick<ResponseTarget, "redirectUri" | "mode" | "state">;
  readonly clientId: string;
  readonly error: OAuthError;
  readonly cookies?: readonly CookieChange[];
}

/** RFC 6749 §4.1.2.1, with `iss` (RFC 9207 §2). */
export function respondError({ target, clientId, error, cookies = [] }: Refused, ports: Ports): AuthorizeAnswer {
  ports.events.emit({ type: "authorization_refused", clientId, error: error.error });
  const parameters = [
    ["error", error.error],
    ["error_description", error.message],
  ] as const;
  return respond(target, parameters, cookies, ports);
}

/** RFC 6749 §4.1.2, §4.2.2; OIDC Core §3.3.2.5. */
export function respondGains(
  flow: Flow,
  parameters: ReadonlyArray<readonly [string, string]>,
  ports: Ports,
): AuthorizeAnswer {
  return respond(targetOf(flow), parameters, [endOfFlow(flow)], ports);
}

/** The refusal of a flow that has begun: its cookie goes with it. */
export function respondRefusal(flow: Flow, error: OAuthError, ports: Ports): AuthorizeAnswer {
  return respondError({ target: targetOf(flow), clientId: flow.clientId, error, cookies: [endOfFlow(flow)] }, ports);
}

/** RFC 8628 §3.3: the device fetches its tokens, and the browser has come to its end. */
export function respondDevice(flow: Flow, ports: Ports): AuthorizeAnswer {
  return { kind: "interact", location: deviceDoneUrl(flow, ports), cookies: [endOfFlow(flow)] };
}

/** The device hears of it when it asks; its user is told on a page. */
export function refuseDevice({ clientId }: Flow, error: OAuthError, { events }: Ports): never {
  events.emit({ type: "authorization_refused", clientId, error: error.error });
  throw error;
}

/** What the login or consent application said, held to what RFC 6749 §4.1.2.1 lets an error consist of. */
export function rejectionError(rejection: Rejection): OAuthError {
  const spoken = /^[\x20-\x21\x23-\x5b\x5d-\x7e]{1,200}$/.test(rejection.error) ? rejection.error : "access_denied";
  const words = [rejection.errorDescription, rejection.errorHint].filter((text) => text !== "").join(" ");
  const legal = words.slice(0, 1000).replace(/[^\x20-\x21\x23-\x5b\x5d-\x7e]/g, (c) => (c === '"' ? "'" : " "));
  return new OAuthError("access_denied", legal === "" ? "The request was denied." : legal, { spoken });
}

function respond(
  target: Pick<ResponseTarget, "redirectUri" | "mode" | "state">,
  parameters: ReadonlyArray<readonly [string, string]>,
  cookies: readonly CookieChange[],
  { config }: Ports,
): AuthorizeAnswer {
  const state = target.state === null ? [] : [["state", target.state] as const];
  return {
    kind: "respond",
    mode: target.mode,
    redirectUri: target.redirectUri,
    parameters: [...parameters, ...state, ["iss", config["urls.self.issuer"]]],
    cookies,
  };
}

function targetOf({ request }: Flow) {
  return { redirectUri: request.redirectUri, mode: request.responseMode, state: request.state };
}

function endOfFlow(flow: Flow): CookieChange {
  return { cookie: "flow", suffix: flowCookieSuffix(flow.id), value: null };
}
