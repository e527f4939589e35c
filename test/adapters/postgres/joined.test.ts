/** Joined statements: what one turn brings goes together, and every caller hears its own answer. */
import { describe, expect, test } from "vitest";
import { ConnectionLost, toRefusal } from "../../../src/adapters/postgres/failures.ts";
import { joined } from "../../../src/adapters/postgres/joined.ts";

/** A statement whose answers the test gives by hand. */
function aStatement() {
  const batches: Array<{ readonly rows: readonly number[]; answer(): void; fail(error: unknown): void }> = [];
  let arrived = Promise.withResolvers<void>();
  const ask = joined<number, string>(
    (rows) =>
      new Promise((resolve, reject) => {
        batches.push({ rows, answer: () => resolve(rows.map((row) => `answer ${row}`)), fail: reject });
        arrived.resolve();
        arrived = Promise.withResolvers();
      }),
  );
  const next = async (index: number) => {
    while (batches[index] === undefined) await arrived.promise;
    return batches[index];
  };
  return { ask, batches, next };
}

const badRow = (code: string) => Object.assign(new Error("bad row"), { code });
const numbers = (count: number, from = 0) => Array.from({ length: count }, (_, n) => from + n);

describe("a joined statement", () => {
  test("carries the rows of one turn together, and each caller gets its own answer", async () => {
    const { ask, batches, next } = aStatement();
    const answers = Promise.all(numbers(30).map(ask));
    (await next(0)).answer();
    expect(await answers).toEqual(numbers(30).map((n) => `answer ${n}`));
    expect(batches).toHaveLength(1);
  });

  test("is sent once at a time while few rows wait", async () => {
    const { ask, batches, next } = aStatement();
    const first = ask(0);
    const batch = await next(0);
    const later = Promise.all(numbers(16, 1).map(ask));
    await new Promise((resolve) => setImmediate(resolve));
    expect(batches).toHaveLength(1);
    batch.answer();
    (await next(1)).answer();
    await Promise.all([first, later]);
    expect(batches.map(({ rows }) => rows.length)).toEqual([1, 16]);
  });

  test("is sent a second time beside the first above 16 waiting rows, and never a third", async () => {
    const { ask, batches, next } = aStatement();
    const first = ask(0);
    const one = await next(0);
    const second = Promise.all(numbers(17, 1).map(ask));
    const two = await next(1);
    const third = Promise.all(numbers(200, 100).map(ask));
    await new Promise((resolve) => setImmediate(resolve));
    expect(batches.map(({ rows }) => rows.length)).toEqual([1, 17]);
    two.answer();
    (await next(2)).answer();
    one.answer();
    await Promise.all([first, second, third]);
  });

  test.each(["22021", "23505", ""])("whose row is bad ('%s') fails one caller and no other", async (code) => {
    const runs: number[][] = [];
    const ask = joined<number, string>(async (rows) => {
      runs.push([...rows]);
      if (rows.includes(13)) throw badRow(code);
      return rows.map((row) => `answer ${row}`);
    });
    const outcomes = await Promise.allSettled([11, 12, 13, 14].map(ask));
    expect(outcomes.map(({ status }) => status)).toEqual(["fulfilled", "fulfilled", "rejected", "fulfilled"]);
    expect(runs).toEqual([[11, 12, 13, 14], [11], [12], [13], [14]]);
  });

  test("whose connection is lost fails all its callers and is not run again", async () => {
    const { ask, batches, next } = aStatement();
    const outcomes = Promise.allSettled(numbers(5).map(ask));
    (await next(0)).fail(toRefusal(new ConnectionLost("unknown", new Error("cut"))));
    expect((await outcomes).map(({ status }) => status)).toEqual(Array(5).fill("rejected"));
    await new Promise((resolve) => setImmediate(resolve));
    expect(batches).toHaveLength(1);
  });

  test("turns callers away when too many wait", async () => {
    const { ask, next } = aStatement();
    const first = ask(-1);
    await next(0);
    const outcomes = Promise.allSettled(numbers(10_600).map(ask));
    for (let batch = 0; batch <= 10_000 / 500; batch += 1) (await next(batch)).answer();
    await first;
    const refused = (await outcomes).slice(10_000);
    expect((await outcomes).slice(0, 10_000).every(({ status }) => status === "fulfilled")).toBe(true);
    expect(refused).toHaveLength(600);
    expect(refused[0]).toMatchObject({ status: "rejected", reason: { code: "temporarily_unavailable" } });
  });
});
