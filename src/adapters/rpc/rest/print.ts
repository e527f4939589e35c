/** From a message to the JSON that Hydra's clients know: its names, its order, its null, empty and absent members. */
import {
  type DescField,
  type DescMessage,
  getOption,
  isMessage,
  type Message,
  ScalarType,
  toJson,
} from "@bufbuild/protobuf";
import { FeatureSet_FieldPresence, TimestampSchema, timestampDate, ValueSchema } from "@bufbuild/protobuf/wkt";
import { Absent, absent, gate } from "../../../gen/tessera/rest/options_pb.js";
import { isJsonObject, type JsonObject, type JsonValue } from "../../../protocol/json.ts";

/** Prints a message; `written` says that it answers a write (`ABSENT_NULL_WHEN_WRITTEN`). */
export type Print = (message: Message, written: boolean) => JsonObject;

type PrintValue = (value: unknown, written: boolean) => JsonValue;

interface Member {
  readonly name: string;
  readonly key: string;
  readonly isAbsent: (value: unknown) => boolean;
  readonly print: PrintValue;
  readonly whenAbsent: JsonValue | undefined;
  readonly whenAbsentWritten: JsonValue | undefined;
}

/** Prepares the printer of one type of message. */
export function printer(desc: DescMessage): Print {
  const members = desc.fields.map(memberOf);
  const gateField = desc.fields.find((field) => field.name === getOption(desc, gate));
  return (message, written) => {
    const json: JsonObject = {};
    if (gateField !== undefined && Reflect.get(message, gateField.localName) === false) {
      return { [gateField.name]: false };
    }
    for (const member of members) {
      const value: unknown = Reflect.get(message, member.key);
      const absence = written ? member.whenAbsentWritten : member.whenAbsent;
      const printed = member.isAbsent(value) ? absence : member.print(value, written);
      if (printed !== undefined) json[member.name] = printed;
    }
    return json;
  };
}

/** A field with presence says itself that it is not there; another has its zero value then. */
function absenceOf(field: DescField): (value: unknown) => boolean {
  if (field.fieldKind === "list") return (value) => !Array.isArray(value) || value.length === 0;
  if (field.presence !== FeatureSet_FieldPresence.IMPLICIT) return (value) => value === undefined;
  return (value) => value === "" || value === 0 || value === false;
}

function memberOf(field: DescField): Member {
  const rule = getOption(field, absent);
  const empty = emptyValue(field);
  const read = rule === Absent.NULL ? null : rule === Absent.UNSPECIFIED ? undefined : empty;
  return {
    name: field.name,
    key: field.localName,
    isAbsent: absenceOf(field),
    print: field.fieldKind === "list" ? listPrinter(field) : singlePrinter(field),
    whenAbsent: read,
    whenAbsentWritten: rule === Absent.NULL_WHEN_WRITTEN ? null : read,
  };
}

function emptyValue(field: DescField): JsonValue {
  if (field.fieldKind === "list") return [];
  if (field.scalar === undefined) return {};
  if (field.scalar === ScalarType.STRING) return "";
  return field.scalar === ScalarType.BOOL ? false : 0;
}

function listPrinter(field: DescField): PrintValue {
  const print = singlePrinter(field);
  return (list, written) => (Array.isArray(list) ? list.map((item) => print(item, written)) : []);
}

function singlePrinter({ message }: Pick<DescField, "message">): PrintValue {
  if (message === undefined) return printScalar;
  if (message.typeName === "google.protobuf.Struct") return (value) => (isJsonObject(value) ? value : {});
  if (message.typeName === ValueSchema.typeName) {
    return (value) => (isMessage(value, ValueSchema) ? toJson(ValueSchema, value) : null);
  }
  if (message.typeName === TimestampSchema.typeName) {
    return (value) => (isMessage(value, TimestampSchema) ? renderTime(timestampDate(value)) : null);
  }
  const print = printer(message);
  return (value, written) => (isMessage(value) ? print(value, written) : null);
}

/** Every scalar of the contract is JSON as it is. */
const printScalar: PrintValue = (value) => {
  if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") return value;
  throw new Error(`a ${typeof value} is no scalar of the contract`);
};

/** RFC 3339 without a fraction where there is none. */
function renderTime(time: Date): string {
  return time.toISOString().replace(".000Z", "Z");
}
