/** The state of a browser as its clients' frames may compare it: another one after each login, none after the logout. */
import type { Ports } from "../../ports/ports.ts";
import type { AuthorizeAnswer, Browser, CookieChange } from "../../protocol/browser.ts";
import type { Flow } from "../../protocol/flow.ts";
import { sessionState } from "../../protocol/session-state.ts";

/** A login makes a new state; it lasts as long as the session's own cookie. */
export function newBrowserState(maxAgeSeconds: number | null, { config, random }: Ports): readonly CookieChange[] {
  if (!config["oidc.session_management.enabled"]) return [];
  return [{ cookie: "state", value: random.text(16), maxAgeSeconds }];
}

/** OIDC Session Management §2: `session_state` in the answer to the client. */
export function withSessionState(
  answer: AuthorizeAnswer,
  flow: Flow,
  browser: Browser,
  { config, random }: Ports,
): AuthorizeAnswer {
  if (!config["oidc.session_management.enabled"] || answer.kind !== "respond") return answer;
  if (!flow.request.scope.includes("openid")) return answer;
  const browserState = browser.state ?? random.text(16);
  const told = sessionState(flow.clientId, answer.redirectUri, { browserState, salt: random.text(8) });
  if (told === undefined) return answer;
  const made: readonly CookieChange[] =
    browser.state === null ? [{ cookie: "state", value: browserState, maxAgeSeconds: null }] : [];
  return {
    ...answer,
    parameters: [...answer.parameters, ["session_state", told]],
    cookies: [...answer.cookies, ...made],
  };
}
