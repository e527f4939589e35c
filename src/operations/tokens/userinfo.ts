/** What the user agreed to tell the client: OIDC Core §5.3. */
import type { Ports } from "../../ports/ports.ts";
import { userinfoClaims } from "../../protocol/claims.ts";
import { refuse } from "../../protocol/errors.ts";
import type { JsonObject } from "../../protocol/json.ts";
import { findAccessToken } from "./live.ts";

export async function userinfo(
  request: { readonly token: string; readonly now: Date },
  ports: Ports,
): Promise<JsonObject> {
  const live = await findAccessToken(request.token, request.now, ports);
  if (live === undefined) refuse("invalid_token", "The access token is unknown, expired, or has been revoked.");
  // OIDC Core §5.3: a token that was not obtained by OpenID Connect has nothing to show here (D6).
  if (live.authorization === null || !live.scope.includes("openid")) {
    refuse("insufficient_scope", "The access token was not granted the scope 'openid'.");
  }
  return userinfoClaims(ports.config["urls.self.issuer"], live.authorization.subject, live.authorization);
}
