/** Whose JWTs are worth tokens: what administrators say of it (RFC 7523 §2.1), page by page where they read it (D27). */
import type { Ports } from "../../ports/ports.ts";
import { refuse } from "../../protocol/errors.ts";
import { parseDigits } from "../../protocol/text.ts";
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

export interface TrustListRequest {
  /** "" for every issuer. */
  readonly issuer: string;
  /** 0 for the default. */
  readonly pageSize: number;
  /** "" for the first page. */
  readonly pageToken: string;
  readonly now: Date;
}

export interface TrustList {
  readonly trusts: readonly TrustedIssuer[];
  /** "" when there are no more. */
  readonly nextPageToken: string;
}

const defaultPageSize = 100;
const largestPageSize = 500;

export async function listTrustedIssuers(request: TrustListRequest, { secrets, store }: Ports): Promise<TrustList> {
  const { issuer, pageSize, pageToken, now } = request;
  const limit = Math.min(pageSize === 0 ? defaultPageSize : pageSize, largestPageSize);
  // The token is bound to the filter: with another it would skip rows.
  const list = JSON.stringify(["trusted issuers", issuer]);
  const after = pageToken === "" ? null : openPosition(secrets.openPageToken(list, pageToken, now));
  // One more than asked for tells whether there is a next page.
  const page = { issuer: issuer === "" ? null : issuer, after, limit: limit + 1 };
  const rows = await store.trustedIssuers.list(page);
  const trusts = rows.slice(0, limit);
  const last = rows.length > limit ? trusts.at(-1) : undefined;
  return { trusts, nextPageToken: last === undefined ? "" : secrets.pageToken(list, position(last), now) };
}

function position({ createdAt, id }: TrustedIssuer): string {
  return `${createdAt.getTime()}.${id}`;
}

function openPosition(text: string | undefined): { readonly createdAt: Date; readonly id: string } {
  const [time = "", id = ""] = text?.split(".") ?? [];
  const milliseconds = parseDigits(time);
  if (milliseconds === undefined) {
    refuse("invalid_request", "The page token is not valid for this list.", { field: "page_token" });
  }
  return { createdAt: new Date(milliseconds), id };
}
