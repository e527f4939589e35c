/** ForcedSubjectStore: one identifier per client and subject, gone with the client. */
import { expect, test } from "vitest";
import { aClient, after } from "../../support/nouns.ts";
import type { StoreOf } from "./world.ts";

export function forcedSubjectsContract(store: StoreOf): void {
  test("it is per client and subject, and the last one counts", async () => {
    const [one, other] = [aClient(), aClient()];
    await Promise.all([store().clients.create(one), store().clients.create(other)]);
    await store().forcedSubjects.keep(one.id, "alice", "first");
    await store().forcedSubjects.keep(one.id, "alice", "seen");
    expect(await store().forcedSubjects.find(one.id, "alice")).toBe("seen");
    expect(await store().forcedSubjects.find(one.id, "Alice")).toBeUndefined();
    expect(await store().forcedSubjects.find(other.id, "alice")).toBeUndefined();
  });

  test("it goes with its client, and a client that is gone gets none", async () => {
    const client = aClient();
    await store().clients.create(client);
    await store().forcedSubjects.keep(client.id, "alice", "seen");
    expect(await store().clients.delete(client.id, after(0))).toBe(true);
    expect(await store().forcedSubjects.find(client.id, "alice")).toBeUndefined();
    await store().forcedSubjects.keep(client.id, "alice", "seen");
    expect(await store().forcedSubjects.find(client.id, "alice")).toBeUndefined();
  });
}
