/** The runner of chores: leases, steps, failures, and an orderly end. */
import { afterEach, describe, expect, test, vi } from "vitest";
import { type Chores, runChores } from "../../../src/adapters/chores/run.ts";
import type { Chore } from "../../../src/ports/chores.ts";
import { start } from "../../support/nouns.ts";

/** Leases that the test holds in its hand. */
function someLeases() {
  const held = new Map<string, string>();
  const log: string[] = [];
  return {
    held,
    log,
    async take(chore: string, holder: string) {
      const owner = held.get(chore);
      const isMine = owner === undefined || owner === holder;
      if (isMine) held.set(chore, holder);
      log.push(`${holder} ${isMine ? "takes" : "misses"} ${chore}`);
      return isMine;
    },
    async release(chore: string, holder: string) {
      if (held.get(chore) === holder) held.delete(chore);
      log.push(`${holder} releases ${chore}`);
    },
  };
}

const running: Chores[] = [];

function begin(chores: readonly Chore[], leases = someLeases(), holder = "me") {
  const told: Array<readonly [string, unknown]> = [];
  const begun = runChores(chores, {
    leases,
    holder,
    now: () => start,
    told: (name, failure) => told.push([name, failure]),
  });
  running.push(begun);
  return { chores: begun, leases, told };
}

/** A chore of so many steps. */
function aChore(steps: number, over: Partial<Chore> = {}) {
  const done: Date[] = [];
  const chore: Chore = {
    name: "sweep",
    everySeconds: 60,
    async step(now) {
      done.push(now);
      return done.length % steps !== 0;
    },
    ...over,
  };
  return { chore, done };
}

afterEach(async () => {
  vi.useRealTimers();
  await Promise.all(running.splice(0).map((one) => one.close()));
});

describe("a chore", () => {
  test("is done step by step until nothing is left, under one lease that is let go", async () => {
    const { chore, done } = aChore(3);
    const { chores, leases } = begin([chore]);
    await chores.run();
    expect(done).toEqual([start, start, start]);
    expect(leases.log).toEqual(["me takes sweep", "me releases sweep"]);
  });

  test("is left to who has its lease", async () => {
    const { chore, done } = aChore(1);
    const { chores, leases } = begin([chore]);
    leases.held.set("sweep", "another");
    await chores.run();
    expect(done).toEqual([]);
    expect(leases.log).toEqual(["me misses sweep"]);
  });

  test("is looked after again when its time has come, and before when it is woken", async () => {
    vi.useFakeTimers();
    const { chore, done } = aChore(1);
    const { chores } = begin([chore]);
    expect(done).toHaveLength(0);
    await vi.advanceTimersByTimeAsync(4000);
    expect(done).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(40_000);
    expect(done).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(40_000);
    expect(done).toHaveLength(2);
    chores.wake("sweep");
    await vi.advanceTimersByTimeAsync(10);
    expect(done).toHaveLength(3);
    chores.wake("nothing of this name");
  });

  test("that is woken while it is looked after is looked after once more", async () => {
    const steps = { taken: 0 };
    const { chores } = begin([
      {
        name: "sweep",
        everySeconds: 60,
        async step() {
          steps.taken += 1;
          if (steps.taken === 1) chores.wake("sweep");
          return false;
        },
      },
    ]);
    await chores.run();
    expect(steps.taken).toBe(2);
  });

  test("that fails is told of once, tried again, and told of when it is well", async () => {
    const failure = new Error("the database is away");
    const state = { broken: true };
    const { chore } = aChore(1, {
      async step() {
        if (state.broken) throw failure;
        return false;
      },
    });
    const { chores, told, leases } = begin([chore]);
    await chores.run();
    await chores.run();
    expect(told).toEqual([["sweep", failure]]);
    expect(leases.held.size).toBe(0);
    state.broken = false;
    await chores.run();
    expect(told).toEqual([
      ["sweep", failure],
      ["sweep", undefined],
    ]);
  });

  test("does not keep another waiting", async () => {
    const forever = Promise.withResolvers<boolean>();
    const { chore, done } = aChore(1, { name: "quick" });
    const { chores } = begin([{ name: "slow", everySeconds: 60, step: () => forever.promise }, chore]);
    chores.wake("slow");
    chores.wake("quick");
    await vi.waitFor(() => expect(done).toHaveLength(1));
    forever.resolve(false);
  });
});

describe("the end", () => {
  test("waits for the step under way, takes no other, and lets the lease go", async () => {
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const steps = { taken: 0 };
    const step = () => {
      steps.taken += 1;
      return promise;
    };
    const { chores, leases } = begin([{ name: "sweep", everySeconds: 60, step }]);
    const looked = chores.run();
    await vi.waitFor(() => expect(steps.taken).toBe(1));
    const closed = chores.close();
    resolve(true);
    await Promise.all([closed, looked]);
    expect(steps.taken).toBe(1);
    expect(leases.held.size).toBe(0);
    chores.wake("sweep");
    await chores.run();
    expect(steps.taken).toBe(1);
  });
});

test("of two processes one does what there is to do", async () => {
  const leases = someLeases();
  const { chore, done } = aChore(5);
  const [one, two] = ["one", "two"].map((holder) => begin([chore], leases, holder).chores);
  await Promise.all([one?.run(), two?.run()]);
  expect(done).toHaveLength(5);
  expect(leases.log.filter((line) => line.includes("misses"))).toEqual(["two misses sweep"]);
});
