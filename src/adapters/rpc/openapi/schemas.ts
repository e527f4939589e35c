/** From a message of the contract to the JSON Schema (2020-12) of its REST form, as it is read and as it is printed. */
import { type DescField, type DescMessage, getOption, hasOption, ScalarType } from "@bufbuild/protobuf";
import { type FieldRules, field as fieldRules } from "@bufbuild/protovalidate/gen/buf/validate/validate_pb.js";
import { Absent, absent, gate } from "../../../gen/tessera/rest/options_pb.js";
import type { JsonObject } from "../../../protocol/json.ts";
import { commentOf } from "./comments.ts";

/** Whether a message is sent to the server or answered by it: what must stand in it differs. */
export type Side = "asked" | "answered";

export interface Schemas {
  /** A reference to the message's schema, which is described once. */
  of(message: DescMessage, side: Side): JsonObject;
  /** What a field holds, with its comment. */
  ofField(field: DescField, side: Side): JsonObject;
  /** Every schema that was asked for, by name. */
  readonly all: JsonObject;
}

export function collectSchemas(): Schemas {
  const all: JsonObject = {};
  const names = new Map<string, string>();

  const of: Schemas["of"] = (message, side) => {
    const known = wellKnown(message);
    if (known !== undefined) return known;
    const name = side === "asked" && !message.name.endsWith("Request") ? `${message.name}Input` : message.name;
    const described = names.get(name) ?? message.typeName;
    if (described !== message.typeName) throw new Error(`${described} and ${message.typeName} are both ${name}`);
    if (!names.has(name)) {
      names.set(name, message.typeName);
      all[name] = object(message, side);
    }
    return { $ref: `#/components/schemas/${name}` };
  };

  const ofField: Schemas["ofField"] = (field, side) => {
    const description = commentOf(field);
    const rules = getOption(field, fieldRules);
    if (field.fieldKind !== "list") return { ...single(field, side, rules), description };
    const repeated = rules.type.case === "repeated" ? rules.type.value : undefined;
    const items = single(field, side, repeated?.items);
    return { type: "array", items, ...defined({ maxItems: number(repeated?.maxItems) }), description };
  };

  const single = (field: DescField, side: Side, rules: FieldRules | undefined): JsonObject =>
    field.message === undefined ? scalar(field.scalar, side === "asked" ? rules : undefined) : of(field.message, side);

  const object = (message: DescMessage, side: Side): JsonObject => {
    const properties = message.fields.map((field) => [field.name, property(field, side)] as const);
    const required = message.fields.filter((field) => isRequired(field, side)).map(({ name }) => name);
    return {
      type: "object",
      description: commentOf(message),
      ...(required.length === 0 ? {} : { required }),
      properties: Object.fromEntries(properties),
    };
  };

  const property = (field: DescField, side: Side): JsonObject => {
    const schema = ofField(field, side);
    return mayBeNull(field, side) ? nullable(schema) : schema;
  };

  return { of, ofField, all };
}

function wellKnown({ typeName }: DescMessage): JsonObject | undefined {
  switch (typeName) {
    case "google.protobuf.Struct":
      return { type: "object" };
    case "google.protobuf.Value":
      return {};
    case "google.protobuf.ListValue":
      return { type: "array", items: {} };
    case "google.protobuf.Timestamp":
      return { type: "string", format: "date-time" };
    default:
      return undefined;
  }
}

function scalar(type: ScalarType | undefined, rules: FieldRules | undefined): JsonObject {
  switch (type) {
    case ScalarType.STRING: {
      const string = stringRules(rules);
      const [minLength, maxLength] = [number(string?.minLen), number(string?.maxLen)];
      const format = string?.wellKnown.case === "uuid" ? "uuid" : undefined;
      return { type: "string", ...defined({ minLength, maxLength, format }) };
    }
    case ScalarType.BOOL:
      return { type: "boolean" };
    case ScalarType.INT32: {
      const int32 = rules?.type.case === "int32" ? rules.type.value : undefined;
      const minimum = int32?.greaterThan.case === "gte" ? int32.greaterThan.value : undefined;
      const maximum = int32?.lessThan.case === "lte" ? int32.lessThan.value : undefined;
      return { type: "integer", format: "int32", ...defined({ minimum, maximum }) };
    }
    case ScalarType.UINT32:
      return { type: "integer", minimum: 0, maximum: 2 ** 32 - 1 };
    default:
      throw new Error(`scalar type ${type} has no REST form`);
  }
}

function stringRules(rules: FieldRules | undefined) {
  return rules?.type.case === "string" ? rules.type.value : undefined;
}

const number = (value: bigint | undefined) => (value === undefined || value === 0n ? undefined : Number(value));

function defined(members: Readonly<Record<string, string | number | undefined>>): JsonObject {
  const json: JsonObject = {};
  for (const [name, value] of Object.entries(members)) if (value !== undefined) json[name] = value;
  return json;
}

/** What must be sent, by the rules; and what is always answered, by the options of the REST form. */
export function isRequired(field: DescField, side: Side): boolean {
  if (side === "asked") {
    const rules = getOption(field, fieldRules);
    const string = stringRules(rules);
    return rules.required || (string?.minLen ?? 0n) > 0n || string?.wellKnown.case === "uuid";
  }
  const gateName = getOption(field.parent, gate);
  return gateName === "" ? getOption(field, absent) !== Absent.UNSPECIFIED : field.name === gateName;
}

/** Every member that need not be sent may be null. */
function mayBeNull(field: DescField, side: Side): boolean {
  if (side === "asked") return !isRequired(field, side);
  const rule = hasOption(field, absent) ? getOption(field, absent) : Absent.UNSPECIFIED;
  return rule === Absent.NULL || rule === Absent.NULL_WHEN_WRITTEN;
}

function nullable(schema: JsonObject): JsonObject {
  const { type, description = "", ...rest } = schema;
  if (typeof type === "string") return { type: [type, "null"], ...rest, description };
  return "$ref" in rest ? { anyOf: [rest, { type: "null" }], description } : { ...rest, description };
}
