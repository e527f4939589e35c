/** `tessera.flow.v1.ConsentFlowService`: from message to operation to message. */
import type { MessageInitShape, MessageShape } from "@bufbuild/protobuf";
import type {
  AcceptedConsentSchema,
  ConsentFlowService,
  ConsentRequestSchema,
} from "../../gen/tessera/flow/v1/consent_flow_service_pb.js";
import type {
  acceptConsent,
  ConsentAcceptance,
  ConsentRequest,
  getConsent,
  rejectConsent,
} from "../../operations/authorize/consent.ts";
import type { Ports } from "../../ports/ports.ts";
import type { Methods } from "./call.ts";
import { toClientMessage } from "./client-message.ts";
import { fromFreeJson, present, toFreeJson, toOidcContextMessage, toRejection } from "./flow-message.ts";

export interface ConsentOperations {
  readonly acceptConsent: typeof acceptConsent;
  readonly getConsent: typeof getConsent;
  readonly rejectConsent: typeof rejectConsent;
}

export function consentFlow(operations: ConsentOperations, ports: Ports): Methods<typeof ConsentFlowService> {
  return {
    getConsent: async ({ consentChallenge }, now) => {
      return { consent: toMessage(await operations.getConsent({ challenge: consentChallenge, now }, ports)) };
    },
    acceptConsent: async ({ consentChallenge, consent }, now) => {
      const answer = toAcceptance(present(consent));
      return operations.acceptConsent({ challenge: consentChallenge, answer, now }, ports);
    },
    rejectConsent: async ({ consentChallenge, rejection }, now) => {
      const request = { challenge: consentChallenge, rejection: toRejection(present(rejection)), now };
      return operations.rejectConsent(request, ports);
    },
  };
}

function toMessage(asked: ConsentRequest): MessageInitShape<typeof ConsentRequestSchema> {
  const { flow, client } = asked;
  return {
    challenge: asked.challenge,
    consentRequestId: flow.id,
    requestedScope: [...flow.request.scope],
    requestedAccessTokenAudience: [...flow.request.audience],
    skip: asked.skip,
    subject: asked.subject,
    oidcContext: toOidcContextMessage(flow.request.oidcContext),
    client: toClientMessage(client, null),
    requestUrl: flow.request.requestUrl,
    loginChallenge: asked.loginChallenge,
    loginSessionId: flow.sessionId,
    acr: asked.acr,
    amr: [...asked.amr],
    ...fromFreeJson(asked.context),
  };
}

function toAcceptance(consent: MessageShape<typeof AcceptedConsentSchema>): ConsentAcceptance {
  return {
    grantScope: consent.grantScope,
    grantAudience: consent.grantAccessTokenAudience,
    accessTokenClaims: consent.session?.accessToken ?? {},
    idTokenClaims: consent.session?.idToken ?? {},
    remember: consent.remember,
    rememberFor: consent.rememberFor,
    context: toFreeJson(consent.context),
  };
}
