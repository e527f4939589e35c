import { describe, expect, test } from "vitest";
import {
  defaultResponseMode,
  grantTypesFor,
  isFrontChannel,
  normalizeResponseType,
  requireResponseMode,
  requireResponseType,
  supportedResponseTypes,
} from "../../src/protocol/response-type.ts";
import { refused } from "./refused.ts";

describe("RFC 6749 §3.1.1: the response type", () => {
  test("'code' is answered", () => {
    expect(requireResponseType("code", ["code"])).toEqual(["code"]);
  });

  test("a missing one is invalid_request", () => {
    expect(() => requireResponseType(undefined, ["code"])).toThrow(refused("invalid_request", "response_type"));
  });

  test.each([
    ["an unknown one", "magic", ["magic"]],
    ["another case", "Code", ["code"]],
    ["a known and an unknown one", "code magic", ["code"]],
    ["the same word twice", "code code", ["code"]],
    ["a space behind", "code ", ["code"]],
    ["a name of Object.prototype", "constructor", ["code"]],
    ["one that the client did not register", "token", ["code"]],
    ["more than the client registered", "code id_token", ["code"]],
    ["less than the client registered", "code", ["code id_token"]],
    ["one that is registered but not answered here", "none", ["none"]],
  ])("%s is unsupported_response_type", (_, text, registered) => {
    expect(() => requireResponseType(text, registered)).toThrow(refused("unsupported_response_type"));
  });

  test("Multiple Response Types §3: the order of its words does not matter", () => {
    expect(normalizeResponseType("id_token code")).toBe(normalizeResponseType("code id_token"));
    for (const [type, ...orders] of [
      ["code id_token", "id_token code"],
      ["code id_token token", "token code id_token", "id_token token code"],
    ] as const) {
      for (const text of [type, ...orders]) {
        expect(requireResponseType(text, [type])).toEqual(type.split(" "));
        expect(requireResponseType(type, [text])).toEqual(type.split(" "));
      }
    }
  });
});

describe("OIDC Registration §2: the grant types that a response type needs", () => {
  test.each([
    [["code"], ["authorization_code"]],
    [["id_token"], ["implicit"]],
    [["token"], ["implicit"]],
    [
      ["code", "token"],
      ["authorization_code", "implicit"],
    ],
    [
      ["code", "id_token", "token"],
      ["authorization_code", "implicit"],
    ],
  ])("%j: %j", (types, grants) => {
    expect(grantTypesFor(types)).toEqual(grants);
    expect(isFrontChannel(types)).toBe(grants.includes("implicit"));
  });
});

describe("Multiple Response Types §2.1: the response mode", () => {
  test.each([
    [["code"], "query"],
    [["none"], "query"],
    [["token"], "fragment"],
    [["id_token"], "fragment"],
    [["code", "id_token"], "fragment"],
    [["code", "token"], "fragment"],
  ])("%j is answered by %s unless asked otherwise", (types, mode) => {
    expect(defaultResponseMode(types)).toBe(mode);
    expect(requireResponseMode(undefined, types)).toBe(mode);
  });

  test.each(["query", "fragment", "form_post"])("a code may travel by %s", (mode) => {
    expect(requireResponseMode(mode, ["code"])).toBe(mode);
  });

  test.each([
    ["query", ["token"]],
    ["query", ["code", "id_token"]],
    ["Query", ["code"]],
    ["web_message", ["code"]],
    ["query.jwt", ["code"]],
  ])("%s for %j is unsupported_response_mode", (mode, types) => {
    expect(() => requireResponseMode(mode, types)).toThrow(refused("unsupported_response_mode"));
  });
});

test("what is supported is answered", () => {
  for (const type of supportedResponseTypes) expect(requireResponseType(type, [type]).join(" ")).toBe(type);
});
