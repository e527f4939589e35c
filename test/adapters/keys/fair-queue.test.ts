import { describe, expect, test } from "vitest";
import { fairQueue } from "../../../src/adapters/keys/fair-queue.ts";

interface Job {
  readonly name: string;
  readonly finish: () => void;
}

/** A queue whose jobs end when the test says so. */
function aQueue(bounds = { running: 1, waitingPerLane: 10, waiting: 100 }) {
  const queue = fairQueue(bounds);
  const started: Job[] = [];
  const submit = (lane: string, name: string): Promise<string> =>
    queue.run(lane, () => new Promise((resolve) => started.push({ name, finish: () => resolve(name) })));
  const finishAll = async (): Promise<string[]> => {
    const order: string[] = [];
    for (let job = started.shift(); job !== undefined; job = started.shift()) {
      order.push(job.name);
      job.finish();
      await new Promise(setImmediate);
    }
    return order;
  };
  return { submit, started, finishAll, queue };
}

describe("the queue for hashes", () => {
  test("who has a thousand jobs waiting does not keep another from the next turn", async () => {
    const { submit, finishAll } = aQueue();
    const jobs = ["a1", "a2", "a3", "a4"].map((name) => submit("a", name));
    jobs.push(submit("b", "b1"), submit("c", "c1"), submit("b", "b2"));
    expect(await finishAll()).toEqual(["a1", "a2", "b1", "c1", "a3", "b2", "a4"]);
    expect(await Promise.all(jobs)).toEqual(["a1", "a2", "a3", "a4", "b1", "c1", "b2"]);
  });

  test("runs so many at once and no more", async () => {
    const { submit, started, finishAll } = aQueue({ running: 2, waitingPerLane: 10, waiting: 100 });
    const jobs = ["1", "2", "3", "4", "5"].map((name) => submit("a", name));
    expect(started.length).toBe(2);
    expect((await finishAll()).length).toBe(5);
    await Promise.all(jobs);
    const again = ["6", "7", "8"].map((name) => submit("a", name));
    expect(started.length).toBe(2);
    await finishAll();
    await Promise.all(again);
  });

  test("a full lane is told to come back, and only that lane", async () => {
    const { submit, finishAll } = aQueue({ running: 1, waitingPerLane: 2, waiting: 100 });
    const jobs = ["a1", "a2", "a3"].map((name) => submit("a", name));
    await expect(submit("a", "a4")).rejects.toMatchObject({
      code: "temporarily_unavailable",
      details: { retryAfterSeconds: 1 },
    });
    jobs.push(submit("b", "b1"));
    expect(await finishAll()).toEqual(["a1", "a2", "b1", "a3"]);
    await Promise.all(jobs);
  });

  test("the lanes together are bounded", async () => {
    const { submit, finishAll } = aQueue({ running: 1, waitingPerLane: 5, waiting: 2 });
    const jobs = [submit("a", "a1"), submit("b", "b1"), submit("c", "c1")];
    await expect(submit("d", "d1")).rejects.toMatchObject({ code: "temporarily_unavailable" });
    await finishAll();
    await Promise.all(jobs);
  });

  test("a job that fails gives its place on", async () => {
    const { submit, finishAll, queue } = aQueue();
    const failing = queue.run("a", () => Promise.reject(new Error("broken")));
    const next = submit("b", "b1");
    await expect(failing).rejects.toThrow("broken");
    expect(await finishAll()).toEqual(["b1"]);
    expect(await next).toBe("b1");
  });
});
