/** The pages' line to the server: the flow services of the public contract, over Connect. */
import { type Client, Code, ConnectError, createClient, type Interceptor } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-node";
import { ErrorInfoSchema } from "../gen/google/rpc/error_details_pb.js";
import { ConsentFlowService } from "../gen/tessera/flow/v1/consent_flow_service_pb.js";
import { DeviceFlowService } from "../gen/tessera/flow/v1/device_flow_service_pb.js";
import { LoginFlowService } from "../gen/tessera/flow/v1/login_flow_service_pb.js";
import { LogoutFlowService } from "../gen/tessera/flow/v1/logout_flow_service_pb.js";

export interface Flows {
  readonly login: Client<typeof LoginFlowService>;
  readonly consent: Client<typeof ConsentFlowService>;
  readonly device: Client<typeof DeviceFlowService>;
  readonly logout: Client<typeof LogoutFlowService>;
}

/** `apiKey`: where the admin port asks for one; it needs the scope `flow`. */
export function flowClient(adminUrl: string, apiKey?: string): Flows {
  const interceptors = bearing(apiKey);
  const transport = createConnectTransport({
    ...{ baseUrl: adminUrl, httpVersion: "1.1", defaultTimeoutMs: 10_000 },
    interceptors,
  });
  return {
    login: createClient(LoginFlowService, transport),
    consent: createClient(ConsentFlowService, transport),
    device: createClient(DeviceFlowService, transport),
    logout: createClient(LogoutFlowService, transport),
  };
}

/** A key with every call; none without one. */
export function bearing(apiKey: string | undefined): Interceptor[] {
  if (apiKey === undefined || apiKey === "") return [];
  return [
    (next) => (request) => {
      request.header.set("authorization", `Bearer ${apiKey}`);
      return next(request);
    },
  ];
}

/** Why the server did not do what a page asked. */
export type Trouble =
  /** The step is past: the browser has only to go on. */
  { readonly kind: "past"; readonly redirectTo: string } | { readonly kind: "unknown" | "expired" | "unreachable" };

/** Undefined: this was no answer of the server. */
export function troubleOf(error: unknown): Trouble | undefined {
  if (!(error instanceof ConnectError)) return undefined;
  const reason = error.findDetails(ErrorInfoSchema)[0]?.reason;
  // The pages' own key: nothing that the user could mend.
  if (reason === "invalid_token" || reason === "insufficient_scope") return undefined;
  const redirectTo = error.findDetails(ErrorInfoSchema)[0]?.metadata.redirect_to;
  if (redirectTo !== undefined) return { kind: "past", redirectTo };
  if (error.code === Code.NotFound || error.code === Code.InvalidArgument) return { kind: "unknown" };
  if (error.code === Code.Unauthenticated) return { kind: "expired" };
  return { kind: "unreachable" };
}
