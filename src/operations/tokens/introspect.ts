/** A resource server asks what a token is worth: RFC 7662. */
import type { Ports } from "../../ports/ports.ts";
import { type Authorization, foreverAt } from "../../protocol/authorization.ts";
import type { Introspection } from "../../protocol/introspection.ts";
import type { JsonObject } from "../../protocol/json.ts";
import { admitsScope } from "../../protocol/scope.ts";
import { findAccessToken, findRefreshToken } from "./live.ts";

export interface IntrospectionRequest {
  readonly token: string;
  /** Every one must have been granted, or the token counts as inactive (as Hydra). */
  readonly scope: readonly string[];
  readonly now: Date;
}

export async function introspect(request: IntrospectionRequest, ports: Ports): Promise<Introspection> {
  const answer = (await introspectAccess(request, ports)) ?? (await introspectRefresh(request, ports));
  const strategy = ports.config["strategies.scope"];
  const sufficient =
    answer?.active === true && request.scope.every((scope) => admitsScope(strategy, answer.scope, scope));
  ports.events.emit({ type: "token_introspected", active: sufficient });
  // RFC 7662 §2.2: of an inactive token nothing else is said.
  return sufficient && answer !== undefined ? answer : { active: false };
}

async function introspectAccess(
  { token, now }: IntrospectionRequest,
  ports: Ports,
): Promise<Introspection | undefined> {
  const live = await findAccessToken(token, now, ports);
  if (live === undefined) return undefined;
  return {
    active: true,
    scope: live.scope.join(" "),
    clientId: live.clientId,
    subject: live.subject,
    expiresAt: live.expiresAt,
    issuedAt: live.issuedAt,
    notBefore: live.issuedAt,
    audience: live.audience,
    issuer: ports.config["urls.self.issuer"],
    tokenType: "Bearer",
    tokenUse: "access_token",
    ext: unlessEmpty(live.claims ?? live.authorization?.accessTokenClaims ?? {}),
    obfuscatedSubject: obfuscated(live.authorization),
  };
}

async function introspectRefresh(
  { token, now }: IntrospectionRequest,
  ports: Ports,
): Promise<Introspection | undefined> {
  const family = await findRefreshToken(token, now, ports);
  if (family === undefined) return undefined;
  const { authorization } = family;
  return {
    active: true,
    scope: authorization.grantedScope.join(" "),
    clientId: family.clientId,
    subject: authorization.subject,
    expiresAt: family.expiresAt >= foreverAt ? null : family.expiresAt,
    issuedAt: family.rotatedAt,
    notBefore: family.rotatedAt,
    audience: authorization.grantedAudience,
    issuer: ports.config["urls.self.issuer"],
    tokenType: "Bearer",
    tokenUse: "refresh_token",
    // As in Hydra: what the access tokens of this refresh token will say.
    ext: unlessEmpty(authorization.accessTokenClaims),
    obfuscatedSubject: obfuscated(authorization),
  };
}

function unlessEmpty(claims: JsonObject): JsonObject | null {
  return Object.keys(claims).length === 0 ? null : claims;
}

/** D53: the resource server is told both, where the client knows the user by an identifier of its own. */
function obfuscated(authorization: Authorization | null): string | null {
  const pairwise = authorization?.facts.pairwiseSubject ?? "";
  return pairwise === "" ? null : pairwise;
}
