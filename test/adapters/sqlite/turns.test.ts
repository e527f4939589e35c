/** Turns over a transaction that is played, so that it can fail on command. */
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { type Transaction, turns } from "../../../src/adapters/sqlite/turns.ts";

/** Writes down every step; a step that is named in `failing` throws that error as often as it is asked. */
function aTransaction(failing: Partial<Record<keyof Transaction, () => unknown>> = {}) {
  const steps: string[] = [];
  let open = false;
  const step = (name: keyof Transaction, then: () => void = () => {}) => {
    return () => {
      steps.push(name);
      const error = failing[name]?.();
      if (error !== undefined) throw error;
      then();
    };
  };
  const begin = step("begin", () => {
    open = true;
  });
  const close = () => {
    open = false;
  };
  const transaction: Transaction = {
    begin: (immediate) => {
      begin();
      if (immediate) steps.push("immediate");
    },
    commit: step("commit", close),
    rollback: step("rollback", close),
    isOpen: () => open,
    savepoint: step("savepoint"),
    release: step("release"),
    undo: step("undo"),
  };
  return { steps, transaction, close };
}

/** As `node:sqlite` throws them; 5 is SQLITE_BUSY, 13 SQLITE_FULL. */
function sqliteError(errcode: number): Error {
  return Object.assign(new Error(`sqlite ${errcode}`), { errcode });
}

const isUnavailable = { code: "temporarily_unavailable" };

describe("turns", () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ["setTimeout"] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  test("what is added in one turn shares one transaction, without savepoints while all goes well", async () => {
    const { steps, transaction } = aTransaction();
    const work = turns(transaction);
    const answers = await Promise.all([work.add(true, () => 1), work.add(false, () => 2), work.add(true, () => 3)]);
    expect(answers).toEqual([1, 2, 3]);
    expect(steps.join(" ")).toBe("begin immediate commit");
  });

  test("a turn of lookups does not take the right to write", async () => {
    const { steps, transaction } = aTransaction();
    await turns(transaction).add(false, () => 1);
    expect(steps).toEqual(["begin", "commit"]);
  });

  test("after an operation that throws the turn runs again, each writer in its savepoint: it undoes itself alone", async () => {
    const { steps, transaction } = aTransaction();
    const work = turns(transaction);
    const fault = new Error("fault");
    const failing = work.add(true, () => {
      throw fault;
    });
    const answers = await Promise.allSettled([failing, work.add(true, () => "well")]);
    expect(answers).toEqual([
      { status: "rejected", reason: fault },
      { status: "fulfilled", value: "well" },
    ]);
    expect(steps.join(" ")).toBe("begin immediate rollback begin immediate savepoint undo savepoint release commit");
  });

  test("nobody is answered before the commit", async () => {
    const answered: string[] = [];
    const { transaction } = aTransaction({ commit: () => void answered.push("commit") });
    const answer = await turns(transaction)
      .add(true, () => answered.push("ran"))
      .then(() => answered.concat("answer"));
    expect(answer).toEqual(["ran", "commit", "answer"]);
  });

  test("nobody is answered before the sync, and what comes meanwhile waits for it", async () => {
    const { steps, transaction } = aTransaction();
    const disk = Promise.withResolvers<void>();
    const sync = vi.fn(() => disk.promise);
    const work = turns(transaction, sync);
    const told: string[] = [];
    const write = work.add(true, () => "write").then((name) => told.push(name));
    await vi.waitFor(() => expect(sync).toHaveBeenCalledOnce());
    const lookup = work.add(false, () => "lookup").then((name) => told.push(name));
    await new Promise(setImmediate);
    await new Promise(setImmediate);
    expect([told, steps]).toEqual([[], ["begin", "immediate", "commit"]]);
    disk.resolve();
    await Promise.all([write, lookup]);
    expect(told).toEqual(["write", "lookup"]);
    // A lookup leaves nothing to be synced.
    expect(sync).toHaveBeenCalledOnce();
  });

  test("after a sync that fails nothing is promised any more", async () => {
    const { transaction } = aTransaction();
    let failures = 1;
    const work = turns(transaction, () => (failures-- > 0 ? Promise.reject(sqliteError(10)) : Promise.resolve()));
    const first = await Promise.allSettled([work.add(true, () => 1), work.add(false, () => 2)]);
    const later = await Promise.allSettled([work.add(true, () => 3), work.add(false, () => 4)]);
    expect([...first, ...later].map((answer) => answer.status === "rejected" && answer.reason)).toMatchObject(
      Array.from({ length: 4 }, () => isUnavailable),
    );
    await work.end();
  });

  test("a commit that fails is unavailable for all, lookups included, and the next turn works", async () => {
    let fails = true;
    const { transaction } = aTransaction({ commit: () => (fails ? sqliteError(13) : undefined) });
    const work = turns(transaction);
    const answers = await Promise.allSettled([work.add(true, () => 1), work.add(false, () => 2)]);
    expect(answers.map((answer) => answer.status === "rejected" && answer.reason)).toMatchObject([
      isUnavailable,
      isUnavailable,
    ]);
    fails = false;
    expect(await work.add(true, () => 3)).toBe(3);
  });

  test("when SQLite itself rolls back, the whole turn is unavailable", async () => {
    const { transaction, close } = aTransaction();
    const work = turns(transaction);
    const broken = work.add(true, () => {
      close();
      throw sqliteError(13);
    });
    const answers = await Promise.allSettled([work.add(true, () => 1), broken, work.add(true, () => 3)]);
    expect(answers.map(({ status }) => status)).toEqual(["rejected", "rejected", "rejected"]);
  });

  test("a database that is locked is tried again by timer, and nobody loses a place", async () => {
    let busyTimes = 3;
    const { transaction } = aTransaction({ begin: () => (busyTimes-- > 0 ? sqliteError(5) : undefined) });
    const work = turns(transaction);
    const order: number[] = [];
    const first = work.add(true, () => order.push(1));
    await new Promise(setImmediate);
    const second = work.add(true, () => order.push(2));
    await vi.advanceTimersByTimeAsync(100);
    await Promise.all([first, second]);
    expect(order).toEqual([1, 2]);
  });

  test("a database that stays locked is unavailable", async () => {
    const { transaction } = aTransaction({ begin: () => sqliteError(5) });
    const answer = expect(turns(transaction).add(true, () => 1)).rejects.toMatchObject(isUnavailable);
    await new Promise(setImmediate);
    await vi.advanceTimersByTimeAsync(10_000);
    await answer;
  });

  test("a long queue is worked off in several transactions", async () => {
    const { steps, transaction } = aTransaction();
    const work = turns(transaction);
    const answers = await Promise.all(Array.from({ length: 1200 }, (_, n) => work.add(false, () => n)));
    expect(answers).toEqual(Array.from({ length: 1200 }, (_, n) => n));
    expect(steps.filter((step) => step === "commit")).toHaveLength(3);
  });

  test("ending waits for what was added, and refuses what comes later", async () => {
    const { transaction } = aTransaction();
    const work = turns(transaction);
    let isDone = false;
    const last = work.add(true, () => {
      isDone = true;
    });
    await work.end();
    expect(isDone).toBe(true);
    await last;
    await expect(work.add(true, () => 1)).rejects.toMatchObject(isUnavailable);
  });
});
