/** Finds what a presented token is worth now, whatever its kind; undefined when nothing. */
import type { Ports } from "../../ports/ports.ts";
import { accessTokenDigest, looksLikeJwt, opaqueKind, readTokenId } from "../../protocol/access-token.ts";
import type { Authorization } from "../../protocol/authorization.ts";
import { claimsShown, fromNumericDate } from "../../protocol/claims.ts";
import { digest } from "../../protocol/digest.ts";
import { type HydraRefreshToken, isHydraSigned, readHydraRefreshToken } from "../../protocol/hydra-token.ts";
import type { JsonObject } from "../../protocol/json.ts";
import { accessTokenKeySet, idTokenKeySet } from "../../protocol/names.ts";
import type { RefreshFamily } from "../../protocol/token.ts";

export interface LiveToken {
  readonly clientId: string;
  /** The client's revision, as it stands. */
  readonly revision: number;
  readonly authorization: Authorization | null;
  /** Of whom it speaks: a user, or the client itself. */
  readonly subject: string;
  readonly scope: readonly string[];
  readonly audience: readonly string[];
  /** What it says instead of what its authorization says; null where that holds. */
  readonly claims: JsonObject | null;
  readonly issuedAt: Date;
  readonly expiresAt: Date;
  /** What ends this token alone. */
  readonly handle: { readonly digest: string } | { readonly jti: string };
}

export async function findAccessToken(token: string, now: Date, ports: Ports): Promise<LiveToken | undefined> {
  if (looksLikeJwt(token)) return findJwt(token, now, ports);
  if (opaqueKind(token) !== "at") return undefined;
  const found = await ports.store.accessTokens.find(accessTokenDigest(token), now);
  if (found === undefined) return undefined;
  return {
    clientId: found.clientId,
    revision: found.revision,
    authorization: found.authorization,
    subject: found.authorization?.subject ?? found.subject ?? found.clientId,
    scope: found.scope === null ? (found.authorization?.grantedScope ?? []) : words(found.scope),
    audience: found.audience ?? found.authorization?.grantedAudience ?? [],
    claims: found.claims,
    issuedAt: found.issuedAt,
    expiresAt: found.expiresAt,
    handle: { digest: found.digest },
  };
}

// RFC 9068 §4: signature and type first, then the times, then whether what it hangs from still stands.
async function findJwt(token: string, now: Date, ports: Ports): Promise<LiveToken | undefined> {
  const verified = await ports.verifier.ours(accessTokenKeySet, "at+jwt", token);
  const facts = verified === undefined ? undefined : readFacts(verified.claims);
  if (facts === undefined || facts.expiresAt <= now || facts.issuer !== ports.config["urls.self.issuer"]) {
    return undefined;
  }
  const standing = await ports.store.accessTokens.stands({
    ...facts.hanging,
    jti: facts.jti,
    clientId: facts.clientId,
  });
  if (standing === undefined) return undefined;
  const { jti, clientId, audience, shown, issuedAt, expiresAt } = facts;
  const scope = facts.scope ?? standing.authorization?.grantedScope ?? [];
  const { authorization, revision } = standing;
  const subject = authorization?.subject ?? facts.subject;
  const claims = shown.isAll || authorization === null ? shown.claims : null;
  const handle = { jti };
  return { clientId, revision, authorization, subject, scope, audience, claims, issuedAt, expiresAt, handle };
}

function readFacts(claims: JsonObject) {
  const { iss, sub, jti, client_id: clientId, exp, iat, aud, scp, scope } = claims;
  const hanging = readTokenId(jti);
  if (hanging === undefined || typeof jti !== "string" || typeof clientId !== "string") return undefined;
  if (typeof exp !== "number" || typeof iat !== "number") return undefined;
  return {
    issuer: iss,
    subject: typeof sub === "string" ? sub : clientId,
    jti,
    clientId,
    hanging,
    audience: strings(aud) ?? [],
    shown: claimsShown(claims),
    scope: strings(scp) ?? (typeof scope === "string" ? words(scope) : undefined),
    issuedAt: fromNumericDate(iat),
    expiresAt: fromNumericDate(exp),
  };
}

/** The family of a refresh token that would be accepted now. */
export async function findRefreshToken(token: string, now: Date, ports: Ports): Promise<RefreshFamily | undefined> {
  const opened = await openRefreshToken(token, ports);
  if (opened === undefined) return undefined;
  const family = await ports.store.refreshFamilies.find(opened.authorizationId);
  const good =
    family !== undefined && !family.revoked && family.generation === opened.generation && family.expiresAt > now;
  return good ? family : undefined;
}

/**
 * What a refresh token says of itself; undefined when it is none of ours. A server whose secret does not even open its
 * own keys cannot tell, and must not say that it could: every client would throw its tokens away.
 */
export async function openRefreshToken(token: string, ports: Pick<Ports, "secrets" | "signer" | "store">) {
  const opened = ports.secrets.openRefreshToken(token);
  if (opened !== undefined) return opened;
  const foreign = readHydraRefreshToken(token);
  if (foreign !== undefined) return openImported(foreign, ports);
  if (token.includes("_rt_")) await ports.signer.algorithm(idTokenKeySet);
  return undefined;
}

/** It stands for a generation of a family of ours, so whatever holds for those holds for it. */
async function openImported(token: HydraRefreshToken, { store }: Pick<Ports, "store">) {
  const found = await store.imports.findRefreshToken(digest(token.signature));
  if (found === undefined) return undefined;
  // Its signature lies in Hydra's database in clear: who has read it there has not the token.
  const keys = await store.imports.keys();
  const isProven = isHydraSigned(
    token,
    keys.map(({ key }) => key),
  );
  return isProven ? found : undefined;
}

function words(text: string): readonly string[] {
  return text === "" ? [] : text.split(" ");
}

function strings(value: unknown): readonly string[] | undefined {
  return Array.isArray(value) ? value.filter((item) => typeof item === "string") : undefined;
}
