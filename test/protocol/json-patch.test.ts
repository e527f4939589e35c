import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { OAuthError } from "../../src/protocol/errors.ts";
import type { JsonValue } from "../../src/protocol/json.ts";
import { applyPatch, mostPatchOperations, type PatchOperation, parsePointer } from "../../src/protocol/json-patch.ts";

interface Sent {
  readonly op: string;
  readonly path?: string;
  readonly from?: string;
  readonly value?: JsonValue;
}

const operation = ({ op, path, from, value }: Sent): PatchOperation => ({ op, path, from, value });
const patched = (document: JsonValue, ...patch: readonly Sent[]) => applyPatch(document, patch.map(operation));
function refusal(document: JsonValue, ...patch: readonly Sent[]): OAuthError {
  try {
    patched(document, ...patch);
  } catch (error) {
    if (error instanceof OAuthError) return error;
    throw error;
  }
  throw new Error("the patch was not refused");
}
const deepest = (levels: number): JsonValue => (levels === 0 ? "x" : [deepest(levels - 1)]);

describe("RFC 6902 Appendix A", () => {
  test.each<[string, JsonValue, Sent[], JsonValue]>([
    [
      "A.1 adds an object member",
      { foo: "bar" },
      [{ op: "add", path: "/baz", value: "qux" }],
      { baz: "qux", foo: "bar" },
    ],
    [
      "A.2 adds an array element",
      { foo: ["bar", "baz"] },
      [{ op: "add", path: "/foo/1", value: "qux" }],
      { foo: ["bar", "qux", "baz"] },
    ],
    ["A.3 removes an object member", { baz: "qux", foo: "bar" }, [{ op: "remove", path: "/baz" }], { foo: "bar" }],
    [
      "A.4 removes an array element",
      { foo: ["bar", "qux", "baz"] },
      [{ op: "remove", path: "/foo/1" }],
      { foo: ["bar", "baz"] },
    ],
    [
      "A.5 replaces a value",
      { baz: "qux", foo: "bar" },
      [{ op: "replace", path: "/baz", value: "boo" }],
      { baz: "boo", foo: "bar" },
    ],
    [
      "A.6 moves a value",
      { foo: { bar: "baz", waldo: "fred" }, qux: { corge: "grault" } },
      [{ op: "move", from: "/foo/waldo", path: "/qux/thud" }],
      { foo: { bar: "baz" }, qux: { corge: "grault", thud: "fred" } },
    ],
    [
      "A.7 moves an array element",
      { foo: ["all", "grass", "cows", "eat"] },
      [{ op: "move", from: "/foo/1", path: "/foo/3" }],
      { foo: ["all", "cows", "eat", "grass"] },
    ],
    [
      "A.8 tests a value with success",
      { baz: "qux", foo: ["a", 2, "c"] },
      [
        { op: "test", path: "/baz", value: "qux" },
        { op: "test", path: "/foo/1", value: 2 },
      ],
      { baz: "qux", foo: ["a", 2, "c"] },
    ],
    [
      "A.10 adds a nested object",
      { foo: "bar" },
      [{ op: "add", path: "/child", value: { grandchild: {} } }],
      { foo: "bar", child: { grandchild: {} } },
    ],
    ["A.14 escapes with ~", { "/": 9, "~1": 10 }, [{ op: "test", path: "/~01", value: 10 }], { "/": 9, "~1": 10 }],
    [
      "A.16 adds an array value",
      { foo: ["bar"] },
      [{ op: "add", path: "/foo/-", value: ["abc", "def"] }],
      { foo: ["bar", ["abc", "def"]] },
    ],
  ])("%s", (_, document, patch, expected) => {
    const before = structuredClone(document);
    expect(patched(document, ...patch)).toEqual(expected);
    expect(document).toEqual(before);
  });

  test.each<[string, JsonValue, Sent[], string]>([
    ["A.9 a test with an error", { baz: "qux" }, [{ op: "test", path: "/baz", value: "bar" }], "aborted"],
    [
      "A.12 adds to a target that is not there",
      { foo: "bar" },
      [{ op: "add", path: "/baz/bat", value: "qux" }],
      "invalid_request",
    ],
    ["A.15 compares strings and numbers", { "/": 9, "~1": 10 }, [{ op: "test", path: "/~01", value: "10" }], "aborted"],
  ])("%s", (_, document, patch, code) => {
    expect(refusal(document, ...patch).code).toBe(code);
  });
});

describe("RFC 6901", () => {
  test("§5: every pointer of the example leads to its value", () => {
    const document = {
      foo: ["bar", "baz"],
      "": 0,
      "a/b": 1,
      "c%d": 2,
      "e^f": 3,
      "g|h": 4,
      "i\\j": 5,
      'k"l': 6,
      " ": 7,
      "m~n": 8,
    };
    const pointers: ReadonlyArray<readonly [string, JsonValue]> = [
      ...([
        ["", document],
        ["/foo", ["bar", "baz"]],
        ["/foo/0", "bar"],
        ["/", 0],
        ["/a~1b", 1],
        ["/c%d", 2],
      ] as const),
      ...([
        ["/e^f", 3],
        ["/g|h", 4],
        ["/i\\j", 5],
        ['/k"l', 6],
        ["/ ", 7],
        ["/m~0n", 8],
      ] as const),
    ].map(([path, value]) => [path, JSON.parse(JSON.stringify(value))]);
    const tests = pointers.map(([path, value]) => ({ op: "test", path, value }));
    expect(patched(document, ...tests)).toEqual(document);
  });

  test("§4: ~01 is ~1, and not a slash", () => expect(parsePointer("/~01/~10")).toEqual(["~1", "/0"]));

  test.each(["a", "a/b", "/~", "/~2", "/a~", "#/a"])("a pointer that is none is refused: %s", (path) => {
    expect(refusal({ a: 1 }, { op: "add", path, value: 1 }).code).toBe("invalid_request");
  });

  test.each(["01", "-1", "+1", "1.0", "1e0", " 1", "", "4", "9999999999", "1x", "length"])(
    "§4: '%s' is no index of an array of three, neither to put, nor to take, nor to look at",
    (name) => {
      const [list, path] = [[1, 2, 3], `/${name}`];
      expect(refusal(list, { op: "add", path, value: 0 }).code).toBe("invalid_request");
      expect(refusal(list, { op: "remove", path }).code).toBe("invalid_request");
      expect(refusal(list, { op: "replace", path, value: 0 }).code).toBe("invalid_request");
      expect(refusal(list, { op: "test", path, value: 1 }).code).toBe("aborted");
    },
  );

  test("§4: '-' is behind the last element: something may be put there, and nothing is there", () => {
    expect(patched([1], { op: "add", path: "/-", value: 2 }, { op: "add", path: "/2", value: 3 })).toEqual([1, 2, 3]);
    for (const op of ["remove", "replace", "test"]) expect(() => patched([1], { op, path: "/-", value: 1 })).toThrow();
  });
});

describe("RFC 6902 §4", () => {
  test("§5: after a fault nothing is done, and the fault names its operation", () => {
    const document = { a: 1 };
    const { code, details, message } = refusal(
      document,
      { op: "add", path: "/b", value: 2 },
      { op: "remove", path: "/c" },
    );
    expect({ code, field: details.field }).toEqual({ code: "invalid_request", field: "patch[1]" });
    expect(message).toContain("remove /c");
    expect(document).toEqual({ a: 1 });
  });

  test.each<[string, Sent]>([
    ["an operation that there is not", { op: "merge", path: "/a", value: 1 }],
    ["an operation in capitals", { op: "ADD", path: "/a", value: 1 }],
    ["an inherited name", { op: "constructor", path: "/a" }],
    ["no path", { op: "add", value: 1 }],
    ["add without a value", { op: "add", path: "/a" }],
    ["replace without a value", { op: "replace", path: "/a" }],
    ["test without a value", { op: "test", path: "/a" }],
    ["move without from", { op: "move", path: "/a" }],
    ["copy without from", { op: "copy", path: "/a" }],
    ["copy of what is not there", { op: "copy", from: "/z", path: "/a" }],
    ["§4.4: a move into itself", { op: "move", from: "/a", path: "/a/b" }],
    ["a move of the whole", { op: "move", from: "", path: "/a" }],
    ["a removal of the whole", { op: "remove", path: "" }],
    ["a member of a number", { op: "add", path: "/n/x", value: 1 }],
    ["a member of null", { op: "add", path: "/null/x", value: 1 }],
    ["a member of a text", { op: "replace", path: "/s/0", value: "x" }],
  ])("is refused: %s", (_, sent) => {
    expect(refusal({ a: { b: 1 }, n: 1, s: "text", null: null }, sent).code).toBe("invalid_request");
  });

  test("null is a value: it is put, found and compared", () => {
    const patch = [
      { op: "add", path: "/a", value: null },
      { op: "test", path: "/a", value: null },
    ];
    expect(patched({}, ...patch)).toEqual({ a: null });
    expect(refusal({}, { op: "test", path: "/a", value: null }).code).toBe("aborted");
  });

  test("as in Hydra, replace adds the member that an object lacks, and no element to an array", () => {
    expect(patched({}, { op: "replace", path: "/a", value: 1 })).toEqual({ a: 1 });
    expect(refusal({ a: [] }, { op: "replace", path: "/a/0", value: 1 }).code).toBe("invalid_request");
  });

  test("§4.6: members are compared in any order, elements in theirs", () => {
    const document = { a: { x: 1, y: [1, { z: 2 }] } };
    expect(patched(document, { op: "test", path: "/a", value: { y: [1, { z: 2 }], x: 1 } })).toEqual(document);
    for (const value of [{ x: 1 }, { x: 1, y: [{ z: 2 }, 1] }, { x: 1, y: [1, { z: 2 }], w: 1 }, [], null, "x"]) {
      expect(refusal(document, { op: "test", path: "/a", value }).code).toBe("aborted");
    }
  });

  test("a copy is another value: what changes there stays here", () => {
    const patch = [
      { op: "copy", from: "/a", path: "/b" },
      { op: "add", path: "/b/c", value: 1 },
    ];
    expect(patched({ a: {} }, ...patch)).toEqual({ a: {}, b: { c: 1 } });
    expect(patched({ a: 1 }, { op: "move", from: "/a", path: "/a" })).toEqual({ a: 1 });
  });

  test("a value that was sent is not changed by what is done to it", () => {
    const value = { list: [1] };
    const add = { op: "add", path: "/a", value };
    expect(patched({}, add, { op: "add", path: "/a/list/-", value: 2 }, add)).toEqual({ a: { list: [1] } });
    expect(value).toEqual({ list: [1] });
  });
});

describe("ADM-008, ADM-009: hostile patches", () => {
  test.each(["/__proto__", "/__proto__/polluted", "/a/__proto__/polluted", "/constructor/prototype/polluted"])(
    "nothing is written behind an object: %s",
    (path) => {
      for (const op of ["add", "replace"])
        expect(() => patched({ a: {} }, { op, path, value: 1 })).toThrow("does not apply");
      expect(() => patched({ a: 1 }, { op: "copy", from: "/a", path })).toThrow("does not apply");
      expect(Reflect.get({}, "polluted")).toBeUndefined();
    },
  );

  test("what every object inherits is no member of it", () => {
    for (const name of ["constructor", "toString", "hasOwnProperty", "valueOf"]) {
      expect(refusal({}, { op: "copy", from: `/${name}`, path: "/a" }).code).toBe("invalid_request");
      expect(refusal([], { op: "remove", path: `/${name}` }).code).toBe("invalid_request");
      expect(patched({}, { op: "add", path: `/${name}`, value: 1 })).toEqual({ [name]: 1 });
    }
  });

  test("too many operations are refused before the first", () => {
    const operations = Array.from({ length: mostPatchOperations + 1 }, () => ({ op: "test", path: "", value: {} }));
    expect(refusal({}, ...operations).code).toBe("invalid_request");
  });

  test("copies of copies end at a bound, and soon", () => {
    const doubling = Array.from({ length: 100 }, () => ({ op: "copy", from: "/a", path: "/a/-" }));
    const chain = Array.from({ length: 100 }, (_, index) => ({ op: "copy", from: "", path: `/c${index}` }));
    expect(refusal({ a: ["0123456789"] }, ...doubling).code).toBe("invalid_request");
    expect(refusal({ a: ["0123456789"] }, ...chain).code).toBe("invalid_request");
  });

  test("what comes out is bounded in depth, count and size", () => {
    const nest = Array.from({ length: 40 }, (_, index) => [
      { op: "add", path: `/b${index}`, value: {} },
      { op: "move", from: index === 0 ? "/a" : `/b${index - 1}`, path: `/b${index}/x` },
    ]).flat();
    expect(refusal({ a: 1 }, ...nest).code).toBe("invalid_request");
    expect(refusal({}, { op: "add", path: "/a", value: deepest(40) }).code).toBe("invalid_request");
    expect(refusal({}, { op: "add", path: "/a", value: "x".repeat(2 ** 20) }).code).toBe("invalid_request");
    expect(refusal({ a: "x".repeat(2 ** 20) }).code).toBe("invalid_request");
  });

  test("FZ-17: any sequence of operations gives a bounded document or a refusal, and never touches what was given", () => {
    const path = fc
      .array(fc.constantFrom("a", "b", "0", "1", "-", "__proto__", "~1", ""), { maxLength: 4 })
      .map((names) => names.map((name) => `/${name}`).join(""));
    const sent = fc.record({
      op: fc.constantFrom("add", "remove", "replace", "move", "copy", "test"),
      path,
      from: path,
      value: fc.jsonValue({ maxDepth: 3 }).map((value): JsonValue => JSON.parse(JSON.stringify(value))),
    });
    fc.assert(
      fc.property(fc.array(sent, { maxLength: 20 }), (patch) => {
        const document = { a: [1, { b: null }], b: { a: "x" } };
        try {
          const answer = patched(document, ...patch);
          expect(JSON.parse(JSON.stringify(answer))).toEqual(answer);
        } catch (error) {
          expect(error).toMatchObject({ name: "OAuthError" });
        }
        expect(document).toEqual({ a: [1, { b: null }], b: { a: "x" } });
        expect(Object.keys(Object.prototype)).toEqual([]);
      }),
    );
  });
});
