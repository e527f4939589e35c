/** LeaseStore: who does a chore now. */
import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { after } from "../../support/nouns.ts";
import { racing, type StoreOf } from "./world.ts";

export function leasesContract(store: StoreOf): void {
  const [one, two] = [randomUUID(), randomUUID()];
  const aChore = () => `chore-${randomUUID()}`;

  test("while a lease runs it is its holder's alone, who may lengthen it", async () => {
    const chore = aChore();
    expect(await store().leases.take(chore, one, after(0), after(30))).toBe(true);
    expect(await store().leases.take(chore, two, after(29), after(59))).toBe(false);
    expect(await store().leases.take(chore, one, after(29), after(59))).toBe(true);
    expect(await store().leases.take(chore, two, after(30), after(60))).toBe(false);
  });

  test("a lease that has run out is anybody's", async () => {
    const chore = aChore();
    await store().leases.take(chore, one, after(0), after(30));
    expect(await store().leases.take(chore, two, after(30), after(60))).toBe(true);
    expect(await store().leases.take(chore, one, after(31), after(61))).toBe(false);
  });

  test("a lease is let go by its holder, and by nobody else", async () => {
    const chore = aChore();
    await store().leases.take(chore, one, after(0), after(30));
    await store().leases.release(chore, two);
    expect(await store().leases.take(chore, two, after(1), after(31))).toBe(false);
    await store().leases.release(chore, one);
    expect(await store().leases.take(chore, two, after(1), after(31))).toBe(true);
  });

  test("chores do not stand in each other's way", async () => {
    expect(await store().leases.take(aChore(), one, after(0), after(30))).toBe(true);
    expect(await store().leases.take(aChore(), two, after(0), after(30))).toBe(true);
  });

  test("of twenty that try, one has it: when it is new, and when it has run out", async () => {
    const chore = aChore();
    const trying = (from: number) =>
      racing(() => store().leases.take(chore, randomUUID(), after(from), after(from + 30)));
    expect((await trying(0)).filter(Boolean)).toHaveLength(1);
    expect((await trying(60)).filter(Boolean)).toHaveLength(1);
  });
}
