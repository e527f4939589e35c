import { describe, expect, test } from "vitest";
import { userinfoEndpoint } from "../../../../src/adapters/http/endpoints/userinfo.ts";
import type { HttpRequest } from "../../../../src/adapters/http/message.ts";
import { OAuthError, unavailable } from "../../../../src/protocol/errors.ts";
import { formRequest, httpRequest } from "../world.ts";

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
const endpoint = userinfoEndpoint({ userinfo: async ({ token }) => ({ claims: { sub: token }, jwt: null }) }, false);

async function ask(request: HttpRequest) {
  const reply = await endpoint(request);
  return { ...reply, value: JSON.parse(reply.body.toString()) };
}

describe("GET|POST /userinfo", () => {
  test.each([
    ["GET with the header", httpRequest({ headers: bearer("t.0-_~+/=") }), "t.0-_~+/="],
    ["any case of the scheme", httpRequest({ headers: { authorization: "bEARER  t" } }), "t"],
    ["POST with the header and no body", httpRequest({ method: "POST", headers: bearer("t") }), "t"],
    ["POST with the token in the form (RFC 6750 §2.2)", formRequest("access_token=t"), "t"],
  ])("UI-001, UI-014: %s: 200 JSON, stored nowhere", async (_what, request, sub) => {
    const reply = await ask(request);
    expect(reply.status).toBe(200);
    expect(reply.value).toEqual({ sub });
    expect(reply.headers).toMatchObject({
      "content-type": "application/json; charset=utf-8",
      "cache-control": "no-store",
    });
  });

  test.each([
    ["nothing", httpRequest()],
    ["another scheme", httpRequest({ headers: { authorization: "Basic YTpi" } })],
    ["a form that is no POST's", httpRequest({ body: "access_token=t", headers: formRequest("").headers })],
    ["an empty form", formRequest("access_token=")],
  ])("UI-002: %s: 401 and a challenge without error (RFC 6750 §3.1)", async (_what, request) => {
    const reply = await ask(request);
    expect([reply.status, reply.headers["www-authenticate"]]).toEqual([401, "Bearer"]);
  });

  test.each([
    ["UI-004: a token in the URL", httpRequest({ query: "access_token=t" })],
    ["UI-004: a token in the URL besides a good one", httpRequest({ query: "access_token=t", headers: bearer("t") })],
    ["UI-005: two tokens", formRequest("access_token=t", { headers: bearer("t") })],
    ["a malformed header", httpRequest({ headers: bearer("a b") })],
    ["a header without token", httpRequest({ headers: { authorization: "Bearer" } })],
    ["the token twice in the form", formRequest("access_token=t&access_token=t")],
  ])("%s: 400 invalid_request", async (_what, request) => {
    const reply = await ask(request);
    expect(reply.status).toBe(400);
    expect(reply.value.error).toBe("invalid_request");
    expect(reply.headers["www-authenticate"]).toMatch(/^Bearer error="invalid_request"/);
  });

  test.each([
    ["UI-003", new OAuthError("invalid_token", "Unknown."), 401],
    ["UI-007, D6", new OAuthError("insufficient_scope", "No openid."), 403],
  ])("%s: the operation's refusal stands in the challenge", async (_what, error, status) => {
    const refusing = userinfoEndpoint({ userinfo: () => Promise.reject(error) }, false);
    const reply = await refusing(httpRequest({ headers: bearer("t") }));
    expect(reply.status).toBe(status);
    expect(reply.headers["www-authenticate"]).toContain(`error="${error.code}"`);
  });

  test("D35: a database that is away is no bad token", async () => {
    const away = userinfoEndpoint({ userinfo: () => Promise.reject(unavailable(new Error())) }, false);
    await expect(away(httpRequest({ headers: bearer("t") }))).rejects.toMatchObject({
      code: "temporarily_unavailable",
    });
  });
});
