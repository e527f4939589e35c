import { describe, expect, test } from "vitest";
import { judgeRequest } from "../../src/protocol/authorization-request/judge.ts";
import { parseRequest, requireResponseTarget } from "../../src/protocol/authorization-request/parse.ts";
import { requireMetadata } from "../../src/protocol/client-metadata/fields.ts";
import { type DiscoveryFacts, discoveryDocument } from "../../src/protocol/discovery.ts";
import { readChallenge } from "../../src/protocol/pkce.ts";
import { encodePairs } from "../../src/protocol/redirect-uri.ts";
import { requireResponseMode, requireResponseType } from "../../src/protocol/response-type.ts";
import { aClient, aDigest } from "../support/nouns.ts";
import { refused } from "./refused.ts";

const facts: DiscoveryFacts = {
  issuer: "https://id.example/",
  publicUrl: "https://id.example/",
  idTokenAlgorithm: "RS256",
  subjectTypes: ["public"],
  supportedScope: ["photos.read", "openid"],
  supportedClaims: ["email", "sub"],
  managesSessions: false,
  registersClients: false,
  overrides: {
    authorization: null,
    token: null,
    deviceAuthorization: null,
    userinfo: null,
    jwks: null,
    registration: null,
  },
};
const document = discoveryDocument(facts);

function texts(member: string): string[] {
  const list = document[member];
  if (!Array.isArray(list)) throw new Error(`${member} is a list`);
  return list.map(String);
}

describe("OIDC Discovery §3, RFC 8414 §2", () => {
  test("says exactly this", () => {
    const algorithms = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"];
    const methods = ["client_secret_basic", "client_secret_post", "client_secret_jwt", "private_key_jwt", "none"];
    expect(document).toEqual({
      issuer: "https://id.example/",
      authorization_endpoint: "https://id.example/oauth2/auth",
      token_endpoint: "https://id.example/oauth2/token",
      device_authorization_endpoint: "https://id.example/oauth2/device/auth",
      jwks_uri: "https://id.example/.well-known/jwks.json",
      userinfo_endpoint: "https://id.example/userinfo",
      end_session_endpoint: "https://id.example/oauth2/sessions/logout",
      frontchannel_logout_supported: true,
      frontchannel_logout_session_supported: true,
      backchannel_logout_supported: true,
      backchannel_logout_session_supported: true,
      revocation_endpoint: "https://id.example/oauth2/revoke",
      scopes_supported: ["offline_access", "offline", "openid", "photos.read"],
      claims_supported: ["sub", "email"],
      response_types_supported: [
        "code",
        "id_token",
        "id_token token",
        "code id_token",
        "code token",
        "code id_token token",
        "token",
      ],
      response_modes_supported: ["query", "fragment", "form_post"],
      grant_types_supported: [
        "authorization_code",
        "implicit",
        "refresh_token",
        "client_credentials",
        "urn:ietf:params:oauth:grant-type:device_code",
        "urn:ietf:params:oauth:grant-type:jwt-bearer",
      ],
      subject_types_supported: ["public"],
      id_token_signing_alg_values_supported: algorithms,
      userinfo_signing_alg_values_supported: ["none", ...algorithms],
      id_token_signed_response_alg: ["RS256"],
      userinfo_signed_response_alg: ["none"],
      token_endpoint_auth_methods_supported: methods,
      token_endpoint_auth_signing_alg_values_supported: [...algorithms, "HS256", "HS384", "HS512"],
      revocation_endpoint_auth_methods_supported: methods,
      revocation_endpoint_auth_signing_alg_values_supported: [...algorithms, "HS256", "HS384", "HS512"],
      code_challenge_methods_supported: ["S256"],
      prompt_values_supported: ["none", "login", "consent", "select_account", "registration"],
      claims_parameter_supported: true,
      request_parameter_supported: true,
      request_uri_parameter_supported: true,
      require_request_uri_registration: true,
      request_object_signing_alg_values_supported: [...algorithms, "HS256", "HS384", "HS512"],
      authorization_response_iss_parameter_supported: true,
    });
  });

  test("a path of the public URL is kept, with or without its slash", () => {
    for (const publicUrl of ["https://id.example/sso", "https://id.example/sso/"]) {
      expect(discoveryDocument({ ...facts, publicUrl }).token_endpoint).toBe("https://id.example/sso/oauth2/token");
    }
  });

  test("the operator's own addresses stand in place of ours", () => {
    const overrides = {
      authorization: "https://login.example/auth",
      token: "https://edge.example/token",
      deviceAuthorization: "https://edge.example/device",
      userinfo: "https://edge.example/me",
      jwks: "https://cdn.example/jwks.json",
      registration: "https://edge.example/clients",
    };
    expect(discoveryDocument({ ...facts, overrides })).toMatchObject({
      authorization_endpoint: overrides.authorization,
      token_endpoint: overrides.token,
      device_authorization_endpoint: overrides.deviceAuthorization,
      userinfo_endpoint: overrides.userinfo,
      jwks_uri: overrides.jwks,
      registration_endpoint: overrides.registration,
      revocation_endpoint: "https://id.example/oauth2/revoke",
    });
  });
});

test("DCR-001: where clients register stands there when they may, and not otherwise", () => {
  expect(document).not.toHaveProperty("registration_endpoint");
  expect(discoveryDocument({ ...facts, registersClients: true })).toMatchObject({
    registration_endpoint: "https://id.example/oauth2/register",
  });
});

describe("what is advertised is what the rules accept, and nothing else", () => {
  test("response types and modes", () => {
    const accepts = (rule: (text: string) => unknown) => (text: string) => {
      try {
        rule(text);
        return true;
      } catch (error) {
        expect(error).toEqual(expect.objectContaining({ name: "OAuthError" }));
        return false;
      }
    };
    const types = [
      "code",
      "token",
      "id_token",
      "none",
      "code token",
      "code id_token",
      "code id_token token",
      "id_token token",
    ];
    expect(types.filter(accepts((type) => requireResponseType(type, [type]))).sort()).toEqual(
      texts("response_types_supported").toSorted(),
    );
    const modes = ["query", "fragment", "form_post", "web_message", "jwt", "query.jwt"];
    expect(modes.filter(accepts((mode) => requireResponseMode(mode, ["code"])))).toEqual(
      texts("response_modes_supported"),
    );
    const methods = ["plain", "S256", "S512"];
    expect(methods.filter(accepts((method) => readChallenge(aDigest(), method)))).toEqual(
      texts("code_challenge_methods_supported"),
    );
  });

  test("prompts", () => {
    const client = aClient();
    const judge = (prompt: string) => {
      const parsed = parseRequest(
        encodePairs([
          ["response_type", "code"],
          ["nonce", "n".repeat(8)],
          ["prompt", prompt],
        ]),
      );
      const target = requireResponseTarget(client, parsed, false);
      const policy = { scopeStrategy: "exact", pkceEnforced: false, pkceEnforcedForPublicClients: true } as const;
      return judgeRequest(parsed, { client, target, hint: null, requestUrl: "", policy });
    };
    for (const prompt of texts("prompt_values_supported")) expect(judge(prompt).prompt).toEqual([prompt]);
    for (const prompt of ["create", "Login", "all"]) expect(() => judge(prompt)).toThrow(refused("invalid_request"));
  });

  test("ways of client authentication and their algorithms", () => {
    const jwks = { keys: [{ kty: "OKP", crv: "Ed25519", x: "A".repeat(43) }] };
    for (const method of texts("token_endpoint_auth_methods_supported")) {
      const client = aClient({ tokenEndpointAuthMethod: method, grantTypes: [], jwks });
      expect(() => requireMetadata(client, false)).not.toThrow();
    }
    for (const algorithm of texts("token_endpoint_auth_signing_alg_values_supported")) {
      const tokenEndpointAuthMethod = algorithm.startsWith("HS") ? "client_secret_jwt" : "private_key_jwt";
      const client = aClient({ tokenEndpointAuthMethod, tokenEndpointAuthSigningAlg: algorithm, grantTypes: [], jwks });
      expect(() => requireMetadata(client, false)).not.toThrow();
    }
    expect(texts("token_endpoint_auth_signing_alg_values_supported").join()).not.toMatch(/none/);
  });
});
