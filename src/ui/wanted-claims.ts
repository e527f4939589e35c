/** What a client asks to be told of its user by name, beside its scopes (OIDC Core §5.5). */
import type { ConsentRequest } from "../gen/tessera/flow/v1/consent_flow_service_pb.js";
import { claimsFor, type User } from "./users.ts";

export interface WantedClaim {
  readonly name: string;
  /** Whether the client says that it needs it (§5.5.1). */
  readonly essential: boolean;
}

/** Those that are known of the user and come with none of the scopes. */
export function wantedClaims({ oidcContext, requestedScope }: ConsentRequest, user: User | undefined): WantedClaim[] {
  const covered = claimsFor(user, requestedScope);
  const wishes = [oidcContext?.claims?.userinfo, oidcContext?.claims?.id_token].flatMap((place) =>
    isObject(place) ? Object.entries(place) : [],
  );
  const essential = new Set(
    wishes.filter(([, wish]) => isObject(wish) && wish.essential === true).map(([name]) => name),
  );
  const names = Object.keys(user?.claims ?? {}).filter((name) => !Object.hasOwn(covered, name));
  return names
    .filter((name) => wishes.some(([wished]) => wished === name))
    .map((name) => ({ name, essential: essential.has(name) }));
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
