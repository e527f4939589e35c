/** What the user agreed to tell the client: OIDC Core §5.3. */
import type { Ports } from "../../ports/ports.ts";
import { presentedSubject } from "../../protocol/authorization.ts";
import { toNumericDate, userinfoClaims } from "../../protocol/claims.ts";
import { refuse } from "../../protocol/errors.ts";
import type { JsonObject } from "../../protocol/json.ts";
import { idTokenKeySet } from "../../protocol/names.ts";
import { requireSigningKey } from "../keys/algorithm-keys.ts";
import { findAccessToken } from "./live.ts";

/** Plain claims, or the JWT that the client has registered for. */
export type Userinfo =
  | { readonly claims: JsonObject; readonly jwt: null }
  | { readonly claims: null; readonly jwt: string };

export async function userinfo(
  { token, now }: { readonly token: string; readonly now: Date },
  ports: Ports,
): Promise<Userinfo> {
  const { config, store } = ports;
  const live = await findAccessToken(token, now, ports);
  if (live === undefined) refuseUnknown();
  // OIDC Core §5.3: a token that was not obtained by OpenID Connect has nothing to show here (D6).
  if (live.authorization === null || !live.scope.includes("openid")) {
    refuse("insufficient_scope", "The access token was not granted the scope 'openid'.");
  }
  const claims = userinfoClaims(config["urls.self.issuer"], presentedSubject(live.authorization), live.authorization);
  const recalled = await store.clients.recall(live.clientId);
  // What is remembered of the client counts only if it is the client's present state.
  const client = recalled?.revision === live.revision ? recalled : await store.clients.find(live.clientId);
  const algorithm = client?.userinfoSignedResponseAlg;
  // A client that has been deleted since: so has its token.
  if (algorithm === undefined) refuseUnknown();
  if (algorithm === "" || algorithm === "none") return { claims, jwt: null };
  return { claims: null, jwt: await sign(claims, algorithm, now, ports) };
}

/** OIDC Core §5.3.2: with `iss` and `aud`, and never for longer than the answer is read: it has no `exp`, as in Hydra. */
async function sign(claims: JsonObject, algorithm: string, now: Date, ports: Ports): Promise<string> {
  await requireSigningKey(algorithm, now, ports);
  const dated = { ...claims, iat: toNumericDate(now), jti: ports.random.uuid() };
  return ports.signer.sign(idTokenKeySet, "JWT", dated, algorithm);
}

function refuseUnknown(): never {
  refuse("invalid_token", "The access token is unknown, expired, or has been revoked.");
}
