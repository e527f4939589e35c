/** Cross-origin calls (Fetch §3.2): which pages may read what a port answers. Off unless the settings say otherwise. */
import type { Config } from "../../config/settings.ts";
import { paths } from "../../protocol/endpoints.ts";
import { readPairs } from "../../protocol/parameters.ts";
import type { HttpReply, HttpRequest } from "./message.ts";

type CorsKey =
  | "enabled"
  | "allowed_origins"
  | "allowed_methods"
  | "allowed_headers"
  | "exposed_headers"
  | "allow_credentials"
  | "max_age";

export type CorsConfig = Pick<Config, `serve.${"public" | "admin"}.cors.${CorsKey}`>;

/** Who seems to call; nothing of it is proven. */
export interface SeemingCaller {
  readonly clientId: string | null;
  readonly token: string | null;
  readonly now: Date;
}

export interface CorsOptions {
  readonly name: "public" | "admin";
  readonly config: CorsConfig;
  /** Origins that the caller's client has registered. */
  readonly registeredOrigins: (caller: SeemingCaller) => Promise<readonly string[]>;
}

export interface Cors {
  /** The answer to a preflight; undefined when it is none, or its origin is nobody's. */
  preflight(method: string, path: string, headers: HttpRequest["headers"]): HttpReply | undefined;
  /** The reply, readable by the page that asked if it may read it. */
  decorate(request: HttpRequest, reply: HttpReply): Promise<HttpReply>;
}

/** Here a client's own pages may call, whatever the operator has listed: a proof travels with each request. */
const clientPaths: ReadonlySet<string> = new Set([paths.token, paths.revocation, paths.userinfo]);

/** Browsers are *sent* here; no page may call (RFC 9700 §2.6). */
const isForBrowsers = (path: string) =>
  path === paths.authorization || /^\/oauth2\/(?:fallbacks|sessions|device\/verify)/.test(path);

export function cors({ name, config, registeredOrigins }: CorsOptions): Cors | undefined {
  const rule = <K extends CorsKey>(key: K) => config[`serve.${name}.cors.${key}`];
  if (!rule("enabled")) return undefined;
  const listed = rule("allowed_origins").map(originPattern);
  const isListed = (origin: string) => isOrigin(origin) && listed.some((pattern) => pattern.test(origin));
  // An empty list is Hydra's word for everybody. Everybody may not bring a user's cookies along.
  const isOpen = rule("allowed_origins").length === 0;
  const credentials = rule("allow_credentials") && !isOpen ? { "access-control-allow-credentials": "true" } : {};
  const readable = (origin: string) => ({
    "access-control-allow-origin": origin,
    "access-control-expose-headers": rule("exposed_headers").join(", "),
    ...credentials,
  });

  return {
    preflight(method, path, headers) {
      const { origin } = headers;
      if (method !== "OPTIONS" || origin === undefined || headers["access-control-request-method"] === undefined)
        return undefined;
      if (isForBrowsers(path) || !isOrigin(origin)) return undefined;
      // A preflight names no client. Whether the page may read the answer is decided when the answer is there.
      const known = isOpen || isListed(origin) || (name === "public" && clientPaths.has(path));
      if (!known) return undefined;
      const allowed = {
        "access-control-allow-methods": rule("allowed_methods").join(", "),
        "access-control-allow-headers": rule("allowed_headers").join(", "),
        "access-control-max-age": String(rule("max_age")),
      };
      return { status: 204, headers: { vary: "Origin", ...readable(origin), ...allowed }, body: "" };
    },

    async decorate(request, reply) {
      const { origin } = request.headers;
      const vary = { ...reply, headers: { ...reply.headers, vary: "Origin" } };
      if (origin === undefined || !isOrigin(origin) || isForBrowsers(request.path)) return vary;
      const may = isOpen || isListed(origin) || (name === "public" && (await isClients(origin, request)));
      return may ? { ...vary, headers: { ...vary.headers, ...readable(origin) } } : vary;
    },
  };

  async function isClients(origin: string, request: HttpRequest): Promise<boolean> {
    if (!clientPaths.has(request.path)) return false;
    return (await registeredOrigins(seemingCaller(request))).includes(origin);
  }
}

// Fetch §3.2: `null` is the origin of sandboxed pages and files, which may be anybody's.
function isOrigin(text: string): boolean {
  return /^https?:\/\/[^/?#\\@\s]+$/.test(text) && text.length <= 300;
}

/** One `*` stands for part of a host name, and only before a dot (as Hydra reads it since it was mended). */
function originPattern(text: string): RegExp {
  if (text === "*") return /^https?:\/\/[^/?#\\@\s]+$/;
  const [before = "", after] = text.split("*", 2);
  const quoted = (part: string) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  if (after === undefined) return new RegExp(`^${quoted(text)}$`);
  return /^\.[^.*]+\../.test(after) ? new RegExp(`^${quoted(before)}[A-Za-z0-9.-]+${quoted(after)}$`) : /(?!)/;
}

function seemingCaller({ headers, body, now }: HttpRequest): SeemingCaller {
  const { authorization = "" } = headers;
  const bearer = /^bearer +(\S+)$/i.exec(authorization)?.[1];
  if (bearer !== undefined) return { clientId: null, token: bearer, now };
  const basic = /^basic +(\S+)$/i.exec(authorization)?.[1];
  if (basic !== undefined) return { clientId: userOf(basic), token: null, now };
  return { ...fromForm(body), now };
}

function userOf(basic: string): string | null {
  const [user = ""] = Buffer.from(basic, "base64").toString("utf8").split(":", 1);
  try {
    return decodeURIComponent(user.replaceAll("+", " "));
  } catch {
    return null;
  }
}

function fromForm(body: string): { clientId: string | null; token: string | null } {
  try {
    const { values } = readPairs(body);
    return { clientId: values.get("client_id")?.[0] ?? null, token: values.get("access_token")?.[0] ?? null };
  } catch {
    return { clientId: null, token: null };
  }
}
