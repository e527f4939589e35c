/** The kinds of values that settings have, each with the words a fault uses for it. */
import { isIP } from "node:net";
import { z } from "zod";
import { parseDuration } from "../../protocol/lifespan.ts";
import type { Kind } from "./setting.ts";

const never = { message: "not this kind" };

export const text: Kind<string> = { schema: z.string(), form: "text", expected: "a text" };

export const flag: Kind<boolean> = { schema: z.boolean(), form: "boolean", expected: "true or false" };

export function integer(least: number, most: number = Number.MAX_SAFE_INTEGER): Kind<number> {
  const range = most === Number.MAX_SAFE_INTEGER ? `${least} or more` : `from ${least} to ${most}`;
  return { schema: z.int().min(least).max(most), form: "number", expected: `a whole number, ${range}` };
}

/** 0: any free port, which tests ask for. */
export const port = integer(0, 65535);

export const ratio: Kind<number> = {
  schema: z.number().min(0).max(1),
  form: "number",
  expected: "a number from 0 to 1",
};

export function oneOf<const Word extends string>(...words: readonly [Word, ...Word[]]): Kind<Word> {
  return { schema: z.enum(words), form: "text", expected: `one of ${words.join(", ")}` };
}

export function listOf<Item>(item: Kind<Item>): Kind<readonly Item[]> {
  return { schema: z.array(item.schema), form: "list", expected: `a list, each item ${item.expected}` };
}

/** At least this many characters. */
export function longText(length: number): Kind<string> {
  return { schema: z.string().min(length), form: "text", expected: `a text of at least ${length} characters` };
}

/** Characters to draw from: each counts once, and a dash or space would be lost when people type. */
export const alphabet: Kind<string> = {
  schema: z.string().refine((written) => /^[\x21-\x2c\x2e-\x7e]+$/.test(written) && new Set(written).size >= 8, never),
  form: "text",
  expected: "a text of at least 8 different characters of ASCII, without dashes and spaces",
};

function matching(pattern: RegExp, expected: string): Kind<string> {
  return { schema: z.string().regex(pattern, never), form: "text", expected };
}

// RFC 6265 §4.1.1: a name is a token; a path or domain ends at a semicolon.
export const cookieName = matching(/^[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,64}$/, "a cookie name");
export const cookiePath = matching(/^\/[\x20-\x3a\x3c-\x7e]*$/, "a path that begins with /");
export const cookieDomain = matching(/^[A-Za-z0-9.-]*$/, "a domain");

const goDuration = z.string().regex(/^(\d+(\.\d+)?(ns|us|µs|ms|s|m|h))+$/, never);

// Go's own limit of a duration: 2^63-1 nanoseconds.
const mostSeconds = 9_223_372_036;
// `expires_in` is an int32 on the wire, and a NumericDate of now plus 68 years still fits 32 bits.
const mostLifetimeSeconds = 2_147_483_647;

/** Go's notation; parsed to seconds. */
export function duration(leastSeconds: number, mostText: string, most: number): Kind<number> {
  return {
    schema: goDuration.transform((written, context) => {
      const seconds = parseDuration(written);
      if (seconds !== undefined && seconds >= leastSeconds && seconds <= most) return seconds;
      context.addIssue({ code: "custom", message: never.message });
      return z.NEVER;
    }),
    form: "text",
    expected: `a duration such as 90s, 15m or 1h30m, ${leastSeconds === 0 ? "" : `at least ${leastSeconds}s and `}at most ${mostText}`,
  };
}

export const span = duration(0, "2562047h", mostSeconds);

/** How long something lives: at least a second, because the wire counts whole seconds. */
export const lifetime = duration(1, "596523h", mostLifetimeSeconds);

/** A lifetime, or null where -1 is written: it never ends (Hydra's notation). */
export const lifetimeOrForever: Kind<number | null> = {
  schema: z.union([z.literal([-1, "-1"]).transform(() => null), lifetime.schema]),
  form: "text",
  expected: `${lifetime.expected}, or -1 for no end`,
};

/** A lifetime, or zero: no limit. */
export const lifetimeOrNone = duration(0, "596523h", mostLifetimeSeconds);

const isHttpUrl = (written: string) => /^https?:\/\//i.test(written) && URL.canParse(written);

export const url: Kind<string> = {
  schema: z.string().refine(isHttpUrl, never),
  form: "text",
  expected: "an absolute http or https URL",
};

/** An absolute URL, or a path below this server's public URL. */
export const urlOrPath: Kind<string> = {
  schema: z.string().refine((written) => isHttpUrl(written) || /^\/(?!\/)/.test(written), never),
  form: "text",
  expected: "an absolute http or https URL, or a path that begins with /",
};

/** The base of an issuer or port: RFC 8414 §2 allows neither query nor fragment; user-info is nobody's business. */
export const baseUrl: Kind<string> = {
  schema: z
    .string()
    .refine((written) => isHttpUrl(written) && !/[?#\s\\]/.test(written) && !/^[^/]*\/\/[^/]*@/.test(written), never),
  form: "text",
  expected: "an absolute http or https URL without query, fragment and user-info",
};

function isNetwork(written: string): boolean {
  const [address = "", bits, ...rest] = written.split("/");
  const version = isIP(address);
  if (version === 0 || rest.length > 0) return false;
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128));
}

export const network: Kind<string> = {
  schema: z.string().refine(isNetwork, never),
  form: "text",
  expected: "an address or CIDR such as 10.0.0.0/8",
};

export const headers: Kind<Readonly<Record<string, string>>> = {
  schema: z.record(z.string(), z.string()),
  form: "object",
  expected: "an object of header names and texts",
};

/** A URL to call, and how to say who calls. */
export interface Hook {
  readonly url: string;
  readonly auth: { readonly in: "header" | "cookie"; readonly name: string; readonly value: string } | null;
}

/** What HTTP can carry (RFC 9110 §5.5, §5.6.2; RFC 6265 §4.1.1, and what Go quotes there): the first call would be too late to find out. */
const headerName = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const headerValue = /^[\t\x20-\x7e]*$/;
const cookieValue = /^[\x20\x21\x23-\x3a\x3c-\x5b\x5d-\x7e]*$/;

const apiKey = z.strictObject({
  type: z.literal("api_key"),
  config: z
    .strictObject({ in: z.enum(["header", "cookie"]), name: z.string().regex(headerName), value: z.string() })
    .refine(({ in: where, value }) => (where === "header" ? headerValue : cookieValue).test(value), never),
});

export const hook: Kind<Hook> = {
  schema: z.union([
    url.schema.transform((address) => ({ url: address, auth: null })),
    z
      .strictObject({ url: url.schema, auth: apiKey.optional() })
      .transform(({ url: address, auth }) => ({ url: address, auth: auth?.config ?? null })),
  ]),
  form: "object",
  expected: "a URL, or an object { url, auth: { type: api_key, config: { in: header|cookie, name, value } } }",
};

export const dsn: Kind<string> = {
  schema: z
    .string()
    .refine((written) => written === "memory" || /^(sqlite|postgres|postgresql|cockroach):\/\/./.test(written), never),
  form: "text",
  expected: "memory, sqlite://<file>, or postgres:// or cockroach:// and <user>:<password>@<host>/<database>",
};
