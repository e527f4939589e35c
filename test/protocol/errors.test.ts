import { expect, test } from "vitest";
import { OAuthError, type Refusal, refuse, unavailable } from "../../src/protocol/errors.ts";
import { refused } from "./refused.ts";

test.each<[Refusal, number, string]>([
  ["invalid_request", 400, "RFC 6749 §5.2"],
  ["invalid_client", 401, "RFC 6749 §5.2"],
  ["invalid_grant", 400, "RFC 6749 §5.2"],
  ["unauthorized_client", 400, "RFC 6749 §5.2"],
  ["unsupported_grant_type", 400, "RFC 6749 §5.2"],
  ["invalid_scope", 400, "RFC 6749 §5.2"],
  ["invalid_target", 400, "RFC 8707 §2"],
  ["invalid_token", 401, "RFC 6750 §3.1"],
  ["insufficient_scope", 403, "RFC 6750 §3.1"],
  ["temporarily_unavailable", 503, "RFC 6749 §4.1.2.1"],
  ["invalid_client_metadata", 400, "RFC 7591 §3.2.2"],
  ["invalid_redirect_uri", 400, "RFC 7591 §3.2.2"],
  ["gone", 410, "the flow API"],
])("%s is HTTP %i (%s)", (code, http) => {
  expect(new OAuthError(code, "words").status.http).toBe(http);
  expect(new OAuthError(code, "words").error).toBe(code);
});

test("a refusal carries its cause without saying it", () => {
  const cause = new Error("connection to 10.0.0.7 lost");
  expect(() => refuse("invalid_request", "words", { cause })).toThrow(
    expect.objectContaining({ cause, message: "words" }),
  );
});

test("a login application's own word is spoken in place of the code", () => {
  const error = new OAuthError("access_denied", "words", { spoken: "too_young" });
  expect([error.code, error.error]).toEqual(["access_denied", "too_young"]);
});

test("a database that cannot be reached says when to try again, and nothing of itself", () => {
  const error = unavailable(new Error("password=hunter2"));
  expect(error).toEqual(refused("temporarily_unavailable"));
  expect(error.details.retryAfterSeconds).toBeGreaterThan(0);
  expect(error.message).not.toContain("hunter2");
});
