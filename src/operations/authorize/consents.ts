/** What users have agreed to: listed page by page (D27), and taken back. */
import type { Ports } from "../../ports/ports.ts";
import type { Authorization } from "../../protocol/authorization.ts";
import type { Client } from "../../protocol/client.ts";
import { refuse } from "../../protocol/errors.ts";
import { parseDigits } from "../../protocol/text.ts";

export interface ConsentListRequest {
  readonly subject: string;
  /** "" for every login session. */
  readonly sessionId: string;
  /** 0 for the default. */
  readonly pageSize: number;
  /** "" for the first page. */
  readonly pageToken: string;
  readonly now: Date;
}

export interface GrantedConsent {
  readonly authorization: Authorization;
  readonly client: Client;
}

export interface ConsentList {
  readonly consents: readonly GrantedConsent[];
  /** "" when there are no more. */
  readonly nextPageToken: string;
}

const defaultPageSize = 100;
const largestPageSize = 500;

export async function listConsents(request: ConsentListRequest, ports: Ports): Promise<ConsentList> {
  const { subject, sessionId, pageSize, pageToken, now } = request;
  if (subject === "") refuse("invalid_request", "The parameter 'subject' is missing.", { field: "subject" });
  const limit = Math.min(pageSize === 0 ? defaultPageSize : pageSize, largestPageSize);
  // The token is bound to the filters: with others it would skip rows.
  const list = JSON.stringify(["consents", subject, sessionId]);
  const after = pageToken === "" ? null : openPosition(ports.secrets.openPageToken(list, pageToken, now));
  // One more than asked for tells whether there is a next page.
  const page = { subject, sessionId: sessionId === "" ? null : sessionId, after, limit: limit + 1, now };
  const rows = await ports.store.authorizations.list(page);
  const shown = rows.slice(0, limit);
  const last = rows.length > limit ? shown.at(-1) : undefined;
  const nextPageToken = last === undefined ? "" : ports.secrets.pageToken(list, position(last), now);
  return { consents: await withClients(shown, ports), nextPageToken };
}

function position({ createdAt, id }: Authorization): string {
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

/** A client that is gone has taken what was granted to it along. */
async function withClients(rows: readonly Authorization[], { store }: Ports): Promise<GrantedConsent[]> {
  const ids = [...new Set(rows.map(({ clientId }) => clientId))];
  const found = await Promise.all(ids.map((id) => store.clients.find(id)));
  const clients = new Map(found.flatMap((client) => (client === undefined ? [] : [[client.id, client]])));
  return rows.flatMap((authorization) => {
    const client = clients.get(authorization.clientId);
    return client === undefined ? [] : [{ authorization, client }];
  });
}

export interface ConsentRevocation {
  /** "" where it is not said. */
  readonly subject: string;
  readonly clientId: string;
  readonly all: boolean;
  readonly consentRequestId: string;
  readonly sessionId: string;
  readonly now: Date;
}

/** Every token that rests on what is taken back ends with it; that there was nothing is no fault. */
export async function revokeConsents(revocation: ConsentRevocation, { store, events }: Ports): Promise<void> {
  const { subject, clientId, consentRequestId, sessionId, now } = revocation;
  requireOneWay(revocation);
  if (sessionId !== "") {
    await store.authorizations.revokeOfSession(sessionId, now);
    events.emit({ type: "consents_revoked", subject: null, clientId: null, authorizationId: null, sessionId });
    return;
  }
  if (consentRequestId !== "") {
    await store.authorizations.revoke(consentRequestId, now);
    events.emit({ type: "consents_revoked", subject: null, clientId: null, authorizationId: consentRequestId });
    return;
  }
  const client = clientId === "" ? null : clientId;
  await store.authorizations.revokeGranted(subject, client, now);
  events.emit({ type: "consents_revoked", subject, clientId: client, authorizationId: null });
}

// As Hydra: who is meant must be said in one way, so that a forgotten parameter does not take everything back.
function requireOneWay({ subject, clientId, all, consentRequestId, sessionId }: ConsentRevocation): void {
  const byId = (consentRequestId === "") !== (sessionId === "") && subject === "" && clientId === "" && !all;
  const bySubject = consentRequestId === "" && sessionId === "" && subject !== "" && (clientId !== "") !== all;
  if (byId || bySubject) return;
  refuse(
    "invalid_request",
    "Name either 'subject' and 'client', or 'subject' and 'all=true', or 'consent_request_id', and nothing else.",
    { field: subject === "" ? "subject" : "client" },
  );
}
