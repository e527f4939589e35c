/** Whoever follows events is told of every change of state, over each protocol, from where it left off. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Follower, follow, sse, streamProtocols } from "../support/event-stream.ts";
import { startWorld, type World } from "../support/server.ts";

describe("on one server", () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld({ settings: { "events.max_followers": 6 } });
  });
  afterAll(() => world.close());

  test.each(streamProtocols)("%s: a change is told as it happens, with its ids", async (protocol) => {
    const follower = await follow(protocol, world.adminUrl);
    const id = await newClient(world);
    const [event] = await follower.until(1);
    expect(event).toMatchObject({
      type: "client_created",
      client_id: id,
      cursor: expect.stringMatching(/^[0-9a-f-]+$/),
    });
    follower.close();
  });

  test("REST: a change is told as a server-sent event, with its cursor as the id", async () => {
    const follower = await sse(world.adminUrl, "", { accept: "text/event-stream" });
    expect(follower.response.headers).toMatchObject({
      "content-type": "text/event-stream",
      "cache-control": "no-store",
    });
    const id = await newClient(world);
    const [event] = await follower.until(1);
    expect(event).toEqual({
      type: "client_created",
      at: expect.any(String),
      cursor: expect.any(String),
      client_id: id,
      count: 1,
    });
    expect(follower.text()).toContain(`id: ${event?.cursor}\nevent: client_created\ndata: {`);
    follower.close();
  });

  test.each(streamProtocols)("%s: who was away goes on from its cursor", async (protocol) => {
    const follower = await follow(protocol, world.adminUrl);
    const first = await newClient(world);
    await follower.until(1);
    follower.close();
    await follower.ended;
    const missed = [await newClient(world), await newClient(world)];
    const again = await follow(protocol, world.adminUrl, { cursor: follower.cursor() });
    missed.push(await newClient(world));
    await again.until(3);
    expect(again.told.map((event) => event.client_id)).toEqual(missed);
    expect(again.told.map((event) => event.client_id)).not.toContain(first);
    again.close();
  });

  test("Last-Event-ID is the cursor, and counts more than the URL's", async () => {
    const follower = await sse(world.adminUrl);
    const ids = [await newClient(world), await newClient(world), await newClient(world)];
    const [one, two] = await follower.until(3);
    follower.close();
    const again = await sse(world.adminUrl, `?cursor=${one?.cursor}`, { "last-event-id": two?.cursor ?? "" });
    await again.until(1);
    expect(again.told.map((event) => event.client_id)).toEqual(ids.slice(2));
    again.close();
  });

  test("filters narrow by the type's beginning, by client and by subject", async () => {
    const id = await newClient(world);
    const byType = await sse(world.adminUrl, "?type_prefix=client_d");
    const byClient = await follow("Connect", world.adminUrl, { clientId: id });
    const bySubject = await follow("gRPC by grpc-js", world.adminUrl, { subject: "nobody" });
    const other = await newClient(world);
    await world.admin("DELETE", `/admin/clients/${other}`);
    await world.admin("DELETE", `/admin/clients/${id}`);
    await byType.until(2);
    await byClient.until(1);
    expect(byType.told.map(({ type, client_id }) => [type, client_id])).toEqual([
      ["client_deleted", other],
      ["client_deleted", id],
    ]);
    expect(byClient.told.map(({ type, client_id }) => [type, client_id])).toEqual([["client_deleted", id]]);
    expect(bySubject.told).toEqual([]);
    for (const follower of [byType, byClient, bySubject]) follower.close();
  });

  test("a cursor that is none is refused, in every protocol alike", async () => {
    const refused = await world.admin("GET", "/admin/events?cursor=yesterday");
    expect([refused.status, refused.body.error]).toEqual([400, "invalid_request"]);
    for (const protocol of streamProtocols) {
      const follower = await follow(protocol, world.adminUrl, { cursor: "yesterday" });
      expect(await follower.ended, protocol).toMatchObject({ code: 3 });
    }
  });

  test("a cursor of another database is OUT_OF_RANGE and 410", async () => {
    const foreign = [`${"0".repeat(32)}-19b00000000`, `7${"0".repeat(15)}-19b00000000`];
    for (const cursor of foreign) {
      const now = `${cursor.split("-")[0]}-${Date.now().toString(16)}`;
      expect((await world.admin("GET", `/admin/events?cursor=${now}`)).status).toBe(410);
      const follower = await follow("gRPC by grpc-js", world.adminUrl, { cursor: now });
      expect(await follower.ended).toMatchObject({ code: 11 });
    }
  });

  test("who takes no event streams is refused with 406", async () => {
    const refused = await sse(world.adminUrl, "", { accept: "application/json" });
    expect(refused.response.statusCode).toBe(406);
  });

  test("no more may follow than the setting says, and who goes makes room", async () => {
    const followers: Follower[] = [];
    for (let made = 0; made < 6; made += 1) followers.push(await sse(world.adminUrl));
    const refused = await sse(world.adminUrl);
    expect(refused.response.statusCode).toBe(429);
    expect(refused.response.headers["retry-after"]).toBe("10");
    const seventh = await follow("gRPC by grpc-js", world.adminUrl);
    expect(await seventh.ended).toMatchObject({ code: 8 });
    for (const follower of followers) follower.close();
    await expect.poll(async () => (await probe(world)).status).toBe(200);
  });

  test("a stop ends every stream without an error", async () => {
    const own = await startWorld();
    const followers = [
      await sse(own.adminUrl),
      ...(await Promise.all(streamProtocols.map((one) => follow(one, own.adminUrl)))),
    ];
    const startedAt = performance.now();
    await own.close();
    expect(await Promise.all(followers.map(({ ended }) => ended))).toEqual(followers.map(() => undefined));
    expect(performance.now() - startedAt).toBeLessThan(4000);
  });
});

test("a cursor outlives a restart, and its retention ends it", async () => {
  const folder = mkdtempSync(join(tmpdir(), "tessera-events-"));
  const dsn = `sqlite://${join(folder, "db.sqlite")}`;
  try {
    const before = await startWorld({ dsn });
    const follower = await follow("Connect", before.adminUrl);
    await newClient(before);
    await follower.until(1);
    const missed = await newClient(before);
    await before.close();

    const afterwards = await startWorld({ dsn });
    const cursor = follower.told[0]?.cursor ?? "";
    const again = await follow("Connect", afterwards.adminUrl, { cursor, typePrefix: "client_" });
    expect((await again.until(1))[0]?.client_id).toBe(missed);
    again.close();

    afterwards.clock.advance(8 * 86_400);
    expect((await afterwards.admin("GET", `/admin/events?cursor=${cursor}`)).status).toBe(410);
    const late = await follow("gRPC by grpc-js", afterwards.adminUrl, { cursor });
    expect(await late.ended).toMatchObject({ code: 11 });
    await afterwards.close();
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("traffic is told only where it is switched on, and folded", async () => {
  const world = await startWorld({ settings: { "events.traffic": true } });
  const follower = await sse(world.adminUrl, "?type_prefix=token_introspected");
  await Promise.all(Array.from({ length: 5 }, () => world.introspect({ token: "unknown" })));
  const total = () => follower.told.reduce((sum, event) => sum + Number(event.count), 0);
  await expect.poll(total).toBe(5);
  follower.close();
  await world.close();
});

async function newClient(world: World): Promise<string> {
  const { body } = await world.admin("POST", "/admin/clients", { grant_types: ["client_credentials"] });
  return String(body.client_id);
}

/** Whether there is room. */
async function probe(world: World): Promise<{ status: number | undefined }> {
  const follower = await sse(world.adminUrl);
  follower.close();
  return { status: follower.response.statusCode };
}
