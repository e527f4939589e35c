/** Whose JWTs are worth tokens: what administrators say of it (RFC 7523 §2.1), page by page where they read it (D27). */
import type { Ports } from "../../ports/ports.ts";
import { refuse } from "../../protocol/errors.ts";
import { datedPosition, openDatedPosition, type PageRequest, pageOf } from "../../protocol/page.ts";
import { requireTrustOrder, type TrustedIssuer, type TrustOrder } from "../../protocol/trusted-issuer.ts";

export async function trustIssuer(
  { order, now }: { readonly order: TrustOrder; readonly now: Date },
  { events, random, store }: Ports,
): Promise<TrustedIssuer> {
  const trust = { ...requireTrustOrder(order, now), id: random.uuid(), createdAt: now };
  if (!(await store.trustedIssuers.create(trust))) {
    refuse("already_exists", "This key is trusted already for this issuer and subject.", { field: "jwk" });
  }
  events.emit({ type: "issuer_trusted", trustId: trust.id, issuer: trust.issuer, kid: trust.kid });
  return trust;
}

export async function getTrustedIssuer({ id }: { readonly id: string }, { store }: Ports): Promise<TrustedIssuer> {
  return (await store.trustedIssuers.find(id)) ?? refuseUnknown();
}

export async function distrustIssuer({ id }: { readonly id: string }, { events, store }: Ports): Promise<void> {
  if (!(await store.trustedIssuers.delete(id))) refuseUnknown();
  events.emit({ type: "issuer_distrusted", trustId: id });
}

function refuseUnknown(): never {
  return refuse("not_found", "Unable to locate the resource");
}

export interface TrustListRequest extends PageRequest {
  /** "" for every issuer. */
  readonly issuer: string;
}

export interface TrustList {
  readonly trusts: readonly TrustedIssuer[];
  /** "" when there are no more. */
  readonly nextPageToken: string;
}

export async function listTrustedIssuers(request: TrustListRequest, { secrets, store }: Ports): Promise<TrustList> {
  const issuer = request.issuer === "" ? null : request.issuer;
  const { rows, nextPageToken } = await pageOf(request, {
    list: ["trusted issuers", request.issuer],
    tokens: secrets,
    positionOf: datedPosition,
    read: (after, limit) => store.trustedIssuers.list({ issuer, after: openDatedPosition(after), limit }),
  });
  return { trusts: rows, nextPageToken };
}
