/** `tessera.admin.v1.SessionService`: from message to operation to message. */
import type { MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import type {
  ConsentSessionSchema,
  LoginSessionSchema,
  SessionService,
} from "../../gen/tessera/admin/v1/session_service_pb.js";
import type { GrantedConsent, listConsents, revokeConsents } from "../../operations/authorize/consents.ts";
import type { listLoginSessions, revokeLoginSessions } from "../../operations/logout/login-sessions.ts";
import type { Ports } from "../../ports/ports.ts";
import type { ListedSession } from "../../ports/store/login-sessions.ts";
import type { Methods } from "./call.ts";
import { toClientMessage } from "./client-message.ts";
import { fromFreeJson, toOidcContextMessage } from "./flow-message.ts";

export interface SessionOperations {
  readonly listConsents: typeof listConsents;
  readonly listLoginSessions: typeof listLoginSessions;
  readonly revokeConsents: typeof revokeConsents;
  readonly revokeLoginSessions: typeof revokeLoginSessions;
}

export function sessionService(operations: SessionOperations, ports: Ports): Methods<typeof SessionService> {
  return {
    listConsentSessions: async ({ subject, loginSessionId, pageSize, pageToken }, now) => {
      const request = { subject, sessionId: loginSessionId, pageSize, pageToken, now };
      const { consents, nextPageToken } = await operations.listConsents(request, ports);
      return { consentSessions: consents.map(toMessage), nextPageToken };
    },
    revokeConsentSessions: async ({ subject, client, all, consentRequestId, loginSessionId }, now) => {
      const meant = { subject, clientId: client, all, consentRequestId, sessionId: loginSessionId };
      await operations.revokeConsents({ ...meant, now }, ports);
      return {};
    },
    listLoginSessions: async ({ subject, client, sid, pageSize, pageToken }, now) => {
      const request = { subject, clientId: client, sessionId: sid, pageSize, pageToken, now };
      const { sessions, nextPageToken } = await operations.listLoginSessions(request, ports);
      return { loginSessions: sessions.map(toSessionMessage), nextPageToken };
    },
    revokeLoginSessions: async ({ subject, sid, client }, now) => {
      await operations.revokeLoginSessions({ subject, clientId: client, sessionId: sid, now }, ports);
      return {};
    },
  };
}

function toSessionMessage(session: ListedSession): MessageInitShape<typeof LoginSessionSchema> {
  return {
    sid: session.id,
    subject: session.subject,
    authenticatedAt: timestampFromDate(session.authenticatedAt),
    expiresAt: timestampFromDate(session.expiresAt),
    remember: session.remember,
    clientIds: [...session.clientIds],
  };
}

function toMessage({ authorization, client }: GrantedConsent): MessageInitShape<typeof ConsentSessionSchema> {
  const { facts } = authorization;
  return {
    consentRequest: {
      consentRequestId: authorization.id,
      requestedScope: [...facts.requestedScope],
      requestedAccessTokenAudience: [...facts.requestedAudience],
      skip: false,
      subject: authorization.subject,
      oidcContext: toOidcContextMessage(facts.oidcContext),
      client: toClientMessage(client, null),
      requestUrl: facts.requestUrl,
      loginSessionId: authorization.sessionId,
      acr: facts.acr,
      amr: [...facts.amr],
      ...fromFreeJson(facts.loginContext),
    },
    consentRequestId: authorization.id,
    ...fromFreeJson(facts.context),
    grantAccessTokenAudience: [...authorization.grantedAudience],
    grantScope: [...authorization.grantedScope],
    handledAt: timestampFromDate(facts.handledAt),
    remember: facts.remember,
    rememberFor: facts.rememberFor,
    session: { accessToken: authorization.accessTokenClaims, idToken: authorization.idTokenClaims },
  };
}
