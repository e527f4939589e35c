/** `tessera.admin.v1.SessionService`: from message to operation to message. */
import type { MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import type { ConsentSessionSchema, SessionService } from "../../gen/tessera/admin/v1/session_service_pb.js";
import type { GrantedConsent, listConsents, revokeConsents } from "../../operations/authorize/consents.ts";
import type { revokeLoginSessions } from "../../operations/logout/login-sessions.ts";
import type { Ports } from "../../ports/ports.ts";
import type { Methods } from "./call.ts";
import { toClientMessage } from "./client-message.ts";
import { fromFreeJson, toOidcContextMessage } from "./flow-message.ts";

export interface SessionOperations {
  readonly listConsents: typeof listConsents;
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
    revokeConsentSessions: async ({ subject, client, all, consentRequestId }, now) => {
      await operations.revokeConsents({ subject, clientId: client, all, consentRequestId, now }, ports);
      return {};
    },
    revokeLoginSessions: async ({ subject, sid }, now) => {
      await operations.revokeLoginSessions({ subject, sessionId: sid, now }, ports);
      return {};
    },
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
