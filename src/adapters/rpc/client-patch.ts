/** A JSON Patch over a client's REST form: what may be patched, and what the client becomes. */
import { create, isMessage, type MessageShape, toJson } from "@bufbuild/protobuf";
import { ValueSchema } from "@bufbuild/protobuf/wkt";
import { OAuth2ClientSchema, type PatchOperationSchema } from "../../gen/tessera/admin/v1/client_pb.js";
import { ClientService } from "../../gen/tessera/admin/v1/client_service_pb.js";
import type { Patched } from "../../operations/clients/change.ts";
import type { Client } from "../../protocol/client.ts";
import { refuse } from "../../protocol/errors.ts";
import { isJsonObject, type JsonObject } from "../../protocol/json.ts";
import { applyPatch, type PatchOperation } from "../../protocol/json-patch.ts";
import { quotable } from "../../protocol/text.ts";
import { toClientMessage, toClientMetadata } from "./client-message.ts";
import { printer } from "./rest/print.ts";
import { messageReader } from "./rest/read.ts";
import { createValidity } from "./validity.ts";

const print = printer(OAuth2ClientSchema);
const read = messageReader(OAuth2ClientSchema);
const replacing = ClientService.method.replaceClient;
const requireValid = createValidity()(replacing);

const members: ReadonlySet<string> = new Set(OAuth2ClientSchema.fields.map(({ name }) => name));
/** What the server says of a client, not who writes it. */
const serversOwn = [
  "client_id",
  "client_secret_expires_at",
  "created_at",
  "updated_at",
  "registration_access_token",
  "registration_client_uri",
];

/** Prepares the change; it may be asked for again, upon what another writer has made of the client. */
export function clientPatch(
  message: ReadonlyArray<MessageShape<typeof PatchOperationSchema>>,
): (client: Client) => Promise<Patched> {
  const patch = message.map(toOperation);
  return async (client) => {
    const before = documentOf(client);
    const after = applyPatch(before, patch);
    if (!isJsonObject(after)) return refuse("invalid_request", "The patch makes of the client what is no object.");
    requireAllowed(before, after);
    const changed = read(after, "");
    if (!isMessage(changed, OAuth2ClientSchema)) throw new TypeError("the reader of clients reads something else");
    // What a patch may make of a client is what could have been sent as a whole.
    await requireValid(create(replacing.input, { clientId: client.id, client: changed }));
    return { metadata: toClientMetadata(changed), secret: changed.clientSecret === "" ? null : changed.clientSecret };
  };
}

function toOperation({ op, path, from, value }: MessageShape<typeof PatchOperationSchema>): PatchOperation {
  return { op, path, from, value: value === undefined ? undefined : toJson(ValueSchema, value) };
}

/** As REST shows the client, with a place for everything that can be added to: no list is left out. */
function documentOf(client: Client): JsonObject {
  const document = print(toClientMessage(client, null), false);
  for (const { fieldKind, name } of OAuth2ClientSchema.fields) if (fieldKind === "list") document[name] ??= [];
  return document;
}

// ADM-008. Not by the operations' paths, which have many spellings, but by what has come of them.
function requireAllowed(before: JsonObject, after: JsonObject): void {
  // Hydra ignores what it does not know: a slip of the pen is no success.
  const unknown = Object.keys(after).find((name) => !members.has(name));
  if (unknown !== undefined) refuse("invalid_request", `A client has no member '${quotable(unknown)}'.`);
  const touched = serversOwn.find((name) => after[name] !== before[name]);
  if (touched !== undefined)
    refuse("invalid_request", `The member '${touched}' cannot be changed.`, { field: touched });
}
