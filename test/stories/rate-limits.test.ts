/** How often clients may ask for tokens and device codes, where the operator says so. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { newClient, type TestClient } from "../support/code-flow.ts";
import { basic, send, startWorld, type World } from "../support/server.ts";

const formType = { "content-type": "application/x-www-form-urlencoded" };
const device = "urn:ietf:params:oauth:grant-type:device_code";

describe.each([
  { path: "/oauth2/token", body: "grant_type=client_credentials" },
  { path: "/oauth2/device/auth", body: "scope=read" },
])("RFC 6585 §4: requests to $path", ({ path, body }) => {
  let world: World;
  let clients: TestClient[];
  beforeAll(async () => {
    world = await startWorld({
      settings: {
        "oauth2.rate_limit.client": 2,
        "oauth2.rate_limit.address": 5,
        "serve.public.trusted_proxies": ["127.0.0.1"],
      },
    });
    clients = [];
    for (let count = 0; count < 4; count += 1) {
      clients.push(await newClient(world, { grant_types: ["client_credentials", device] }));
    }
  });
  afterAll(() => world?.close());

  const ask = (address: string, client: TestClient | undefined, secret = client?.secret ?? "") =>
    send("POST", `${world.publicUrl}${path}`, body, {
      ...formType,
      ...basic(client?.id ?? "", secret),
      "x-forwarded-for": address,
    });
  const statuses = (answers: ReadonlyArray<{ readonly status: number }>) => answers.map(({ status }) => status);

  test("a client that asks too often waits, others and those elsewhere do not", async () => {
    const [first, second] = clients;
    expect(statuses([await ask("203.0.113.1", first), await ask("203.0.113.1", first)])).toEqual([200, 200]);
    const refused = await ask("203.0.113.1", first);
    expect([refused.status, refused.body.error]).toEqual([429, "too_many_requests"]);
    expect(Number(refused.headers["retry-after"])).toBeGreaterThan(20);
    expect(statuses([await ask("203.0.113.1", second), await ask("203.0.113.2", first)])).toEqual([200, 200]);
  });

  test("nobody who lacks the secret uses up a client's share at another address", async () => {
    const [, , third] = clients;
    for (let count = 0; count < 4; count += 1) await ask("203.0.113.3", third, "wrong");
    expect((await ask("203.0.113.4", third)).status).toBe(200);
  });

  test("an address that invents clients waits, and a /64 of IPv6 is one", async () => {
    for (let count = 0; count < 5; count += 1) {
      expect((await ask(`2001:db8::${count + 1}`, { ...clients[0], id: `made-up-${count}`, secret: "x" })).status).toBe(
        401,
      );
    }
    expect((await ask("2001:db8::99", clients[3])).status).toBe(429);
    expect((await ask("2001:db8:0:1::1", clients[3])).status).toBe(200);
  });
});
