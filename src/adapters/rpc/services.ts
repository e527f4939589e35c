/** Everything the admin port serves of the contract: REST routes, and the handler of gRPC, gRPC-Web and Connect. */
import { Health } from "../../gen/grpc/health/v1/health_pb.js";
import { ServerReflection } from "../../gen/grpc/reflection/v1/reflection_pb.js";
import { ApiKeyService } from "../../gen/tessera/admin/v1/api_key_service_pb.js";
import { ClientService } from "../../gen/tessera/admin/v1/client_service_pb.js";
import { EventService } from "../../gen/tessera/admin/v1/event_service_pb.js";
import { KeyService } from "../../gen/tessera/admin/v1/key_service_pb.js";
import { SessionService } from "../../gen/tessera/admin/v1/session_service_pb.js";
import { TokenService } from "../../gen/tessera/admin/v1/token_service_pb.js";
import { TrustService } from "../../gen/tessera/admin/v1/trust_service_pb.js";
import { ConsentFlowService } from "../../gen/tessera/flow/v1/consent_flow_service_pb.js";
import { DeviceFlowService } from "../../gen/tessera/flow/v1/device_flow_service_pb.js";
import { LoginFlowService } from "../../gen/tessera/flow/v1/login_flow_service_pb.js";
import { LogoutFlowService } from "../../gen/tessera/flow/v1/logout_flow_service_pb.js";
import { createApiKey, deleteApiKey, listApiKeys } from "../../operations/admin/api-keys.ts";
import { watchEvents } from "../../operations/admin/watch-events.ts";
import { acceptConsent, getConsent, rejectConsent } from "../../operations/authorize/consent.ts";
import { listConsents, revokeConsents } from "../../operations/authorize/consents.ts";
import { acceptLogin, getLogin, rejectLogin } from "../../operations/authorize/login.ts";
import {
  deleteRotatedSecrets,
  patchClient,
  rotateClientSecret,
  setClientLifespans,
} from "../../operations/clients/change.ts";
import { listClients } from "../../operations/clients/list.ts";
import { createClient, deleteClient, getClient, replaceClient } from "../../operations/clients/register.ts";
import { acceptDevice, getDevice, rejectDevice } from "../../operations/device/user-code.ts";
import {
  distrustIssuer,
  getTrustedIssuer,
  listTrustedIssuers,
  trustIssuer,
} from "../../operations/grants/trusted-issuers.ts";
import { getKey, getKeySet } from "../../operations/keys/read-keys.ts";
import { createKey, deleteKey, deleteKeySet, replaceKey, replaceKeySet } from "../../operations/keys/write-keys.ts";
import { listLoginSessions, revokeLoginSessions } from "../../operations/logout/login-sessions.ts";
import { acceptLogout, getLogout, rejectLogout } from "../../operations/logout/logout.ts";
import { deleteTokens } from "../../operations/tokens/delete-tokens.ts";
import { introspect } from "../../operations/tokens/introspect.ts";
import type { Ports } from "../../ports/ports.ts";
import type { Asker } from "../../protocol/api-key.ts";
import type { Route } from "../http/message.ts";
import { type ApiKeyOperations, apiKeyService } from "./api-key-service.ts";
import { type Call, type CallRules, wrapService } from "./call.ts";
import { type ClientOperations, clientService } from "./client-service.ts";
import type { NodeRequest, NodeResponse } from "./connect.ts";
import { type ConsentOperations, consentFlow } from "./consent-flow.ts";
import { type DeviceOperations, deviceFlow } from "./device-flow.ts";
import { eventRoute } from "./event-route.ts";
import { type EventOperations, eventService } from "./event-service.ts";
import { fastGrpc } from "./fast-grpc.ts";
import { healthService } from "./health.ts";
import { type KeyOperations, keyService } from "./key-service.ts";
import { type LoginOperations, loginFlow } from "./login-flow.ts";
import { type LogoutOperations, logoutFlow } from "./logout-flow.ts";
import { reflectionService } from "./reflection.ts";
import { restRoutes } from "./rest.ts";
import { type SessionOperations, sessionService } from "./session-service.ts";
import { cutStalled } from "./stall.ts";
import { mountStream, wrapStream } from "./stream.ts";
import { type TokenOperations, tokenService } from "./token-service.ts";
import { type TrustOperations, trustService } from "./trust-service.ts";
import { boundUpload } from "./upload.ts";
import { createValidity } from "./validity.ts";

export type Operations = ClientOperations &
  TokenOperations &
  LoginOperations &
  ConsentOperations &
  DeviceOperations &
  KeyOperations &
  LogoutOperations &
  SessionOperations &
  TrustOperations &
  EventOperations &
  ApiKeyOperations;

const apiKeyOperations = { createApiKey, deleteApiKey, listApiKeys };
const clientOperations = {
  ...{ createClient, deleteClient, getClient, listClients, patchClient, replaceClient },
  ...{ deleteRotatedSecrets, rotateClientSecret, setClientLifespans },
};
const flowOperations = { acceptConsent, acceptLogin, getConsent, getLogin, rejectConsent, rejectLogin };
const deviceOperations = { acceptDevice, getDevice, rejectDevice };
const keyOperations = { createKey, deleteKey, deleteKeySet, getKey, getKeySet, replaceKey, replaceKeySet };
const logoutOperations = { acceptLogout, getLogout, rejectLogout };
const sessionOperations = { listConsents, listLoginSessions, revokeConsents, revokeLoginSessions };
const trustOperations = { distrustIssuer, getTrustedIssuer, listTrustedIssuers, trustIssuer };
const realOperations: Operations = {
  ...clientOperations,
  ...flowOperations,
  ...deviceOperations,
  ...keyOperations,
  ...logoutOperations,
  ...sessionOperations,
  ...trustOperations,
  ...apiKeyOperations,
  deleteTokens,
  introspect,
  watchEvents,
};

export interface RpcOptions {
  readonly now: () => Date;
  /** Told of every failure that is not the caller's, with the method's name. */
  readonly onInternalError: CallRules["onInternalError"];
  /** Who asks, and may they? Everybody may unless this says otherwise. */
  readonly admit?: CallRules["admit"];
  /** No call runs longer. */
  readonly maxTimeoutMs?: number;
}

export interface RpcSurface {
  readonly routes: Route[];
  /** True when it took the request: gRPC by its content type, `/tessera.*` and `/grpc.*` by their paths. */
  readonly handler: (request: NodeRequest, response: NodeResponse, asker?: Asker) => boolean;
  /** Whether the handler would take it. */
  readonly takes: (request: NodeRequest) => boolean;
  /** What `grpc.health.v1` says; not serving at first. */
  readonly setServing: (serving: boolean) => void;
  /** The server stops: says so to who watches its health, and ends the watching. */
  readonly endHealth: () => void;
}

/** As the HTTP side bounds its bodies. */
const readMaxBytes = 1 << 20;
const longestTimeoutMs = 3_600_000;

const contract = [
  ClientService,
  TokenService,
  LoginFlowService,
  ConsentFlowService,
  DeviceFlowService,
  LogoutFlowService,
  SessionService,
  KeyService,
  TrustService,
  ApiKeyService,
  EventService,
];

export function rpcSurface(ports: Ports, options: RpcOptions, operations: Operations = realOperations): RpcSurface {
  const { now, onInternalError } = options;
  const rules = callRules(options);
  const calls = contractCalls(ports, rules, operations);
  const { watchEvents: watching } = EventService.method;
  const events = eventService(operations, ports);
  const watch = wrapStream(watching, (...asked) => events.watchEvents(...asked), rules);
  const watchPath = `/${watch.name}`;
  const bounded = new Set([...calls.map(({ name }) => `/${name}`), watchPath]);
  const health = healthService(contract.map(({ typeName }) => typeName));
  const reflection = reflectionService([...contract, Health, ServerReflection]);
  const limits = { now, onInternalError, readMaxBytes, longestTimeoutMs };
  const serveFast = fastGrpc(calls, limits);
  const serve = whenLoaded(
    async () => {
      const { connectHandler } = await import("./connect.ts");
      return connectHandler(calls, {
        ...limits,
        others(router) {
          router.service(Health, health.methods).service(ServerReflection, reflection);
          mountStream(router, watch, now);
        },
      });
    },
    (error) => onInternalError(error, "connect"),
  );
  return {
    routes: [...restRoutes(calls, onInternalError), eventRoute(watch, onInternalError)],
    setServing: (serving) => health.setServing(serving),
    endHealth: () => health.end(),
    takes: isRpc,
    handler: (request, response, asker) => {
      if (!isRpc(request)) return false;
      // Health and reflection are asked in streams, which may stay open.
      if (bounded.has(request.url ?? "")) boundUpload(request, rules.maxTimeoutMs);
      if (request.url === watchPath) cutStalled(response);
      if (!serveFast(request, asker)) serve(request, response, asker);
      return true;
    },
  };
}

type Serve = (request: NodeRequest, response: NodeResponse, asker?: Asker) => void;

/** Connect is loaded for the first request that is neither REST nor unary gRPC, because it brings 10 MB along. */
function whenLoaded(load: () => Promise<Serve>, onFailure: (error: unknown) => void): Serve {
  let loading: Promise<Serve> | undefined;
  return (request, response, asker) => {
    loading ??= load();
    loading
      .then((serve) => serve(request, response, asker))
      .catch((error: unknown) => {
        onFailure(error);
        response.destroy();
      });
  };
}

function callRules({ admit = () => {}, maxTimeoutMs = 30_000, onInternalError }: RpcOptions): CallRules {
  return { validity: createValidity(), admit, maxTimeoutMs, onInternalError };
}

function contractCalls(ports: Ports, rules: CallRules, operations: Operations): Call[] {
  return [
    ...wrapService(ClientService, clientService(operations, ports), rules),
    ...wrapService(TokenService, tokenService(operations, ports), rules),
    ...wrapService(KeyService, keyService(operations, ports), rules),
    ...wrapService(LoginFlowService, loginFlow(operations, ports), rules),
    ...wrapService(ConsentFlowService, consentFlow(operations, ports), rules),
    ...wrapService(DeviceFlowService, deviceFlow(operations, ports), rules),
    ...wrapService(LogoutFlowService, logoutFlow(operations, ports), rules),
    ...wrapService(SessionService, sessionService(operations, ports), rules),
    ...wrapService(TrustService, trustService(operations, ports), rules),
    ...wrapService(ApiKeyService, apiKeyService(operations, ports), rules),
  ];
}

function isRpc({ headers, url = "" }: NodeRequest): boolean {
  return headers["content-type"]?.startsWith("application/grpc") === true || /^\/(?:tessera|grpc)\.[\w.]+\//.test(url);
}
