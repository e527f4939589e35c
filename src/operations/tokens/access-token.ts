/** Makes an access token: opaque, with the record to store, or a JWT (RFC 9068), with nothing to store (D10). */
import type { Config } from "../../config/settings.ts";
import type { Ports } from "../../ports/ports.ts";
import { accessTokenBytes, accessTokenDigest, composeTokenId, opaqueAccessToken } from "../../protocol/access-token.ts";
import { type Authorization, presentedSubject } from "../../protocol/authorization.ts";
import { accessTokenClaims, type ClaimStyle } from "../../protocol/claims.ts";
import type { Client } from "../../protocol/client.ts";
import type { JsonObject } from "../../protocol/json.ts";
import { accessTokenKeySet } from "../../protocol/names.ts";
import type { AccessTokenRecord } from "../../protocol/token.ts";

export interface AccessTokenOrder {
  readonly client: Client;
  readonly authorization: Authorization | null;
  /** Of whom it speaks where there is no authorization; its client unless it is said. */
  readonly subject?: string;
  readonly scope: readonly string[];
  readonly audience: readonly string[];
  /** What it says instead of what its authorization says. */
  readonly claims?: JsonObject;
  readonly generation: number;
  readonly now: Date;
  readonly expiresAt: Date;
}

export interface MadeAccessToken {
  readonly token: string;
  readonly format: "opaque" | "jwt";
  /** Null for a JWT. */
  readonly record: AccessTokenRecord | null;
}

export async function makeAccessToken(order: AccessTokenOrder, ports: Ports): Promise<MadeAccessToken> {
  const strategy = order.client.accessTokenStrategy || ports.config["strategies.access_token"];
  if (strategy === "jwt") return { token: await makeJwt(order, ports), format: "jwt", record: null };
  const token = opaqueAccessToken(
    ports.config["oauth2.token_prefix"],
    order.expiresAt,
    ports.random.text(accessTokenBytes),
  );
  return { token, format: "opaque", record: toRecord(order, token) };
}

function toRecord(order: AccessTokenOrder, token: string): AccessTokenRecord {
  const { client, authorization } = order;
  const scope = order.scope.join(" ");
  return {
    digest: accessTokenDigest(token),
    authorizationId: authorization?.id ?? null,
    clientId: client.id,
    epoch: client.epoch,
    generation: order.generation,
    scope: authorization?.grantedScope.join(" ") === scope ? null : scope,
    audience: authorization?.grantedAudience.join(" ") === order.audience.join(" ") ? null : order.audience,
    subject: authorization === null ? (order.subject ?? null) : null,
    claims: order.claims ?? null,
    issuedAt: order.now,
    expiresAt: order.expiresAt,
  };
}

async function makeJwt(order: AccessTokenOrder, { config, random, signer }: Ports): Promise<string> {
  const { client, authorization, generation } = order;
  const hanging = { authorizationId: authorization?.id ?? null, epoch: client.epoch, generation };
  const claims = accessTokenClaims({
    issuer: config["urls.self.issuer"],
    subject: authorization === null ? (order.subject ?? client.id) : presentedSubject(authorization),
    clientId: client.id,
    audience: order.audience,
    scope: order.scope,
    now: order.now,
    expiresAt: order.expiresAt,
    tokenId: composeTokenId(hanging, random.text(8)),
    authorization,
    claims: order.claims ?? authorization?.accessTokenClaims ?? {},
    style: claimStyle(config),
  });
  return signer.sign(accessTokenKeySet, "at+jwt", claims);
}

export function claimStyle(config: Config): ClaimStyle {
  return {
    scopeClaim: config["strategies.jwt.scope_claim"],
    excludeNotBefore: config["oauth2.exclude_not_before_claim"],
    topLevelClaims: config["oauth2.allowed_top_level_claims"],
    mirrorTopLevelClaims: config["oauth2.mirror_top_level_claims"],
    preserveExtClaims: config["oauth2.preserve_ext_claims"],
  };
}
