/** What users agreed to at Hydra: one row of a flow for each consent that was given. */
import type { ForeignConsent, Read } from "../../ports/import-source.ts";
import { type Authorization, type AuthorizationFacts, foreverAt } from "../../protocol/authorization.ts";
import { hexDigest } from "../../protocol/digest.ts";
import type { JsonObject } from "../../protocol/json.ts";
import { after } from "../../protocol/lifespan.ts";
import {
  flagOf,
  instantOf,
  jsonOf,
  listOf,
  memberText,
  numberOf,
  objectOf,
  type Row,
  textOf,
  toTexts,
} from "./cells.ts";
import type { Selection } from "./database.ts";
import { knownSubject, type PairwiseClients } from "./subjects.ts";

/** Older releases also keep flows that nobody has answered, or that were refused. */
export const consentSelection: Selection = {
  table: "hydra_oauth2_flow",
  key: "login_challenge",
  where: "consent_handled_at is not null and consent_challenge_id is not null",
};

interface Reading {
  readonly pairwise: PairwiseClients;
  readonly now: Date;
}

export function toForeignConsent(row: Row, { pairwise, now }: Reading): Read<ForeignConsent> {
  const [clientId, subject] = [textOf(row, "client_id"), textOf(row, "subject")];
  const name = `${subject} at ${clientId}`;
  if (isRefused(row)) return { name, thing: { imported: null, known: null } };
  const rememberUntil = rememberedUntil(row);
  const isRemembered = rememberUntil !== null && rememberUntil > now;
  const known = knownSubject(pairwise, { clientId, subject, presented: pairwise.computed(clientId, subject) });
  const imported = isRemembered ? { authorization: toAuthorization(row, now), family: null } : null;
  return { name, thing: { imported, known } };
}

export function toAuthorization(row: Row, now: Date): Authorization {
  const id = toId(textOf(row, "consent_challenge_id"));
  const facts = toFacts(row, now);
  const rememberUntil = rememberedUntil(row);
  return {
    id,
    clientId: textOf(row, "client_id"),
    subject: textOf(row, "subject"),
    sessionId: toSessionId(textOf(row, "login_session_id"), id),
    grantedScope: scopeNames(listOf(row, "granted_scope")),
    grantedAudience: listOf(row, "granted_at_audience"),
    createdAt: facts.handledAt,
    rememberUntil,
    basedOn: null,
    skipped: flagOf(row, "consent_skip"),
    expiresAt: rememberUntil !== null && rememberUntil > now ? rememberUntil : now,
    // How long the tokens live that Hydra issued does not matter here: they mean nothing.
    tokenSeconds: null,
    facts,
    accessTokenClaims: objectOf(row, "session_access_token"),
    idTokenClaims: objectOf(row, "session_id_token"),
  };
}

function toFacts(row: Row, now: Date): AuthorizationFacts {
  const requestedAt = instantOf(row, "requested_at") ?? now;
  const context = jsonOf(row, "context");
  return {
    requestedScope: listOf(row, "requested_scope"),
    requestedAudience: listOf(row, "requested_at_audience"),
    authenticatedAt: instantOf(row, "login_authenticated_at") ?? requestedAt,
    requestedAt,
    acr: textOf(row, "acr"),
    amr: listOf(row, "amr"),
    nonce: null,
    oidcContext: toOidcContext(objectOf(row, "oidc_context")),
    requestUrl: textOf(row, "request_url"),
    context,
    loginContext: context,
    remember: flagOf(row, "consent_remember"),
    rememberFor: numberOf(row, "consent_remember_for") ?? 0,
    handledAt: instantOf(row, "consent_handled_at") ?? requestedAt,
    forcedSubject: textOf(row, "forced_subject_identifier"),
    pairwiseSubject: "",
  };
}

function toOidcContext(context: JsonObject): AuthorizationFacts["oidcContext"] {
  const hint = context.id_token_hint_claims;
  return {
    acrValues: toTexts(context.acr_values),
    uiLocales: toTexts(context.ui_locales),
    display: memberText(context, "display"),
    loginHint: memberText(context, "login_hint"),
    idTokenHintClaims: typeof hint === "object" && hint !== null && !Array.isArray(hint) ? hint : null,
  };
}

function isRefused(row: Row): boolean {
  return Object.keys(objectOf(row, "consent_error")).length > 0 || Object.keys(objectOf(row, "login_error")).length > 0;
}

/** Null where it is not remembered. As in Hydra, a consent that was skipped is no rest for others. */
function rememberedUntil(row: Row): Date | null {
  if (!flagOf(row, "consent_remember") || flagOf(row, "consent_skip")) return null;
  const seconds = numberOf(row, "consent_remember_for") ?? 0;
  const requestedAt = instantOf(row, "requested_at");
  if (seconds <= 0 || requestedAt === null) return foreverAt;
  return after(requestedAt, seconds);
}

/** Hydra's ids are 32 hex digits, with dashes or without, depending on its release. */
export function toId(text: string): string {
  const plain = text.replaceAll("-", "").toLowerCase();
  return /^[0-9a-f]{32}$/.test(plain) ? plain : hexDigest(text).slice(0, 32);
}

/** A dashed UUID; of a login that Hydra has forgotten, one that is always the same for the consent. */
export function toSessionId(text: string, id: string): string {
  const hex = text === "" ? id : toId(text);
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

/** A scope has no spaces (RFC 6749 §3.3), whatever a consent application granted. */
export function scopeNames(scope: readonly string[]): string[] {
  return [...new Set(scope.flatMap((name) => name.split(/\s+/)).filter((name) => name !== ""))];
}
