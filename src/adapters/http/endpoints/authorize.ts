/** `GET|POST /oauth2/auth` (RFC 6749 §3.1): the browser's cookies and parameters in, a redirect or a page out. */
import type { Config } from "../../../config/settings.ts";
import type { AuthorizeAnswer, Browser } from "../../../protocol/browser.ts";
import { below, paths } from "../../../protocol/endpoints.ts";
import { OAuthError, refuse } from "../../../protocol/errors.ts";
import { encodePairs, withQuery } from "../../../protocol/redirect-uri.ts";
import { type CookieConfig, type Cookies, cookies } from "../cookies.ts";
import { describe, errorReply, legalText, toOAuthError, WordedFault } from "../errors.ts";
import { requireForm } from "../form.ts";
import type { Endpoint, HttpReply, HttpRequest } from "../message.ts";
import { errorPage, formPostPage } from "../pages.ts";
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

export type AuthorizeConfig = CookieConfig & Pick<Config, "urls.self.public" | "urls.error">;

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
      const parameters = readParameters(request);
      const requestUrl = parameters === "" ? url : `${url}?${parameters}`;
      const browser = jar.read(request.headers.cookie);
      return toReply(await authorize({ parameters, requestUrl, browser, now: request.now }), jar);
    } catch (thrown) {
      const error = toOAuthError(thrown);
      const reply = toErrorReply(error, config);
      if (error.status.http >= 500) throw new WordedFault(error, reply);
      return reply;
    }
  };
}

// D37: a page that the browser fetches on suspicion must not move a flow, set a cookie, or use up a verifier.
function isPrefetch({ headers }: HttpRequest): boolean {
  const purposes = [headers["sec-purpose"], headers.purpose, headers["x-moz"]].join();
  return /prefetch|prerender|preview/i.test(purposes);
}

function prefetchReply(): HttpReply {
  return errorReply(new OAuthError("request_forbidden", "This page cannot be fetched in advance."), false);
}

function readParameters(request: HttpRequest): string {
  if (request.method !== "POST") return request.query;
  requireForm(request);
  const parameters = [request.query, request.body].filter((part) => part !== "").join("&");
  if (parameters.length > maxPostedLength) {
    refuse("payload_too_large", `An authorization request must not be longer than ${maxPostedLength} characters.`);
  }
  return parameters;
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

function toErrorReply(error: OAuthError, config: AuthorizeConfig): HttpReply {
  const code = legalText(error.error);
  const description = describe(error, config.dev);
  const target = config["urls.error"];
  if (target !== null) {
    const told: ReadonlyArray<readonly [string, string]> = [
      ["error", code],
      ["error_description", description],
    ];
    return redirectReply(302, withQuery(target, told));
  }
  const retryAfter = errorReply(error, false).headers["retry-after"];
  const headers = retryAfter === undefined ? {} : { "retry-after": retryAfter };
  return errorPage({ status: error.status.http, error: code, description, headers });
}
