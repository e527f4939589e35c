import { describe, expect, test } from "vitest";
import { requireTrustOrder, type TrustOrder } from "../../src/protocol/trusted-issuer.ts";
import { refused } from "./refused.ts";

const now = new Date("2026-03-01T12:00:00.000Z");
const jwk = { kty: "OKP", crv: "Ed25519", kid: "a-key", x: "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo" };

function order(over: Partial<TrustOrder> = {}): TrustOrder {
  return {
    ...{ issuer: "https://issuer.example", subject: "alice", allowAnySubject: false, scope: ["read"], jwk },
    expiresAt: new Date(now.getTime() + 1),
    ...over,
  };
}

describe("whom an administrator may trust", () => {
  test("a key for one subject or for any", () => {
    const { issuer, expiresAt } = order();
    const trust = { issuer, expiresAt, scope: ["read"], kid: "a-key", publicJwk: jwk };
    expect(requireTrustOrder(order(), now)).toEqual({ ...trust, subject: "alice", allowAnySubject: false });
    const any = { subject: "", allowAnySubject: true };
    expect(requireTrustOrder(order(any), now)).toEqual({ ...trust, ...any });
    expect(requireTrustOrder(order({ scope: ["b", "a", "b"] }), now).scope).toEqual(["b", "a"]);
    expect(requireTrustOrder(order({ scope: [] }), now).scope).toEqual([]);
  });

  test("JWTB-012: only public members are kept", () => {
    const adorned = { ...jwk, alg: "EdDSA", use: "sig", x5c: ["chain"], note: "mine", key_ops: ["verify"] };
    expect(requireTrustOrder(order({ jwk: adorned }), now).publicJwk).toEqual({ ...jwk, alg: "EdDSA", use: "sig" });
  });

  test.each<[string, string, Partial<TrustOrder>]>([
    ["issuer", "no issuer", { issuer: "" }],
    ["subject", "neither a subject nor any", { subject: "" }],
    ["subject", "a subject and any", { allowAnySubject: true }],
    ["expires_at", "no end", { expiresAt: null }],
    ["jwk", "no key", { jwk: null }],
    ["jwk", "a key without a name", { jwk: { ...jwk, kid: "" } }],
  ])("Hydra's word for what is missing: %s, with %s", (field, _name, over) => {
    const missing = { details: { field, spoken: "missing_required_parameter" } };
    expect(() => requireTrustOrder(order(over), now)).toThrow(expect.objectContaining(missing));
  });

  test.each<[string, string, Partial<TrustOrder>]>([
    ["expires_at", "an end that is now", { expiresAt: now }],
    ["scope", "a scope of two names", { scope: ["read write"] }],
    ["scope", "an empty scope", { scope: [""] }],
    ["jwk", "D38: a private key", { jwk: { ...jwk, d: "x" } }],
    ["jwk", "D38: a symmetric key", { jwk: { kty: "oct", kid: "a-key", k: "x" } }],
    ["jwk", "a key of no known type", { jwk: { ...jwk, kty: "AKP" } }],
    ["jwk", "a key for encryption", { jwk: { ...jwk, use: "enc" } }],
    ["jwk", "an algorithm that nobody may use", { jwk: { ...jwk, alg: "none" } }],
    ["jwk", "a name that is too long", { jwk: { ...jwk, kid: "k".repeat(256) } }],
  ])("%s: %s is refused", (field, _name, over) => {
    expect(() => requireTrustOrder(order(over), now)).toThrow(refused("invalid_request", field));
  });
});
