import { describe, expect, test } from "vitest";
import type { ClientMetadata } from "../../../src/protocol/client.ts";
import { emptyClientMetadata } from "../../../src/protocol/client.ts";
import { requireMetadata } from "../../../src/protocol/client-metadata/fields.ts";
import { aClient } from "../../support/nouns.ts";
import { refused } from "../refused.ts";

function judge(over: Partial<ClientMetadata>, dev = false): () => void {
  return () => requireMetadata({ ...emptyClientMetadata, ...over }, dev);
}

describe("RFC 7591 §2: a registration", () => {
  test("may be empty, and may be whole", () => {
    expect(judge({})).not.toThrow();
    expect(judge(aClient())).not.toThrow();
  });

  test("OIDC Registration §2: grant and response types that are refused only when asked may be registered", () => {
    const grantTypes = [
      "implicit",
      "urn:ietf:params:oauth:grant-type:device_code",
      "urn:ietf:params:oauth:grant-type:jwt-bearer",
    ];
    const responseTypes = ["code id_token", "id_token token", "code id_token token"];
    expect(judge({ grantTypes, responseTypes })).not.toThrow();
  });

  test.each<[string, string, Partial<ClientMetadata>]>([
    [
      "token_endpoint_auth_signing_alg",
      "of key pairs, for a secret",
      { tokenEndpointAuthMethod: "client_secret_jwt", tokenEndpointAuthSigningAlg: "RS256" },
    ],
    ["token_endpoint_auth_method", "tls_client_auth", { tokenEndpointAuthMethod: "tls_client_auth" }],
    ["token_endpoint_auth_method", "in another case", { tokenEndpointAuthMethod: "None" }],
    ["token_endpoint_auth_signing_alg", "none", { tokenEndpointAuthSigningAlg: "none" }],
    ["token_endpoint_auth_signing_alg", "HS256", { tokenEndpointAuthSigningAlg: "HS256" }],
    [
      "request_object_signing_alg",
      "HS256 without a secret",
      { tokenEndpointAuthMethod: "none", requestObjectSigningAlg: "HS256" },
    ],
    ["access_token_strategy", "of no known kind", { accessTokenStrategy: "paseto" }],
    ["subject_type", "of no known kind", { subjectType: "Pairwise" }],
    ["userinfo_signed_response_alg", "HS256", { userinfoSignedResponseAlg: "HS256" }],
    ["id_token_signed_response_alg", "none", { idTokenSignedResponseAlg: "none" }],
    ["id_token_signed_response_alg", "HS256", { idTokenSignedResponseAlg: "HS256" }],
    ["grant_types", "password", { grantTypes: ["password"] }],
    ["grant_types", "empty", { grantTypes: ["authorization_code", ""] }],
    ["grant_types", "that no header could carry", { grantTypes: [`"${"😀".repeat(100)}`] }],
    [
      "grant_types",
      "client_credentials without authentication",
      { grantTypes: ["client_credentials"], tokenEndpointAuthMethod: "none" },
    ],
    ["response_types", "of no known kind", { responseTypes: ["magic"] }],
    ["response_types", "with a space behind", { responseTypes: ["code "] }],
    ["response_types", "empty", { responseTypes: [""] }],
    ["scope", "with two spaces", { scope: "openid  photos" }],
    ["scope", "with a quote", { scope: 'a"b' }],
    ["scope", "of 9 000 characters", { scope: "a".repeat(9000) }],
    ["client_name", "with NUL", { name: "a\u0000" }],
    ["client_name", "with a lone surrogate", { name: "\ud800" }],
    ["client_name", "of 64 KiB", { name: "a".repeat(65_536) }],
    ["contacts", "of 3 000 characters", { contacts: ["a".repeat(3000)] }],
    ["contacts", "of 101 entries", { contacts: Array.from({ length: 101 }, () => "a@b.example") }],
    ["audience", "with NUL", { audience: ["\u0000"] }],
    [
      "authorization_code_grant_access_token_lifespan",
      "of no time",
      { lifespans: { authorization_code_grant_access_token: 0 } },
    ],
    ["refresh_token_grant_id_token_lifespan", "below zero", { lifespans: { refresh_token_grant_id_token: -1 } }],
    [
      "refresh_token_grant_id_token_lifespan",
      "that is no number",
      { lifespans: { refresh_token_grant_id_token: Number.NaN } },
    ],
  ])("%s %s is invalid_client_metadata", (field, _, over) => {
    expect(judge(over)).toThrow(refused("invalid_client_metadata", field));
  });

  test.each<[string, Partial<ClientMetadata>]>([
    ["of 4 KiB", { redirectUris: [`https://printer.example/${"a".repeat(4096)}`] }],
    ["with NUL", { redirectUris: ["https://printer.example/\u0000"] }],
    ["that is empty", { redirectUris: [""] }],
    ["that runs", { redirectUris: ["https://printer.example/", "javascript:alert(1)"] }],
    ["among 1 000", { redirectUris: Array.from({ length: 1000 }, (_, i) => `https://printer.example/${i}`) }],
  ])("§3.2.2: a redirect URI %s is invalid_redirect_uri", (_, over) => {
    expect(judge(over)).toThrow(refused("invalid_redirect_uri", "redirect_uris"));
  });

  test("RFC 6749 §4.4: client_credentials is for a client that has credentials", () => {
    expect(judge({ grantTypes: ["client_credentials"] })).not.toThrow();
    expect(judge({ tokenEndpointAuthMethod: "none" })).not.toThrow();
  });

  test("a name with markup is data, and stays what it is", () => {
    expect(judge({ name: "<b>Printer</b> \u202e" })).not.toThrow();
  });
});
