/** `tessera.admin.v1.ApiKeyService`: from message to operation to message. */
import type { MessageInitShape } from "@bufbuild/protobuf";
import { timestampDate, timestampFromDate } from "@bufbuild/protobuf/wkt";
import type { ApiKeySchema, ApiKeyService } from "../../gen/tessera/admin/v1/api_key_service_pb.js";
import type { createApiKey, deleteApiKey, listApiKeys } from "../../operations/admin/api-keys.ts";
import type { Ports } from "../../ports/ports.ts";
import type { ApiKey } from "../../protocol/api-key.ts";
import type { Methods } from "./call.ts";

export interface ApiKeyOperations {
  readonly createApiKey: typeof createApiKey;
  readonly deleteApiKey: typeof deleteApiKey;
  readonly listApiKeys: typeof listApiKeys;
}

export function apiKeyService(operations: ApiKeyOperations, ports: Ports): Methods<typeof ApiKeyService> {
  return {
    createApiKey: async ({ name, scopes, expiresAt }, now) => {
      const order = { name, scopes, expiresAt: expiresAt === undefined ? null : timestampDate(expiresAt) };
      const { key, secret } = await operations.createApiKey({ order, now }, ports);
      return { apiKey: { ...toMessage(key), secret } };
    },
    listApiKeys: async ({ pageSize, pageToken }, now) => {
      const { keys, nextPageToken } = await operations.listApiKeys({ pageSize, pageToken, now }, ports);
      return { apiKeys: keys.map(toMessage), nextPageToken };
    },
    deleteApiKey: async ({ id }) => {
      await operations.deleteApiKey({ id }, ports);
      return {};
    },
  };
}

function toMessage({ id, name, scopes, createdAt, expiresAt }: ApiKey): MessageInitShape<typeof ApiKeySchema> {
  const end = expiresAt === null ? {} : { expiresAt: timestampFromDate(expiresAt) };
  return { id, name, scopes: [...scopes], createdAt: timestampFromDate(createdAt), ...end };
}
