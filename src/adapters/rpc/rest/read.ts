/** JSON to messages: the contract's names and types, nothing coerced; members it does not know are ignored. */
import {
  create,
  type DescEnum,
  type DescField,
  type DescMessage,
  fromJson,
  type Message,
  ScalarType,
} from "@bufbuild/protobuf";
import { TimestampSchema, ValueSchema } from "@bufbuild/protobuf/wkt";
import { refuse } from "../../../protocol/errors.ts";
import { isJsonObject, type JsonValue } from "../../../protocol/json.ts";

/** Reads a value; `name` is what a refusal calls it. */
export type Read<T> = (json: JsonValue, name: string) => T;

/** What a field and the items of a list have in common. */
interface Kind {
  readonly scalar?: ScalarType | undefined;
  readonly message?: DescMessage | undefined;
  readonly enum?: DescEnum | undefined;
}

/** Prepares the reader of one type of message. Throws on a kind of field that the contract does not use over REST. */
export function messageReader(desc: DescMessage): Read<Message> {
  const fields = new Map<string, { key: string; name: string; takesNull: boolean; read: Read<unknown> }>();
  for (const field of desc.fields) {
    // Of free JSON, null is a value like any other; elsewhere it says that there is none.
    const takesNull = field.message?.typeName === ValueSchema.typeName;
    const entry = { key: field.localName, name: field.name, takesNull, read: fieldReader(field) };
    fields.set(field.name, entry);
    fields.set(field.jsonName, entry);
  }
  return (json, name) => {
    if (!isJsonObject(json)) wrongType(name, "an object");
    const values: Record<string, unknown> = {};
    for (const [member, value] of Object.entries(json)) {
      const field = fields.get(member);
      if (field === undefined || (value === null && !field.takesNull)) continue;
      const path = name === "" ? field.name : `${name}.${field.name}`;
      // Both spellings of one name are legal in the JSON of protobuf: together they contradict each other.
      if (Object.hasOwn(values, field.key)) {
        refuse("invalid_request", `The member '${path}' was sent in two spellings.`, { field: path });
      }
      values[field.key] = field.read(value, path);
    }
    return create(desc, values);
  };
}

/** Prepares the reader of what stands alone in a body: a message, a list of them, or free JSON. */
export function resourceReader(field: DescField): Read<unknown> {
  return fieldReader(field);
}

function fieldReader(field: DescField): Read<unknown> {
  if (field.oneof !== undefined || field.fieldKind === "map") throw new Error(`${field.toString()} has no REST form`);
  return field.fieldKind === "list" ? listReader(kindReader(field)) : kindReader(field);
}

function listReader(item: Read<unknown>): Read<unknown[]> {
  return (json, name) => {
    if (!Array.isArray(json)) wrongType(name, "an array");
    return json.map((value, index) => item(value, `${name}[${index}]`));
  };
}

function kindReader(kind: Kind): Read<unknown> {
  if (kind.scalar !== undefined) return scalarReader(kind.scalar);
  if (kind.message === undefined) throw new Error("enumerations have no REST form: codes are strings");
  switch (kind.message.typeName) {
    case "google.protobuf.Struct":
      return (json, name) => (isJsonObject(json) ? json : wrongType(name, "an object"));
    case ValueSchema.typeName:
      return (json) => fromJson(ValueSchema, json);
    case TimestampSchema.typeName:
      return readTimestamp;
    default:
      return messageReader(kind.message);
  }
}

/** The reader of a scalar that travels as a JSON string, boolean or number. */
function scalarReader(scalar: ScalarType): Read<unknown> {
  switch (scalar) {
    case ScalarType.STRING:
      return (json, name) => (typeof json === "string" ? json : wrongType(name, "a string"));
    case ScalarType.BOOL:
      return (json, name) => (typeof json === "boolean" ? json : wrongType(name, "true or false"));
    case ScalarType.INT32:
      return (json, name) => readInteger(json, name, -(2 ** 31), 2 ** 31 - 1);
    case ScalarType.UINT32:
      return (json, name) => readInteger(json, name, 0, 2 ** 32 - 1);
    default:
      throw new Error(`scalar type ${scalar} has no REST form: JSON would quote or round it`);
  }
}

function readInteger(json: JsonValue, name: string, from: number, to: number): number {
  if (typeof json === "number" && Number.isInteger(json) && json >= from && json <= to) return json;
  return wrongType(name, `an integer from ${from} to ${to}`);
}

const readTimestamp: Read<unknown> = (json, name) => {
  try {
    return fromJson(TimestampSchema, json);
  } catch {
    return wrongType(name, "a time as in RFC 3339");
  }
};

function wrongType(name: string, what: string): never {
  if (name === "") refuse("invalid_request", `The request body must be ${what}.`);
  refuse("invalid_request", `The value of '${name}' must be ${what}.`, { field: name });
}
