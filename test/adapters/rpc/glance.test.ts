import { create, type DescMessage, fromBinary, type Message, ScalarType, toBinary } from "@bufbuild/protobuf";
import { createValidator } from "@bufbuild/protovalidate";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { glance } from "../../../src/adapters/rpc/glance.ts";
import { OAuth2ClientSchema } from "../../../src/gen/tessera/admin/v1/client_pb.js";
import {
  ClientService,
  CreateClientRequestSchema,
  ListClientsRequestSchema,
} from "../../../src/gen/tessera/admin/v1/client_service_pb.js";
import { SessionService } from "../../../src/gen/tessera/admin/v1/session_service_pb.js";
import { IntrospectTokenRequestSchema, TokenService } from "../../../src/gen/tessera/admin/v1/token_service_pb.js";
import { ConsentFlowService } from "../../../src/gen/tessera/flow/v1/consent_flow_service_pb.js";
import { DeviceFlowService } from "../../../src/gen/tessera/flow/v1/device_flow_service_pb.js";
import { RejectionSchema } from "../../../src/gen/tessera/flow/v1/flow_pb.js";
import { AcceptLoginRequestSchema, LoginFlowService } from "../../../src/gen/tessera/flow/v1/login_flow_service_pb.js";
import { LogoutFlowService } from "../../../src/gen/tessera/flow/v1/logout_flow_service_pb.js";

const inputs = [
  ...[ClientService, TokenService, SessionService],
  ...[LoginFlowService, ConsentFlowService, DeviceFlowService, LogoutFlowService],
].flatMap(({ methods }) => methods.map(({ input }): DescMessage => input));
const validator = createValidator();

/** Lengths about which rules differ; in characters of one and of two code units. */
const texts = fc
  .record({
    length: fc.constantFrom(0, 1, 63, 64, 65, 255, 256, 1024, 1025, 2048, 2049, 4096, 4097, 16384, 16385),
    wide: fc.boolean(),
  })
  .map(({ length, wide }) => (wide ? "\u{1F600}" : "x").repeat(length));
const counts = fc.constantFrom(0, 1, 50, 51, 100, 101, 500, 501, 1000, 1001);

/** Messages of the type in which any field may be anything that its kind allows. */
function messages(desc: DescMessage): fc.Arbitrary<Message> {
  const fields = desc.fields.filter((field) => field.fieldKind !== "map" && !isOfGoogle(field.message));
  const members = fields.map((field) => [field.localName, fc.option(anyValue(field), { nil: undefined, freq: 2 })]);
  return fc
    .record(Object.fromEntries(members))
    .map((values) =>
      create(desc, Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined))),
    );
}

const isOfGoogle = (message: DescMessage | undefined) => message?.typeName.startsWith("google.") === true;

function anyValue(field: DescMessage["fields"][number]): fc.Arbitrary<unknown> {
  if (field.fieldKind === "list") {
    const item = field.message === undefined ? texts : messages(field.message);
    return fc.tuple(item, counts).map(([value, count]) => Array.from({ length: count }, () => value));
  }
  if (field.fieldKind === "message") return messages(field.message);
  if (field.scalar === ScalarType.STRING) return texts;
  return field.scalar === ScalarType.BOOL ? fc.boolean() : fc.constantFrom(-1, 0, 1, 599, 600);
}

describe("a look at a message", () => {
  test.each(inputs.map((desc) => [desc.typeName, desc] as const))("%s: what looks valid is valid", (_, desc) => {
    const isSurelyValid = glance(desc);
    fc.assert(
      fc.property(messages(desc), (message) => {
        if (isSurelyValid(message)) expect(validator.validate(desc, message).kind).toBe("valid");
      }),
      { numRuns: 200 },
    );
  });

  test.each([
    [
      "a client",
      CreateClientRequestSchema,
      { client: create(OAuth2ClientSchema, { redirectUris: ["https://a.example/"] }) },
    ],
    ["a page of clients", ListClientsRequestSchema, { pageSize: 10 }],
    ["a token", IntrospectTokenRequestSchema, { token: "t" }],
    ["a login", AcceptLoginRequestSchema, { loginChallenge: "c", login: { subject: "alice", amr: ["pwd"] } }],
    ["a refusal", RejectionSchema, { error: "access_denied", statusCode: 599 }],
  ] as const)("%s needs no more than a look", (_, desc: DescMessage, value) => {
    expect(glance(desc)(create(desc, value))).toBe(true);
  });

  test.each([
    ["a missing client", CreateClientRequestSchema, {}],
    [
      "a client with a long name",
      CreateClientRequestSchema,
      { client: create(OAuth2ClientSchema, { clientName: "n".repeat(256) }) },
    ],
    ["an empty token", IntrospectTokenRequestSchema, { token: "" }],
    [
      "too many methods",
      AcceptLoginRequestSchema,
      { loginChallenge: "c", login: { subject: "a", amr: Array<string>(101).fill("x") } },
    ],
    ["a status beyond 599", RejectionSchema, { statusCode: 600 }],
  ] as const)("%s is not taken for valid", (_, desc: DescMessage, value) => {
    expect(glance(desc)(create(desc, value))).toBe(false);
  });

  test("a message with a rule that is not known here is never taken for valid", async () => {
    const { FieldRulesSchema } = await import("@bufbuild/protovalidate/gen/buf/validate/validate_pb.js");
    // Its own description has rules about oneofs.
    expect(
      glance(FieldRulesSchema)(fromBinary(FieldRulesSchema, toBinary(FieldRulesSchema, create(FieldRulesSchema)))),
    ).toBe(false);
  });
});
