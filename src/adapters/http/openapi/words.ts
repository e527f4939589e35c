/** Short words for the tables of operations that are described by hand. */
import type { JsonObject, JsonValue } from "../../../protocol/json.ts";

export const response = (name: string): JsonObject => ({ $ref: `#/components/responses/${name}` });
export const schema = (name: string): JsonObject => ({ $ref: `#/components/schemas/${name}` });

export const text = (description: string): JsonObject => ({ type: "string", description });
export const whole = (description: string): JsonObject => ({ type: "integer", description });
export const flag = (description: string): JsonObject => ({ type: "boolean", description });
export const list = (description: string): JsonObject => ({ type: "array", items: { type: "string" }, description });

export function object(description: string, properties: JsonObject, required: readonly string[] = []): JsonObject {
  return { type: "object", description, ...(required.length === 0 ? {} : { required: [...required] }), properties };
}

export function query(parameters: JsonObject): JsonValue[] {
  return Object.entries(parameters).map(([name, described]) => ({ name, in: "query", schema: described }));
}

export function form(name: string): JsonObject {
  return { required: true, content: { "application/x-www-form-urlencoded": { schema: schema(name) } } };
}

export function answer(description: string, content: JsonObject, type = "application/json"): JsonObject {
  return { description, content: { [type]: { schema: content } } };
}

export const page = (description: string): JsonObject => answer(description, { type: "string" }, "text/html");

export function redirect(description: string): JsonObject {
  const location = { description: "Where the browser goes on.", schema: { type: "string" } };
  return { description, headers: { Location: location } };
}
