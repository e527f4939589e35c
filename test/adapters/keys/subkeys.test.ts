import { describe, expect, test } from "vitest";
import { type Purpose, subkeys } from "../../../src/adapters/keys/subkeys.ts";

const purposes: readonly Purpose[] = ["seal", "handle", "refresh", "page"];

describe("the subkeys of secrets.system", () => {
  test("D52: no two purposes and no two secrets share a key or a key's name", () => {
    const keys = purposes.flatMap((purpose) => subkeys(["first secret of all", "second secret of all"])(purpose));
    expect(new Set(keys.map(({ key }) => key.export().toString("hex"))).size).toBe(8);
    expect(new Set(keys.map(({ id }) => id.toString("hex"))).size).toBe(8);
  });

  test("are the same in every process, and in the order of the setting", () => {
    const [newer] = subkeys(["the new secret .....", "the old secret ....."])("seal");
    const [, older] = subkeys(["a third secret .....", "the new secret ....."])("seal");
    expect(older?.key.equals(newer.key)).toBe(true);
  });

  test("a name is not a part of its key", () => {
    const [{ id, key }] = subkeys(["first secret of all"])("seal");
    expect(key.export().includes(id)).toBe(false);
  });

  test("D22: without a secret there is no start", () => {
    expect(() => subkeys([])).toThrow("secrets.system");
  });
});
