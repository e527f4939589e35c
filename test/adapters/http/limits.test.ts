import { expect, test } from "vitest";
import { limit } from "../../../src/adapters/http/limits.ts";

function clock() {
  let ms = 1000;
  return {
    elapsed: () => ms,
    advance: (seconds: number) => {
      ms += seconds * 1000;
    },
  };
}

test("as many as a minute allows may come at once, and the next is told when", () => {
  const { elapsed, advance } = clock();
  const wait = limit({ perMinute: 3, elapsed });
  expect([wait("a"), wait("a"), wait("a")]).toEqual([0, 0, 0]);
  expect(wait("a")).toBeCloseTo(20);
  expect(wait("b")).toBe(0);
  advance(5);
  expect(wait("a")).toBeCloseTo(15);
  advance(15);
  expect([wait("a"), wait("a") > 0]).toEqual([0, true]);
});

test("who is refused does not wait longer for having asked", () => {
  const { elapsed, advance } = clock();
  const wait = limit({ perMinute: 1, elapsed });
  wait("a");
  for (let n = 0; n < 59; n += 1) {
    advance(1);
    expect(wait("a")).toBeCloseTo(59 - n);
  }
  advance(1);
  expect(wait("a")).toBe(0);
});

test("a bucket that was not used for long holds a minute's worth, not more", () => {
  const { elapsed, advance } = clock();
  const wait = limit({ perMinute: 2, elapsed });
  wait("a");
  advance(3600);
  expect([wait("a"), wait("a"), wait("a") > 0]).toEqual([0, 0, true]);
});

test("0 lets everybody ask", () => {
  const wait = limit({ perMinute: 0, elapsed: () => 0 });
  expect(Array.from({ length: 1000 }, () => wait("a")).every((seconds) => seconds === 0)).toBe(true);
});

test("what is remembered is bounded, and who is being refused is not forgotten by asking", () => {
  const wait = limit({ perMinute: 1, elapsed: () => 0 });
  wait("a");
  for (let n = 0; n < 20_000; n += 1) {
    wait(`stranger ${n}`);
    if (n % 5000 === 0) expect(wait("a")).toBeGreaterThan(0);
  }
});
