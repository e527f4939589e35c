/** How a flow lies in its row: what applications and users said is sealed. */
import type { Seal } from "../../ports/seal.ts";
import type { AuthorizationRequest } from "../../protocol/authorization-request/request.ts";
import type {
  AcceptedConsent,
  AcceptedLogin,
  ConsentAnswer,
  Flow,
  FlowState,
  LoginAnswer,
  Rejection,
} from "../../protocol/flow.ts";
import { constant } from "./arguments.ts";
import { digestOf, idOf } from "./cells.ts";
import { sealedColumn } from "./sealed.ts";

/** `w` is the alias of the table. */
export const flowColumns = constant(`
  w.id as id, w.requested_at, w.expires_at, w.client_id, w.cookie_digest, w.login_skipped_at, w.login_skipped_subject,
  w.request, w.state, w.session_id, w.based_on, w.consent_skip, w.login, w.consent`);

export interface FlowRow {
  readonly id: string;
  readonly requested_at: Date;
  readonly expires_at: Date;
  readonly client_id: string;
  readonly cookie_digest: Uint8Array;
  readonly login_skipped_at: Date | null;
  readonly login_skipped_subject: string | null;
  readonly request: Uint8Array;
  readonly state: FlowState;
  readonly session_id: string;
  readonly based_on: string | null;
  readonly consent_skip: boolean | null;
  readonly login: Uint8Array | null;
  readonly consent: Uint8Array | null;
}

export interface FlowCells {
  request(id: string, request: AuthorizationRequest): Uint8Array;
  login(id: string, answer: LoginAnswer): Uint8Array;
  consent(id: string, answer: ConsentAnswer): Uint8Array;
  toFlow(row: FlowRow): Flow;
}

/** JSON has no instants. */
type Written<Accepted, Instant extends keyof Accepted> = Omit<Accepted, Instant> & Readonly<Record<Instant, string>>;
type StoredLogin = { accepted: Written<AcceptedLogin, "authenticatedAt"> } | { rejected: Rejection };
type StoredConsent = { accepted: Written<AcceptedConsent, "handledAt"> } | { rejected: Rejection };

export function flowCells(seal: Seal): FlowCells {
  const request = sealedColumn(seal, "flows", "request");
  const login = sealedColumn(seal, "flows", "login");
  const consent = sealedColumn(seal, "flows", "consent");
  return {
    request: (id, value) => request.seal(id, value),
    login: (id, answer) => login.seal(id, answer),
    consent: (id, answer) => consent.seal(id, answer),
    toFlow(row) {
      const id = idOf(row.id);
      return {
        id,
        clientId: row.client_id,
        state: row.state,
        cookieDigest: digestOf(row.cookie_digest),
        request: request.open<AuthorizationRequest>(id, row.request),
        requestedAt: row.requested_at,
        expiresAt: row.expires_at,
        loginSkipped: toLoginSkipped(row),
        sessionId: row.session_id,
        login: row.login === null ? null : toLoginAnswer(login.open<StoredLogin>(id, row.login)),
        consentAsked: toConsentAsked(row),
        consent: row.consent === null ? null : toConsentAnswer(consent.open<StoredConsent>(id, row.consent)),
      };
    },
  };
}

function toLoginSkipped(row: FlowRow): Flow["loginSkipped"] {
  if (row.login_skipped_subject === null || row.login_skipped_at === null) return null;
  return { subject: row.login_skipped_subject, authenticatedAt: row.login_skipped_at };
}

function toConsentAsked(row: FlowRow): Flow["consentAsked"] {
  if (row.consent_skip === null) return null;
  return { skip: row.consent_skip, basedOn: row.based_on === null ? null : idOf(row.based_on) };
}

function toLoginAnswer(stored: StoredLogin): LoginAnswer {
  if ("rejected" in stored) return stored;
  return { accepted: { ...stored.accepted, authenticatedAt: new Date(stored.accepted.authenticatedAt) } };
}

function toConsentAnswer(stored: StoredConsent): ConsentAnswer {
  if ("rejected" in stored) return stored;
  return { accepted: { ...stored.accepted, handledAt: new Date(stored.accepted.handledAt) } };
}
