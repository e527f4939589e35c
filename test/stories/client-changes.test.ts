/** Clients changed in part: by JSON Patch, their lifespans, their secrets one after the other, and the end of their tokens. */
import { SignJWT } from "jose";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { assertionClaims, present } from "../support/assertions.ts";
import { isActive, newClient, obtainTokens, refresh, type TestClient } from "../support/code-flow.ts";
import { databases, query } from "../support/database.ts";
import { askToken, expectDead, userinfo } from "../support/grants.ts";
import { send, startWorld, type World } from "../support/server.ts";

const clients = "/admin/clients";
const malformed = "The request was malformed or contained invalid parameters";
const lifespan = "client_credentials_grant_access_token_lifespan";

describe.each(databases)("on $name", (database) => {
  let world: World;
  let dsn: string;
  beforeAll(async () => {
    dsn = await database.dsn();
    world = await startWorld({ dsn, settings: { "oidc.dynamic_client_registration.enabled": true } });
  });
  afterAll(() => world?.close());

  const read = async (id: string) => (await world.admin("GET", `${clients}/${id}`)).body;
  const patch = (id: string, ...operations: readonly object[]) => world.admin("PATCH", `${clients}/${id}`, operations);
  const put = (path: string, value: unknown) => ({ op: "replace", path, value });
  const own = (client: TestClient) => askToken(world, client, { grant_type: "client_credentials", scope: "read" });

  describe("PATCH", () => {
    test("RFC 6902: what is named is changed, everything else stays", async () => {
      const { id } = await newClient(world, { metadata: { floor: 1 }, contacts: ["a@example"] });
      const before = await read(id);
      const answer = await patch(
        id,
        put("/client_name", "Renamed"),
        { op: "add", path: "/contacts/-", value: "b@example" },
        { op: "add", path: "/post_logout_redirect_uris/-", value: "http://127.0.0.1:9/bye" },
        { op: "test", path: "/metadata/floor", value: 1 },
        { op: "copy", from: "/metadata/floor", path: "/metadata/level" },
        { op: "move", from: "/metadata/floor", path: "/metadata/storey" },
        put(`/${lifespan}`, "90m"),
        put("/skip_logout_consent", false),
      );
      expect(answer.status).toBe(200);
      const changed = {
        client_name: "Renamed",
        contacts: ["a@example", "b@example"],
        post_logout_redirect_uris: ["http://127.0.0.1:9/bye"],
        metadata: { level: 1, storey: 1 },
        [lifespan]: "1h30m0s",
        skip_logout_consent: false,
      };
      const { updated_at: _then, ...rest } = before;
      expect(answer.body).toMatchObject({ ...rest, ...changed });
      expect(answer.body).toEqual(await read(id));
      const undone = await patch(id, put(`/${lifespan}`, null), { op: "remove", path: "/post_logout_redirect_uris" });
      expect(undone.body[lifespan]).toBeNull();
      expect(undone.body).not.toHaveProperty("post_logout_redirect_uris");
    });

    test("a patch may come as application/json-patch+json, and as nothing that a form of a page could send", async () => {
      const { id } = await newClient(world);
      const url = `${world.adminUrl}${clients}/${id}`;
      const body = JSON.stringify([put("/client_name", "x")]);
      const type = (contentType: string) => send("PATCH", url, body, { "content-type": contentType });
      expect((await type("application/json-patch+json")).status).toBe(200);
      expect((await type("text/plain")).status).toBe(415);
    });

    test("D34: a patch that does not apply is 400, a test that fails 409, and nothing of either is done", async () => {
      const { id } = await newClient(world);
      const before = await read(id);
      const wrong: ReadonlyArray<readonly [number, ...object[]]> = [
        [409, put("/client_name", "x"), { op: "test", path: "/client_name", value: "y" }],
        [409, put("/client_name", "x"), { op: "test", path: "/nothing/there", value: "y" }],
        [400, put("/client_name", "x"), { op: "remove", path: "/jwks_uri" }],
        [400, put("/client_name", "x"), put("/redirect_uris/7", "https://x.example")],
        [400, put("/client_name", "x"), put("/redirect_uris/0", "javascript:alert(1)")],
        [400, put("/client_name", 5)],
        [400, put("/contacts", "nobody")],
        [400, put("/default_max_age", -1)],
        [400, put("/subject_type", "secret")],
        [400, put(`/${lifespan}`, "0s")],
        [400, put("/metadata", [])],
        [400, put("/client_name", "\u0000")],
        [400, { op: "replace", path: "/client_name" }],
        [400, { op: "add", value: 1 }],
        [400, { op: "frobnicate", path: "/client_name", value: 1 }],
        [400, {}],
      ];
      for (const [status, ...operations] of wrong) {
        const answer = await patch(id, ...operations);
        expect([answer.status, JSON.stringify(operations)]).toEqual([status, JSON.stringify(operations)]);
      }
      for (const body of [{ op: "add" }, "text", 1, null, [[]], [null], ["x"]]) {
        const answer = await world.admin("PATCH", `${clients}/${id}`, body);
        expect([answer.status, answer.body.error]).toEqual([400, malformed]);
      }
      expect(await read(id)).toEqual(before);
      expect((await patch("nobody", put("/client_name", "x"))).status).toBe(404);
    });

    test("ADM-008: what the server says of a client is changed by no spelling, and no hash is seen or set", async () => {
      const { id } = await newClient(world, { metadata: { id: "other", secret: "$sha256$" } });
      const before = await read(id);
      const hostile = [
        put("/client_id", "other"),
        put("/id", "other"),
        { op: "copy", from: "/metadata/id", path: "/client_id" },
        { op: "move", from: "/metadata", path: "" },
        { op: "remove", path: "/client_id" },
        put("", { client_id: "other" }),
        put("", {}),
        put("/clientId", "other"),
        put("/createdAt", "2001-01-01T00:00:00Z"),
        put("/created_at", "2001-01-01T00:00:00Z"),
        put("/updated_at", "2001-01-01T00:00:00Z"),
        put("/client_secret_expires_at", 1),
        put("/registration_access_token", "x"),
        put("/registration_client_uri", "https://x.example"),
        put("/secret_hashes", ["$sha256$"]),
        put("/secretHashes", ["$sha256$"]),
        put("/rotated_secrets", []),
        put("/RotatedSecrets", []),
        put("/revision", 1),
        put("/epoch", 1),
        put("/selfRegistered", true),
        put("/__proto__", { client_id: "other" }),
        put("/__proto__/polluted", 1),
        put("/constructor/prototype/polluted", 1),
        put("/metadata/__proto__/polluted", 1),
        put("/prototype", 1),
        { op: "copy", from: "/client_secret", path: "/client_name" },
        { op: "copy", from: "/secret_hashes", path: "/metadata/x" },
        put("/CLIENT_NAME", "x"),
        put("/client~0name", "x"),
      ];
      for (const operation of hostile) {
        const answer = await patch(id, operation);
        expect([answer.status, JSON.stringify(operation)]).toEqual([400, JSON.stringify(operation)]);
      }
      for (const value of ["", null, "x"]) {
        expect((await patch(id, { op: "test", path: "/client_secret", value })).status).toBe(409);
      }
      expect(Reflect.get({}, "polluted")).toBeUndefined();
      expect(await read(id)).toEqual(before);
      // To say what stands is no change.
      expect((await patch(id, put("/client_id", id), put("/created_at", before.created_at))).status).toBe(200);
    });

    test("ADM-009: bombs are bounded, and the server answers on", async () => {
      const { id } = await newClient(world, { metadata: { a: ["0123456789"] } });
      const before = await read(id);
      const many = (count: number, operation: object) => Array.from({ length: count }, () => operation);
      const began = performance.now();
      const answers = [
        await patch(id, ...many(100_000, { op: "test", path: "", value: 1 })),
        await patch(id, ...many(1001, put("/client_name", "x"))),
        await patch(id, ...many(200, { op: "copy", from: "/metadata/a", path: "/metadata/a/-" })),
        await patch(id, ...many(200, { op: "copy", from: "/metadata", path: "/metadata/b" })),
        await patch(id, put(`/metadata/${"x".repeat(3000)}`, 1)),
        await patch(id, put(`/metadata${"/x".repeat(1000)}`, 1)),
        await patch(id, put("/metadata/a/999999999", 1)),
        await patch(id, put("/contacts", many(1000, { x: 1 }))),
        await patch(
          id,
          put(
            "/contacts",
            Array.from({ length: 501 }, (_, index) => `c${index}`),
          ),
        ),
        await patch(id, put("/metadata/x", "x".repeat(1 << 20))),
      ];
      for (const { status } of answers) expect([400, 413]).toContain(status);
      expect(performance.now() - began).toBeLessThan(20_000);
      // Patch upon patch does not grow beyond what one request may send.
      const grown = ["a", "b", "c"].map((name) => () => patch(id, put(`/metadata/${name}`, "x".repeat(500_000))));
      const statuses: number[] = [];
      for (const grow of grown) statuses.push((await grow()).status);
      expect(statuses).toEqual([200, 200, 400]);
      await patch(id, put("/metadata", before.metadata));
      expect({ ...(await read(id)), updated_at: 0 }).toEqual({ ...before, updated_at: 0 });
    });

    test("a secret that is set is shown this once, and is then the only one", async () => {
      const client = await newClient(world);
      const rotated = await world.admin("POST", `${clients}/${client.id}/secrets/rotate`);
      const set = await patch(client.id, put("/client_secret", "chosen-by-a-person"));
      expect(set.body.client_secret).toBe("chosen-by-a-person");
      expect((await own({ id: client.id, secret: "chosen-by-a-person" })).status).toBe(200);
      for (const secret of [client.secret, rotated.body.client_secret]) {
        expect((await own({ id: client.id, secret })).status).toBe(401);
      }
      const kept = await patch(client.id, put("/client_name", "x"));
      expect(kept.text).not.toContain("chosen-by-a-person");
      expect(kept.body).not.toHaveProperty("client_secret");
      expect((await own({ id: client.id, secret: "chosen-by-a-person" })).status).toBe(200);
      const short = await patch(client.id, put("/client_secret", "five5"));
      expect([short.status, short.body.error]).toEqual([400, "invalid_client_metadata"]);
    });

    test("RFC 7592: whom an administrator has patched no longer changes itself; lifespans and secrets are let pass", async () => {
      const registered = await send(
        "POST",
        `${world.publicUrl}/oauth2/register`,
        JSON.stringify({ redirect_uris: ["https://x.example/cb"] }),
        { "content-type": "application/json" },
      );
      const { client_id: id, registration_access_token: token } = registered.body;
      const open = async () => (await world.get(`/oauth2/register/${id}`, { authorization: `Bearer ${token}` })).status;
      await world.admin("PUT", `${clients}/${id}/lifespans`, { [lifespan]: "1h" });
      await world.admin("POST", `${clients}/${id}/secrets/rotate`);
      expect(await open()).toBe(200);
      await patch(id, put("/client_name", "x"));
      expect(await open()).toBe(401);
    });

    test("D51: of two patches at once neither is lost", async () => {
      const { id } = await newClient(world);
      for (let round = 0; round < 5; round += 1) {
        const answers = await Promise.all([
          patch(id, put(`/metadata/a${round}`, 1)),
          patch(id, put(`/metadata/b${round}`, 1)),
        ]);
        expect(answers.map(({ status }) => status)).toEqual([200, 200]);
      }
      expect(Object.keys((await read(id)).metadata)).toHaveLength(10);
    });

    test("D51: of twenty at once each is done whole or is 409, and told to come again", async () => {
      const { id } = await newClient(world);
      const writers = Array.from({ length: 20 }, (_, index) => `w${index}`);
      const answers = await Promise.all(
        writers.map((name) => patch(id, put(`/metadata/${name}`, 1), { op: "add", path: "/contacts/-", value: name })),
      );
      const done = writers.filter((_, index) => answers[index]?.status === 200);
      for (const { status, headers, body } of answers.filter((answer) => answer.status !== 200)) {
        expect([status, body.error, headers["retry-after"]]).toEqual([409, "aborted", "1"]);
      }
      const { contacts, metadata } = await read(id);
      expect(done.length).toBeGreaterThan(0);
      expect(contacts.toSorted()).toEqual(done.toSorted());
      expect(Object.keys(metadata).toSorted()).toEqual(done.toSorted());
    });
  });

  describe("PUT lifespans", () => {
    test("all of them are set: what is not sent is the server's again; and tokens live so long", async () => {
      const client = await newClient(world, { refresh_token_grant_access_token_lifespan: "5m" });
      const set = (spans: unknown) => world.admin("PUT", `${clients}/${client.id}/lifespans`, spans);
      const answer = await set({ [lifespan]: "90s", implicit_grant_id_token_lifespan: null });
      expect([answer.status, answer.body[lifespan]]).toEqual([200, "1m30s"]);
      expect(answer.body.refresh_token_grant_access_token_lifespan).toBeNull();
      expect(answer.body).toEqual(await read(client.id));
      expect((await own(client)).body.expires_in).toBe(90);
      expect((await set({})).body[lifespan]).toBeNull();
      expect((await own(client)).body.expires_in).toBe(3600);
      for (const wrong of [
        { [lifespan]: "0s" },
        { [lifespan]: "-1h" },
        { [lifespan]: "x" },
        { [lifespan]: 3600 },
        [],
        1,
      ]) {
        expect((await set(wrong)).status).toBe(400);
      }
      expect((await world.admin("PUT", `${clients}/${client.id}/lifespans`)).status).toBe(400);
      expect((await world.admin("PUT", `${clients}/nobody/lifespans`, {})).status).toBe(404);
    });
  });

  describe("secrets", () => {
    const rotate = (id: string) => world.admin("POST", `${clients}/${id}/secrets/rotate`);
    const deleteRotated = (id: string) => world.admin("DELETE", `${clients}/${id}/secrets/rotate`);

    test("CAUTH-013: a rotated secret works beside the new one until it is deleted", async () => {
      const client = await newClient(world);
      const { status, body } = await rotate(client.id);
      expect([status, body.client_id]).toEqual([200, client.id]);
      expect(body.client_secret).toMatch(/^[A-Za-z0-9_\-.~]{26}$/);
      const next = { id: client.id, secret: body.client_secret };
      expect([(await own(client)).status, (await own(next)).status]).toEqual([200, 200]);
      expect(await read(client.id)).not.toHaveProperty("client_secret");
      const deleted = await deleteRotated(client.id);
      expect(deleted.status).toBe(200);
      expect(deleted.body).toEqual(await read(client.id));
      expect([(await own(client)).status, (await own(next)).status]).toEqual([401, 200]);
    });

    test("six secrets live at most: the oldest ends; none is stored as it is", async () => {
      const client = await newClient(world, { client_secret: "chosen-by-a-person" });
      const secrets = ["chosen-by-a-person"];
      for (let round = 0; round < 7; round += 1) secrets.push((await rotate(client.id)).body.client_secret);
      expect(new Set(secrets).size).toBe(8);
      const statuses = await Promise.all(secrets.map(async (secret) => (await own({ id: client.id, secret })).status));
      expect(statuses).toEqual([401, 401, 200, 200, 200, 200, 200, 200]);
      const rows = dsn.startsWith("postgres")
        ? await query(`select * from clients where id = '${client.id}'`, dsn)
        : [];
      const told = world.log.join("\n");
      for (const secret of secrets) {
        expect(JSON.stringify(rows)).not.toContain(secret);
        expect(told).not.toContain(secret);
      }
      await deleteRotated(client.id);
      expect((await own({ id: client.id, secret: secrets.at(-1) ?? "" })).status).toBe(200);
      expect((await own({ id: client.id, secret: secrets.at(-2) ?? "" })).status).toBe(401);
    });

    test("of rotations at once each answer's secret works, or is 409", async () => {
      const client = await newClient(world);
      const answers = await Promise.all(Array.from({ length: 4 }, () => rotate(client.id)));
      const done = answers.filter(({ status }) => status === 200);
      expect(answers.every(({ status }) => status === 200 || status === 409)).toBe(true);
      expect(done.length).toBeGreaterThan(1);
      for (const { body } of done) expect((await own({ id: client.id, secret: body.client_secret })).status).toBe(200);
    });

    test.each(["none", "private_key_jwt"])("a client without a secret has none to rotate: %s", async (method) => {
      const { id } = await newClient(world, {
        ...{ token_endpoint_auth_method: method, jwks_uri: "https://keys.example", grant_types: [] },
      });
      for (const answer of [await rotate(id), await deleteRotated(id)]) {
        expect([answer.status, answer.body.error]).toEqual([400, malformed]);
      }
      for (const answer of [await rotate("nobody"), await deleteRotated("nobody")]) expect(answer.status).toBe(404);
    });

    test("client_secret_jwt: what an older secret signs is believed until it is deleted", async () => {
      const client = await newClient(world, { token_endpoint_auth_method: "client_secret_jwt" });
      const sign = (secret: string) =>
        new SignJWT(assertionClaims(world, client))
          .setProtectedHeader({ alg: "HS256" })
          .sign(new TextEncoder().encode(secret));
      const { client_secret: next } = (await rotate(client.id)).body;
      expect(next.length).toBeGreaterThanOrEqual(64);
      const statuses = async () => [
        (await present(world, await sign(client.secret))).status,
        (await present(world, await sign(next))).status,
      ];
      expect(await statuses()).toEqual([200, 200]);
      await patch(client.id, put("/client_name", "x"));
      expect(await statuses()).toEqual([200, 200]);
      await deleteRotated(client.id);
      expect(await statuses()).toEqual([401, 200]);
    });
  });

  describe("DELETE tokens", () => {
    const end = (asked: string) => world.admin("DELETE", `/admin/oauth2/tokens${asked}`);

    test.each(["opaque", "jwt"])(
      "every access token of the client is dead at once (%s), its refresh tokens are not",
      async (form) => {
        const client = await newClient(world, { access_token_strategy: form });
        const other = await newClient(world, { access_token_strategy: form });
        const [tokens, others] = [await obtainTokens(world, client), await obtainTokens(world, other)];
        const machine = (await own(client)).body.access_token;
        const ended = await end(`?client_id=${client.id}`);
        expect([ended.status, ended.text]).toEqual([204, ""]);
        await expectDead(world, client, { access_token: tokens.access_token });
        expect(await isActive(world, machine)).toBe(false);
        expect(await isActive(world, others.access_token)).toBe(true);
        expect(await isActive(world, tokens.refresh_token)).toBe(true);
        const renewed = await refresh(world, client, tokens.refresh_token);
        expect((await userinfo(world, renewed.body.access_token)).status).toBe(200);
        expect(await isActive(world, (await own(client)).body.access_token)).toBe(true);
      },
    );

    test("no client is 400, an unknown one has no tokens: 204", async () => {
      for (const asked of ["", "?client_id=", "?client=x", `?client_id=${"x".repeat(300)}`]) {
        expect((await end(asked)).status).toBe(400);
      }
      expect((await end("?client_id=nobody")).status).toBe(204);
    });

    test("tokens that are issued meanwhile live, or are dead with the others: none of them half", async () => {
      const client = await newClient(world);
      const issuing = Array.from({ length: 20 }, () => own(client));
      await Promise.all([end(`?client_id=${client.id}`), ...issuing]);
      for (const answer of await Promise.all(issuing)) expect([200, 503]).toContain(answer.status);
      await end(`?client_id=${client.id}`);
      for (const answer of await Promise.all(issuing)) {
        if (answer.status === 200) expect(await isActive(world, answer.body.access_token)).toBe(false);
      }
    });
  });

  test("ADM-025: each change is told once, with its client, and no secret with it", async () => {
    const client = await newClient(world);
    const before = world.log.length;
    await patch(client.id, put("/client_name", "x"));
    await world.admin("PUT", `${clients}/${client.id}/lifespans`, {});
    const { client_secret: secret } = (await world.admin("POST", `${clients}/${client.id}/secrets/rotate`)).body;
    await world.admin("DELETE", `${clients}/${client.id}/secrets/rotate`);
    await world.admin("DELETE", `/admin/oauth2/tokens?client_id=${client.id}`);
    await world.admin("DELETE", "/admin/oauth2/tokens?client_id=nobody");
    await patch(client.id, put("/client_id", "x"));
    const lines = world.log.slice(before).map((line): Record<string, unknown> => JSON.parse(line));
    const told = lines.filter(({ audience }) => audience === "audit").map(({ event, client_id: id }) => [event, id]);
    const events = ["client_patched", "client_lifespans_set", "client_secret_rotated", "rotated_secrets_deleted"];
    expect(told).toEqual([...events, "access_tokens_deleted"].map((event) => [event, client.id]));
    expect(world.log.join()).not.toContain(secret);
  });
});
