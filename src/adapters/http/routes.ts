/** Method and path to endpoint: what each port answers, on one screen. */
import { authorize } from "../../operations/authorize/authorize.ts";
import {
  deleteRegistration,
  readRegistration,
  registerClient,
  replaceRegistration,
} from "../../operations/clients/registration.ts";
import { startDevice } from "../../operations/device/start.ts";
import { verifyDevice } from "../../operations/device/verify.ts";
import { exchange } from "../../operations/grants/exchange.ts";
import { readiness } from "../../operations/health/readiness.ts";
import { publicKeySet } from "../../operations/keys/key-sets.ts";
import { endSession } from "../../operations/logout/end-session.ts";
import { revoke } from "../../operations/tokens/revoke.ts";
import { userinfo } from "../../operations/tokens/userinfo.ts";
import type { Ports } from "../../ports/ports.ts";
import { paths } from "../../protocol/endpoints.ts";
import { idTokenKeySet } from "../../protocol/names.ts";
import { clientRate } from "./client-rate.ts";
import { authorizeEndpoint, deviceVerificationEndpoint } from "./endpoints/authorize.ts";
import { checkSessionEndpoint } from "./endpoints/check-session.ts";
import { deviceAuthorizationEndpoint } from "./endpoints/device.ts";
import { discoveryPages } from "./endpoints/discovery.ts";
import { docsRoutes } from "./endpoints/docs.ts";
import { endSessionEndpoint } from "./endpoints/end-session.ts";
import { fallbackRoutes } from "./endpoints/fallbacks.ts";
import { healthPages } from "./endpoints/health.ts";
import { type Metrics, metricsEndpoint } from "./endpoints/metrics.ts";
import { type ClientForm, type RegistrationOperations, registrationRoutes } from "./endpoints/registration.ts";
import { revokeEndpoint } from "./endpoints/revoke.ts";
import { tokenEndpoint } from "./endpoints/token.ts";
import { userinfoEndpoint } from "./endpoints/userinfo.ts";
import { versionEndpoint } from "./endpoints/version.ts";
import { withHead } from "./head.ts";
import type { Endpoint, HttpRequest, Route } from "./message.ts";
import { type ReadyBytes, readyBytes } from "./ready-bytes.ts";

export interface Surface {
  readonly routes: readonly Route[];
  readonly ready: ReadyBytes;
}

/** `elapsed`: milliseconds of a clock that only goes forward. */
export function publicSurface(ports: Ports, form: ClientForm, elapsed = () => performance.now()): Surface {
  const { config, signer } = ports;
  const authorization = authorizeEndpoint({ authorize: (request) => authorize(request, ports) }, config);
  const logout = endSessionEndpoint({ endSession: (request) => endSession(request, ports) }, config);
  const user = userinfoEndpoint({ userinfo: (request) => userinfo(request, ports) }, config.dev);
  const known = { idTokenAlgorithm: () => signer.algorithm(idTokenKeySet), publicKeySet: () => publicKeySet(ports) };
  const health = { readiness: async () => ({ ...(await readiness(ports)) }) };
  const ready = readyBytes(
    [...discoveryPages(known, config), ...healthPages(health, { prefix: "", tellsReasons: false })],
    elapsed,
  );
  const routes: Route[] = [
    { method: "GET", path: paths.authorization, endpoint: authorization },
    { method: "POST", path: paths.authorization, endpoint: authorization },
    {
      method: "POST",
      path: paths.token,
      endpoint: tokenEndpoint({ exchange: (request) => exchange(request, ports) }, clientRate(config, elapsed)),
    },
    {
      method: "POST",
      path: paths.revocation,
      endpoint: revokeEndpoint({ revoke: (request) => revoke(request, ports) }),
    },
    {
      method: "POST",
      path: paths.deviceAuthorization,
      endpoint: deviceAuthorizationEndpoint(
        { startDevice: (request) => startDevice(request, ports) },
        clientRate(config, elapsed),
      ),
    },
    {
      method: "GET",
      path: paths.deviceVerification,
      endpoint: deviceVerificationEndpoint({ authorize: (request) => verifyDevice(request, ports) }, config),
    },
    { method: "GET", path: paths.endSession, endpoint: logout },
    { method: "POST", path: paths.endSession, endpoint: logout },
    ...(config["oidc.session_management.enabled"]
      ? [{ method: "GET", path: paths.checkSession, endpoint: checkSessionEndpoint(config) }]
      : []),
    { method: "GET", path: paths.userinfo, endpoint: user },
    { method: "POST", path: paths.userinfo, endpoint: user },
    ...registrationRoutes({ operations: registrationOperations(ports), form, config, elapsed }),
    ...fallbackRoutes(),
    ...ready.routes,
  ];
  return { routes: withHead(routes), ready };
}

function registrationOperations(ports: Ports): RegistrationOperations {
  return {
    registerClient: (request) => registerClient(request, ports),
    readRegistration: (registrant) => readRegistration(registrant, ports),
    replaceRegistration: (request) => replaceRegistration(request, ports),
    deleteRegistration: (request) => deleteRegistration(request, ports),
  };
}

export interface AdminParts {
  readonly version: string;
  readonly metrics: Metrics;
  /** May this caller see the metrics? Refuses by throwing. */
  readonly admitMetrics?: (request: HttpRequest) => void;
  /** The REST routes of the RPC services. */
  readonly rest: readonly Route[];
}

export function adminSurface(ports: Ports, { version, metrics, rest, admitMetrics = () => {} }: AdminParts): Surface {
  const ready = readyBytes(
    healthPages({ readiness: async () => ({ ...(await readiness(ports)) }) }, { prefix: "/admin", tellsReasons: true }),
  );
  const tellMetrics = metricsEndpoint(metrics);
  const metricsPage: Endpoint = (request) => {
    admitMetrics(request);
    return tellMetrics(request);
  };
  const routes: Route[] = [
    { method: "GET", path: "/admin/version", endpoint: versionEndpoint(version) },
    { method: "GET", path: "/admin/metrics/prometheus", endpoint: metricsPage },
    ...docsRoutes(ports.config, version),
    ...rest,
    ...ready.routes,
  ];
  return { routes, ready };
}
