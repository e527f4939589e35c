/** The feed: one look-out for all who follow, a bounded memory, and nobody who waits for somebody else. */
import { expect, test } from "vitest";
import { eventFeed } from "../../../src/adapters/events/feed.ts";
import { trafficTeller } from "../../../src/adapters/events/traffic.ts";
import type { EventBatch } from "../../../src/ports/event-feed.ts";
import type { EventPage, EventStore } from "../../../src/ports/store/events.ts";
import { readCursor } from "../../../src/protocol/event-cursor.ts";
import type { ToldEvent, TrafficFacts } from "../../../src/protocol/told-event.ts";
import { start } from "../../support/nouns.ts";

const everything = { typePrefix: "", clientId: "", subject: "", after: null };

test("one look-out serves all who follow, and rests when nobody does", async () => {
  const world = feedWorld();
  const followers = [world.follow(), world.follow(), world.follow()];
  for (const follower of followers) await follower.next();
  world.happen(1);
  const heard = await Promise.all(followers.map((follower) => follower.next()));
  // The very same list: what is made of it is made once.
  expect(new Set(heard.map((batch) => batch?.events)).size).toBe(1);
  for (const follower of followers) follower.leave();
  await Promise.all(followers.map((follower) => follower.next()));
  await expect.poll(() => world.isIdle(400)).toBe(true);
});

test("who is too slow is told so, with the cursor to go on from, and nobody else notices", async () => {
  const world = feedWorld({ heldEvents: 50 });
  const slow = world.follow();
  const quick = world.follow();
  await slow.next();
  await quick.next();
  world.happen(10);
  const first = await slow.next();
  let heard = (await quick.next())?.events.length ?? 0;
  for (let round = 0; round < 20; round += 1) {
    world.happen(10);
    heard += (await quick.next())?.events.length ?? 0;
  }
  expect(heard).toBe(210);
  const failure = await slow.next().catch((error: unknown) => error);
  expect(failure).toMatchObject({ code: "too_slow", details: { cursor: first?.cursor } });

  const again = world.follow({ after: readCursor(first?.cursor ?? "") ?? null });
  let missed = 0;
  while (missed < 200) missed += (await again.next())?.events.length ?? 0;
  expect(missed).toBe(200);
});

test("who was away reads page by page what is no longer held, and misses nothing at the seam", async () => {
  const world = feedWorld({ heldEvents: 20 });
  const present = world.follow();
  const { cursor = "" } = (await present.next()) ?? {};
  for (let round = 0; round < 12; round += 1) {
    world.happen(100);
    for (let heard = 0; heard < 100; ) heard += (await present.next())?.events.length ?? 0;
  }
  const late = world.follow({ after: readCursor(cursor) ?? null });
  const seen: string[] = [];
  while (seen.length < 1200) seen.push(...((await late.next())?.events ?? []).map(({ position }) => position));
  world.happen(5);
  while (seen.length < 1205) seen.push(...((await late.next())?.events ?? []).map(({ position }) => position));
  expect(seen).toEqual(world.positions());
});

test("silence is broken by empty batches, whose cursor moves on past what is not wanted", async () => {
  const world = feedWorld({ heartbeatMs: 30 });
  const follower = world.follow({ typePrefix: "never_" });
  const first = await follower.next();
  world.happen(7);
  await expect
    .poll(async () => {
      const batch = await follower.next();
      expect(batch?.events).toEqual([]);
      return batch?.cursor.split("-")[0];
    })
    .toBe(world.positions().at(-1));
  expect(first?.events).toEqual([]);
});

test("a database that goes away is waited for, and said once", async () => {
  const world = feedWorld();
  const follower = world.follow();
  await follower.next();
  world.breakDown(new Error("gone"));
  world.feed.rouse();
  await expect.poll(() => world.told).toHaveLength(1);
  world.happen(3);
  world.breakDown(undefined);
  expect((await follower.next())?.events).toHaveLength(3);
  expect(world.told.map(String)).toEqual(["Error: gone", "undefined"]);
});

test("an end lets everybody hear what is known", async () => {
  const world = feedWorld();
  const [hearing, behind] = [world.follow(), world.follow()];
  await hearing.next();
  await behind.next();
  world.happen(4);
  await hearing.next();
  world.feed.end();
  expect((await behind.next())?.events).toHaveLength(4);
  expect(await behind.next()).toBeUndefined();
  expect(await hearing.next()).toBeUndefined();
});

test("traffic of one moment is folded into one row, of a bounded number of kinds", async () => {
  const rows: Array<readonly TrafficFacts[]> = [];
  const written = Promise.withResolvers<void>();
  const store = { ...noStore, addTraffic: async (traffic: readonly TrafficFacts[]) => void rows.push(traffic) };
  const teller = trafficTeller(store, written.resolve);
  for (let count = 0; count < 3; count += 1) teller.note({ type: "token_introspected", active: true });
  for (let count = 0; count < 2000; count += 1) {
    teller.note({ type: "token_refused", clientId: `client ${count}`, grantType: null, error: "invalid_grant" });
  }
  await written.promise;
  expect(rows).toHaveLength(1);
  expect(rows[0]?.[0]).toEqual({ type: "token_introspected", count: 3 });
  expect(rows[0]?.[1]).toEqual({ type: "token_refused", client_id: "client 0", error: "invalid_grant", count: 1 });
  expect(rows[0]).toHaveLength(1000);
});

const noStore: EventStore = {
  head: () => expect.unreachable(),
  after: () => expect.unreachable(),
  addTraffic: () => expect.unreachable(),
  removeBefore: () => expect.unreachable(),
};

/** A feed over events that the test makes happen. */
function feedWorld(limits: { readonly heldEvents?: number; readonly heartbeatMs?: number } = {}) {
  const happened: ToldEvent[] = [];
  const told: unknown[] = [];
  let failure: Error | undefined;
  let looks = 0;
  const positionOf = (number: number) => number.toString(16).padStart(16, "0");
  const store: EventStore = {
    ...noStore,
    head: async () => positionOf(happened.length),
    async after(position, limit): Promise<EventPage> {
      looks += 1;
      if (failure !== undefined) throw failure;
      const events = happened.filter((event) => event.position > position).slice(0, limit);
      return { events, position: events.at(-1)?.position ?? position, more: events.length === limit };
    },
  };
  const feed = eventFeed({ store, now: () => start, mostFollowers: 10, told: (error) => told.push(error), ...limits });
  return {
    feed,
    told,
    positions: () => happened.map(({ position }) => position),
    breakDown: (error: Error | undefined) => {
      failure = error;
    },
    happen(count: number) {
      for (let made = 0; made < count; made += 1) {
        const position = positionOf(happened.length + 1);
        happened.push({ type: "client_created", at: start, count: 1, position, facts: { client_id: position } });
      }
      feed.rouse();
    },
    async isIdle(ms: number) {
      const before = looks;
      await new Promise((resolve) => setTimeout(resolve, ms));
      return looks === before;
    },
    follow(over: Partial<Parameters<typeof feed.follow>[0]> = {}) {
      const leaving = new AbortController();
      const batches = feed.follow({ ...everything, ...over }, leaving.signal);
      return {
        leave: () => leaving.abort(),
        next: async (): Promise<EventBatch | undefined> => (await batches.next()).value ?? undefined,
      };
    },
  };
}
