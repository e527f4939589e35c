/** The contract as OpenAPI 3.1 (spec.openapis.org/oas/v3.1.1): paths, schemas and tags of every annotated method. */
import type { DescService } from "@bufbuild/protobuf";
import { isJsonObject, type JsonObject } from "../../../protocol/json.ts";
import { ruleOf } from "../rest/templates.ts";
import { commentOf } from "./comments.ts";
import { operationOf } from "./operations.ts";
import { collectSchemas } from "./schemas.ts";

export interface Described {
  readonly tags: JsonObject[];
  readonly paths: JsonObject;
  readonly schemas: JsonObject;
}

/** The services come with their comments, which the generated code has not: from `buf build`. */
export function describeContract(services: readonly DescService[]): Described {
  const schemas = collectSchemas();
  const paths: JsonObject = {};
  for (const method of services.flatMap((service) => service.methods)) {
    const rule = ruleOf(method);
    if (rule === undefined) continue;
    const item = paths[rule.path];
    const operation = operationOf(method, rule, schemas);
    paths[rule.path] = { ...(isJsonObject(item) ? item : {}), [rule.httpMethod.toLowerCase()]: operation };
  }
  const tags = services.map((service) => ({ name: service.name, description: commentOf(service) }));
  return { tags, paths, schemas: schemas.all };
}
