/** From an annotated method of the contract to an OpenAPI operation: the same law by which `rest.ts` serves it. */
import type { DescField, DescMethod } from "@bufbuild/protobuf";
import type { JsonObject } from "../../../protocol/json.ts";
import type { Rule } from "../rest/templates.ts";
import { commentOf } from "./comments.ts";
import { isRequired, type Schemas } from "./schemas.ts";

export function operationOf(method: DescMethod, rule: Rule, schemas: Schemas): JsonObject {
  const description = commentOf(method);
  const parameters = method.input.fields.flatMap((field) => parameterOf(field, rule, schemas));
  const body = requestBody(method, rule, schemas);
  return {
    operationId: method.name,
    tags: [method.parent.name],
    summary: summaryOf(description),
    description,
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(body === undefined ? {} : { requestBody: body }),
    responses: {
      [rule.status]: success(method, rule, schemas),
      ...(method.parent.file.proto.package.startsWith("tessera.flow.") ? { 410: ref("Gone") } : {}),
      ...refusals(parameters.length > 0 || body !== undefined),
    },
  };
}

/** Refusals that any call may meet. */
function refusals(takesInput: boolean): JsonObject {
  return {
    ...(takesInput ? { 400: ref("BadRequest") } : {}),
    401: ref("Unauthorized"),
    403: ref("Forbidden"),
    503: ref("Unavailable"),
    default: ref("Refusal"),
  };
}

const ref = (response: string): JsonObject => ({ $ref: `#/components/responses/${response}` });

/** The first sentence. */
export function summaryOf(description: string): string {
  const [first = ""] = description.split(/(?<=[^.]\.)\s|[:;] |\n/, 1);
  return first.replace(/\.$/, "");
}

function parameterOf(field: DescField, rule: Rule, schemas: Schemas): JsonObject[] {
  const inPath = rule.variables.includes(field.name);
  if (!inPath && (rule.body === "*" || rule.body === field.name)) return [];
  const { description: _, ...schema } = schemas.ofField(field, "asked");
  const aliases = [...rule.queryAliases].filter(([, name]) => name === field.name).map(([alias]) => `\`${alias}\``);
  const also = aliases.length === 0 ? "" : ` It may also be called ${aliases.join(" or ")}.`;
  return [
    {
      name: field.name,
      in: inPath ? "path" : "query",
      required: inPath || isRequired(field, "asked"),
      description: commentOf(field) + also,
      schema,
    },
  ];
}

function requestBody(method: DescMethod, rule: Rule, schemas: Schemas): JsonObject | undefined {
  if (rule.body === "") return undefined;
  const { description = commentOf(method.input), ...schema } =
    rule.body === "*"
      ? schemas.of(method.input, "asked")
      : schemas.ofField(fieldNamed(method.input.fields, rule.body), "asked");
  const types = rule.form ? ["application/x-www-form-urlencoded", "application/json"] : ["application/json"];
  return { required: true, description, content: Object.fromEntries(types.map((type) => [type, { schema }])) };
}

function success(method: DescMethod, rule: Rule, schemas: Schemas): JsonObject {
  const { output } = method;
  if (method.methodKind === "server_streaming") return eventStream(method, schemas);
  if (rule.status === 204) return { description: commentOf(output) };
  const { description = commentOf(output), ...schema } =
    rule.responseBody === ""
      ? schemas.of(output, "answered")
      : schemas.ofField(fieldNamed(output.fields, rule.responseBody), "answered");
  const headers = {
    ...(rule.location === "" ? {} : { Location: { $ref: "#/components/headers/Location" } }),
    ...(output.fields.some(({ name }) => name === "next_page_token")
      ? { Link: { $ref: "#/components/headers/Link" } }
      : {}),
  };
  return {
    description,
    ...(Object.keys(headers).length === 0 ? {} : { headers }),
    content: { "application/json": { schema } },
  };
}

/** Server-Sent Events: OpenAPI 3.1 can describe what stands in one, but not the stream. */
function eventStream({ output }: DescMethod, schemas: Schemas): JsonObject {
  const events = output.fields.find(({ fieldKind }) => fieldKind === "list")?.message;
  if (events === undefined) throw new Error(`${output.typeName} streams nothing`);
  schemas.of(events, "answered");
  return {
    description: `${commentOf(output)} The \`data\` of each is the JSON of \`${events.name}\`.`,
    content: { "text/event-stream": { schema: { type: "string" } } },
  };
}

function fieldNamed(fields: readonly DescField[], name: string): DescField {
  const field = fields.find((candidate) => candidate.name === name);
  if (field === undefined) throw new Error(`no field '${name}'`);
  return field;
}
