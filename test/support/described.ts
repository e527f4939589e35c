/** A caller that holds every answer against the server's own OpenAPI document. */
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import { isJsonObject, type JsonObject, type JsonValue } from "../../src/protocol/json.ts";
import { type Answer, type Callable, callable, send } from "./server.ts";

export interface Described extends Callable {
  /** The operations that were called, each with the statuses that it answered. */
  readonly called: ReadonlyMap<string, ReadonlySet<number>>;
}

/** Specifications let these have any member; what else is described is described in full. */
const open = new Set(["Claims", "Discovery"]);

export async function described(world: Pick<Callable, "publicUrl" | "adminUrl">): Promise<Described> {
  const document = (await send("GET", `${world.adminUrl}/admin/openapi.json`)).body;
  const called = new Map<string, Set<number>>();
  const schemas = compiler(document);

  const hold = (method: string, path: string, answer: Answer): Answer => {
    const found = operationAt(document, method, path);
    if (found === undefined) throw new Error(`${method} ${path} is not described`);
    const name = idOf(found.operation);
    called.set(name, (called.get(name) ?? new Set<number>()).add(answer.status));
    const response = responseOf(document, found.operation, answer.status);
    const type = (answer.headers["content-type"] ?? "").split(";", 1)[0] ?? "";
    const content = member(response, "content");
    if (content === undefined) {
      if (answer.text !== "") throw new Error(`${name} ${answer.status} has a body that is not described`);
      return answer;
    }
    const schema = member(member(content, type), "schema");
    if (schema === undefined) throw new Error(`${name} ${answer.status} is '${type}', which is not described`);
    const faults = type === "application/json" ? schemas(schema)(JSON.parse(answer.text)) : [];
    if (faults.length > 0) throw new Error(`${name} ${answer.status}: ${faults.join("; ")} in ${answer.text}`);
    return answer;
  };

  const caller = callable(world);
  return {
    ...caller,
    called,
    admin: async (method, path, body) => hold(method, adminPath(path), await caller.admin(method, path, body)),
    post: async (path, form, headers) => hold("POST", bare(path), await caller.post(path, form, headers)),
    get: async (path, headers) => hold("GET", bare(path), await caller.get(path, headers)),
    introspect: async (form) => hold("POST", "/admin/oauth2/introspect", await caller.introspect(form)),
  };
}

const bare = (path: string) => path.split("?", 1)[0] ?? "";
const adminPath = (path: string) => (path.startsWith("/admin/") ? bare(path) : `/admin${bare(path)}`);

/** What is wrong with a value by a schema. */
function compiler(document: JsonObject): (schema: JsonObject) => (value: unknown) => string[] {
  const ajv = new Ajv2020({ strict: true, strictTypes: false, allowUnionTypes: true, allErrors: true });
  addFormats.default(ajv);
  ajv.addVocabulary(["components"]);
  const components = closed(member(member(document, "components"), "schemas") ?? {});
  ajv.addSchema({ $id: "document", components: { schemas: components } });
  const known = new Map<string, ValidateFunction>();
  return (schema) => {
    const text = JSON.stringify(schema).replaceAll('"#/components/', '"document#/components/');
    const validate = known.get(text) ?? ajv.compile(JSON.parse(text));
    known.set(text, validate);
    return (value) => {
      validate(value);
      return (validate.errors ?? []).map(
        ({ instancePath, message, params }) => `${instancePath} ${message} ${JSON.stringify(params)}`,
      );
    };
  };
}

/** A member that is answered and not described is a fault here, though readers must bear it. */
function closed(schemas: JsonObject): JsonObject {
  const entries = Object.entries(schemas).map(([name, schema]): [string, JsonValue] => {
    const closes = !open.has(name) && isJsonObject(schema) && schema.properties !== undefined;
    return [name, closes ? { ...Object(schema), additionalProperties: false } : schema];
  });
  return Object.fromEntries(entries);
}

export interface Found {
  readonly template: string;
  readonly operation: JsonObject;
}

export function operationAt(document: JsonObject, method: string, path: string): Found | undefined {
  const actual = path.split("/");
  const matches = ([template]: [string, unknown]) => {
    const expected = template.split("/");
    return (
      expected.length === actual.length &&
      expected.every((segment, index) => segment.startsWith("{") || segment === actual[index])
    );
  };
  // What is written out goes before what is only a `{name}`.
  const candidates = Object.entries(member(document, "paths") ?? {})
    .filter(matches)
    .toSorted(([a], [b]) => a.split("{").length - b.split("{").length);
  for (const [template, item] of candidates) {
    const operation = isJsonObject(item) ? member(item, method.toLowerCase()) : undefined;
    if (operation !== undefined) return { template, operation };
  }
  return undefined;
}

function idOf({ operationId }: JsonObject): string {
  return typeof operationId === "string" ? operationId : "";
}

function responseOf(document: JsonObject, operation: JsonObject, status: number): JsonObject {
  const responses = member(operation, "responses");
  const response = member(responses, String(status)) ?? member(responses, "default");
  if (response === undefined) throw new Error(`${idOf(operation)} says nothing of ${status}`);
  const { $ref } = response;
  if (typeof $ref !== "string") return response;
  const name = $ref.split("/").at(-1) ?? "";
  return member(member(member(document, "components"), "responses"), name) ?? {};
}

function member(object: JsonObject | undefined, name: string): JsonObject | undefined {
  const value = object?.[name];
  return isJsonObject(value) ? value : undefined;
}
