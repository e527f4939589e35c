/** The contract itself: it passes its own checks, what is generated from it is what is committed, and REST can serve it. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { requireDistinct, ruleOf, variablesOf } from "../../../src/adapters/rpc/rest/templates.ts";
import { rows } from "../../support/rpc-rows.ts";

const root = join(import.meta.dirname, "../../..");

function buf(...args: string[]): string {
  const bin = join(root, "node_modules/.bin");
  const env = { ...process.env, PATH: `${bin}:${process.env.PATH}` };
  return execFileSync(join(bin, "buf"), args, { cwd: root, encoding: "utf8", env });
}

const filesOf = (folder: string) =>
  Object.fromEntries(
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .map((file) => [file.slice(folder.length), readFileSync(file, "utf8")]),
  );

test("it passes its lint and is formatted", () => {
  expect(buf("lint")).toBe("");
  expect(buf("format", "--diff", "--path", "proto/tessera")).toBe("");
});

test("src/gen is what it generates", () => {
  const folder = mkdtempSync(join(tmpdir(), "tessera-gen-"));
  try {
    buf("generate", "--template", "proto/buf.gen.yaml", "--output", folder);
    // The description for OpenAPI is made from what is made here, and has a test of its own.
    const { "/openapi.json": _description, ...committed } = filesOf(join(root, "src/gen"));
    expect(filesOf(join(folder, "src/gen"))).toEqual(committed);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("every method has its REST form", () => {
  const services = new Set(rows.map(({ method }) => method.parent));
  const methods = [...services].flatMap((service) => service.methods);
  expect(methods.map(({ name }) => name).toSorted()).toEqual(rows.map(({ method }) => method.name).toSorted());
  expect(methods.filter((method) => ruleOf(method) === undefined)).toEqual([]);
});

test("a template that cannot be read is a fault at start", () => {
  expect(variablesOf("/admin/keys/{set}/{kid}")).toEqual(["set", "kid"]);
  const unreadable = ["", "/", "admin", "/a//b", "/a/", "/{a", "/{a=b/*}", "/**", "/*", "/a:verb", "/a/{b}c", "/{A}"];
  for (const template of unreadable) expect(() => variablesOf(template), template).toThrow("cannot read");
});

test("two templates that match one path through different variables are a fault at start", () => {
  const rule = (httpMethod: string, path: string) => ({ httpMethod, path });
  expect(() => requireDistinct([rule("GET", "/a/{b}"), rule("GET", "/a/{c}")])).toThrow("GET /a/{}");
  expect(() => requireDistinct([rule("GET", "/a/{b}"), rule("PUT", "/a/{b}"), rule("GET", "/a/b")])).not.toThrow();
});
