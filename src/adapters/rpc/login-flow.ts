/** `tessera.flow.v1.LoginFlowService`: from message to operation to message. */
import type { MessageInitShape, MessageShape } from "@bufbuild/protobuf";
import type {
  AcceptedLoginSchema,
  LoginFlowService,
  LoginRequestSchema,
} from "../../gen/tessera/flow/v1/login_flow_service_pb.js";
import type {
  acceptLogin,
  getLogin,
  LoginAcceptance,
  LoginRequest,
  rejectLogin,
} from "../../operations/authorize/login.ts";
import type { Ports } from "../../ports/ports.ts";
import type { Methods } from "./call.ts";
import { toClientMessage } from "./client-message.ts";
import { present, toFreeJson, toOidcContextMessage, toRejection } from "./flow-message.ts";

export interface LoginOperations {
  readonly acceptLogin: typeof acceptLogin;
  readonly getLogin: typeof getLogin;
  readonly rejectLogin: typeof rejectLogin;
}

export function loginFlow(operations: LoginOperations, ports: Ports): Methods<typeof LoginFlowService> {
  return {
    getLogin: async ({ loginChallenge }, now) => {
      return { login: toMessage(await operations.getLogin({ challenge: loginChallenge, now }, ports)) };
    },
    acceptLogin: async ({ loginChallenge, login }, now) => {
      const answer = toAcceptance(present(login));
      return operations.acceptLogin({ challenge: loginChallenge, answer, now }, ports);
    },
    rejectLogin: async ({ loginChallenge, rejection }, now) => {
      const request = { challenge: loginChallenge, rejection: toRejection(present(rejection)), now };
      return operations.rejectLogin(request, ports);
    },
  };
}

function toMessage({
  challenge,
  flow,
  client,
  skip,
  subject,
}: LoginRequest): MessageInitShape<typeof LoginRequestSchema> {
  return {
    challenge,
    requestedScope: [...flow.request.scope],
    requestedAccessTokenAudience: [...flow.request.audience],
    skip,
    subject,
    oidcContext: toOidcContextMessage(flow.request.oidcContext),
    client: toClientMessage(client, null),
    requestUrl: flow.request.requestUrl,
    sessionId: flow.sessionId,
  };
}

function toAcceptance(login: MessageShape<typeof AcceptedLoginSchema>): LoginAcceptance {
  return {
    subject: login.subject,
    remember: login.remember,
    rememberFor: login.rememberFor,
    extendSessionLifespan: login.extendSessionLifespan,
    acr: login.acr,
    amr: login.amr,
    context: toFreeJson(login.context),
    forceSubjectIdentifier: login.forceSubjectIdentifier,
    identityProviderSessionId: login.identityProviderSessionId,
  };
}
