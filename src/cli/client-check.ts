/** Whether a server would register a client, as far as that can be known without one: its settings are its own. */
import { create } from "@bufbuild/protobuf";
import { toClientMetadata } from "../adapters/rpc/client-message.ts";
import { createValidity } from "../adapters/rpc/validity.ts";
import type { OAuth2Client } from "../gen/tessera/admin/v1/client_pb.js";
import { ClientService } from "../gen/tessera/admin/v1/client_service_pb.js";
import { requireMetadata } from "../protocol/client-metadata/fields.ts";
import { OAuthError } from "../protocol/errors.ts";
import { failedRequest } from "./connection.ts";

const { createClient } = ClientService.method;
const requireValid = createValidity()(createClient);

/** Throws what the server would answer. */
export async function requireRegistrable(client: OAuth2Client): Promise<void> {
  try {
    await requireValid(create(createClient.input, { client }));
    // A server in development mode takes more URIs than others: what it would take is not refused here.
    requireMetadata(toClientMetadata(client), true);
  } catch (error) {
    if (error instanceof OAuthError) throw failedRequest({ error: error.code, error_description: error.message });
    throw error;
  }
}
