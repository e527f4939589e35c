/** What every visit to the authorization endpoint looks up: the flow behind a handle, its browser, its session. */
import type { Config } from "../../config/settings.ts";
import type { Ports } from "../../ports/ports.ts";
import type { Policy } from "../../protocol/authorization-request/judge.ts";
import type { Browser } from "../../protocol/browser.ts";
import type { Client } from "../../protocol/client.ts";
import { digest, isSame } from "../../protocol/digest.ts";
import { refuse } from "../../protocol/errors.ts";
import { type Flow, isOver, type Step } from "../../protocol/flow.ts";
import { flowCookieSuffix } from "../../protocol/flow-cookie.ts";
import type { LoginSession } from "../../protocol/login-session.ts";

export interface Returning {
  readonly verifier: string;
  readonly browser: Browser;
  readonly now: Date;
}

export interface FoundFlow {
  readonly flow: Flow;
  readonly client: Client;
}

/** The flow a browser comes back to. Without the flow's own cookie nothing happens (D42, RFC 6749 §10.12). */
export async function requireOwnFlow(
  { verifier, browser, now }: Returning,
  step: Step,
  ports: Ports,
): Promise<FoundFlow> {
  const id = ports.secrets.openHandle(verifier, step);
  if (id === undefined) refuse("access_denied", `The '${step}' is not known.`);
  const found = await ports.store.flows.find(id);
  if (found === undefined || isOver(found.flow, now)) {
    refuse("request_unauthorized", "The authorization request has expired, please try again.");
  }
  requireOwnCookie(id, found.flow.cookieDigest, browser);
  return found;
}

export function requireOwnCookie(id: string, cookieDigest: string, browser: Browser): void {
  const values = browser.flowCookies.get(flowCookieSuffix(id)) ?? [];
  if (!values.some((value) => isSame(digest(value), cookieDigest))) {
    refuse("request_forbidden", "This browser did not begin the authorization: its cookie is missing or another's.");
  }
}

export async function rememberedSession(browser: Browser, now: Date, ports: Ports): Promise<LoginSession | undefined> {
  if (browser.sessionSecret === null) return undefined;
  const session = await ports.store.loginSessions.findBySecret(digest(browser.sessionSecret), now);
  return session?.remember === true ? session : undefined;
}

export function policyOf(config: Config): Policy {
  return {
    scopeStrategy: config["strategies.scope"],
    pkceEnforced: config["oauth2.pkce.enforced"],
    pkceEnforcedForPublicClients: config["oauth2.pkce.enforced_for_public_clients"],
  };
}
