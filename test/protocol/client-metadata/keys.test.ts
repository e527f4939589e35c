import { generateKeyPairSync } from "node:crypto";
import { describe, expect, test } from "vitest";
import { type ClientMetadata, emptyClientMetadata } from "../../../src/protocol/client.ts";
import { requireKeys } from "../../../src/protocol/client-metadata/keys.ts";
import type { JsonObject } from "../../../src/protocol/json.ts";
import { refused } from "../refused.ts";

function judge(over: Partial<ClientMetadata>): () => void {
  return () => requireKeys({ ...emptyClientMetadata, ...over });
}

function bytes(length: number, first = 0x80): string {
  const value = Buffer.alloc(length, 0x55);
  value[0] = first;
  return value.toString("base64url");
}

const rsa = { kty: "RSA", n: bytes(256), e: "AQAB" };
const ec = { kty: "EC", crv: "P-256", x: bytes(32), y: bytes(32) };
const okp = { kty: "OKP", crv: "Ed25519", x: bytes(32) };

describe("RFC 7517: a client's keys", () => {
  test.each<[string, JsonObject]>([
    ["RSA of 2048 bits", rsa],
    ["RSA of 4096 bits", { ...rsa, n: bytes(512) }],
    ["P-256", ec],
    ["P-384", { ...ec, crv: "P-384", x: bytes(48), y: bytes(48) }],
    ["P-521", { ...ec, crv: "P-521", x: bytes(66, 1), y: bytes(66, 0) }],
    ["a point that begins with zeros", { ...ec, x: bytes(32, 0) }],
    ["Ed25519", { ...okp, kid: "a", use: "sig", alg: "EdDSA" }],
  ])("%s is accepted", (_, key) => {
    expect(judge({ jwks: { keys: [key] } })).not.toThrow();
  });

  test("keys as Node makes them are accepted", () => {
    const made = [
      generateKeyPairSync("rsa", { modulusLength: 2048 }),
      generateKeyPairSync("ec", { namedCurve: "P-521" }),
      generateKeyPairSync("ed25519"),
    ];
    const keys: JsonObject[] = made.map(({ publicKey }) =>
      JSON.parse(JSON.stringify(publicKey.export({ format: "jwk" }))),
    );
    expect(judge({ jwks: { keys } })).not.toThrow();
  });

  test.each<[string, unknown]>([
    ["a private RSA key", { ...rsa, d: "AQAB" }],
    ["a prime of an RSA key", { ...rsa, p: "AQAB" }],
    ["a private EC key", { ...ec, d: bytes(32) }],
    ["a private Ed25519 key", { ...okp, d: bytes(32) }],
    ["a private member of null", { ...okp, d: null }],
    ["a symmetric key", { kty: "oct", k: "AQAB" }],
    ["a symmetric key without its value", { kty: "oct" }],
    ["RFC 8725 §3.5: RSA of 1024 bits", { ...rsa, n: bytes(128) }],
    [
      "RSA of 1024 bits behind zeros",
      { ...rsa, n: Buffer.concat([Buffer.alloc(128), Buffer.alloc(128, 0xff)]).toString("base64url") },
    ],
    ["RSA of 2047 bits", { ...rsa, n: bytes(256, 0x7f) }],
    ["RSA of 32 768 bits", { ...rsa, n: bytes(4096) }],
    ["RSA with the exponent 3", { ...rsa, e: "Aw" }],
    ["RSA with the exponent 3 behind zeros", { ...rsa, e: "AAAD" }],
    ["RSA with an exponent of 2048 bits", { ...rsa, e: bytes(256) }],
    ["RSA without an exponent", { kty: "RSA", n: rsa.n }],
    ["RSA in plain base64", { ...rsa, n: `${rsa.n.slice(0, -1)}+` }],
    ["a number for text", { ...rsa, n: 5 }],
    ["P-256 with the point of another curve", { ...ec, x: bytes(48), y: bytes(48) }],
    ["P-256 with one coordinate", { kty: "EC", crv: "P-256", x: ec.x }],
    ["another curve", { ...ec, crv: "secp256k1" }],
    ["a curve named as a member of Object.prototype", { ...ec, crv: "constructor" }],
    ["X25519, which signs nothing", { ...okp, crv: "X25519" }],
    ["another kind", { kty: "AKP" }],
    ["no kind", {}],
    ["text", "key"],
    ["null", null],
    ["a list", [rsa]],
  ])("%s is refused", (_, key) => {
    const jwks: JsonObject = JSON.parse(JSON.stringify({ keys: [key] }));
    expect(judge({ jwks })).toThrow(refused("invalid_client_metadata", "jwks"));
  });

  test.each<[string, JsonObject]>([
    ["no list", { keys: rsa }],
    ["a key in place of a set", rsa],
    ["51 keys", { keys: Array.from({ length: 51 }, () => ec) }],
  ])("%s is refused", (_, jwks) => {
    expect(judge({ jwks })).toThrow(refused("invalid_client_metadata", "jwks"));
  });

  test("RFC 7591 §2: jwks and jwks_uri together are refused", () => {
    expect(judge({ jwks: { keys: [] }, jwksUri: "https://printer.example/jwks" })).toThrow(
      refused("invalid_client_metadata", "jwks"),
    );
    expect(judge({ jwks: { keys: [ec] }, jwksUri: "https://printer.example/jwks" })).toThrow(
      refused("invalid_client_metadata", "jwks"),
    );
  });

  test.each<[string, Partial<ClientMetadata>]>([
    ["no keys", {}],
    ["an empty set", { jwks: { keys: [] } }],
    ["an empty object", { jwks: {} }],
  ])("OIDC Core §9: private_key_jwt with %s is refused", (_, over) => {
    expect(judge({ tokenEndpointAuthMethod: "private_key_jwt", ...over })).toThrow(
      refused("invalid_client_metadata", "jwks"),
    );
    expect(judge(over)).not.toThrow();
  });

  test.each<[string, Partial<ClientMetadata>]>([
    ["a key", { jwks: { keys: [ec] } }],
    ["a jwks_uri", { jwksUri: "https://printer.example/jwks" }],
  ])("OIDC Core §9: private_key_jwt with %s is accepted", (_, over) => {
    expect(judge({ tokenEndpointAuthMethod: "private_key_jwt", ...over })).not.toThrow();
  });
});
