import { describe, expect, test } from "vitest";
import { parseSqliteDsn } from "../../../src/adapters/sqlite/dsn.ts";

describe("sqlite DSN", () => {
  test.each([
    ["memory", { file: null, synchronous: "normal" }],
    ["sqlite://file::memory:?_fk=true", { file: null, synchronous: "full" }],
    ["sqlite:///var/lib/tessera/db.sqlite?_fk=true", { file: "/var/lib/tessera/db.sqlite", synchronous: "full" }],
    ["sqlite://data/db.sqlite", { file: "data/db.sqlite", synchronous: "full" }],
    ["sqlite:data/db.sqlite", { file: "data/db.sqlite", synchronous: "full" }],
    ["sqlite:///db?synchronous=normal", { file: "/db", synchronous: "normal" }],
    ["sqlite:///db?synchronous=FULL", { file: "/db", synchronous: "full" }],
  ])("%s", (dsn, options) => {
    expect(parseSqliteDsn(dsn)).toEqual(options);
  });

  test.each(["sqlite://", "sqlite://?_fk=true", "mysql://file", "sqlite:///db?synchronous=off"])(
    "%s is refused",
    (dsn) => {
      expect(() => parseSqliteDsn(dsn)).toThrow(/^The DSN/);
    },
  );
});
