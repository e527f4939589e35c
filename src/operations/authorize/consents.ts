/** What users have agreed to: listed page by page (D27), and taken back. */
import type { Ports } from "../../ports/ports.ts";
import type { Authorization } from "../../protocol/authorization.ts";
import type { Client } from "../../protocol/client.ts";
import { refuse } from "../../protocol/errors.ts";
import { datedPosition, openDatedPosition, type PageRequest, pageOf } from "../../protocol/page.ts";

export interface ConsentListRequest extends PageRequest {
  readonly subject: string;
  /** "" for every login session. */
  readonly sessionId: string;
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

export async function listConsents(request: ConsentListRequest, ports: Ports): Promise<ConsentList> {
  const { subject, sessionId, now } = request;
  if (subject === "") refuse("invalid_request", "The parameter 'subject' is missing.", { field: "subject" });
  const filters = { subject, sessionId: sessionId === "" ? null : sessionId };
  const { rows, nextPageToken } = await pageOf(request, {
    list: ["consents", subject, sessionId],
    tokens: ports.secrets,
    positionOf: datedPosition,
    read: (after, limit) =>
      ports.store.authorizations.list({ ...filters, after: openDatedPosition(after), limit, now }),
  });
  return { consents: await withClients(rows, ports), nextPageToken };
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
