/** `tessera.flow.v1.LogoutFlowService`: from message to operation to message. */
import type { MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import type { LogoutFlowService, LogoutRequestSchema } from "../../gen/tessera/flow/v1/logout_flow_service_pb.js";
import type { AskedLogout, acceptLogout, getLogout, rejectLogout } from "../../operations/logout/logout.ts";
import type { Ports } from "../../ports/ports.ts";
import type { Methods } from "./call.ts";
import { toClientMessage } from "./client-message.ts";

export interface LogoutOperations {
  readonly acceptLogout: typeof acceptLogout;
  readonly getLogout: typeof getLogout;
  readonly rejectLogout: typeof rejectLogout;
}

export function logoutFlow(operations: LogoutOperations, ports: Ports): Methods<typeof LogoutFlowService> {
  return {
    getLogout: async ({ logoutChallenge }, now) => {
      return { logout: toMessage(await operations.getLogout({ challenge: logoutChallenge, now }, ports)) };
    },
    acceptLogout: async ({ logoutChallenge }, now) => {
      return operations.acceptLogout({ challenge: logoutChallenge, now }, ports);
    },
    rejectLogout: async ({ logoutChallenge }, now) => {
      await operations.rejectLogout({ challenge: logoutChallenge, now }, ports);
      return {};
    },
  };
}

function toMessage({ challenge, request, client }: AskedLogout): MessageInitShape<typeof LogoutRequestSchema> {
  const { wish } = request;
  return {
    challenge,
    subject: request.subject,
    sid: request.sessionId,
    requestUrl: wish.requestUrl,
    rpInitiated: wish.rpInitiated,
    requestedAt: timestampFromDate(request.requestedAt),
    expiresAt: timestampFromDate(request.expiresAt),
    ...(client === null ? {} : { client: toClientMessage(client, null) }),
    skip: wish.skip,
    logoutHint: wish.logoutHint,
    uiLocales: [...wish.uiLocales],
  };
}
