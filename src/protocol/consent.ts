/** Whether a user counts as having agreed, and what a consent may grant. */

import type { AuthorizationRequest } from "./authorization-request/request.ts";
import type { Client } from "./client.ts";
import { isPublic } from "./client.ts";
import { refuse } from "./errors.ts";
import { isVerifiableRedirectUri } from "./redirect-uri.ts";
import { admitsScope, type ScopeStrategy } from "./scope.ts";
import { quotable } from "./text.ts";

interface Remembered {
  readonly id: string;
  readonly grantedScope: readonly string[];
  readonly grantedAudience: readonly string[];
}

export interface Agreement {
  readonly agreed: boolean;
  /** The remembered authorization it rests on. */
  readonly basedOn: string | null;
}

/** OIDC Core §3.1.2.4: by the client's `skip_consent` (D14), or by a remembered consent to at least as much. */
export function findAgreement(
  client: Client,
  request: AuthorizationRequest,
  remembered: readonly Remembered[],
  strategy: ScopeStrategy,
): Agreement {
  // RFC 8628 §5.4: the device may be another person's, who has sent the user here.
  if (request.device !== undefined) return { agreed: false, basedOn: null };
  // RFC 8252 §8.6: anybody can pretend to be a public client at a private-use scheme.
  const assured = !isPublic(client) || isVerifiableRedirectUri(request.redirectUri);
  if (!assured) return { agreed: false, basedOn: null };
  const rests = remembered.find((consent) => covers(consent, request, strategy));
  return { agreed: client.skipConsent || rests !== undefined, basedOn: rests?.id ?? null };
}

function covers(consent: Remembered, request: AuthorizationRequest, strategy: ScopeStrategy): boolean {
  const granted = consent.grantedScope.join(" ");
  return (
    request.scope.every((scope) => admitsScope(strategy, granted, scope)) &&
    request.audience.every((audience) => consent.grantedAudience.includes(audience))
  );
}

/** D8: a consent grants what was requested, or less. */
export function requireRequested(
  request: AuthorizationRequest,
  grantedScope: readonly string[],
  grantedAudience: readonly string[],
): void {
  const scope = grantedScope.find((value) => !request.scope.includes(value));
  if (scope !== undefined) {
    refuse("invalid_request", `The scope '${quotable(scope)}' was not requested and can not be granted.`, {
      field: "grant_scope",
    });
  }
  const audience = grantedAudience.find((value) => !request.audience.includes(value));
  if (audience !== undefined) {
    refuse("invalid_request", `The audience '${quotable(audience)}' was not requested and can not be granted.`, {
      field: "grant_access_token_audience",
    });
  }
}
