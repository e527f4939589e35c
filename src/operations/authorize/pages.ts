/** Where a browser is sent to be asked: the login and consent applications, or the request's own URL once more. */
import type { Config } from "../../config/settings.ts";
import type { Ports } from "../../ports/ports.ts";
import { parseRequest } from "../../protocol/authorization-request/parse.ts";
import { restartUrlOf } from "../../protocol/authorization-request/request.ts";
import { namesRequestObject, restartParameter } from "../../protocol/authorization-request/request-object.ts";
import type { AuthorizeAnswer, CookieChange } from "../../protocol/browser.ts";
import { below } from "../../protocol/endpoints.ts";
import type { OAuthError } from "../../protocol/errors.ts";
import type { Flow } from "../../protocol/flow.ts";
import { withQuery } from "../../protocol/redirect-uri.ts";

export function toLogin(flow: Flow, cookies: readonly CookieChange[], { config, secrets }: Ports): AuthorizeAnswer {
  const registers = flow.request.prompt.includes("registration");
  const page = (registers ? config["urls.registration"] : null) ?? config["urls.login"] ?? fallback("login", config);
  const challenge = ["login_challenge", secrets.handle(flow.id, "login_challenge")] as const;
  // As Hydra: Ory Kratos shows the form of the schema that the client names.
  const schema = parseRequest(split(flow.request.requestUrl).query).parameters.get("identity_schema");
  const told = schema === undefined ? [challenge] : [challenge, ["identity_schema", schema] as const];
  return { kind: "interact", location: withQuery(page, told), cookies };
}

export function toConsent(flow: Flow, cookies: readonly CookieChange[], { config, secrets }: Ports): AuthorizeAnswer {
  const page = config["urls.consent"] ?? fallback("consent", config);
  const location = withQuery(page, [["consent_challenge", secrets.handle(flow.id, "consent_challenge")]]);
  return { kind: "interact", location, cookies };
}

/** The user is told of a refusal, and the client that nobody vouches for is not. */
export function toErrorPage(error: OAuthError, clientId: string, { config, events }: Ports): AuthorizeAnswer {
  events.emit({ type: "authorization_refused", clientId, error: error.error });
  const page = config["urls.error"] ?? fallback("error", config);
  const told = [
    ["error", error.error],
    ["error_description", error.message],
  ] as const;
  return { kind: "interact", location: withQuery(page, told), cookies: [] };
}

/** A step that was lost or came too late: the stored request, as a fresh flow (D46). */
export function toRestart(flow: Flow, ports: Ports): AuthorizeAnswer {
  return { kind: "interact", location: restartUrl(flow, ports), cookies: [] };
}

export function restartUrl(flow: Flow, { secrets }: Ports): string {
  const url = restartUrlOf(flow.request);
  const parsed = parseRequest(split(url).query);
  // Of a request that began anew before, the first time counts.
  if (!namesRequestObject(parsed) || parsed.parameters.has(restartParameter)) return url;
  return withQuery(url, [[restartParameter, secrets.handle(flow.id, "restart")]]);
}

/** The stored request, asking for a login whatever it said before; a consent it asked for is still asked. */
export function loginAgainUrl(flow: Flow, ports: Ports): string {
  const { base, query } = split(restartUrl(flow, ports));
  const others = query.split("&").filter((pair) => pair !== "" && decodeURIComponent(nameOf(pair)) !== "prompt");
  const prompt = flow.request.prompt.includes("consent") ? "prompt=login+consent" : "prompt=login";
  return `${base}?${[...others, prompt].join("&")}`;
}

/** The page that asks for a device's user code. */
export function devicePage({ config }: Ports): string {
  return config["urls.device.verification"] ?? fallback("device", config);
}

/** RFC 8628 §3.3: where a browser ends whose user has let a device in. */
export function deviceDoneUrl({ clientId }: Flow, { config }: Ports): string {
  return withQuery(config["urls.device.success"] ?? fallback("device/done", config), [["client_id", clientId]]);
}

/** Where to go on from a step that is past: a device is let in once, and anything else begins anew. */
export function onwardUrl(flow: Flow, ports: Ports): string {
  const isConnected = flow.state === "done" && flow.request.device !== undefined;
  return isConnected ? deviceDoneUrl(flow, ports) : restartUrl(flow, ports);
}

function split(requestUrl: string): { base: string; query: string } {
  const [base = "", query = ""] = requestUrl.split(/\?(.*)/s);
  return { base, query };
}

function nameOf(pair: string): string {
  return pair.split("=", 1)[0] ?? "";
}

function fallback(page: string, config: Config): string {
  return below(config["urls.self.public"], `/oauth2/fallbacks/${page}`);
}
