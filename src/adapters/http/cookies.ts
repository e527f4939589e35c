/** The cookies of browsers: one per flow, one per signed-in browser (RFC 6265). */
import type { Config } from "../../config/settings.ts";
import type { Browser, CookieChange } from "../../protocol/browser.ts";
import { restartSeconds } from "../../protocol/flow.ts";

export type CookieConfig = Pick<
  Config,
  | "dev"
  | "urls.self.issuer"
  | "ttl.login_consent_request"
  | "serve.cookies.same_site_mode"
  | "serve.cookies.domain"
  | "serve.cookies.secure"
  | "serve.cookies.names.login_csrf"
  | "serve.cookies.names.session"
  | "serve.cookies.paths.session"
>;

export interface Cookies {
  /** From the `Cookie` header. */
  read(header: string | undefined): Browser;
  /** The values of `Set-Cookie` headers. */
  write(changes: readonly CookieChange[]): string[];
}

/** What we ever set; a value of another form is nobody's cookie. */
const wellFormed = /^[A-Za-z0-9._~-]{1,256}$/;
const suffixLength = 8;

export function cookies(config: CookieConfig): Cookies {
  const flowPrefix = `${config["serve.cookies.names.login_csrf"]}_`;
  const sessionName = config["serve.cookies.names.session"];
  const stateName = stateCookieName(config);
  const attributes = attributesOf(config);
  // OIDC Session Management §3.2: a script in a frame reads it; it opens nothing.
  const readable = attributes.replace("; HttpOnly", "");
  return {
    read: (header) => readBrowser(header, { flowPrefix, sessionName, stateName }),
    write: (changes) =>
      changes.map((change) => {
        if (change.cookie === "state") return `${stateName}=${valueAndLifetime(change, config)}${readable}`;
        const name = change.cookie === "flow" ? flowPrefix + change.suffix : sessionName;
        return `${name}=${valueAndLifetime(change, config)}${attributes}`;
      }),
  };
}

/** Readable by the script of the session-checking frame. */
export function stateCookieName(config: Pick<CookieConfig, "serve.cookies.names.session">): string {
  return `${config["serve.cookies.names.session"]}_state`;
}

interface Names {
  readonly flowPrefix: string;
  readonly sessionName: string;
  readonly stateName: string;
}

function readBrowser(header: string | undefined, { flowPrefix, sessionName, stateName }: Names): Browser {
  const flowCookies = new Map<string, string[]>();
  const secrets = new Set<string>();
  const states = new Set<string>();
  for (const pair of header?.split(";") ?? []) {
    const equals = pair.indexOf("=");
    const name = pair.slice(0, Math.max(equals, 0)).trim();
    const value = pair.slice(equals + 1).trim();
    if (equals < 1 || !wellFormed.test(value)) continue;
    if (name === sessionName) secrets.add(value);
    else if (name === stateName) states.add(value);
    else if (name.startsWith(flowPrefix) && name.length === flowPrefix.length + suffixLength) {
      const suffix = name.slice(flowPrefix.length);
      flowCookies.set(suffix, [...(flowCookies.get(suffix) ?? []), value]);
    }
  }
  // A sibling domain can plant a second cookie of the same name: of two that differ, none is believed.
  return { flowCookies, sessionSecret: only(secrets), state: only(states) };
}

function only(values: ReadonlySet<string>): string | null {
  const [value] = values;
  return values.size === 1 && value !== undefined ? value : null;
}

function valueAndLifetime(change: CookieChange, config: CookieConfig): string {
  return `${change.value ?? ""}${lifetime(change, config)}`;
}

function lifetime(change: CookieChange, config: CookieConfig): string {
  if (change.value === null) return "; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT";
  // Without its cookie a browser could not start an expired flow anew.
  const seconds =
    change.cookie === "flow" ? config["ttl.login_consent_request"] + restartSeconds : change.maxAgeSeconds;
  return seconds === null ? "" : `; Max-Age=${Math.floor(seconds)}`;
}

function attributesOf(config: CookieConfig): string {
  const isSecure = !config.dev || config["serve.cookies.secure"];
  const domain = config["serve.cookies.domain"];
  // Browsers drop `SameSite=None` without Secure, and over http.
  const isCrossSite = isSecure && config["urls.self.issuer"].startsWith("https:");
  const mode = config["serve.cookies.same_site_mode"];
  const sameSite = mode === "None" && !isCrossSite ? "Lax" : mode;
  return [
    `; Path=${config["serve.cookies.paths.session"]}`,
    domain === "" ? "" : `; Domain=${domain}`,
    "; HttpOnly",
    isSecure ? "; Secure" : "",
    `; SameSite=${sameSite}`,
  ].join("");
}
