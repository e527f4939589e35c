/** The client asks in its own name: RFC 6749 §4.4. */
import { readAudience, requireAdmittedAudience } from "../../protocol/audience.ts";
import { isPublic } from "../../protocol/client.ts";
import { refuse } from "../../protocol/errors.ts";
import { asksOffline, parseScope, requireAdmittedScope } from "../../protocol/scope.ts";
import type { Grant } from "./grant.ts";

export const clientCredentials: Grant = {
  type: "client_credentials",

  async authorize({ client, form }, { config }) {
    // RFC 6749 §4.4: only for confidential clients.
    if (isPublic(client)) {
      refuse("unauthorized_client", "Clients without authentication must not use the grant 'client_credentials'.");
    }
    const requested = parseScope(form.get("scope"));
    const scope =
      requested.length === 0 && config["oauth2.client_credentials.default_grant_allowed_scope"]
        ? parseScope(client.scope).filter((value) => !isOfUsers(value))
        : requested;
    requireAdmittedScope(config["strategies.scope"], client.scope, scope);
    // There is no user here: nobody to identify and nobody who could be absent.
    if (scope.some(isOfUsers)) {
      refuse("invalid_scope", "The scopes 'openid', 'offline' and 'offline_access' need a user.", { field: "scope" });
    }
    const audience = readAudience(form);
    requireAdmittedAudience(client.audience, audience);
    return {
      lifespans: "client_credentials",
      authorization: null,
      scope,
      audience,
      refreshable: false,
      spends: { kind: "nothing" },
    };
  },
};

function isOfUsers(scope: string): boolean {
  return scope === "openid" || asksOffline([scope]);
}
