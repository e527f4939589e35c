/** A client as JSON, as the REST form of the contract has it: for endpoints that are none of the contract's. */
import { isMessage } from "@bufbuild/protobuf";
import { OAuth2ClientSchema } from "../../gen/tessera/admin/v1/client_pb.js";
import type { Registered } from "../../operations/clients/register.ts";
import type { ClientMetadata } from "../../protocol/client.ts";
import type { JsonObject } from "../../protocol/json.ts";
import { toClientMessage, toClientMetadata } from "./client-message.ts";
import { printer } from "./rest/print.ts";
import { messageReader } from "./rest/read.ts";

const read = messageReader(OAuth2ClientSchema);
const print = printer(OAuth2ClientSchema);

export const clientForm = {
  /** Refuses with `invalid_request` and the member's name what is of the wrong type; ignores what it does not know. */
  read(document: JsonObject): ClientMetadata {
    const message = read(document, "");
    if (!isMessage(message, OAuth2ClientSchema)) throw new TypeError("the reader of clients reads something else");
    return toClientMetadata(message);
  },

  print({ client, secret, registration }: Registered): JsonObject {
    return print(toClientMessage(client, secret, registration), false);
  },
};
