/** The OpenAPI document as a document: well-formed, whole, and about nothing that is not served. */
import { readFileSync } from "node:fs";
import { Validator } from "@seriousme/openapi-schema-validator";
import { describe, expect, test } from "vitest";
import { adminSurface, publicSurface } from "../../../src/adapters/http/routes.ts";
import { clientForm } from "../../../src/adapters/rpc/client-form.ts";
import { rpcSurface } from "../../../src/adapters/rpc/services.ts";
import { loadConfig } from "../../../src/config/load.ts";
import type { Ports } from "../../../src/ports/ports.ts";

const document = JSON.parse(readFileSync(new URL("../../../src/gen/openapi.json", import.meta.url), "utf8"));

const methods = ["get", "put", "post", "delete", "patch", "head", "options", "trace"];
const operations = Object.entries<Record<string, unknown>>(document.paths).flatMap(([path, item]) =>
  Object.entries(item)
    .filter(([method]) => methods.includes(method))
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion
    .map(([method, operation]) => ({ name: `${method.toUpperCase()} ${path}`, ...(operation as Operation) })),
);

interface Operation {
  readonly operationId: string;
  readonly tags: readonly string[];
  readonly summary: string;
}

describe("the OpenAPI document", () => {
  test("is OpenAPI 3.1 by its meta-schema", async () => {
    const validator = new Validator();
    expect(await validator.validate(document)).toEqual({ valid: true });
    expect(validator.version).toBe("3.1");
  });

  test("describes every route of both ports, and nothing that is not served", () => {
    expect(operations.map(({ name }) => name).toSorted()).toEqual(served());
  });

  test("names each operation once, says what it does, and files it under a tag that is described", () => {
    const ids = operations.map(({ operationId }) => operationId);
    expect(ids.filter((id, index) => ids.indexOf(id) !== index)).toEqual([]);
    const tags = document.tags.map(({ name }: { readonly name: string }) => name);
    for (const { tags: own, summary } of operations) {
      expect(own.filter((tag) => !tags.includes(tag))).toEqual([]);
      expect(summary.length).toBeGreaterThan(3);
      expect(summary.length).toBeLessThan(140);
    }
  });

  test("refers to nothing that is missing, and describes nothing that nobody refers to", () => {
    const text = JSON.stringify(document);
    const referred = new Set([...text.matchAll(/"\$ref":"#\/components\/([^"]+)"/g)].map((match) => match[1] ?? ""));
    const there = Object.entries<object>(document.components)
      .filter(([kind]) => kind !== "securitySchemes")
      .flatMap(([kind, named]) => Object.keys(named).map((name) => `${kind}/${name}`));
    expect([...referred].filter((name) => !there.includes(name))).toEqual([]);
    // An event stands in a stream, which OpenAPI 3.1 cannot describe.
    expect(there.filter((name) => !referred.has(name))).toEqual(["schemas/Event"]);
  });

  test("every parameter, member and operation of the contract is described in words", () => {
    const wordless: string[] = [];
    for (const [name, schema] of Object.entries<{ properties?: Record<string, { description?: string }> }>(
      document.components.schemas,
    )) {
      for (const [member, { description = "" }] of Object.entries(schema.properties ?? {})) {
        if (description === "" && !["Status", "Faults"].includes(name)) wordless.push(`${name}.${member}`);
      }
    }
    expect(wordless).toEqual([]);
  });
});

/** Everything switched on. A HEAD is answered wherever a GET is, and goes without saying (RFC 9110 §9.3.2). */
function served(): string[] {
  const { config } = loadConfig({
    flags: {
      dev: true,
      "secrets.system": ["a secret of the tests only"],
      "oidc.session_management.enabled": true,
      "oidc.dynamic_client_registration.enabled": true,
    },
  });
  // Nobody is called: only the tables are read.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  const ports = { config } as unknown as Ports;
  const rpc = rpcSurface(ports, { now: () => new Date(0), onInternalError: () => {} });
  const metrics = async () => ({ contentType: "", text: "" });
  const routes = [
    ...publicSurface(ports, clientForm).routes,
    ...adminSurface(ports, { version: "", metrics, rest: rpc.routes }).routes,
  ];
  return routes
    .filter(({ method }) => method !== "HEAD")
    .map(({ method, path }) => `${method} ${path}`)
    .toSorted();
}
