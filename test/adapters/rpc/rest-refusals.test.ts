/** What the REST form does with requests that are not meant well: Hydra's words, and never a 5xx (D34, D55). */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { aClient } from "../../support/nouns.ts";
import { type RpcWorld, rpcWorld } from "../../support/rpc-world.ts";

const malformed = "The request was malformed or contained invalid parameters";
const clientPath = "/admin/clients";
const login = "/admin/oauth2/auth/requests/login";
const consent = "/admin/oauth2/auth/requests/consent";

let world: RpcWorld;
beforeAll(async () => {
  world = await rpcWorld({ createClient: async () => ({ client: aClient(), secret: null, registration: null }) });
});
afterAll(() => world.close());

const deep = (levels: number) => `${'{"a":'.repeat(levels)}1${"}".repeat(levels)}`;

describe("what is refused", () => {
  test.each([
    ["an empty body", "", malformed],
    ["broken JSON", "{", malformed],
    ["JSON that is no object", "[]", malformed],
    ["null", "null", malformed],
    ["a number for a text", '{"client_name":1}', malformed, "client_name"],
    ["a text for a list", '{"redirect_uris":"x"}', malformed, "redirect_uris"],
    ["null in a list", '{"redirect_uris":["x",null]}', malformed, "redirect_uris[1]"],
    ["a text for a boolean", '{"skip_consent":"true"}', malformed, "skip_consent"],
    ["a list for an object", '{"metadata":[]}', malformed, "metadata"],
    ["a time that is none", '{"created_at":"yesterday"}', malformed, "created_at"],
    ["a duration that is none", '{"implicit_grant_id_token_lifespan":"1 hour"}', malformed, "lifespan"],
    ["a fraction for an integer", '{"client_secret_expires_at":0.5}', malformed, "client_secret_expires_at"],
    ["an integer beyond 2^53", '{"metadata":{"n":9007199254740993}}', malformed, "2^53"],
    ["one member twice", '{"client_name":"a","client_name":"b"}', malformed],
    ["40 levels of JSON", `{"metadata":${deep(40)}}`, malformed, "32 levels"],
    ["10,000 levels of JSON", `{"metadata":${deep(10_000)}}`, malformed],
    ["a NUL", '{"client_name":"a\\u0000b"}', malformed],
    ["half a surrogate pair as a name", '{"metadata":{"\\ud800":1}}', malformed],
    ["one member in two spellings", '{"client_name":"a","clientName":"b"}', malformed, "client_name"],
    ["a name of 300 characters", `{"client_name":"${"x".repeat(300)}"}`, malformed, "client_name"],
  ])("%s is 400", async (_, body, error, named = "") => {
    const before = world.asked.length;
    const heard = await world.rest("POST", clientPath, { body, type: "application/json" });
    expect(heard.status).toBe(400);
    expect(heard.json).toMatchObject({ error, error_description: expect.stringContaining(named) });
    expect(world.asked.length).toBe(before);
  });

  test.each([
    ["PUT", `${login}/accept?login_challenge=c`, "invalid_request"],
    ["PUT", `${login}/reject?login_challenge=c`, "invalid_request"],
    ["PUT", `${consent}/accept?consent_challenge=c`, "error"],
    ["PUT", `${consent}/reject?consent_challenge=c`, "invalid_request"],
  ])("hydra.md §12.5: %s %s calls an undecodable body %s", async (method, path, error) => {
    const heard = await world.rest(method, path, { body: "{" });
    expect([heard.status, heard.json]).toMatchObject([400, { error }]);
  });

  test("a login without a challenge or without a subject", async () => {
    const asked = [
      await world.rest("GET", login),
      await world.rest("GET", `${login}?login_challenge=`),
      await world.rest("PUT", `${login}/accept`, { body: '{"subject":"a"}' }),
      await world.rest("PUT", `${login}/accept?login_challenge=c`, { body: "{}" }),
      await world.rest("PUT", `${login}/accept?login_challenge=c`, {
        body: '{"subject":"a","remember_for":3000000000}',
      }),
    ];
    expect(asked.map(({ status }) => status)).toEqual([400, 400, 400, 400, 400]);
    expect(asked.map(({ json }) => JSON.stringify(json))).toEqual([
      ...Array.from({ length: 3 }, () => expect.stringContaining("'login_challenge'")),
      expect.stringContaining("'subject'"),
      expect.stringContaining("'remember_for'"),
    ]);
  });

  test.each([
    ["page_size=-1"],
    ["page_size=ten"],
    ["page_size=1e3"],
    ["page_size=99999999999"],
    ["page_size=1&page_size=2"],
    ["owner=%ff"],
    ["owner=%00"],
    [`page_token=${"x".repeat(5000)}`],
  ])("ADM-010: a list with %s", async (query) => {
    const heard = await world.rest("GET", `${clientPath}?${query}`);
    expect([heard.status, heard.json]).toMatchObject([400, { error: malformed }]);
  });

  test("ADM-022: a body that does not say that it is JSON is 415", async () => {
    const types = ["", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "json"];
    const asked = await Promise.all(types.map((type) => world.rest("POST", clientPath, { body: "{}", type })));
    expect(asked.map(({ status }) => status)).toEqual([415, 415, 415, 415, 415]);
    const json = ["application/json", "application/json; charset=utf-8", "Application/JSON", "application/vnd.x+json"];
    const accepted = await Promise.all(json.map((type) => world.rest("POST", clientPath, { body: "{}", type })));
    expect(accepted.map(({ status }) => status)).toEqual([201, 201, 201, 201]);
  });

  test("a wrong method is 405 with Allow, an unknown path 404, a body above 1 MiB 413", async () => {
    const wrong = await world.rest("PATCH", "/admin/oauth2/introspect", { body: "{}" });
    expect([wrong.status, wrong.headers.allow]).toEqual([405, "POST"]);
    expect((await world.rest("GET", "/admin/nothing")).status).toBe(404);
    const body = JSON.stringify({ client_name: "x".repeat(1 << 20) });
    expect((await world.rest("POST", clientPath, { body })).status).toBe(413);
  });

  test("an introspection without a token, or with two", async () => {
    const type = "application/x-www-form-urlencoded";
    const unsaid = await world.rest("POST", "/admin/oauth2/introspect", { body: "token=a", type: "text/plain" });
    expect([unsaid.status, unsaid.json]).toMatchObject([415, { error_description: expect.stringContaining(type) }]);
    const bodies = ["scope=a", "token=", "token=a&token=b", ""];
    const asked = await Promise.all(
      bodies.map((body) => world.rest("POST", "/admin/oauth2/introspect", { body, type })),
    );
    expect(asked.map(({ status, json }) => [status, json])).toEqual(
      bodies.map(() => [400, { error: "invalid_request", error_description: expect.any(String) }]),
    );
  });
});
