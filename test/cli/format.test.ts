import { Command } from "commander";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { type DataFormat, formatOption, renderData } from "../../src/cli/format.ts";

const page = {
  items: [
    { client_id: "a", owner: "me", scope: "x y", grants: ["code", "implicit"], uses: 3 },
    { client_id: "b", owner: "you", grants: [], uses: 12, "odd.name": 1 },
    { client_id: "c", owner: "me", scope: 'p"q)', grants: ["code"], uses: 7 },
  ],
  is_last_page: true,
};

describe("--format jsonpath=", () => {
  it.each<[string, unknown]>([
    ["is_last_page", true],
    ["items.0.client_id", "a"],
    ["items.#", 3],
    ["items.#.client_id", ["a", "b", "c"]],
    ["items.#.scope", ["x y", 'p"q)']],
    ["items.#.grants.0", ["code", "code"]],
    ["items.#.grants|0", ["code", "implicit"]],
    ['items.#(owner=="me").client_id', "a"],
    ['items.#(owner=="me")#.client_id', ["a", "c"]],
    ["items.#(owner==me)#|#", 2],
    ['items.#(owner!="me").client_id', "b"],
    ["items.#(uses>=7)#.client_id", ["b", "c"]],
    ["items.#(uses<7)#.client_id", ["a"]],
    ["items.#(scope)#.client_id", ["a", "c"]],
    ['items.#(client_id>"a")#.client_id', ["b", "c"]],
    ['items.#(scope%"x*")#.client_id', ["a"]],
    ['items.#(scope!%"x*")#.client_id', ["c"]],
    ['items.#(scope=="p\\"q)").client_id', "c"],
    ["items.#(grants.#>1).client_id", "a"],
    ['items.#.grants.#(="implicit")', ["implicit"]],
    ["items.1.odd\\.name", 1],
    ["items.1.o*e", 1],
    ["items.0.own?r", "me"],
    ["items.#.own.er", []],
    ["nothing.at.all", null],
    ["is_last_page.constructor", null],
    ["items.length", null],
  ])("%s", (path, found) => {
    const text = renderData(page, `jsonpath=${path}`);
    expect([JSON.parse(text), text]).toEqual([found, `${JSON.stringify(found, null, 2)}\n`]);
  });
});

// The examples of RFC 6901 §5.
describe("--format jsonpointer=", () => {
  const document = { foo: ["bar", "baz"], "": 0, "a/b": 1, "m~n": 8, "~1": 9, n: null };

  it.each<[string, unknown]>([
    ["", document],
    ["/foo", ["bar", "baz"]],
    ["/foo/0", "bar"],
    ["/", 0],
    ["/a~1b", 1],
    ["/m~0n", 8],
    ["/~01", 9],
    ["/n", null],
  ])("%j", (pointer, found) => {
    expect(JSON.parse(renderData(document, `jsonpointer=${pointer}`))).toEqual(found);
  });

  it.each(["/nope", "/foo/2", "/foo/00", "/foo/-", "/foo/length", "/n/x", "/toString"])(
    "%s is not there",
    (pointer) => {
      expect(() => renderData(document, `jsonpointer=${pointer}`)).toThrow("has nothing at");
    },
  );
});

describe("--format", () => {
  const parsed = (format: string) =>
    new Command()
      .exitOverride()
      .configureOutput({ writeErr: () => undefined })
      .addOption(formatOption())
      .parse(["--format", format], { from: "user" })
      .opts().format;

  it.each(["table", "json", "json-pretty", "yaml", "jsonpath=a.b", "jsonpath=a=b", "jsonpointer=/a", "jsonpointer="])(
    "%s is taken",
    (format) => expect(parsed(format)).toBe(format),
  );

  it.each([
    ["xml", "Expected one of table"],
    ["json=a", "Expected one of table"],
    ["jsonpath", "such as jsonpath=client_id"],
    ["jsonpath=", "such as jsonpath=client_id"],
    ["jsonpath=$.client_id", "such as client_id, redirect_uris.0"],
    ["jsonpath=items[0]", "such as client_id, redirect_uris.0"],
    ["jsonpath=items..id", "such as client_id, redirect_uris.0"],
    ["jsonpath=items.@reverse", "such as client_id, redirect_uris.0"],
    ["jsonpointer", "such as jsonpointer=/client_id"],
    ["jsonpointer=client_id", "begins with a slash"],
    ["jsonpointer=/a~2", "written ~0"],
  ])("%s is refused before anything is asked", (format, reason) => {
    expect(() => parsed(format)).toThrow(reason);
  });

  it("yaml is the same to YAML 1.1 and YAML 1.2", () => {
    const value = {
      y: "no",
      at: "2026-11-24",
      time: "12:30:45",
      octal: "0o17",
      list: [{ a: "x: y" }],
      long: "word ".repeat(60),
    };
    const text = renderData(value, "yaml" satisfies DataFormat);
    expect(text).toContain("list:\n- a:");
    for (const version of ["1.1", "1.2"] as const) expect(parse(text, { version })).toEqual(value);
  });
});
