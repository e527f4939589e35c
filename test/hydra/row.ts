/** A row of the endpoint table: one call of Hydra's, what this server answers, and where Hydra answers otherwise, and why. */
import { type Answer, type Callable, send } from "../support/server.ts";

export interface Sent {
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface Said {
  readonly status: number;
  /** The members of a JSON object, or of the first of a list of them; absent for anything else. */
  readonly keys?: readonly string[];
  /** Those of the headers that matter, and no other of these. */
  readonly headers: Readonly<Record<string, string>>;
}

export interface Row extends Said {
  readonly method: string;
  readonly port: "public" | "admin";
  /** With `{names}`. */
  readonly path: string;
  /** Prepares the call, and says what is sent. */
  readonly ask: (at: Callable) => Sent | Promise<Sent>;
  /** Where Hydra differs. `missing` and `more` are members of the body. */
  readonly hydra?: Difference;
}

export interface Difference {
  readonly why: string;
  readonly status?: number;
  readonly missing?: readonly string[];
  readonly more?: readonly string[];
  /** Null where Hydra has no such header. */
  readonly headers?: Readonly<Record<string, string | null>>;
}

export const formType = { "content-type": "application/x-www-form-urlencoded" };
export const jsonType = { "content-type": "application/json" };
export const origin = "https://page.example";

const matters = [
  "allow",
  "access-control-allow-credentials",
  "access-control-allow-methods",
  "access-control-allow-origin",
  "cache-control",
  "content-type",
  "link",
  "location",
  "pragma",
  "www-authenticate",
];

/** Calls the row's endpoint on a server. */
export async function call(row: Row, at: Callable): Promise<Said> {
  const { path, headers = {}, body } = await row.ask(at);
  if (!matchesTemplate(row.path, path)) throw new Error(`${path} is not ${row.path}`);
  const base = row.port === "public" ? at.publicUrl : at.adminUrl;
  return said(await send(row.method, base + path, body, headers), at);
}

function matchesTemplate(template: string, path: string): boolean {
  const actual = (path.split("?", 1)[0] ?? "").split("/");
  const expected = template.split("/");
  return (
    expected.length === actual.length &&
    expected.every((segment, index) => segment.startsWith("{") || segment === actual[index])
  );
}

function said({ status, headers, text }: Answer, at: Callable): Said {
  const named = matters.flatMap((name) => {
    const value = headers[name];
    return value === undefined ? [] : [[name, plain(value, at)] as const];
  });
  const keys = keysOf(text);
  return { status, ...(keys === undefined ? {} : { keys }), headers: Object.fromEntries(named) };
}

function keysOf(text: string): string[] | undefined {
  if (!/^\s*[[{]/.test(text)) return undefined;
  const json: unknown = JSON.parse(text);
  const first: unknown = Array.isArray(json) ? json[0] : json;
  return typeof first === "object" && first !== null ? Object.keys(first).toSorted() : [];
}

/** Without what differs from run to run. */
function plain(value: string, at: Callable): string {
  return value
    .replaceAll(at.publicUrl, "PUBLIC")
    .replaceAll(at.adminUrl, "ADMIN")
    .replaceAll(/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, "UUID")
    .replaceAll(/=[\w.~%-]{20,}/g, "=…")
    .replaceAll(/error_description="[^"]*"/g, 'error_description="…"');
}

/**
 * Of caching Hydra says nothing in answers to POST, PUT, PATCH and DELETE, and `private, no-cache, no-store,
 * must-revalidate` in all others. This server forbids keeping everywhere (RFC 9111 §5.2.2.5), so only a row that
 * allows it is compared.
 */
const aboutCaching = ["cache-control", "pragma"];

export function ofHydra(row: Row): Said {
  const { hydra } = row;
  const keys = row.keys?.filter((key) => hydra?.missing?.includes(key) !== true);
  const more = hydra?.more ?? [];
  const headers = { ...withoutCaching(row.headers, row), ...hydra?.headers };
  return {
    status: hydra?.status ?? row.status,
    ...(keys === undefined && more.length === 0 ? {} : { keys: [...(keys ?? []), ...more].toSorted() }),
    headers: Object.fromEntries(
      Object.entries(headers).flatMap(([name, value]) => (value === null ? [] : [[name, value]])),
    ),
  };
}

/** What was heard of Hydra, as far as it is compared. */
export function comparable(heard: Said, row: Row): Said {
  return { ...heard, headers: withoutCaching(heard.headers, row) };
}

function withoutCaching(headers: Said["headers"], { hydra }: Row): Said["headers"] {
  const isCompared = (name: string) => !aboutCaching.includes(name) || hydra?.headers?.[name] !== undefined;
  return Object.fromEntries(Object.entries(headers).filter(([name]) => isCompared(name)));
}
