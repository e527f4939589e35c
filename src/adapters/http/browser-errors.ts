/** How a refusal meets a browser: on the operator's error page, or on ours. */
import type { Config } from "../../config/settings.ts";
import { OAuthError } from "../../protocol/errors.ts";
import { withQuery } from "../../protocol/redirect-uri.ts";
import { describe, errorReply, legalText, toOAuthError, WordedFault } from "./errors.ts";
import type { HttpReply, HttpRequest } from "./message.ts";
import { errorPage } from "./pages.ts";
import { redirectReply } from "./reply.ts";

export type ErrorPageConfig = Pick<Config, "dev" | "urls.error">;

/** The answer; a fault of ours is thrown on with its page, so that it is logged. */
export function errorOf(thrown: unknown, config: ErrorPageConfig): HttpReply {
  const error = toOAuthError(thrown);
  const reply = toErrorReply(error, config);
  if (error.status.http >= 500) throw new WordedFault(error, reply);
  return reply;
}

function toErrorReply(error: OAuthError, config: ErrorPageConfig): HttpReply {
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

/** D37: a page that the browser fetches on suspicion must not move a flow, set a cookie, or use up a verifier. */
export function isPrefetch({ headers }: HttpRequest): boolean {
  const purposes = [headers["sec-purpose"], headers.purpose, headers["x-moz"]].join();
  return /prefetch|prerender|preview/i.test(purposes);
}

export function prefetchReply(): HttpReply {
  return errorReply(new OAuthError("request_forbidden", "This page cannot be fetched in advance."), false);
}
