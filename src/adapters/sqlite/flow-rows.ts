/** Flows as rows: requests and answers are sealed, for they say who signs in where. */
import type { Seal } from "../../ports/seal.ts";
import type { AuthorizationRequest } from "../../protocol/authorization-request/request.ts";
import type { ConsentAnswer, Flow, FlowState, LoginAnswer } from "../../protocol/flow.ts";
import { digestBytes, digestText, fromJson, idBytes, idText, nullOr, uuidBytes, uuidText } from "./columns.ts";
import type { Value } from "./database.ts";

export interface FlowRow {
  readonly id: Uint8Array;
  readonly client_id: string;
  readonly cookie_digest: Uint8Array;
  readonly request: Uint8Array;
  readonly requested_at: number;
  readonly expires_at: number;
  readonly skip_subject: string | null;
  readonly skip_authenticated_at: number | null;
  readonly session_id: Uint8Array;
  readonly state: FlowState;
  readonly login: Uint8Array | null;
  readonly consent_skip: number | null;
  readonly consent_based_on: Uint8Array | null;
  readonly consent: Uint8Array | null;
}

export const flowColumns = `id, client_id, cookie_digest, request, requested_at, expires_at, skip_subject,
  skip_authenticated_at, session_id, state, login, consent_skip, consent_based_on, consent`;

type SealedColumn = "request" | "login" | "consent";

export function sealColumn(seal: Seal, column: SealedColumn, flowId: string, value: object): Uint8Array {
  return seal.seal("flows", column, flowId, JSON.stringify(value));
}

/** In the order of `flowColumns`. */
export function flowValues(flow: Flow, seal: Seal): Value[] {
  return [
    idBytes(flow.id),
    flow.clientId,
    digestBytes(flow.cookieDigest),
    sealColumn(seal, "request", flow.id, flow.request),
    flow.requestedAt,
    flow.expiresAt,
    flow.loginSkipped?.subject,
    flow.loginSkipped?.authenticatedAt,
    uuidBytes(flow.sessionId),
    flow.state,
    nullOr(flow.login, (login) => sealColumn(seal, "login", flow.id, login)),
    flow.consentAsked?.skip,
    nullOr(flow.consentAsked?.basedOn ?? null, idBytes),
    nullOr(flow.consent, (consent) => sealColumn(seal, "consent", flow.id, consent)),
  ];
}

export function toFlow(row: FlowRow, seal: Seal): Flow {
  const id = idText(row.id);
  const open = (column: SealedColumn, sealed: Uint8Array) => seal.open("flows", column, id, sealed);
  return {
    id,
    clientId: row.client_id,
    state: row.state,
    cookieDigest: digestText(row.cookie_digest),
    request: fromJson<AuthorizationRequest>(open("request", row.request)),
    requestedAt: new Date(row.requested_at),
    expiresAt: new Date(row.expires_at),
    loginSkipped: toSkipped(row),
    sessionId: uuidText(row.session_id),
    login: nullOr(row.login, (sealed) => toLogin(open("login", sealed))),
    consentAsked: nullOr(row.consent_skip, (skip) => ({
      skip: skip === 1,
      basedOn: nullOr(row.consent_based_on, idText),
    })),
    consent: nullOr(row.consent, (sealed) => toConsent(open("consent", sealed))),
  };
}

function toSkipped({ skip_subject: subject, skip_authenticated_at: at }: FlowRow): Flow["loginSkipped"] {
  return subject === null || at === null ? null : { subject, authenticatedAt: new Date(at) };
}

function toLogin(text: string): LoginAnswer {
  const answer = fromJson<LoginAnswer>(text);
  if ("rejected" in answer) return answer;
  const { accepted } = answer;
  return { accepted: { ...accepted, authenticatedAt: new Date(accepted.authenticatedAt) } };
}

function toConsent(text: string): ConsentAnswer {
  const answer = fromJson<ConsentAnswer>(text);
  if ("rejected" in answer) return answer;
  const { accepted } = answer;
  return { accepted: { ...accepted, handledAt: new Date(accepted.handledAt) } };
}
