/** Sees at a glance that a message keeps the contract's plain rules: lengths, ranges, what is required. */
import {
  type DescField,
  type DescMessage,
  getOption,
  hasOption,
  isFieldSet,
  isMessage,
  type Message,
} from "@bufbuild/protobuf";
import { FeatureSet_FieldPresence } from "@bufbuild/protobuf/wkt";
import {
  type FieldRules,
  FieldRulesSchema,
  field as fieldRules,
  type Int32Rules,
  Int32RulesSchema,
  message as messageRules,
  type RepeatedRules,
  RepeatedRulesSchema,
  type StringRules,
  StringRulesSchema,
} from "@bufbuild/protovalidate/gen/buf/validate/validate_pb.js";

/** Whether a value is surely what it must be; false leaves the judgement to protovalidate. */
type Glance = (value: unknown) => boolean;

const surely: Glance = () => true;
const unsure: Glance = () => false;

/** Prepares the look at one type of message. A rule that is not known here is never surely kept. */
export function glance(desc: DescMessage): (message: Message) => boolean {
  return messageGlance(desc, new Map());
}

function messageGlance(desc: DescMessage, begun: Map<string, Glance>): Glance {
  // Google's own types bear no rules, and some contain themselves.
  if (desc.typeName.startsWith("google.protobuf.")) return surely;
  const known = begun.get(desc.typeName);
  if (known !== undefined) return known;
  if (hasOption(desc, messageRules) || desc.oneofs.length > 0) return unsure;
  begun.set(desc.typeName, unsure);
  const looks = desc.fields.map((field) => ({ key: field.localName, look: fieldGlance(field, begun) }));
  const telling = looks.filter(({ look }) => look !== surely);
  const whole: Glance = (value) =>
    isMessage(value, desc) && telling.every(({ key, look }) => look(Reflect.get(value, key)));
  begun.set(desc.typeName, whole);
  return whole;
}

function fieldGlance(field: DescField, begun: Map<string, Glance>): Glance {
  const rules = hasOption(field, fieldRules) ? getOption(field, fieldRules) : undefined;
  if (rules !== undefined && !isPlain(rules)) return unsure;
  const look = valueGlance(field, rules, begun);
  if (field.fieldKind === "list" || field.presence === FeatureSet_FieldPresence.IMPLICIT) {
    return rules?.required === true ? unsure : look;
  }
  // What is not there keeps every rule but that of being there.
  const isRequired = rules?.required === true;
  return look === surely && !isRequired ? surely : (value) => (value === undefined ? !isRequired : look(value));
}

function valueGlance(field: DescField, rules: FieldRules | undefined, begun: Map<string, Glance>): Glance {
  const type = rules?.type;
  switch (field.fieldKind) {
    case "message":
      return type?.case === undefined ? messageGlance(field.message, begun) : unsure;
    case "list":
      return listGlance(field, type?.case === "repeated" ? type.value : undefined, begun);
    case "map":
      return type?.case === undefined && field.mapKind !== "message" ? surely : unsure;
    case "scalar":
      return scalarGlance(rules);
    default:
      return type?.case === undefined ? surely : unsure;
  }
}

/** The rules of a scalar, or of a list's items. */
function scalarGlance(rules: FieldRules | undefined): Glance {
  const type = rules?.type;
  if (type?.case === undefined) return surely;
  if (type.case === "string") return textGlance(type.value);
  return type.case === "int32" ? numberGlance(type.value) : unsure;
}

function listGlance(
  field: DescField & { fieldKind: "list" },
  rules: RepeatedRules | undefined,
  begun: Map<string, Glance>,
): Glance {
  const { items } = rules ?? {};
  if (rules !== undefined && !hasOnly(RepeatedRulesSchema, rules, ["max_items", "items"])) return unsure;
  if (items !== undefined && !(isPlain(items) && !items.required)) return unsure;
  if (field.listKind === "message" && items !== undefined) return unsure;
  const look = field.listKind === "message" ? messageGlance(field.message, begun) : scalarGlance(items);
  const isBounded = rules !== undefined && isFieldSet(rules, RepeatedRulesSchema.field.maxItems);
  const most = isBounded ? Number(rules.maxItems) : Number.POSITIVE_INFINITY;
  if (look === surely && !isBounded) return surely;
  return (value) => Array.isArray(value) && value.length <= most && value.every(look);
}

/** Lengths are in code points, of which a text has at most its `length` and, unless it is empty, at least one. */
function textGlance(rules: StringRules): Glance {
  if (!hasOnly(StringRulesSchema, rules, ["min_len", "max_len"]) || rules.minLen > 1) return unsure;
  const least = Number(rules.minLen);
  const isBounded = isFieldSet(rules, StringRulesSchema.field.maxLen);
  const most = isBounded ? Number(rules.maxLen) : Number.POSITIVE_INFINITY;
  return (value) => typeof value === "string" && value.length >= least && value.length <= most;
}

function numberGlance(rules: Int32Rules): Glance {
  const { greaterThan, lessThan } = rules;
  if (!hasOnly(Int32RulesSchema, rules, ["gte", "lte"])) return unsure;
  const least = greaterThan.case === "gte" ? greaterThan.value : Number.NEGATIVE_INFINITY;
  const most = lessThan.case === "lte" ? lessThan.value : Number.POSITIVE_INFINITY;
  // An empty range means the numbers outside of it.
  return least > most ? unsure : (value) => typeof value === "number" && value >= least && value <= most;
}

/** Nothing but being required and the rules of one type. */
function isPlain(rules: FieldRules): boolean {
  const types = FieldRulesSchema.oneofs.flatMap((oneof) => oneof.fields.map(({ name }) => name));
  return hasOnly(FieldRulesSchema, rules, ["required", ...types]);
}

/** Predefined rules are extensions, which would stand among the unknown fields. */
function hasOnly(desc: DescMessage, rules: Message, names: readonly string[]): boolean {
  const hasUnknown = rules.$unknown !== undefined && rules.$unknown.length > 0;
  return !hasUnknown && desc.fields.every((field) => names.includes(field.name) || !isFieldSet(rules, field));
}
