import { describe, expect, test, vi } from "vitest";
import type { HttpReply } from "../../../src/adapters/http/message.ts";
import { type ReadyPage, readyBytes } from "../../../src/adapters/http/ready-bytes.ts";
import { httpRequest, openPort } from "./world.ts";

const cacheable = (body: string): HttpReply => ({
  status: 200,
  headers: { "content-type": "application/json", "cache-control": "public, max-age=300" },
  body,
});

const page = (parts: Partial<ReadyPage> = {}): ReadyPage => ({
  path: "/doc",
  load: () => cacheable("{}"),
  freshSeconds: 60,
  staleSeconds: 60,
  ...parts,
});

const text = (reply: HttpReply | undefined) => reply && Buffer.from(reply.body).toString();

/** Documents "1", "2" ... and how often one was made. */
function numbered(parts: Partial<ReadyPage> = {}) {
  const load = vi.fn(async () => cacheable(String(load.mock.calls.length)));
  const ready = readyBytes([page({ load, ...parts })]);
  const make = () => ready.routes[0]?.endpoint;
  return { ready, load, ask: async () => text(await make()?.(httpRequest())) };
}

describe("over a port", () => {
  test("DISC-006: a document is public, bounded in age, bears a validator and sets no cookie", async () => {
    const world = await openPort({ pages: [page()] });
    for (const _ of ["made", "ready"]) {
      const { headers } = await world.fetch("/doc");
      expect(headers.get("cache-control")).toBe("public, max-age=300");
      expect(headers.get("etag")).toMatch(/^"[\w-]{43}"$/);
      expect(headers.get("set-cookie")).toBeNull();
    }
  });

  test("HTTP-008: nothing of the request stands in what a cache hands to others", async () => {
    const world = await openPort({ pages: [page()] });
    const evil = { "x-request-id": "attackers-id", "x-forwarded-host": "attackers-host", origin: "https://attackers" };
    const response = await world.fetch("/doc", { headers: evil });
    expect(JSON.stringify([...response.headers]) + (await response.text())).not.toContain("attackers");
  });

  test("HEAD answers like GET without the body; other methods are 405", async () => {
    const world = await openPort({ pages: [page()] });
    const get = await world.fetch("/doc");
    const head = await world.fetch("/doc", { method: "HEAD" });
    expect(await head.text()).toBe("");
    for (const name of ["content-length", "etag", "cache-control"]) {
      expect(head.headers.get(name)).toBe(get.headers.get(name));
    }
    const post = await world.fetch("/doc", { method: "POST" });
    expect([post.status, post.headers.get("allow")]).toEqual([405, "GET, HEAD"]);
  });

  test.each([
    ["the same", (etag: string) => etag, 304],
    ["the same in a list, weakly", (etag: string) => `"x", W/${etag}`, 304],
    ["any", () => "*", 304],
    ["another", () => '"x"', 200],
  ])("RFC 9110 §13.1.2: If-None-Match with %s tag", async (_what, header, status) => {
    const world = await openPort({ pages: [page()] });
    const etag = (await world.fetch("/doc")).headers.get("etag") ?? "";
    const response = await world.fetch("/doc", { headers: { "if-none-match": header(etag) } });
    expect(response.status).toBe(status);
    expect(response.headers.get("etag")).toBe(etag);
  });
});

describe("when bytes are made", () => {
  test("not before somebody asks, and then once for all who ask together", async () => {
    const { ready, load, ask } = numbered();
    expect(ready.answer("/doc")).toBeUndefined();
    expect(await Promise.all([ask(), ask()])).toEqual(["1", "1"]);
    expect(load).toHaveBeenCalledTimes(1);
    expect(text(ready.answer("/doc"))).toBe("1");
    expect(ready.answer("/other")).toBeUndefined();
  });

  test("when they are no longer fresh the old ones answer once more, while new ones are made", async () => {
    const { ready, ask } = numbered({ freshSeconds: -1, staleSeconds: 60 });
    await ask();
    expect(text(ready.answer("/doc"))).toBe("1");
    expect(await ask()).toBe("2");
  });

  test("what may not be stale is made anew before it is told", async () => {
    const { ready, ask } = numbered({ freshSeconds: -1, staleSeconds: 0 });
    await ask();
    expect(ready.answer("/doc")).toBeUndefined();
    expect(await ask()).toBe("2");
  });

  test("after the keys have changed nothing old is served, not even what was being made meanwhile", async () => {
    const { promise: released, resolve: release } = Promise.withResolvers<void>();
    const made: string[] = [];
    const load = async () => {
      const number = made.push("") === 1 ? "old" : "new";
      if (number === "old") await released;
      return cacheable(number);
    };
    const ready = readyBytes([page({ load })]);
    const ask = async () => text(await ready.routes[0]?.endpoint(httpRequest()));
    const first = ask();
    ready.expire();
    expect(await ask()).toBe("new");
    release();
    await first;
    expect(text(ready.answer("/doc"))).toBe("new");
  });

  test("when new ones cannot be made, old ones are better than none; where there are none, the fault is told", async () => {
    const load = vi.fn().mockReturnValueOnce(cacheable("1")).mockRejectedValue(new Error("away"));
    const ready = readyBytes([page({ load, freshSeconds: -1, staleSeconds: 0.001 })]);
    const ask = async () => text(await ready.routes[0]?.endpoint(httpRequest()));
    expect(await ask()).toBe("1");
    expect(await ask()).toBe("1");
    ready.expire();
    await expect(ask()).rejects.toThrow("away");
  });
});
