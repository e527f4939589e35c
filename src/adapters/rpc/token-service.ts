/** `tessera.admin.v1.TokenService`: from message to operation to message. */
import type { MessageInitShape } from "@bufbuild/protobuf";
import type { IntrospectTokenResponseSchema, TokenService } from "../../gen/tessera/admin/v1/token_service_pb.js";
import type { deleteTokens } from "../../operations/tokens/delete-tokens.ts";
import type { introspect } from "../../operations/tokens/introspect.ts";
import type { Ports } from "../../ports/ports.ts";
import type { Introspection } from "../../protocol/introspection.ts";
import type { Methods } from "./call.ts";

export interface TokenOperations {
  readonly deleteTokens: typeof deleteTokens;
  readonly introspect: typeof introspect;
}

export function tokenService(operations: TokenOperations, ports: Ports): Methods<typeof TokenService> {
  return {
    introspectToken: async ({ token, scope }, now) => {
      const scopes = scope.split(" ").filter((name) => name !== "");
      return toMessage(await operations.introspect({ token, scope: scopes, now }, ports));
    },
    deleteTokens: async ({ clientId }) => {
      await operations.deleteTokens({ clientId }, ports);
      return {};
    },
  };
}

function toMessage(introspection: Introspection): MessageInitShape<typeof IntrospectTokenResponseSchema> {
  if (!introspection.active) return { active: false };
  return {
    active: true,
    scope: introspection.scope,
    clientId: introspection.clientId,
    sub: introspection.subject,
    obfuscatedSubject: introspection.obfuscatedSubject ?? "",
    exp: introspection.expiresAt === null ? 0 : toNumericDate(introspection.expiresAt),
    iat: toNumericDate(introspection.issuedAt),
    nbf: toNumericDate(introspection.notBefore),
    aud: [...introspection.audience],
    iss: introspection.issuer,
    tokenType: introspection.tokenType,
    tokenUse: introspection.tokenUse,
    ...(introspection.ext === null ? {} : { ext: introspection.ext }),
  };
}

/** RFC 7519 §2; what the type cannot hold is 2106, which nobody will wait for. */
function toNumericDate(time: Date): number {
  return Math.min(Math.floor(time.getTime() / 1000), 2 ** 32 - 1);
}
