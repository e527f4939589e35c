/** Where a browser is sent on its way out: to the logout application, and to the place after it. */
import type { Config } from "../../config/settings.ts";
import type { Ports } from "../../ports/ports.ts";
import type { CookieChange } from "../../protocol/browser.ts";
import { below } from "../../protocol/endpoints.ts";
import type { LogoutAnswer } from "../../protocol/logout.ts";
import { withQuery } from "../../protocol/redirect-uri.ts";

export function toLogoutPage(id: string, cookies: readonly CookieChange[], { config, secrets }: Ports): LogoutAnswer {
  const page = config["urls.logout"] ?? fallback("logout", config);
  const location = withQuery(page, [["logout_challenge", secrets.handle(id, "logout_challenge")]]);
  return { kind: "redirect", location, cookies };
}

interface Destination {
  /** An address of the client, or null. */
  readonly redirectUri: string | null;
  readonly state: string | null;
}

/** OIDC RP-Initiated Logout §3: the client's address, with its `state`; or the page that the operator names. */
export function afterLogout({ redirectUri, state }: Destination, config: Config): string {
  if (redirectUri !== null) return state === null ? redirectUri : withQuery(redirectUri, [["state", state]]);
  return config["urls.post_logout_redirect"] ?? fallback("logout/callback", config);
}

function fallback(page: string, config: Config): string {
  return below(config["urls.self.public"], `/oauth2/fallbacks/${page}`);
}
