/** Keys to the admin port: what they look like and what each opens. */
import { refuse } from "./errors.ts";

/** `admin` opens everything; the others what their names say. */
export const adminScopes = ["read", "flow", "admin"] as const;

export type AdminScope = (typeof adminScopes)[number];

export interface ApiKey {
  /** A dashed UUID: it names the key and opens nothing. */
  readonly id: string;
  readonly name: string;
  readonly scopes: readonly AdminScope[];
  readonly createdAt: Date;
  /** From then on it opens nothing; null: never. */
  readonly expiresAt: Date | null;
}

/** Who calls the admin port. */
export interface Asker {
  readonly kind: "api_key" | "certificate";
  /** The key's id, or the subject of the certificate. */
  readonly id: string;
  readonly scopes: readonly AdminScope[];
}

/** Always the same prefix, whatever `oauth2.token_prefix` says: scanners of secrets know it by that. */
const prefix = "tsr_ak_";

/** `random`: 256 bits. */
export function apiKeySecret(random: string): string {
  return prefix + random;
}

/** Whether a text could be a key at all, without asking anybody. */
export function looksLikeApiKey(text: string): boolean {
  return text.length === prefix.length + 43 && text.startsWith(prefix) && /^\w[\w-]{49}$/.test(text);
}

export function isAdminScope(text: string): text is AdminScope {
  return adminScopes.some((scope) => scope === text);
}

/** Whether who has these scopes may do what any of the wanted ones opens. */
export function isOpened(wanted: readonly AdminScope[], scopes: readonly AdminScope[]): boolean {
  return scopes.some((scope) => scope === "admin" || wanted.includes(scope));
}

export interface ApiKeyOrder {
  readonly name: string;
  readonly scopes: readonly string[];
  readonly expiresAt: Date | null;
}

/** No database and no protobuf has later instants. */
const endOfTime = new Date("9999-12-31T00:00:00Z");

/** The order as it is stored, or a refusal. */
export function requireKeyOrder({ name, scopes, expiresAt }: ApiKeyOrder, now: Date): Omit<ApiKey, "id" | "createdAt"> {
  if (name.trim() === "") refuse("invalid_request", "A key must have a name.", { field: "name" });
  const known = scopes.filter(isAdminScope);
  if (known.length === 0 || known.length < scopes.length) {
    refuse("invalid_request", `A key opens one or more of ${adminScopes.join(", ")}.`, { field: "scopes" });
  }
  if (expiresAt !== null && !(expiresAt > now && expiresAt < endOfTime)) {
    refuse("invalid_request", "The end of a key must lie ahead, before the year 10000.", { field: "expires_at" });
  }
  return { name, scopes: adminScopes.filter((scope) => known.includes(scope)), expiresAt };
}
