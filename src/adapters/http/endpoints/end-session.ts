/** `GET|POST /oauth2/sessions/logout` (OIDC RP-Initiated Logout §2): a redirect, a page with frames, or an error page out. */
import type { Config } from "../../../config/settings.ts";
import type { Browser } from "../../../protocol/browser.ts";
import { below, paths } from "../../../protocol/endpoints.ts";
import type { LogoutAnswer } from "../../../protocol/logout.ts";
import { type ErrorPageConfig, errorOf, isPrefetch, prefetchReply } from "../browser-errors.ts";
import { type CookieConfig, type Cookies, cookies } from "../cookies.ts";
import { readQueryAndForm } from "../form.ts";
import type { Endpoint, HttpReply } from "../message.ts";
import { redirectReply } from "../reply.ts";
import { signedOutFramesPage } from "../signed-out-page.ts";

export interface EndSessionOperations {
  readonly endSession: (request: {
    /** The query as sent, joined by `&` to a posted form. */
    readonly parameters: string;
    readonly requestUrl: string;
    readonly browser: Browser;
    readonly now: Date;
  }) => Promise<LogoutAnswer>;
}

export type EndSessionConfig = CookieConfig & ErrorPageConfig & Pick<Config, "urls.self.public">;

/** An ID token with the claims of a talkative consent application, and something to spare. */
const maxLength = 100_000;

export function endSessionEndpoint({ endSession }: EndSessionOperations, config: EndSessionConfig): Endpoint {
  const jar = cookies(config);
  const url = below(config["urls.self.public"], paths.endSession);
  return async (request) => {
    // A page that the browser fetches on suspicion signs nobody out.
    if (isPrefetch(request)) return prefetchReply();
    try {
      const parameters = readQueryAndForm(request, maxLength);
      const requestUrl = parameters === "" ? url : `${url}?${parameters}`;
      const browser = jar.read(request.headers.cookie);
      const answer = await endSession({ parameters, requestUrl, browser, now: request.now });
      return toReply(answer, request.method === "POST" ? 303 : 302, jar);
    } catch (thrown) {
      return errorOf(thrown, config);
    }
  };
}

function toReply(answer: LogoutAnswer, status: 302 | 303, jar: Cookies): HttpReply {
  const set = jar.write(answer.cookies);
  if (answer.kind === "redirect") return redirectReply(status, answer.location, set);
  const page = signedOutFramesPage(answer.frames, answer.location);
  return set.length === 0 ? page : { ...page, headers: { ...page.headers, "set-cookie": set } };
}
