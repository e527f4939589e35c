/** Whose registration it is: tokens that are another's, races, and what a client does not reach of its own (RFC 7592 §5). */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { isActive, obtainTokens } from "../support/code-flow.ts";
import { databases } from "../support/database.ts";
import { userinfo } from "../support/grants.ts";
import { manage, registered, registrationSettings } from "../support/registration.ts";
import { type Answer, basic, send, startWorld, type World } from "../support/server.ts";

function said({ status, body, headers }: Answer) {
  return { status, body, challenge: headers["www-authenticate"], cache: headers["cache-control"] };
}

describe.each(databases)("whose registration it is, on $name", (database) => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld({ dsn: await database.dsn(), settings: registrationSettings });
  });
  afterAll(() => world?.close());

  const change = { redirect_uris: ["http://127.0.0.1:9/other"], client_name: "taken" };

  test("DCR-003, RFC 7592 §5: a wrong token and an unknown client are answered alike, and nothing changes", async () => {
    const [victim, thief] = [await registered(world, { client_name: "victim" }), await registered(world)];
    const nobody = victim.url.replace(/[^/]+$/, "00000000-0000-4000-8000-000000000000");
    for (const method of ["GET", "PUT", "DELETE"] as const) {
      const document = method === "PUT" ? change : undefined;
      const answers = [
        await manage(method, victim.url, thief.token, document),
        await manage(method, nobody, thief.token, document),
        await manage(method, `${nobody}%2F..%2F${victim.id}`, victim.token, document),
      ];
      expect(answers[0]?.status).toBe(401);
      expect(answers[0]?.headers["www-authenticate"]).toContain('Bearer error="invalid_token"');
      expect(new Set(answers.map((answer) => JSON.stringify(said(answer)))).size).toBe(1);
    }
    expect((await manage("GET", victim.url, victim.token)).body.client_name).toBe("victim");
  });

  test("DCR-004: nothing else that the client has opens its registration", async () => {
    const client = await registered(world, { grant_types: ["authorization_code", "refresh_token"] });
    const tokens = await obtainTokens(world, client, { scope: "openid offline" });
    for (const token of [tokens.access_token, tokens.refresh_token, tokens.id_token, client.secret, client.id, "x"]) {
      expect((await manage("GET", client.url, token)).status).toBe(401);
    }
    expect((await send("GET", client.url, undefined, basic(client.id, client.secret))).status).toBe(401);
    // INT-004: and it opens nothing else.
    expect(await isActive(world, client.token)).toBe(false);
    expect((await userinfo(world, client.token)).status).toBe(401);
  });

  test("DCR-006, RFC 7592 §2: the token comes in the header and nowhere else", async () => {
    const client = await registered(world);
    expect((await manage("GET", `${client.url}?access_token=${client.token}`, null)).status).toBe(400);
    expect((await manage("GET", `${client.url}?access_token=${client.token}`, client.token)).status).toBe(400);
    const inBody = { ...change, access_token: client.token, registration_access_token: client.token };
    const refused = await manage("PUT", client.url, null, inBody);
    expect([refused.status, refused.headers["www-authenticate"]]).toEqual([401, "Bearer"]);
    expect((await send("DELETE", client.url, undefined, {})).status).toBe(401);
    expect((await send("PUT", client.url)).status).toBe(401);
  });

  test("DCR-005, DCR-022: of ten that write with one token, one does", async () => {
    const client = await registered(world);
    const writes = await Promise.all(
      Array.from({ length: 10 }, (_, n) =>
        manage("PUT", client.url, client.token, { ...change, client_name: `writer ${n}` }),
      ),
    );
    expect(writes.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([
      200,
      ...new Array<number>(9).fill(401),
    ]);
    const winner = writes.find(({ status }) => status === 200);
    const read = await manage("GET", client.url, winner?.body.registration_access_token);
    expect(read.body.client_name).toBe(winner?.body.client_name);
  });

  test("DCR-022: of many that delete one registration, one does", async () => {
    const client = await registered(world);
    const gone = await Promise.all(Array.from({ length: 10 }, () => manage("DELETE", client.url, client.token)));
    expect(gone.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([
      204,
      ...new Array<number>(9).fill(401),
    ]);
  });

  test("DCR-020, RFC 7592 §2.2: another id is refused, and so is another secret", async () => {
    const client = await registered(world, { client_name: "kept" });
    const other = await manage("PUT", client.url, client.token, { ...change, client_id: "other" });
    expect([other.status, other.body.error]).toEqual([400, "invalid_client_metadata"]);
    for (const secret of ["chosen-by-the-client", client.secret.toUpperCase()]) {
      const chosen = await manage("PUT", client.url, client.token, { ...change, client_secret: secret });
      expect([chosen.status, chosen.body.error]).toEqual([403, "request_forbidden"]);
    }
    const { status, body } = await manage("GET", client.url, client.token);
    expect([status, body.client_name]).toEqual([200, "kept"]);
  });

  test("DCR-002: nor does a PUT reach what is an administrator's", async () => {
    const made = await world.admin("POST", "/admin/clients", {
      ...change,
      skip_consent: true,
      skip_logout_consent: true,
      owner: "us",
      metadata: { plan: "free" },
      audience: ["https://api.example"],
      scope: "openid read write",
      access_token_strategy: "jwt",
      client_credentials_grant_access_token_lifespan: "1h",
    });
    const { registration_access_token: token, registration_client_uri: url, client_id: id } = made.body;
    for (const over of [{ owner: "me" }, { access_token_strategy: "opaque" }, { metadata: { plan: "gold" } }]) {
      const refused = await manage("PUT", url, token, { ...change, ...over });
      expect([refused.status, refused.body.error]).toEqual([400, "invalid_client_metadata"]);
    }
    const put = await manage("PUT", url, token, { ...change, scope: "openid read", skip_consent: false });
    expect(put.status).toBe(200);
    const { body: stored } = await world.admin("GET", `/admin/clients/${id}`);
    for (const name of ["skip_consent", "owner", "metadata", "audience", "access_token_strategy"]) {
      expect(stored[name]).toEqual(made.body[name]);
    }
    expect(stored.client_credentials_grant_access_token_lifespan).toBe("1h0m0s");
    expect(stored.scope).toBe("openid read");
  });

  test("RFC 7592 §2.2: a client that needs a secret gets one, and one that needs none loses it", async () => {
    const client = await registered(world, { token_endpoint_auth_method: "none" });
    expect([client.body.client_secret, client.body.token_endpoint_auth_method]).toEqual([undefined, "none"]);
    const withSecret = await manage("PUT", client.url, client.token, {
      ...change,
      grant_types: ["authorization_code", "client_credentials"],
    });
    const secret = withSecret.body.client_secret;
    expect(secret).toMatch(/^[\w.~-]{26}$/);
    const ask = () => world.post("/oauth2/token", { grant_type: "client_credentials" }, basic(client.id, secret));
    expect((await ask()).status).toBe(200);
    const document = { ...change, token_endpoint_auth_method: "none" };
    const without = await manage("PUT", client.url, withSecret.body.registration_access_token, document);
    expect([without.status, without.body.client_secret]).toEqual([200, undefined]);
    expect((await ask()).status).toBe(401);
  });

  test("no token of a registration is ever written to the log", async () => {
    const client = await registered(world);
    const put = await manage("PUT", client.url, client.token, change);
    await manage("DELETE", client.url, put.body.registration_access_token);
    const log = world.log.join("\n");
    for (const type of ["client_registered", "registration_replaced", "registration_deleted"]) {
      expect(log).toContain(type);
    }
    for (const token of [client.token, put.body.registration_access_token, client.secret]) {
      expect(log).not.toContain(token);
    }
  });
});
