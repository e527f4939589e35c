/** What this server says of itself (OIDC Discovery §3, RFC 8414 §2): everything true, and nothing else (D20). */
import { below, paths } from "./endpoints.ts";
import type { JsonObject } from "./json.ts";
import {
  asymmetricAlgorithms,
  clientAuthenticationMethods,
  grantTypes,
  promptValues,
  symmetricAlgorithms,
} from "./names.ts";
import { supportedResponseTypes } from "./response-type.ts";

export interface DiscoveryFacts {
  readonly issuer: string;
  /** The base URL that browsers and clients use. */
  readonly publicUrl: string;
  /** Algorithm that ID tokens are signed with now. */
  readonly idTokenAlgorithm: string;
  readonly subjectTypes: readonly string[];
  readonly supportedScope: readonly string[];
  readonly supportedClaims: readonly string[];
  /** Whether clients may watch the session in a frame (OIDC Session Management 1.0). */
  readonly managesSessions: boolean;
  /** Whether clients may register themselves. */
  readonly registersClients: boolean;
  /** Addresses the operator publishes instead of ours; null where ours holds. */
  readonly overrides: {
    readonly authorization: string | null;
    readonly token: string | null;
    readonly deviceAuthorization: string | null;
    readonly userinfo: string | null;
    readonly jwks: string | null;
    readonly registration: string | null;
  };
}

export function discoveryDocument(facts: DiscoveryFacts): JsonObject {
  const at = (path: string) => below(facts.publicUrl, path);
  const signing = [...asymmetricAlgorithms];
  return {
    issuer: facts.issuer,
    authorization_endpoint: facts.overrides.authorization ?? at(paths.authorization),
    token_endpoint: facts.overrides.token ?? at(paths.token),
    device_authorization_endpoint: facts.overrides.deviceAuthorization ?? at(paths.deviceAuthorization),
    jwks_uri: facts.overrides.jwks ?? at(paths.jwks),
    userinfo_endpoint: facts.overrides.userinfo ?? at(paths.userinfo),
    revocation_endpoint: at(paths.revocation),
    end_session_endpoint: at(paths.endSession),
    ...registrationEndpoint(facts),
    ...(facts.managesSessions ? { check_session_iframe: at(paths.checkSession) } : {}),
    frontchannel_logout_supported: true,
    frontchannel_logout_session_supported: true,
    backchannel_logout_supported: true,
    backchannel_logout_session_supported: true,
    scopes_supported: [...new Set(["offline_access", "offline", "openid", ...facts.supportedScope])],
    claims_supported: [...new Set(["sub", ...facts.supportedClaims])],
    response_types_supported: [...supportedResponseTypes],
    response_modes_supported: ["query", "fragment", "form_post"],
    grant_types_supported: [...grantTypes],
    subject_types_supported: [...facts.subjectTypes],
    // The server's own first; a client registers for any other.
    id_token_signing_alg_values_supported: [...new Set([facts.idTokenAlgorithm, ...signing])],
    userinfo_signing_alg_values_supported: ["none", ...signing],
    // Not of any RFC: Hydra's generated clients refuse a document without these two.
    id_token_signed_response_alg: [facts.idTokenAlgorithm],
    userinfo_signed_response_alg: ["none"],
    token_endpoint_auth_methods_supported: [...clientAuthenticationMethods],
    token_endpoint_auth_signing_alg_values_supported: [...signing, ...symmetricAlgorithms],
    revocation_endpoint_auth_methods_supported: [...clientAuthenticationMethods],
    revocation_endpoint_auth_signing_alg_values_supported: [...signing, ...symmetricAlgorithms],
    code_challenge_methods_supported: ["S256"],
    prompt_values_supported: [...promptValues],
    claims_parameter_supported: true,
    request_parameter_supported: true,
    request_uri_parameter_supported: true,
    require_request_uri_registration: true,
    // `none` is not among them: it is only for the clients that are registered for it.
    request_object_signing_alg_values_supported: [...signing, ...symmetricAlgorithms],
    // RFC 9207 §3.
    authorization_response_iss_parameter_supported: true,
  };
}

/** OIDC Discovery §3; the operator may have another one than ours. */
function registrationEndpoint({ registersClients, publicUrl, overrides }: DiscoveryFacts): JsonObject {
  const url = overrides.registration ?? (registersClients ? below(publicUrl, paths.registration) : null);
  return url === null ? {} : { registration_endpoint: url };
}
