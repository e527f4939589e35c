/** A browser's cookies, as RFC 6265 §5 keeps them: by host, path and name, whatever the port. */

interface Cookie {
  readonly name: string;
  readonly value: string;
  readonly domain: string;
  readonly hostOnly: boolean;
  readonly path: string;
  readonly secure: boolean;
}

export interface CookieJar {
  store(url: URL, setCookies: readonly string[]): void;
  /** The `Cookie` header for the URL, or undefined. */
  header(url: URL): string | undefined;
  /** The value of a cookie that the URL would be sent. */
  value(url: string, name: string): string | undefined;
  clear(): void;
}

export function cookieJar(): CookieJar {
  const cookies = new Map<string, Cookie>();

  const matching = (url: URL): Cookie[] =>
    [...cookies.values()]
      .filter((cookie) => isFor(cookie, url))
      // RFC 6265 §5.4: longer paths first.
      .toSorted((one, other) => other.path.length - one.path.length);

  return {
    store(url, setCookies) {
      for (const line of setCookies) {
        const { cookie, expired } = parse(line, url);
        const key = `${cookie.domain};${cookie.path};${cookie.name}`;
        if (expired) cookies.delete(key);
        else if (!cookie.secure || isTrustworthy(url)) cookies.set(key, cookie);
      }
    },
    header(url) {
      const pairs = matching(url).map(({ name, value }) => `${name}=${value}`);
      return pairs.length === 0 ? undefined : pairs.join("; ");
    },
    value: (url, name) => matching(new URL(url)).find((cookie) => cookie.name === name)?.value,
    clear: () => cookies.clear(),
  };
}

function parse(line: string, url: URL): { cookie: Cookie; expired: boolean } {
  const [pair = "", ...rest] = line.split(";").map((part) => part.trim());
  const attributes = new Map(
    rest.map((part) => {
      const [name = "", ...value] = part.split("=");
      return [name.toLowerCase(), value.join("=")] as const;
    }),
  );
  const [name = "", ...value] = pair.split("=");
  const domain = attributes.get("domain")?.replace(/^\./, "");
  const maxAge = attributes.get("max-age");
  const expires = attributes.get("expires");
  return {
    cookie: {
      name,
      value: value.join("="),
      domain: domain ?? url.hostname,
      hostOnly: domain === undefined,
      path: attributes.get("path") ?? "/",
      secure: attributes.has("secure"),
    },
    expired: maxAge === undefined ? Date.parse(expires ?? "9999-01-01") <= Date.now() : Number(maxAge) <= 0,
  };
}

function isFor(cookie: Cookie, url: URL): boolean {
  const host = url.hostname;
  const hostMatches = cookie.hostOnly ? host === cookie.domain : `.${host}`.endsWith(`.${cookie.domain}`);
  const pathMatches =
    url.pathname === cookie.path ||
    url.pathname.startsWith(cookie.path.endsWith("/") ? cookie.path : `${cookie.path}/`);
  return hostMatches && pathMatches && (!cookie.secure || isTrustworthy(url));
}

/** Browsers treat loopback as if it were https. */
function isTrustworthy(url: URL): boolean {
  return url.protocol === "https:" || ["localhost", "127.0.0.1", "[::1]"].includes(url.hostname);
}
