/** What relying parties read first and often: discovery (RFC 8414, OIDC Discovery §4) and the keys (RFC 7517 §5). */
import type { Config } from "../../../config/settings.ts";
import { discoveryDocument } from "../../../protocol/discovery.ts";
import { paths } from "../../../protocol/endpoints.ts";
import type { JsonObject } from "../../../protocol/json.ts";
import { jwksMaxAgeSeconds } from "../../../protocol/key-life.ts";
import type { HttpReply } from "../message.ts";
import type { ReadyPage } from "../ready-bytes.ts";
import { jsonReply } from "../reply.ts";

export interface DiscoveryOperations {
  readonly idTokenAlgorithm: () => Promise<string>;
  readonly publicKeySet: () => Promise<JsonObject>;
}

export type DiscoveryConfig = Pick<
  Config,
  | "urls.self.issuer"
  | "urls.self.public"
  | "oidc.session_management.enabled"
  | "oidc.dynamic_client_registration.enabled"
  | "oidc.subject_identifiers.supported_types"
  | "webfinger.oidc_discovery.auth_url"
  | "webfinger.oidc_discovery.token_url"
  | "webfinger.oidc_discovery.device_authorization_url"
  | "webfinger.oidc_discovery.userinfo_url"
  | "webfinger.oidc_discovery.jwks_url"
  | "webfinger.oidc_discovery.client_registration_url"
  | "webfinger.oidc_discovery.supported_scope"
  | "webfinger.oidc_discovery.supported_claims"
>;

const freshSeconds = 5;
const staleSeconds = 25;

export function discoveryPages(operations: DiscoveryOperations, config: DiscoveryConfig): ReadyPage[] {
  const document = async () => cacheable(describe(config, await operations.idTokenAlgorithm()));
  const keys = async () => cacheable(await operations.publicKeySet());
  return [
    { path: paths.openidConfiguration, load: document, freshSeconds, staleSeconds },
    { path: paths.authorizationServer, load: document, freshSeconds, staleSeconds },
    { path: paths.jwks, load: keys, freshSeconds, staleSeconds },
  ];
}

function describe(config: DiscoveryConfig, idTokenAlgorithm: string): JsonObject {
  return discoveryDocument({
    issuer: config["urls.self.issuer"],
    publicUrl: config["urls.self.public"],
    idTokenAlgorithm,
    subjectTypes: config["oidc.subject_identifiers.supported_types"],
    supportedScope: config["webfinger.oidc_discovery.supported_scope"],
    supportedClaims: config["webfinger.oidc_discovery.supported_claims"],
    managesSessions: config["oidc.session_management.enabled"],
    registersClients: config["oidc.dynamic_client_registration.enabled"],
    overrides: {
      authorization: config["webfinger.oidc_discovery.auth_url"],
      token: config["webfinger.oidc_discovery.token_url"],
      deviceAuthorization: config["webfinger.oidc_discovery.device_authorization_url"],
      userinfo: config["webfinger.oidc_discovery.userinfo_url"],
      jwks: config["webfinger.oidc_discovery.jwks_url"],
      registration: config["webfinger.oidc_discovery.client_registration_url"],
    },
  });
}

function cacheable(document: JsonObject): HttpReply {
  return jsonReply(200, document, {
    "cache-control": `public, max-age=${jwksMaxAgeSeconds}`,
    // Public documents, the same for everybody: any page may read them.
    "access-control-allow-origin": "*",
  });
}
