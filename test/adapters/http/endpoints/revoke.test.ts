import { expect, test } from "vitest";
import { revokeEndpoint } from "../../../../src/adapters/http/endpoints/revoke.ts";
import { OAuthError, unavailable } from "../../../../src/protocol/errors.ts";
import { formRequest, openPort, route } from "../world.ts";

test("RFC 7009 §2.2: a revocation is 200 with an empty body, stored nowhere", async () => {
  const tokens: Array<string | undefined> = [];
  const endpoint = revokeEndpoint({ revoke: async ({ form }) => void tokens.push(form.get("token")) });
  const reply = await endpoint(formRequest("token=t&client_id=a"));
  expect(reply).toMatchObject({ status: 200, body: "", headers: { "cache-control": "no-store" } });
  expect(tokens).toEqual(["t"]);
});

test("REV-014: GET is 405; CAUTH-006: the token in the URL is refused", async () => {
  const endpoint = revokeEndpoint({ revoke: () => expect.fail("asked") });
  const world = await openPort({ routes: [route("POST", "/oauth2/revoke", endpoint)] });
  expect((await world.fetch("/oauth2/revoke?token=t&callback=f")).status).toBe(405);
  const headers = { "content-type": "application/x-www-form-urlencoded" };
  const inQuery = await world.fetch("/oauth2/revoke?token=t", { method: "POST", headers, body: "client_id=a" });
  expect(inQuery.status).toBe(400);
});

test.each([
  ["REV-010: a database that is away", unavailable(new Error()), 503],
  ["D5: another client's token", new OAuthError("unauthorized_client", "Not yours."), 400],
])("%s is never 200", async (_what, error, status) => {
  const endpoint = revokeEndpoint({ revoke: () => Promise.reject(error) });
  const world = await openPort({ routes: [route("POST", "/oauth2/revoke", endpoint)] });
  const body = new URLSearchParams({ token: "t", client_id: "a" });
  expect((await world.fetch("/oauth2/revoke", { method: "POST", body })).status).toBe(status);
});
