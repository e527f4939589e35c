/** DeliveryStore: the outbox of those who are to be told; each goes to one teller at a time. */
import { beforeEach, expect, test } from "vitest";
import type { LogoutDelivery } from "../../../src/protocol/logout.ts";
import { aClient, after } from "../../support/nouns.ts";
import { anEnding, granted, racing, type StoreOf, stored } from "./world.ts";

const told = { backchannelLogoutUri: "https://printer.example/gone" };

export function deliveriesContract(store: StoreOf): void {
  const claim = (seconds: number, limit = 1000) =>
    store().deliveries.claim({ until: after(seconds + 60), limit, now: after(seconds) });

  /** So many sessions of one client have ended, at second 600 unless said. */
  const ended = async (count: number, seconds = 600) => {
    const client = await stored(store(), aClient(told));
    const sessions: string[] = [];
    for (let one = 0; one < count; one += 1) sessions.push((await granted(store(), {}, client)).session.id);
    await store().loginSessions.end(anEnding(sessions, { now: after(seconds) }));
    return { client, sessions };
  };
  const only = (deliveries: readonly LogoutDelivery[]): LogoutDelivery => {
    const [one] = deliveries;
    if (one === undefined || deliveries.length > 1) throw new Error(`${deliveries.length} deliveries`);
    return one;
  };

  // What other tests left behind.
  beforeEach(async () => {
    for (const delivery of await claim(10_000_000)) await store().deliveries.settle(delivery);
  });

  test("of twenty that claim at once, each delivery goes to one", async () => {
    const { sessions } = await ended(30);
    const claimed = (await racing(() => claim(600, 7))).flat();
    expect(claimed.map(({ sessionId }) => sessionId).toSorted()).toEqual(sessions.toSorted());
    expect(new Set(claimed.map(({ attempts }) => attempts))).toEqual(new Set([1]));
  });

  test("what nobody settled is due again when the lease is over", async () => {
    await ended(1);
    expect(await claim(599)).toEqual([]);
    const first = only(await claim(600));
    expect(await claim(659)).toEqual([]);
    expect(only(await claim(660))).toEqual({ ...first, attempts: 2 });
  });

  test("what is settled is gone; who comes late settles nothing", async () => {
    await ended(1);
    const late = only(await claim(600));
    const second = only(await claim(700));
    await store().deliveries.settle(late);
    const third = only(await claim(800));
    await store().deliveries.settle(second);
    await store().deliveries.settle(third);
    expect(await claim(10_000)).toEqual([]);
  });

  test("what is put off takes along what is due for the same client, and nothing of others", async () => {
    const { client } = await ended(3);
    const other = await ended(1, 601);
    const one = only(await claim(600, 1));
    expect(one.clientId).toBe(client.id);
    await store().deliveries.postpone(one, after(605));
    expect((await claim(604)).map(({ clientId }) => clientId)).toEqual([other.client.id]);
    expect(await claim(605)).toHaveLength(3);
  });

  test("what comes first is told first", async () => {
    const later = await ended(1, 650);
    const first = await ended(1);
    expect(only(await claim(700, 1)).clientId).toBe(first.client.id);
    expect(only(await claim(700, 1)).clientId).toBe(later.client.id);
  });
}
