/** Every text of a message is well-formed Unicode without NUL, and its free JSON is bounded, whatever it came by. */
import { type DescMessage, isMessage, type Message, toJson } from "@bufbuild/protobuf";
import { ValueSchema } from "@bufbuild/protobuf/wkt";
import { refuse } from "../../protocol/errors.ts";
import { isJsonObject, type JsonValue, requireBounded } from "../../protocol/json.ts";
import { requireCleanText } from "../../protocol/text.ts";

type Check = (value: unknown, name: string) => void;

/** Prepares the check for one type of message. */
export function cleanliness(desc: DescMessage): (message: Message) => void {
  const check = messageCheck(desc);
  return (message) => check(message, "");
}

function messageCheck(desc: DescMessage): Check {
  const checks = desc.fields.flatMap((field): Array<{ key: string; name: string; check: Check }> => {
    const check = field.fieldKind === "list" ? listCheck(field) : singleCheck(field);
    return check === undefined ? [] : [{ key: field.localName, name: field.name, check }];
  });
  return (message) => {
    if (typeof message !== "object" || message === null) return;
    for (const { key, name, check } of checks) check(Reflect.get(message, key), name);
  };
}

/** What a field and the items of a list have in common. */
interface Kind {
  readonly scalar?: unknown;
  readonly message?: DescMessage | undefined;
}

function singleCheck(kind: Kind): Check | undefined {
  if (kind.message === undefined) return kind.scalar === undefined ? undefined : textCheck;
  if (kind.message.typeName === "google.protobuf.Struct") return jsonCheck;
  if (kind.message.typeName === ValueSchema.typeName) return valueCheck;
  return messageCheck(kind.message);
}

function listCheck(kind: Kind): Check | undefined {
  const check = singleCheck(kind);
  if (check === undefined) return undefined;
  return (list, name) => {
    if (Array.isArray(list)) for (const item of list) check(item, name);
  };
}

const textCheck: Check = (value, name) => {
  if (typeof value === "string") requireCleanText(value, name);
};

/** A `Struct` field is plain JSON in protobuf-es. */
const jsonCheck: Check = (value, name) => {
  if (isJsonObject(value)) requireSafe(value, name);
};

const valueCheck: Check = (value, name) => {
  if (!isMessage(value, ValueSchema)) return;
  let json: JsonValue;
  try {
    json = toJson(ValueSchema, value);
  } catch (cause) {
    refuse("invalid_request", `The value of '${name}' cannot be written as JSON.`, { field: name, cause });
  }
  requireSafe(json, name);
};

function requireSafe(json: JsonValue, name: string): void {
  requireBounded(json, `value of '${name}'`);
  requireWritable(json, name);
}

/** JSON has no NaN, and a number beyond 2^53 has been rounded by somebody already. */
function requireWritable(json: JsonValue | undefined, name: string): void {
  if (typeof json === "number") {
    // As `parseJson` has it; NaN is not within either.
    if (!(Math.abs(json) <= Number.MAX_SAFE_INTEGER)) {
      refuse("invalid_request", `The value of '${name}' holds a number that is not exact.`, { field: name });
    }
  } else if (json === undefined) {
    refuse("invalid_request", `The value of '${name}' holds a member without a value.`, { field: name });
  } else if (json !== null && typeof json === "object") {
    for (const member of Object.values(json)) requireWritable(member, name);
  }
}
