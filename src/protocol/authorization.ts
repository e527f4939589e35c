/** The durable permission: subject × client × scopes. Codes and tokens hang from it; ending it ends them all. */
import type { OidcContext } from "./authorization-request/request.ts";
import type { JsonObject, JsonValue } from "./json.ts";

/** One answered consent. */
export interface Authorization {
  /** The flow's id: 32 hex digits. */
  readonly id: string;
  readonly clientId: string;
  readonly subject: string;
  /** The login session it was given in. */
  readonly sessionId: string;
  readonly grantedScope: readonly string[];
  readonly grantedAudience: readonly string[];
  readonly createdAt: Date;
  /** Until when a later consent may rest on it; null when it was not remembered, `foreverAt` when for ever. */
  readonly rememberUntil: Date | null;
  /** The remembered authorization a skipped consent rests on, or null. */
  readonly basedOn: string | null;
  readonly skipped: boolean;
  /** The last instant at which anything that hangs from it may be alive, its refresh family and what comes of that apart. */
  readonly expiresAt: Date;
  /** No token lives longer after it was issued, be it at the start or by a refresh. Null: not known. */
  readonly tokenSeconds: number | null;
  readonly facts: AuthorizationFacts;
  /** Claims from the consent application; sealed at rest. */
  readonly accessTokenClaims: JsonObject;
  readonly idTokenClaims: JsonObject;
}

/** What was asked and how the user signed in; read, never searched. */
export interface AuthorizationFacts {
  readonly requestedScope: readonly string[];
  readonly requestedAudience: readonly string[];
  readonly authenticatedAt: Date;
  readonly requestedAt: Date;
  readonly acr: string;
  readonly amr: readonly string[];
  readonly nonce: string | null;
  readonly oidcContext: OidcContext;
  readonly requestUrl: string;
  readonly context: JsonValue;
  readonly loginContext: JsonValue;
  readonly remember: boolean;
  readonly rememberFor: number;
  readonly handledAt: Date;
  /** The subject identifier the login application forced for a pairwise client, or "". */
  readonly forcedSubject: string;
  /** The identifier by which a pairwise client knows the user, made once for all that hangs from this; "" for a public one. */
  readonly pairwiseSubject: string;
}

/** The subject as the client is told (OIDC Core §8). */
export function presentedSubject({ subject, facts }: Authorization): string {
  return facts.pairwiseSubject === "" ? subject : facts.pairwiseSubject;
}

/** "For ever" where a database wants an instant. */
export const foreverAt = new Date("9999-12-31T00:00:00.000Z");
