/** Redirect URIs: what may be registered, and whether a requested one is the client's (RFC 9700 §2.1, RFC 8252). */
import { refuse } from "./errors.ts";

const maxLength = 2048;
/** Schemes a browser would run or read locally instead of leading to a client. */
const forbiddenSchemes = new Set([
  "javascript:",
  "data:",
  "vbscript:",
  "file:",
  "ftp:",
  "blob:",
  "about:",
  "filesystem:",
  "ws:",
  "wss:",
]);

/** Whether a URI may be registered (D25): absolute, no fragment, no user-info; http only for loopback unless `dev`. */
export function requireRegistrableRedirectUri(uri: string, dev: boolean): void {
  const fault = redirectUriFault(uri, dev);
  if (fault !== undefined) refuse("invalid_redirect_uri", `The redirect URI ${fault}.`, { field: "redirect_uris" });
}

/** What is wrong with a URI that is to be registered, in words that follow its name; undefined when nothing is. */
export function redirectUriFault(uri: string, dev: boolean): string | undefined {
  if (uri.length > maxLength) return `is longer than ${maxLength} characters`;
  // RFC 3986 §2: `URL` would quietly drop tabs and newlines, turn backslashes and encode what else is none of these.
  if (!/^[A-Za-z0-9\-._~:/?#[\]@!$&'()*+,;=%]+$/.test(uri)) return "holds characters that a URI may not hold";
  if (!URL.canParse(uri)) return "is not an absolute URI";
  const url = new URL(uri);
  if (uri.includes("#")) return "must not have a fragment (RFC 6749 section 3.1.2)";
  if (forbiddenSchemes.has(url.protocol)) return `must not use the scheme '${url.protocol}'`;
  if (url.username !== "" || url.password !== "" || /^https?:\/\/[^/?#]*@/i.test(uri)) return "must not have user-info";
  if (uri.includes("*")) return "must not hold a wildcard";
  if (url.protocol === "http:" || url.protocol === "https:") {
    if (url.hostname === "" || !/^https?:\/\/[^/?#]/i.test(uri)) return "has no host";
    if (!isHostAsWritten(uri, url.hostname)) return "must write its host plainly";
    if (url.protocol === "http:" && !dev && !isLoopbackHost(url.hostname)) {
      return "must use https unless it leads to the loopback interface (RFC 9700 section 2.6)";
    }
  }
  return undefined;
}

// Two readers must see one host: `127.1` and `%6cocalhost` become another only for some.
function isHostAsWritten(uri: string, hostname: string): boolean {
  const written = /^https?:\/\/([^/?#:[\]]+|\[[^/?#[\]]+\])(?::\d+)?(?:[/?#]|$)/i.exec(uri)?.[1];
  return written?.toLowerCase() === hostname;
}

/** Whether the requested URI is one of the registered: byte for byte (RFC 9700 §2.1), ports of loopback IPs apart. */
export function isRegisteredRedirectUri(registered: readonly string[], requested: string): boolean {
  return registered.some((uri) => uri === requested || isSameLoopback(uri, requested));
}

/** RFC 8252 §7.3, §8.3: a native client's loopback IP literal over http matches with any port; `localhost` does not. */
function isSameLoopback(registered: string, requested: string): boolean {
  const left = loopbackParts(registered);
  const right = loopbackParts(requested);
  return left !== undefined && right !== undefined && left.host === right.host && left.rest === right.rest;
}

function loopbackParts(uri: string): { host: string; rest: string } | undefined {
  const match = /^http:\/\/(127\.0\.0\.1|\[::1\])(?::(\d{1,5}))?([/?][\x21-\x7e]*)?$/.exec(uri);
  if (match?.[1] === undefined || uri.includes("#") || uri.includes("\\")) return undefined;
  if (match[2] !== undefined && (Number(match[2]) < 1 || Number(match[2]) > 65535)) return undefined;
  return { host: match[1], rest: match[3] ?? "" };
}

/** Whether only the client itself can receive at this URI; anyone may claim a private-use scheme (RFC 8252 §8.6). */
export function isVerifiableRedirectUri(uri: string): boolean {
  if (!URL.canParse(uri)) return false;
  const url = new URL(uri);
  return url.protocol === "https:" || (url.protocol === "http:" && isLoopbackHost(url.hostname));
}

function isLoopbackHost(hostname: string): boolean {
  return (
    hostname === "127.0.0.1" || hostname === "[::1]" || hostname === "localhost" || hostname.endsWith(".localhost")
  );
}

/** The parameters joined to the URI's query as text: an existing query stays byte for byte (RFC 6749 §3.1.2). */
export function withQuery(uri: string, parameters: ReadonlyArray<readonly [string, string]>): string {
  const hash = uri.indexOf("#");
  const base = hash === -1 ? uri : uri.slice(0, hash);
  const joint = !base.includes("?") ? "?" : base.endsWith("?") || base.endsWith("&") ? "" : "&";
  return `${base}${joint}${encodePairs(parameters)}${hash === -1 ? "" : uri.slice(hash)}`;
}

/** `application/x-www-form-urlencoded`, spaces as `+`. */
export function encodePairs(parameters: ReadonlyArray<readonly [string, string]>): string {
  return parameters.map(([name, value]) => `${encode(name)}=${encode(value)}`).join("&");
}

function encode(text: string): string {
  return encodeURIComponent(text.toWellFormed()).replaceAll("%20", "+").replaceAll("'", "%27");
}
