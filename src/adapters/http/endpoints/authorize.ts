/** `GET|POST /oauth2/auth` (RFC 6749 §3.1): the browser's cookies and parameters in, a redirect or a page out. */
import type { Config } from "../../../config/settings.ts";
import type { AuthorizeAnswer, Browser } from "../../../protocol/browser.ts";
import { below, paths } from "../../../protocol/endpoints.ts";
import { refuse } from "../../../protocol/errors.ts";
import { encodePairs, withQuery } from "../../../protocol/redirect-uri.ts";
import { type ErrorPageConfig, errorOf, isPrefetch, prefetchReply } from "../browser-errors.ts";
import { type CookieConfig, type Cookies, cookies } from "../cookies.ts";
import { readQueryAndForm } from "../form.ts";
import type { Endpoint, HttpReply } from "../message.ts";
import { formPostPage } from "../pages.ts";
import { redirectReply } from "../reply.ts";

export interface AuthorizeOperations {
  readonly authorize: (request: {
    /** The query as sent, joined by `&` to a posted form. */
    readonly parameters: string;
    readonly requestUrl: string;
    readonly browser: Browser;
    readonly now: Date;
  }) => Promise<AuthorizeAnswer>;
}

export type AuthorizeConfig = CookieConfig & ErrorPageConfig & Pick<Config, "urls.self.public">;

/** A flow is started anew by its URL, which has to fit into a request's header, beside the cookies. */
const maxPostedLength = 12 * 1024;

export function authorizeEndpoint({ authorize }: AuthorizeOperations, config: AuthorizeConfig): Endpoint {
  return browserEndpoint(paths.authorization, authorize, config);
}

/** RFC 8628 §3.3: where the user of a device comes. */
export function deviceVerificationEndpoint({ authorize }: AuthorizeOperations, config: AuthorizeConfig): Endpoint {
  return browserEndpoint(paths.deviceVerification, authorize, config);
}

function browserEndpoint(path: string, authorize: AuthorizeOperations["authorize"], config: AuthorizeConfig): Endpoint {
  const jar = cookies(config);
  const url = below(config["urls.self.public"], path);
  return async (request) => {
    if (isPrefetch(request)) return prefetchReply();
    try {
      const parameters = readQueryAndForm(request, maxPostedLength);
      const requestUrl = parameters === "" ? url : `${url}?${parameters}`;
      const browser = jar.read(request.headers.cookie);
      return toReply(await authorize({ parameters, requestUrl, browser, now: request.now }), jar);
    } catch (thrown) {
      return errorOf(thrown, config);
    }
  };
}

function toReply(answer: AuthorizeAnswer, jar: Cookies): HttpReply {
  const set = jar.write(answer.cookies);
  if (answer.kind === "interact") return redirectReply(302, answer.location, set);
  const { mode, redirectUri, parameters } = answer;
  if (mode === "fragment") return redirectReply(303, `${redirectUri}#${encodePairs(parameters)}`, set);
  if (mode === "query") return redirectReply(303, withQuery(redirectUri, parameters), set);
  // A form's action may be `javascript:`; a redirect to it would not run.
  if (!/^https?:\/\//i.test(redirectUri)) {
    refuse("invalid_request", "The response_mode 'form_post' needs an http or https redirect URI.");
  }
  const page = formPostPage(redirectUri, parameters);
  return set.length === 0 ? page : { ...page, headers: { ...page.headers, "set-cookie": set } };
}
