import { describe, expect, it } from "vitest";
import { type Item, renderColumns, renderIds, renderItem, renderItems, renderPage } from "../../src/cli/output.ts";

const item = (id: string): Item => ({ id, cells: { "CLIENT ID": id, SCOPE: "openid" }, json: { client_id: id } });
const table = { format: "table", quiet: false } as const;

describe("one thing", () => {
  it("is a line for each column", () => {
    expect(renderItem(item("a"), table)).toBe("CLIENT ID  a\nSCOPE      openid\n");
  });

  it.each([
    ["json", '{"client_id":"a"}\n'],
    ["json-pretty", '{\n  "client_id": "a"\n}\n'],
    ["yaml", "client_id: a\n"],
  ] as const)("--format %s", (format, text) => {
    expect(renderItem(item("a"), { format, quiet: false })).toBe(text);
  });

  it("-q is its id alone, whatever the format", () => {
    expect(renderItem(item("a"), { format: "json", quiet: true })).toBe("a\n");
  });
});

describe("a list", () => {
  it("is a line for each thing below the columns, and says whether it is the last page", () => {
    expect(renderPage({ items: [item("a"), item("longer")], nextPageToken: "next" }, table)).toBe(
      "CLIENT ID  SCOPE\na          openid\nlonger     openid\n\nNEXT PAGE TOKEN  next\nIS LAST PAGE     false\n",
    );
  });

  it("that is empty is only its end", () => {
    expect(renderPage({ items: [], nextPageToken: "" }, table)).toBe("\nNEXT PAGE TOKEN\nIS LAST PAGE     true\n");
  });

  it("as data is wrapped as Hydra wraps it", () => {
    const text = renderPage({ items: [item("a")], nextPageToken: "" }, { format: "json", quiet: false });
    expect(JSON.parse(text)).toEqual({ items: [{ client_id: "a" }], next_page_token: "", is_last_page: true });
  });

  it("with -q is one id a line", () => {
    expect(renderPage({ items: [item("a"), item("b")], nextPageToken: "x" }, { ...table, quiet: true })).toBe("a\nb\n");
  });
});

it("CWE-150: a registered name cannot move the reader's cursor", () => {
  expect(renderColumns([["\u001b[2Jname\r\n\u009b1A", "x"]])).toBe("?[2Jname???1A  x\n");
});

describe("things asked for by name", () => {
  const json = { format: "json", quiet: false } as const;

  it("are a list only where they are several", () => {
    expect(renderItems([item("a")], json)).toBe(renderItem(item("a"), json));
    expect(renderItems([item("a"), item("b")], json)).toBe('[{"client_id":"a"},{"client_id":"b"}]\n');
    expect(renderItems([item("a"), item("b")], table)).toBe("CLIENT ID  SCOPE\na          openid\nb          openid\n");
  });

  it.each([
    [["a"], table, "ID  a\n"],
    [["a", "b"], table, "ID\na\nb\n"],
    [["a"], json, '"a"\n'],
    [["a", "b"], json, '["a","b"]\n'],
    [["a", "b"], { ...json, quiet: true }, "a\nb\n"],
  ])("ids alone: %j", (ids, options, text) => {
    expect(renderIds(ids, options)).toBe(text);
  });
});
