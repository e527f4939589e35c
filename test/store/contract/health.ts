/** StoreHealth: is it there, and is it up to date? */
import { expect, test } from "vitest";
import type { StoreOf } from "./world.ts";

export function healthContract(store: StoreOf): void {
  test("a database that is there answers", async () => {
    await expect(store().health.ping()).resolves.toBeUndefined();
  });

  test("a migrated database waits for no migration", async () => {
    expect(await store().health.pendingMigrations()).toEqual([]);
  });
}
