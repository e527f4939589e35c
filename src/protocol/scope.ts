/** Scopes: their syntax (RFC 6749 §3.3) and whether a client may ask for one. */
import { refuse } from "./errors.ts";

/** How a registered scope admits a requested one. */
export type ScopeStrategy = "exact" | "wildcard";

const maxScopes = 200;
const maxScopeLength = 256;

/** Splits a space-separated list; RFC 6749 §3.3: printable ASCII without quote and backslash. Duplicates go. */
export function parseScope(text: string | undefined): readonly string[] {
  if (text === undefined || text === "") return [];
  const scopes = text.split(" ");
  if (scopes.length > maxScopes) refuse("invalid_scope", `More than ${maxScopes} scopes were requested.`);
  for (const scope of scopes) {
    if (scope.length > maxScopeLength || !/^[\x21\x23-\x5b\x5d-\x7e]+$/.test(scope)) {
      refuse("invalid_scope", "The scope must be printable ASCII words separated by single spaces.", {
        field: "scope",
      });
    }
  }
  return [...new Set(scopes)];
}

/** Whether the registered scopes (space-separated) admit the requested one. */
export function admitsScope(strategy: ScopeStrategy, registered: string, requested: string): boolean {
  return registered.split(" ").some((pattern) => matches(strategy, pattern, requested));
}

/** Refuses the first scope that the registered ones do not admit (D7: never silently trimmed). */
export function requireAdmittedScope(strategy: ScopeStrategy, registered: string, requested: readonly string[]): void {
  const excess = requested.find((scope) => !admitsScope(strategy, registered, scope));
  if (excess !== undefined) {
    refuse("invalid_scope", `The OAuth 2.0 Client is not allowed to request scope '${excess}'.`, { field: "scope" });
  }
}

/** OIDC Core §11; `offline` is Hydra's older word for it. */
export function asksOffline(scope: readonly string[]): boolean {
  return scope.includes("offline_access") || scope.includes("offline");
}

// Hydra's wildcard strategy: segments are split by dots; `*` stands for one segment or, at the end, for one or more.
function matches(strategy: ScopeStrategy, pattern: string, requested: string): boolean {
  if (pattern === requested) return pattern !== "";
  if (strategy === "exact" || !pattern.includes("*")) return false;
  const patterns = pattern.split(".");
  const segments = requested.split(".");
  // A `*` that is asked for is a word of its own: it means no more than itself.
  if (segments.length < patterns.length || segments.includes("") || segments.includes("*")) return false;
  if (segments.length > patterns.length && patterns.at(-1) !== "*") return false;
  return patterns.every((part, index) => part === "*" || part === segments[index]);
}
