import { expect, test } from "vitest";
import { recent } from "../../../src/adapters/keys/recent.ts";

test("what was asked for longest ago makes room", () => {
  const entries = recent<number>(2);
  entries.set("a", 1);
  entries.set("b", 2);
  entries.get("a");
  entries.set("c", 3);
  expect([entries.get("a"), entries.get("b"), entries.get("c")]).toEqual([1, undefined, 3]);
});

test("an entry that is set again takes no second place", () => {
  const entries = recent<number>(2);
  for (const value of [1, 2, 3]) entries.set("a", value);
  entries.set("b", 4);
  expect([entries.get("a"), entries.get("b")]).toEqual([3, 4]);
});
