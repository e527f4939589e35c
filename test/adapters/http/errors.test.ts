import { assert, property, string } from "fast-check";
import { describe, expect, test } from "vitest";
import {
  bearerErrorReply,
  errorReply,
  legalText,
  noTokenReply,
  toOAuthError,
} from "../../../src/adapters/http/errors.ts";
import type { HttpReply } from "../../../src/adapters/http/message.ts";
import { OAuthError, unavailable } from "../../../src/protocol/errors.ts";

const body = (reply: HttpReply): unknown => JSON.parse(reply.body.toString());

describe("RFC 6749 §5.2", () => {
  test("an error is JSON with error and error_description, and is stored nowhere", () => {
    const reply = errorReply(new OAuthError("invalid_grant", "The code is not known."), false);
    expect(reply.status).toBe(400);
    expect(body(reply)).toEqual({ error: "invalid_grant", error_description: "The code is not known." });
    expect(reply.headers).toEqual({
      "content-type": "application/json;charset=UTF-8",
      "cache-control": "no-store",
      pragma: "no-cache",
    });
  });

  test("a client that is not authenticated gets 401 and the challenge of HTTP Basic", () => {
    const reply = errorReply(new OAuthError("invalid_client", "No."), false);
    expect([reply.status, reply.headers["www-authenticate"]]).toEqual([401, 'Basic realm="oauth2", charset="UTF-8"']);
  });

  test("TOK-009: error_description holds legal characters only, whatever was said", () => {
    expect(legalText('a "b"\r\n\tc\\d é\u0000')).toBe("a 'b' c?d ??");
    assert(property(string({ unit: "binary" }), (text) => /^[\x20-\x21\x23-\x5b\x5d-\x7e]*$/.test(legalText(text))));
  });

  test("a login application's own word is the error", () => {
    const error = new OAuthError("access_denied", "No.", { spoken: "too_young" });
    expect(body(errorReply(error, false))).toMatchObject({ error: "too_young" });
  });
});

describe("RFC 6750 §3", () => {
  test("a bad token: 401 with error and description in the challenge, which no word can break out of", () => {
    const reply = bearerErrorReply(new OAuthError("invalid_token", 'x", scope="admin\r\nx: y'), false);
    expect(reply.status).toBe(401);
    expect(reply.headers["www-authenticate"]).toBe(
      `Bearer error="invalid_token", error_description="x', scope='admin x: y"`,
    );
  });

  test("too little scope: 403", () => {
    const reply = bearerErrorReply(new OAuthError("insufficient_scope", "No."), false);
    expect([reply.status, reply.headers["www-authenticate"]]).toEqual([
      403,
      'Bearer error="insufficient_scope", error_description="No."',
    ]);
  });

  test("no token at all: 401 without an error code", () => {
    expect([noTokenReply().status, noTokenReply().headers["www-authenticate"]]).toEqual([401, "Bearer"]);
  });
});

describe("our own faults", () => {
  test("D35: a database that is away is 503 with Retry-After", () => {
    const reply = errorReply(unavailable(new Error("ECONNREFUSED 10.0.0.1:5432")), false);
    expect([reply.status, reply.headers["retry-after"]]).toEqual([503, "1"]);
    expect(reply.body).not.toContain("10.0.0.1");
  });

  test("what is no refusal becomes server_error and says nothing of itself; dev mode says it", () => {
    const error = toOAuthError(new TypeError("secret detail"));
    expect(errorReply(error, false).body).not.toContain("secret detail");
    expect(errorReply(error, true).body).toContain("TypeError: secret detail");
    expect(errorReply(error, false).status).toBe(500);
  });
});
