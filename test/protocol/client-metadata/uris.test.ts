import { describe, expect, test } from "vitest";
import { type ClientMetadata, emptyClientMetadata } from "../../../src/protocol/client.ts";
import { requireUris } from "../../../src/protocol/client-metadata/uris.ts";
import { refused } from "../refused.ts";

function judge(over: Partial<ClientMetadata>): () => void {
  return () => requireUris({ ...emptyClientMetadata, ...over }, false);
}

const pages = {
  policy_uri: "policyUri",
  tos_uri: "tosUri",
  client_uri: "clientUri",
  logo_uri: "logoUri",
  frontchannel_logout_uri: "frontchannelLogoutUri",
  backchannel_logout_uri: "backchannelLogoutUri",
  jwks_uri: "jwksUri",
} as const;

describe.each(Object.entries(pages))("RFC 7591 §2: %s", (field, member) => {
  test("may lead to a web page", () => {
    expect(judge({ [member]: "https://printer.example/page?a=b#c" })).not.toThrow();
  });

  test.each([
    "javascript:alert(1)",
    "data:text/html,<script>",
    "printer.example",
    "//printer.example",
    "https:///x",
    "https://a@printer.example/",
    "https://printer.example/\n",
    "https://printer.example/ x",
    'https://printer.example/"onload=',
    "https://printer.example/<script>",
    "https://printer.example:99999/",
    "file:///etc/passwd",
  ])("must be http or https: %j is refused", (uri) => {
    expect(judge({ [member]: uri })).toThrow(refused("invalid_client_metadata", field));
  });
});

test("request_uris are held to the same", () => {
  expect(judge({ requestUris: ["https://printer.example/r.jwt"] })).not.toThrow();
  expect(judge({ requestUris: ["https://printer.example/r.jwt", "urn:x"] })).toThrow(
    refused("invalid_client_metadata", "request_uris"),
  );
});

test.each(["http://printer.example/s.json", "ftp://printer.example/s", "https://u:p@printer.example/s", "s.json"])(
  "OIDC Registration §2: the sector identifier '%s' is no https URL",
  (sectorIdentifierUri) => {
    expect(judge({ sectorIdentifierUri })).toThrow(refused("invalid_client_metadata", "sector_identifier_uri"));
  },
);

describe("Fetch §3.2: allowed_cors_origins", () => {
  test.each([
    "https://app.example",
    "https://app.example:8443",
    "http://localhost:3000",
    "http://[::1]:3000",
    "https://*.app.example",
  ])("%s is an origin", (origin) => {
    expect(judge({ allowedCorsOrigins: [origin] })).not.toThrow();
  });

  test.each([
    "*",
    "null",
    "",
    "app.example",
    "https://app.example/",
    "https://app.example/path",
    "https://app.example?x",
    "https://app.example#x",
    "https://a@app.example",
    "https://*",
    "https://*.example",
    "https://*app.example",
    "https://app.*.example",
    "https://*.*.app.example",
    "https://app.*",
    "https://app.example https://b.example",
    "ftp://app.example",
    "https://app.example:99999",
    "https://app.example\n",
  ])("%j is none, or too wide", (origin) => {
    expect(judge({ allowedCorsOrigins: [origin] })).toThrow(refused("invalid_client_metadata", "allowed_cors_origins"));
  });
});

describe("RP-Initiated Logout §3: post_logout_redirect_uris", () => {
  const redirectUris = ["https://printer.example:8443/callback", "com.example.printer:/callback"];
  test.each(["https://printer.example:8443/bye", "com.example.printer:/bye"])("%s is beside a redirect URI", (uri) => {
    expect(judge({ redirectUris, postLogoutRedirectUris: [uri] })).not.toThrow();
  });

  test.each([
    "https://printer.example/bye",
    "https://evil.example:8443/bye",
    "https://a.printer.example:8443/bye",
    "http://127.0.0.1/bye",
    "com.example.evil:/bye",
    "https://printer.example:8443/bye#x",
    "https://printer.example:8443\\@evil.example/",
    "https://a@printer.example:8443/bye",
    "javascript:alert(1)",
    "nonsense",
    "",
  ])("%j is not", (uri) => {
    expect(judge({ redirectUris, postLogoutRedirectUris: [uri] })).toThrow(
      refused("invalid_client_metadata", "post_logout_redirect_uris"),
    );
  });
});
