import type { AssertionClaim } from "../../protocol/grant-assertion.ts";
import type { TrustedIssuer } from "../../protocol/trusted-issuer.ts";

/** How the list is cut: after this row, at most `limit` rows, the oldest first. */
export interface TrustPage {
  /** Exact match, or null. */
  readonly issuer: string | null;
  readonly after: { readonly createdAt: Date; readonly id: string } | null;
  readonly limit: number;
}

export interface TrustedIssuerStore {
  /** False when this issuer, subject and key are trusted already. */
  create(trust: TrustedIssuer): Promise<boolean>;
  find(id: string): Promise<TrustedIssuer | undefined>;
  list(page: TrustPage): Promise<TrustedIssuer[]>;
  /** False when there is none. */
  delete(id: string): Promise<boolean>;
  /** Those whose key may have signed it, as they stand at `now`: for its very subject first, and no more than eight. */
  candidates(claim: AssertionClaim, now: Date): Promise<TrustedIssuer[]>;
}
