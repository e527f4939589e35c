import { describe, expect, test } from "vitest";
import { deviceMemory } from "../../src/adapters/device-memory.ts";
import { after as atSecond } from "../support/nouns.ts";

describe("what a process remembers of devices", () => {
  test("RFC 8628 §3.5: each device by itself", () => {
    const memory = deviceMemory();
    expect(memory.asksTooOften("a", 5, atSecond(0))).toBe(false);
    expect(memory.asksTooOften("b", 5, atSecond(1))).toBe(false);
    expect(memory.asksTooOften("a", 5, atSecond(1))).toBe(true);
    expect(memory.asksTooOften("b", 5, atSecond(6))).toBe(false);
    expect(memory.asksTooOften("a", 5, atSecond(8))).toBe(true);
  });

  test("a device that was forgotten, among ten thousand that asked since, may ask", () => {
    const memory = deviceMemory();
    memory.asksTooOften("a", 5, atSecond(0));
    for (let other = 0; other < 9999; other += 1) memory.asksTooOften(`other ${other}`, 5, atSecond(0));
    expect(memory.asksTooOften("a", 5, atSecond(1))).toBe(true);
    for (let other = 0; other < 10_000; other += 1) memory.asksTooOften(`newer ${other}`, 5, atSecond(1));
    expect(memory.asksTooOften("a", 5, atSecond(2))).toBe(false);
  });
});

describe("D47: wrong user codes", () => {
  test("a hundred a minute may be tried, in any minute", () => {
    const memory = deviceMemory();
    for (let index = 0; index < 100; index += 1) expect(memory.tryUserCode(atSecond(index / 10))).toBe(0);
    expect(memory.tryUserCode(atSecond(10))).toBe(50);
    expect(memory.tryUserCode(atSecond(59.9))).toBeCloseTo(0.1);
    expect(memory.tryUserCode(atSecond(60))).toBe(0);
    expect(memory.tryUserCode(atSecond(60))).toBeGreaterThan(0);
  });

  test("right ones do not count", () => {
    const memory = deviceMemory();
    for (let index = 0; index < 1000; index += 1) {
      expect(memory.tryUserCode(atSecond(0))).toBe(0);
      memory.wasRight();
    }
  });
});
