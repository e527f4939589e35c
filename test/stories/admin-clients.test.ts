/** Clients under hostile hands: secrets shown once, ids that are only ids, bodies of every shape, writers that race. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { say } from "../adapters/http/world.ts";
import { authorizationRequest, isActive, newClient, obtainTokens, refresh } from "../support/code-flow.ts";
import { databases } from "../support/database.ts";
import { asked, openConsent, openLogin } from "../support/flow-steps.ts";
import { askToken } from "../support/grants.ts";
import { type Answer, newBrowser, send, startWorld, type World } from "../support/server.ts";

const clients = "/admin/clients";
const json = { "content-type": "application/json" };
const secret = "a-secret-chosen-by-a-person";

/** How often each status came. */
function tally(statuses: readonly number[]): Record<number, number> {
  const counts: Record<number, number> = {};
  for (const status of statuses) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
}

describe.each(databases)("on $name", (database) => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld({ dsn: await database.dsn() });
  });
  afterAll(() => world?.close());

  const read = (id: string) => world.admin("GET", `${clients}/${encodeURIComponent(id)}`);
  const post = (body: string, headers: Record<string, string> = json) =>
    send("POST", world.adminUrl + clients, body, headers);

  test("ADM-006: a secret stands in the answer that set it, and nowhere afterwards, nor does its hash", async () => {
    const created = await world.admin("POST", clients, { client_id: "kept", client_secret: secret });
    expect(created.body.client_secret).toBe(secret);
    const made = await newClient(world);
    const browser = newBrowser();
    const login = await openLogin(browser, authorizationRequest(world, made).url);
    const consent = await openConsent(world, newBrowser(), authorizationRequest(world, made).url);
    const answers = [
      ...[await read("kept"), await read(made.id), await world.admin("GET", clients)],
      ...[await world.admin("PUT", `${clients}/kept`, {}), await read("kept")],
      ...[await asked(world, "login", login), await asked(world, "consent", consent)],
      await world.admin("POST", clients, { client_id: "kept" }),
    ];
    for (const { text } of answers) {
      for (const part of [secret, made.secret, 'client_secret"', "secret_hash", "$argon2", "argon2id", "sha256"]) {
        expect(text).not.toContain(part);
      }
    }
    // The secret that was kept through a PUT without one still works.
    const grants = { grant_types: ["client_credentials"], scope: "read" };
    await world.admin("PUT", `${clients}/kept`, grants);
    expect((await askToken(world, { id: "kept", secret }, { grant_type: "client_credentials" })).status).toBe(200);
    // One that is set is said once, and the old one is dead.
    const replaced = await world.admin("PUT", `${clients}/kept`, { ...grants, client_secret: `${secret}-2` });
    expect(replaced.body.client_secret).toBe(`${secret}-2`);
    expect((await askToken(world, { id: "kept", secret }, { grant_type: "client_credentials" })).status).toBe(401);
  });

  test("ADM-007: the path says which client is replaced; another one is not touched", async () => {
    await world.admin("POST", clients, { client_id: "mine", client_name: "mine" });
    await world.admin("POST", clients, { client_id: "theirs", client_name: "theirs" });
    const body = {
      client_id: "theirs",
      client_name: "taken",
      created_at: "1999-01-01T00:00:00Z",
      revision: 9,
      epoch: 9,
    };
    const answer = await world.admin("PUT", `${clients}/mine?client_id=theirs`, body);
    expect(answer.body).toMatchObject({ client_id: "mine", client_name: "taken" });
    expect(answer.body.created_at).not.toContain("1999");
    expect(answer.body).not.toHaveProperty("revision");
    expect((await read("theirs")).body.client_name).toBe("theirs");
  });

  test("ADM-013: of two writers of one client the last wins, and nothing of the other is left", async () => {
    const { id } = await newClient(world);
    const write = (name: string) =>
      world.admin("PUT", `${clients}/${id}`, { client_name: name, owner: name, contacts: [name], metadata: { name } });
    const names = Array.from({ length: 10 }, (_, index) => `writer-${index}`);
    const statuses = await Promise.all(names.map(async (name) => (await write(name)).status));
    expect(new Set(statuses)).toEqual(new Set([200]));
    const { client_name: name, owner, contacts, metadata } = (await read(id)).body;
    expect({ owner, contacts, metadata }).toEqual({ owner: name, contacts: [name], metadata: { name } });
  });

  test("ADM-013, ADM-024: of many that create one id one wins, a second DELETE is 404, never a 5xx", async () => {
    const create = async () => (await world.admin("POST", clients, { client_id: "contested" })).status;
    const statuses = await Promise.all(Array.from({ length: 10 }, create));
    expect(tally(statuses)).toEqual({ 201: 1, 409: 9 });
    const remove = async () => (await world.admin("DELETE", `${clients}/contested`)).status;
    expect(tally(await Promise.all(Array.from({ length: 5 }, remove)))).toEqual({ 204: 1, 404: 4 });
  });

  test("ADM-014: what a deleted client was given is dead at once, also when the id is taken again", async () => {
    const client = await newClient(world, { client_id: "reborn" });
    const tokens = await obtainTokens(world, client);
    const own = await askToken(world, client, { grant_type: "client_credentials", scope: "read" });
    expect((await world.admin("DELETE", `${clients}/reborn`)).status).toBe(204);
    const again = await newClient(world, { client_id: "reborn", client_secret: secret });
    for (const token of [tokens.access_token, tokens.refresh_token, own.body.access_token]) {
      expect(await isActive(world, token)).toBe(false);
    }
    expect((await refresh(world, again, tokens.refresh_token)).body.error).toBe("invalid_grant");
  });

  describe("ADM-016: an id is only an id", () => {
    const odd = ["a/b", "...", "../clients", "a%2Fb", "%00", "a b", "a+b", "a?b", "a#b", "'; --", "\\"];
    odd.push(
      "constructor",
      "__proto__",
      "hasOwnProperty",
      "health",
      "a;x=1",
      "*",
      "{id}",
      ":client_id",
      "-",
      "null",
      "undefined",
    );

    test("whatever stands in it, it leads to its own client", async () => {
      for (const id of odd) {
        const { status, headers } = await world.admin("POST", clients, { client_id: id, client_name: `name of ${id}` });
        expect([id, status]).toEqual([id, 201]);
        const found = await world.admin("GET", headers.location ?? "");
        expect(found.body).toMatchObject({ client_id: id, client_name: `name of ${id}` });
      }
      for (const id of odd) {
        expect((await world.admin("DELETE", `${clients}/${encodeURIComponent(id)}`)).status).toBe(204);
      }
    });

    test.each([
      ...[
        "/a/b",
        "/a%2Fb",
        "/../clients/kept",
        "/%2e%2e/clients/kept",
        "/kept%00",
        "/kept%ff",
        "/kept%",
        "/kept/.",
        "/KEPT",
      ],
      ...[
        "/kept%20",
        "/%6Bept%2F",
        `/${"k".repeat(1024)}`,
        `/${"k".repeat(3000)}`,
        "/%F0%9F%94%91",
        "//kept",
        "/kept//",
        "//",
      ],
    ])("%s is nobody: 400 or 404", async (path) => {
      for (const method of ["GET", "DELETE"]) {
        // Written out, because a URL would be put in order before it is sent.
        const head = `${method} ${clients}${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`;
        expect(await say(Number(new URL(world.adminUrl).port), head)).toMatch(/^HTTP\/1\.1 40[04] /);
      }
      expect((await read("kept")).status).toBe(200);
    });

    test.each(["..", ".", "ä", "a\u0000", "a\nb", "🔑", "a".repeat(256), "\u007f"])("%j can not be one", async (id) => {
      expect((await world.admin("POST", clients, { client_id: id })).status).toBe(400);
    });
  });

  describe("ADM-022, ADM-023: bodies", () => {
    const refusedWith = (answer: Answer, ...statuses: number[]) => {
      expect(statuses).toContain(answer.status);
      expect(Object.keys(answer.body)).toEqual(["error", "error_description"]);
      expect(answer.text).not.toMatch(/sqlite|postgres|select |\.ts:|node:|SyntaxError|Unexpected token|undefined/i);
      expect(answer.headers["x-request-id"]).toMatch(/^[\w-]{8,}$/);
    };

    test.each([
      ...[
        "",
        " ",
        "null",
        "[]",
        "[{}]",
        '"client"',
        "1",
        "true",
        "{",
        "{}{}",
        "{'a':1}",
        '{"a":1,}',
        "NaN",
        "\uFEFF{}",
      ],
      ...['{"client_id":"a","client_id":"b"}', '{"client_id":"a","clientId":"b"}', '{"client_name":"\\u0000"}'],
      ...['{"client_name":"\\ud800"}', '{"metadata":{"a\\u0000":1}}', '{"metadata":{"n":9007199254740993}}'],
      ...[
        '{"metadata":[]}',
        '{"metadata":"x"}',
        '{"redirect_uris":"x"}',
        '{"redirect_uris":[null]}',
        '{"skip_consent":"true"}',
      ],
      ...['{"skip_consent":1}', '{"contacts":{"0":"a"}}', '{"client_name":{}}', '{"client_secret_expires_at":1.5}'],
      ...['{"client_secret_expires_at":"0"}', '{"created_at":"yesterday"}', '{"jwks":[]}', '{"jwks":{"keys":{}}}'],
    ])("%s is 400", async (body) => {
      refusedWith(await post(body), 400);
    });

    test.each([
      ["depth", `{"metadata":${'{"a":'.repeat(5000)}1${"}".repeat(5000)}}`, 400],
      ["depth of lists", `{"metadata":{"a":${"[".repeat(100_000)}${"]".repeat(100_000)}}}`, 400],
      [
        "width",
        JSON.stringify({ metadata: Object.fromEntries(Array.from({ length: 30_000 }, (_, n) => [n, n])) }),
        400,
      ],
      ["a list's length", JSON.stringify({ contacts: Array(5000).fill("a") }), 400],
      ["a text's length", JSON.stringify({ client_name: "x".repeat(500_000) }), 400],
      ["10 MiB", `{"client_name":"${"x".repeat(10 * 2 ** 20)}"}`, 413],
    ] as const)("%s has a bound", async (_, body, status) => {
      refusedWith(await post(body), status);
    });

    test("GRPC-015: names like __proto__ are data, and change nothing", async () => {
      const metadata = '{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}},"toString":"x"}';
      const answer = await post(`{"client_id":"proto","__proto__":{"client_name":"x"},"metadata":${metadata}}`);
      expect(answer.status).toBe(201);
      const found = await read("proto");
      expect(found.text).toContain(`"metadata":${metadata}`);
      expect(found.body.client_name).toBe("");
      expect(Reflect.get({}, "polluted")).toBeUndefined();
      expect((await world.admin("POST", clients, {})).body).not.toHaveProperty("polluted");
    });

    test.each([
      ["application/json;charset=utf-8", 201],
      ["application/json; charset=UTF-8", 201],
      ["Application/JSON", 201],
      ["application/vnd.api+json", 201],
      ["application/json; charset=utf-16", 415],
      ["application/json; charset=iso-8859-1", 415],
      ["application/jsonp", 415],
      ["text/json", 415],
    ])("a body of type '%s' is %i", async (type, status) => {
      expect((await post("{}", { "content-type": type })).status).toBe(status);
    });

    test("what is not UTF-8 is 400", async () => {
      const answer = await fetch(world.adminUrl + clients, {
        method: "POST",
        headers: json,
        body: Buffer.from('{"client_name":"\xe4"}', "latin1"),
      });
      expect(answer.status).toBe(400);
    });
  });
});
