/**
 * Forms that only their own page can send. Browsers say so themselves (Fetch Metadata), which holds for any number of
 * tabs and without a cookie; for those that do not, a double submit of cookie and field, bound by an HMAC.
 */
import { createHmac, timingSafeEqual } from "node:crypto";
import type { PageRequest } from "./listener.ts";

export interface Csrf {
  /** The token for a form, and the cookie to set where the browser has none yet. `purpose` names page and challenge. */
  issue(request: PageRequest, purpose: string): { readonly token: string; readonly setCookie: string | undefined };
  isGenuine(request: PageRequest, purpose: string, token: string | undefined): boolean;
}

export interface CsrfOptions {
  readonly cookieName: string;
  readonly random: (bytes: number) => Buffer;
}

// 32 bytes as base64url.
const wellFormed = /^[\w-]{43}$/;

/** The key lives as long as the process: a form that is older than that is asked for again. */
export function csrf({ cookieName, random }: CsrfOptions): Csrf {
  const key = random(32);

  const tokenFor = (cookie: string, purpose: string) =>
    createHmac("sha256", key).update(`${cookie}\n${purpose}`).digest("base64url");

  const cookieOf = (request: PageRequest) => {
    const cookie = request.cookies.get(cookieName);
    return cookie !== undefined && wellFormed.test(cookie) ? cookie : undefined;
  };

  return {
    issue(request, purpose) {
      // One cookie for every tab: a second form must not make the first one stale.
      const known = cookieOf(request);
      const cookie = known ?? random(32).toString("base64url");
      // Lax, not Strict: the page is opened by a redirect from elsewhere and has to see the cookie it set before.
      const setCookie = known === undefined ? `${cookieName}=${cookie}; Path=/; HttpOnly; SameSite=Lax` : undefined;
      return { token: tokenFor(cookie, purpose), setCookie };
    },
    isGenuine(request, purpose, token = "") {
      if (request.isOwn) return true;
      const cookie = cookieOf(request);
      if (cookie === undefined) return false;
      const [expected, given] = [Buffer.from(tokenFor(cookie, purpose)), Buffer.from(token)];
      return expected.length === given.length && timingSafeEqual(expected, given);
    },
  };
}
