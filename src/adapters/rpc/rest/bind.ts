/** From an HTTP request to a method's message: path, query and body, each to the fields the annotations say. */
import { create, type DescField, type DescMessage, type Message, ScalarType } from "@bufbuild/protobuf";
import { OAuthError, refuse } from "../../../protocol/errors.ts";
import { type JsonObject, type JsonValue, parseJson } from "../../../protocol/json.ts";
import { parseParameters } from "../../../protocol/parameters.ts";
import { parseDigits } from "../../../protocol/text.ts";
import type { HttpRequest } from "../../http/message.ts";
import { messageReader, resourceReader } from "./read.ts";
import type { Rule } from "./templates.ts";

export type Bind = (request: HttpRequest) => Message;

/** Prepares the binding; throws at start when the annotations name a field that cannot be bound. */
export function binder(input: DescMessage, rule: Rule, undecodable = "invalid_request"): Bind {
  const variables = rule.variables.map((name) => ({ name, key: textField(input, name).localName }));
  const readQuery = queryReader(input, rule);
  const readBody = bodyReader(input, rule, undecodable);
  return (request) => {
    const values = { ...readBody(request), ...readQuery(request.query) };
    // The path wins: it says whose resource this is, whatever else the request says.
    for (const { name, key } of variables) values[key] = request.params[name] ?? "";
    return create(input, values);
  };
}

type Values = Record<string, unknown>;

function textField(input: DescMessage, name: string): DescField {
  const field = input.fields.find((candidate) => candidate.name === name);
  if (field?.scalar !== ScalarType.STRING || field.fieldKind !== "scalar") {
    throw new Error(`${input.typeName} has no text field '${name}'`);
  }
  return field;
}

/** Fields that are neither path nor body come from the query; names it does not know are ignored, as Hydra does. */
function queryReader(input: DescMessage, rule: Rule): (query: string) => Values {
  if (rule.body === "*") return () => ({});
  const fields = input.fields.filter((field) => field.name !== rule.body && !rule.variables.includes(field.name));
  const settable = fields.map((field) => ({
    field,
    names: [field.name, ...[...rule.queryAliases].filter(([, name]) => name === field.name).map(([alias]) => alias)],
  }));
  return (query) => {
    const values: Values = {};
    if (query === "") return values;
    const parameters = parseParameters(query);
    for (const { field, names } of settable) {
      const sent = new Set(names.flatMap((name) => parameters.get(name) ?? []));
      if (sent.size > 1) {
        refuse("invalid_request", `The parameters ${names.join(" and ")} contradict each other.`, {
          field: field.name,
        });
      }
      for (const text of sent) values[field.localName] = readParameter(field, text);
    }
    return values;
  };
}

function readParameter(field: DescField, text: string): string | number | boolean {
  if (field.scalar === ScalarType.STRING) return text;
  if (field.scalar === ScalarType.BOOL) {
    if (text === "true" || text === "false") return text === "true";
    refuse("invalid_request", `The parameter '${field.name}' must be true or false.`, { field: field.name });
  }
  const value = parseDigits(text);
  if (value === undefined || value > 2 ** 31 - 1) {
    refuse("invalid_request", `The parameter '${field.name}' must be a number.`, { field: field.name });
  }
  return value;
}

function bodyReader(input: DescMessage, rule: Rule, undecodable: string): (request: HttpRequest) => Values {
  if (rule.body === "") return () => ({});
  const read = rule.body === "*" ? messageReader(input) : resourceField(input, rule.body);
  return (request) => {
    try {
      return { ...read(parseBody(request, rule.form), "") };
    } catch (error) {
      if (!(error instanceof OAuthError) || error.code !== "invalid_request") throw error;
      throw new OAuthError(error.code, error.message, { ...error.details, spoken: undecodable });
    }
  };
}

/** The body is the value of this field. */
function resourceField(input: DescMessage, name: string): (json: JsonValue, path: string) => Values {
  const field = input.fields.find((candidate) => candidate.name === name);
  if (field?.message === undefined) throw new Error(`${input.typeName} has no message '${name}' to be the body`);
  const read = resourceReader(field);
  return (json, path) => ({ [field.localName]: read(json, path) });
}

/** ADM-022: a body says that it is JSON, so that no page of another origin can send one without a preflight. */
function parseBody(request: HttpRequest, form: boolean): JsonValue {
  const [type = "", ...parameters] = (request.headers["content-type"] ?? "").toLowerCase().split(/\s*;\s*/);
  // RFC 8259 §8.1: JSON is UTF-8, and whoever says otherwise means other characters than are read here.
  if (parameters.some((parameter) => /^charset=(?!"?utf-?8"?$)/.test(parameter.trim()))) {
    refuse("unsupported_media_type", "The request body must be encoded as UTF-8.");
  }
  if (request.body === "") refuse("invalid_request", "The request body is empty.");
  if (type === "application/json" || /^application\/[a-z0-9.-]+\+json$/.test(type)) return parseJson(request.body);
  if (form && type === "application/x-www-form-urlencoded") return parseForm(request.body);
  const types = form ? "application/x-www-form-urlencoded or application/json" : "application/json";
  return refuse("unsupported_media_type", `The request body must be ${types}.`);
}

function parseForm(body: string): JsonObject {
  const parameters = parseParameters(body);
  return Object.fromEntries([...parameters.names()].map((name) => [name, parameters.get(name) ?? ""]));
}
