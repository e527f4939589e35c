/** What the messages of the login and consent flows have in common. */
import { fromJson, type MessageShape, toJson } from "@bufbuild/protobuf";
import { type Value, ValueSchema } from "@bufbuild/protobuf/wkt";
import type { RejectionSchema } from "../../gen/tessera/flow/v1/flow_pb.js";
import type { OidcContext } from "../../protocol/authorization-request/request.ts";
import type { Rejection } from "../../protocol/flow.ts";
import type { JsonObject, JsonValue } from "../../protocol/json.ts";

/** The members of the contract's two messages about it. */
interface OidcContextMembers {
  readonly acrValues: string[];
  readonly uiLocales: string[];
  readonly display: string;
  readonly loginHint: string;
  readonly idTokenHintClaims?: JsonObject;
  readonly claims?: JsonObject;
  readonly claimsLocales: string[];
}

export function toOidcContextMessage(context: OidcContext): OidcContextMembers {
  return {
    acrValues: [...context.acrValues],
    uiLocales: [...context.uiLocales],
    display: context.display,
    loginHint: context.loginHint,
    ...(context.idTokenHintClaims === null ? {} : { idTokenHintClaims: context.idTokenHintClaims }),
    ...(context.claims === undefined ? {} : { claims: context.claims }),
    claimsLocales: [...(context.claimsLocales ?? [])],
  };
}

export function toRejection(message: MessageShape<typeof RejectionSchema>): Rejection {
  return {
    error: message.error,
    errorDescription: message.errorDescription,
    errorHint: message.errorHint,
    errorDebug: message.errorDebug,
    statusCode: message.statusCode,
  };
}

/** Free JSON that was not sent is null. */
export function toFreeJson(value: Value | undefined): JsonValue {
  return value === undefined ? null : toJson(ValueSchema, value);
}

export function fromFreeJson(json: JsonValue): { context?: Value } {
  return json === null ? {} : { context: fromJson(ValueSchema, json) };
}

/** For members that the contract requires, so that a request without them never comes to its method. */
export function present<T>(member: T | undefined): T {
  if (member === undefined) throw new Error("a required member is missing");
  return member;
}
