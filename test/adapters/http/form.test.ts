import { describe, expect, test } from "vitest";
import { readClientRequest, readForm } from "../../../src/adapters/http/form.ts";
import { OAuthError } from "../../../src/protocol/errors.ts";
import { formRequest, httpRequest, now } from "./world.ts";

function refusal(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof OAuthError) return `${error.status.http} ${error.code}`;
  }
  return "accepted";
}

const typed = (type: string | undefined) => () =>
  readForm(httpRequest({ method: "POST", body: "a=b", headers: { "content-type": type } }));

describe("TOK-002: a body is never parsed as a form by accident", () => {
  test.each([
    ["application/json", "415 unsupported_media_type"],
    ["multipart/form-data; boundary=x", "415 unsupported_media_type"],
    ["text/plain", "415 unsupported_media_type"],
    ["application/x-www-form-urlencodedx", "415 unsupported_media_type"],
    ["application/x-www-form-urlencoded; charset=iso-8859-1", "415 unsupported_media_type"],
    [undefined, "400 invalid_request"],
    ["application/x-www-form-urlencoded", "accepted"],
    ["Application/X-WWW-Form-Urlencoded;charset=UTF-8", "accepted"],
    ['application/x-www-form-urlencoded ; charset="utf-8"', "accepted"],
  ])("%s: %s", (type, expected) => {
    expect(refusal(typed(type))).toBe(expected);
  });
});

describe("a client's request", () => {
  test("parameters come from the body only: what stands in the query is not one of them", () => {
    const { form, now: at } = readClientRequest(formRequest("client_id=a&x=body", { query: "y=query&x=query" }));
    expect([form.get("x"), form.get("y"), at]).toEqual(["body", undefined, now]);
  });

  test.each(["client_secret", "client_assertion", "code", "code_verifier", "refresh_token", "token", "password"])(
    "TOK-003, CAUTH-006: %s in the URL is refused, whatever the body says (RFC 6749 §2.3.1)",
    (name) => {
      const request = formRequest("client_id=a&client_secret=b", { query: `${name}=x` });
      expect(refusal(() => readClientRequest(request))).toBe("400 invalid_request");
      const encoded = formRequest("client_id=a", { query: `x&%${name.charCodeAt(0).toString(16)}${name.slice(1)}=x` });
      expect(refusal(() => readClientRequest(encoded))).toBe("400 invalid_request");
    },
  );

  test("credentials are read from the Authorization header or the form", () => {
    const basic = formRequest("a=b", { headers: { authorization: `Basic ${btoa("me:s3cret")}` } });
    expect(readClientRequest(basic).credentials).toMatchObject({ method: "client_secret_basic", clientId: "me" });
    const post = formRequest("client_id=me&client_secret=s3cret");
    expect(readClientRequest(post).credentials).toMatchObject({ method: "client_secret_post", clientId: "me" });
  });

  test("D36: two ways of authentication, and TOK-004: a doubled parameter, are invalid_request", () => {
    const both = formRequest("client_secret=x", { headers: { authorization: `Basic ${btoa("me:x")}` } });
    expect(refusal(() => readClientRequest(both))).toBe("400 invalid_request");
    expect(refusal(() => readClientRequest(formRequest("client_id=a&client_id=a")))).toBe("400 invalid_request");
  });

  test("HTTP-013: names of an object's own members are parameters like any other", () => {
    const { form } = readClientRequest(formRequest("client_id=a&__proto__=x&constructor=y"));
    expect([form.get("__proto__"), form.get("constructor"), form.get("toString")]).toEqual(["x", "y", undefined]);
  });
});
