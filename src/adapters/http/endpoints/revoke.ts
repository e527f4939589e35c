/** `POST /oauth2/revoke` (RFC 7009 §2). */
import { type ClientRequest, readClientRequest } from "../form.ts";
import type { Endpoint } from "../message.ts";

export interface RevokeOperations {
  readonly revoke: (request: ClientRequest) => Promise<void>;
}

export function revokeEndpoint({ revoke }: RevokeOperations): Endpoint {
  return async (request) => {
    await revoke(readClientRequest(request));
    return { status: 200, headers: { "cache-control": "no-store", pragma: "no-cache" }, body: "" };
  };
}
