import { describe, expect, test } from "vitest";
import { tokenEndpoint } from "../../../../src/adapters/http/endpoints/token.ts";
import type { ClientRequest } from "../../../../src/adapters/http/form.ts";
import { formRequest, now, openPort, route } from "../world.ts";

const answer = { accessToken: "at", expiresIn: 3600, scope: "a b", refreshToken: null, idToken: null };

describe("POST /oauth2/token", () => {
  test("TOK-008: the answer's members, uncached JSON (RFC 6749 §5.1)", async () => {
    const reply = await tokenEndpoint({ exchange: async () => ({ ...answer, refreshToken: "rt", idToken: "it" }) })(
      formRequest("client_id=a"),
    );
    expect(reply.status).toBe(200);
    expect(reply.headers).toEqual({
      "content-type": "application/json;charset=UTF-8",
      "cache-control": "no-store",
      pragma: "no-cache",
    });
    expect(JSON.parse(reply.body.toString())).toEqual({
      access_token: "at",
      expires_in: 3600,
      id_token: "it",
      refresh_token: "rt",
      scope: "a b",
      token_type: "bearer",
    });
  });

  test("a token that was not issued is absent, not null; an empty scope is there", async () => {
    const reply = await tokenEndpoint({ exchange: async () => ({ ...answer, scope: "" }) })(formRequest("client_id=a"));
    expect(JSON.parse(reply.body.toString())).toEqual({
      access_token: "at",
      expires_in: 3600,
      scope: "",
      token_type: "bearer",
    });
  });

  test("hands on form, credentials and the one time of the request", async () => {
    const seen: ClientRequest[] = [];
    const endpoint = tokenEndpoint({
      exchange: async (request) => {
        seen.push(request);
        return answer;
      },
    });
    await endpoint(formRequest("grant_type=x&client_id=me"));
    expect(seen[0]?.form.get("grant_type")).toBe("x");
    expect(seen[0]).toMatchObject({ credentials: { method: "none", clientId: "me" }, now });
  });

  test("TOK-002, TOK-003: JSON, no body, or parameters only in the URL never reach the operation", async () => {
    const endpoint = tokenEndpoint({ exchange: () => expect.fail("asked") });
    const world = await openPort({ routes: [route("POST", "/oauth2/token", endpoint)] });
    const post = (query: string, init: RequestInit) =>
      world.fetch(`/oauth2/token${query}`, { method: "POST", ...init });
    const json = { body: '{"client_id":"a"}', headers: { "content-type": "application/json" } };
    expect((await post("", json)).status).toBe(415);
    expect((await post("", {})).status).toBe(400);
    const form = { "content-type": "application/x-www-form-urlencoded" };
    const inQuery = await post("?grant_type=client_credentials&client_id=a", { headers: form });
    expect(inQuery.status).toBe(401);
    expect(inQuery.headers.get("www-authenticate")).toMatch(/^Basic /);
  });
});
