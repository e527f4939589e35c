/** A PostgreSQL connection string: libpq's form with the pool parameters that Hydra's users write. */
import { readFileSync } from "node:fs";
import type { ConnectionOptions } from "node:tls";
import { parseDuration } from "../../protocol/lifespan.ts";

export interface Dsn {
  /** A name or address, or the path of a Unix socket. */
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly database: string;
  readonly tls: TlsMode;
  readonly tlsOptions: ConnectionOptions;
  readonly connectSeconds: number;
  /** Of all pools together; at least two. */
  readonly maxConnections: number;
  readonly maxIdleConnections: number;
  /** Infinity: no limit. */
  readonly lifetimeSeconds: number;
  readonly idleSeconds: number;
  /** False behind a pooler that gives each statement another connection (PgBouncer in transaction mode). */
  readonly prepare: boolean;
  /** Sent at the start of each connection: `application_name` and whatever else the DSN names. */
  readonly startup: Readonly<Record<string, string>>;
}

/** libpq's `sslmode`; `prefer` is its default, `allow` is treated alike. */
export type TlsMode = "disable" | "prefer" | "require";

type Parameters = Map<string, string>;

/** Throws an Error that says what is wrong, without repeating the password. */
export function parseDsn(text: string): Dsn {
  const scheme = /^(?:postgres|postgresql|cockroach):\/\//.exec(text);
  if (scheme === null) throw new Error("The DSN must begin with postgres://, postgresql:// or cockroach://.");
  const rest = text.slice(scheme[0].length);
  const [address, query] = splitOnce(rest, "?");
  const [authority, path] = splitOnce(address, "/");
  const at = authority.lastIndexOf("@");
  const [user = "", password = ""] = at < 0 ? [] : splitOnce(authority.slice(0, at), ":");
  const parameters: Parameters = new Map(new URLSearchParams(query));
  const take = taker(parameters);
  const [host, port] = hostAndPort(authority.slice(at + 1), take);
  const named = take("user") ?? decode(user);
  const tls = tlsMode(take("sslmode"), host);
  return {
    host,
    port,
    user: named === "" ? "postgres" : named,
    password: take("password") ?? decode(password),
    database: take("dbname") ?? (path === "" ? named : decode(path)),
    tls: tls === "verify-ca" || tls === "verify-full" ? "require" : tls,
    tlsOptions: tls === "disable" ? {} : tlsOptions(tls, host, take),
    ...poolLimits(take),
    connectSeconds: count("connect_timeout", take("connect_timeout"), 5),
    prepare: take("prepare") !== "false",
    startup: { application_name: "tessera", ...Object.fromEntries(parameters) },
  };
}

function taker(parameters: Parameters): (name: string) => string | undefined {
  return (name) => {
    const value = parameters.get(name);
    parameters.delete(name);
    return value === "" ? undefined : value;
  };
}

function hostAndPort(authority: string, take: (name: string) => string | undefined): [string, number] {
  const match = /^(\[[^\]]*\]|[^:]*)(?::(\d+))?$/.exec(authority);
  if (match === null || authority.includes(",")) throw new Error("The DSN must name one host, and a port in digits.");
  const named = take("host") ?? decode((match[1] ?? "").replace(/^\[|\]$/g, ""));
  const port = count("port", take("port") ?? match[2], 5432);
  if (named.startsWith("/")) return [`${named.replace(/\/$/, "")}/.s.PGSQL.${port}`, port];
  return [named === "" ? "localhost" : named, port];
}

// The meaning of Hydra's parameters, and twice the processors being its default, do not fit a pipelined pool:
// a connection carries any number of statements at once, so a few are enough.
function poolLimits(take: (name: string) => string | undefined) {
  const maxConnections = Math.max(2, count("max_conns", take("max_conns"), 6));
  return {
    maxConnections,
    maxIdleConnections: count("max_idle_conns", take("max_idle_conns"), maxConnections),
    lifetimeSeconds: duration("max_conn_lifetime", take("max_conn_lifetime"), 3600),
    idleSeconds: duration("max_conn_idle_time", take("max_conn_idle_time"), 600),
  };
}

const tlsModes = ["disable", "allow", "prefer", "require", "verify-ca", "verify-full"] as const;

function tlsMode(text: string | undefined, host: string): TlsMode | "verify-ca" | "verify-full" {
  if (host.startsWith("/")) return "disable";
  const mode = tlsModes.find((known) => known === (text ?? "prefer"));
  if (mode === undefined) throw new Error(`The DSN's sslmode must be one of ${tlsModes.join(", ")}.`);
  return mode === "allow" ? "prefer" : mode;
}

function tlsOptions(mode: string, host: string, take: (name: string) => string | undefined): ConnectionOptions {
  const [root, cert, key] = [take("sslrootcert"), take("sslcert"), take("sslkey")];
  const authority = root === undefined || root === "system" ? {} : { ca: readFileSync(root) };
  return {
    // SNI takes names only.
    ...(/^[\d.]+$|:/.test(host) ? {} : { servername: host }),
    ...authority,
    ...(cert === undefined ? {} : { cert: readFileSync(cert) }),
    ...(key === undefined ? {} : { key: readFileSync(key) }),
    // libpq: `require` does not look at the certificate, unless an authority is named.
    rejectUnauthorized: mode.startsWith("verify") || (mode === "require" && root !== undefined),
    ...(mode === "verify-full" ? {} : { checkServerIdentity: () => undefined }),
  };
}

function splitOnce(text: string, mark: string): [string, string] {
  const at = text.indexOf(mark);
  return at < 0 ? [text, ""] : [text.slice(0, at), text.slice(at + 1)];
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new Error("The DSN holds a percent sign that does not begin an escaped character.");
  }
}

function count(name: string, text: string | undefined, otherwise: number): number {
  if (text === undefined) return otherwise;
  if (!/^\d{1,6}$/.test(text)) throw new Error(`The DSN's ${name} must be a number.`);
  return Number(text);
}

function duration(name: string, text: string | undefined, otherwise: number): number {
  if (text === undefined) return otherwise;
  const seconds = parseDuration(text);
  if (seconds === undefined) throw new Error(`The DSN's ${name} must be a duration such as 30s or 1h.`);
  return seconds === 0 ? Number.POSITIVE_INFINITY : seconds;
}
