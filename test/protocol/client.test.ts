import { expect, test } from "vitest";
import {
  authenticationMethodOf,
  emptyClientMetadata,
  grantTypesOf,
  isPublic,
  responseTypesOf,
} from "../../src/protocol/client.ts";

test("RFC 7591 §2: what a client does not say has its default", () => {
  expect(grantTypesOf(emptyClientMetadata)).toEqual(["authorization_code"]);
  expect(responseTypesOf(emptyClientMetadata)).toEqual(["code"]);
  expect(authenticationMethodOf(emptyClientMetadata)).toBe("client_secret_basic");
});

test("what a client says counts", () => {
  const client = {
    ...emptyClientMetadata,
    grantTypes: ["client_credentials"],
    responseTypes: ["token"],
    tokenEndpointAuthMethod: "private_key_jwt",
  };
  expect(grantTypesOf(client)).toEqual(["client_credentials"]);
  expect(responseTypesOf(client)).toEqual(["token"]);
  expect(authenticationMethodOf(client)).toBe("private_key_jwt");
});

test.each([
  ["", false],
  ["none", true],
  ["client_secret_post", false],
  ["private_key_jwt", false],
])("RFC 6749 §2.1: a client with the method '%s' is public: %s", (tokenEndpointAuthMethod, yes) => {
  expect(isPublic({ ...emptyClientMetadata, tokenEndpointAuthMethod })).toBe(yes);
});
