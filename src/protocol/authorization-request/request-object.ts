/** An authorization request inside a JWT: what the JWT must be, and the parameters it stands for (RFC 9101, OIDC Core §6). */
import { refuse } from "../errors.ts";
import type { JsonObject, JsonValue } from "../json.ts";
import { Parameters } from "../parameters.ts";
import { normalizeResponseType } from "../response-type.ts";
import { quotable } from "../text.ts";
import type { ParsedRequest } from "./parse.ts";

/** Whose request object it has to be, and for whom. */
export interface Expected {
  readonly clientId: string;
  readonly issuer: string;
  readonly now: Date;
}

/** Clocks of honest clients differ by this many seconds at most. */
const skewSeconds = 10;

/** Claims about the JWT itself (RFC 7519 §4.1); they are no parameters. */
const ownClaims = new Set(["iss", "aud", "sub", "exp", "nbf", "iat", "jti"]);
/** OIDC Core §6.1 has these sent outside in any case, so the object may leave them out. */
const sentOutside = ["client_id", "response_type", "scope"];
const texts = new Set([
  "client_id", "response_type", "response_mode", "redirect_uri", "scope", "state", "nonce", "code_challenge",
  "code_challenge_method", "prompt", "display", "ui_locales", "claims_locales", "id_token_hint", "login_hint",
  "acr_values",
]); // biome-ignore format: a list of words
const lists = new Set(["audience", "resource"]);
const objects = new Set(["claims", "registration"]);

/**
 * Added to a request that begins anew (D46): names the flow in which its object was first presented, which was in time.
 * What the client has signed for a minute its user may still want half an hour later.
 */
export const restartParameter = "request_restart";

export function namesRequestObject({ parameters }: ParsedRequest): boolean {
  return parameters.get("request") !== undefined || parameters.get("request_uri") !== undefined;
}

/**
 * The request as the object says it. RFC 9101 §6.3: what stands outside has no meaning, so that nobody can change what
 * the client has signed.
 */
export function readRequestObject(
  { header, claims }: { readonly header: JsonObject; readonly claims: JsonObject },
  outside: Parameters,
  expected: Expected,
): Parameters {
  requireType(header.typ);
  requireOwnClaims(claims, expected);
  for (const name of ["request", "request_uri"]) {
    // RFC 9101 §4.
    if (Object.hasOwn(claims, name)) invalid(`must not hold '${name}'`);
  }
  const values = new Map<string, readonly string[]>();
  for (const [name, value] of Object.entries(claims)) {
    const read = ownClaims.has(name) ? undefined : readValue(name, value);
    if (read !== undefined) values.set(name, read);
  }
  for (const name of sentOutside) {
    const sent = outside.get(name);
    if (sent !== undefined && !values.has(name)) values.set(name, [sent]);
  }
  const inside = new Parameters(values);
  requireSame(outside, inside);
  return strengthened(inside, values, outside);
}

// RFC 9101 §10.8: a JWT that was made for something else is no request.
function requireType(typ: JsonValue | undefined): void {
  if (typ === undefined) return;
  const name = typeof typ === "string" ? typ.toLowerCase().replace(/^application\//, "") : "";
  if (name !== "jwt" && name !== "oauth-authz-req+jwt") invalid("has another 'typ' than 'oauth-authz-req+jwt'");
}

function requireOwnClaims({ iss, aud, sub, ...times }: JsonObject, { clientId, issuer, now }: Expected): void {
  if (iss !== undefined && iss !== clientId) invalid("has another 'iss' than the client_id");
  // RFC 9101 §10.8: with the client as its subject it would be a proof of who the client is.
  if (sub !== undefined && sub === clientId) invalid("must not have the client_id as 'sub'");
  const audiences = Array.isArray(aud) ? aud : [aud];
  const ours = [issuer, issuer.replace(/\/$/, "")];
  if (aud !== undefined && !audiences.some((value) => typeof value === "string" && ours.includes(value))) {
    invalid("is for another 'aud' than the issuer");
  }
  const seconds = now.getTime() / 1000;
  const [expiry, notBefore, issued] = ["exp", "nbf", "iat"].map((name) => readTime(times, name));
  if (expiry !== undefined && expiry <= seconds - skewSeconds) invalid("has expired");
  for (const time of [notBefore, issued]) {
    if (time !== undefined && time > seconds + skewSeconds) invalid("is not yet valid");
  }
}

function readTime(claims: JsonObject, name: string): number | undefined {
  const value = claims[name];
  if (value === undefined) return undefined;
  if (typeof value !== "number" || !Number.isFinite(value) || value < 0) {
    invalid(`must hold a number of seconds as '${name}'`);
  }
  return value;
}

/** A parameter's values as they would have been sent (RFC 9101 §4); undefined for what this server does not know. */
function readValue(name: string, value: JsonValue): readonly string[] | undefined {
  if (name === "max_age" && typeof value === "number") return [String(value)];
  if (typeof value === "string") return [value];
  if (lists.has(name) && Array.isArray(value)) return value.map((item) => requireText(name, item));
  if (objects.has(name) && typeof value === "object" && value !== null) return [JSON.stringify(value)];
  if (texts.has(name) || lists.has(name) || objects.has(name) || name === "max_age") {
    invalid(`holds '${name}' in a form that it cannot have`);
  }
  return undefined;
}

function requireText(name: string, item: JsonValue): string {
  if (typeof item !== "string") invalid(`must hold texts as '${name}'`);
  return item;
}

// RFC 9101 §5, OIDC Core §6.1: both say the same, where both say it.
function requireSame(outside: Parameters, inside: Parameters): void {
  if (outside.get("client_id") !== inside.get("client_id")) invalid("has another 'client_id' than the request");
  const [sent, said] = [outside.get("response_type"), inside.get("response_type")];
  if (sent !== undefined && normalizeResponseType(sent) !== normalizeResponseType(said ?? "")) {
    invalid("has another 'response_type' than the request");
  }
}

/** Whoever sends the browser once more, to sign in, cannot write into the object; that much may stand outside. */
function strengthened(inside: Parameters, values: Map<string, readonly string[]>, outside: Parameters): Parameters {
  const said = (inside.get("prompt") ?? "").split(" ").filter((word) => word !== "");
  const asked = (outside.get("prompt") ?? "").split(" ");
  if (!asked.includes("login") || said.includes("none") || said.includes("login")) return inside;
  return new Parameters(new Map([...values, ["prompt", [["login", ...said].join(" ")]]]));
}

function invalid(words: string): never {
  refuse("invalid_request_object", `The request object ${quotable(words)}.`);
}

/**
 * Whether the URL is one that the client has registered (OIDC Core §6.2): the same text, or one that was registered
 * without a fragment and now says which version of the document is meant, by its SHA-256.
 */
export function isRegisteredRequestUri(registered: readonly string[], requested: string): boolean {
  const base = /^([^#]+)#[A-Za-z0-9_-]{43}$/.exec(requested)?.[1];
  return registered.some((uri) => uri === requested || uri === base);
}
