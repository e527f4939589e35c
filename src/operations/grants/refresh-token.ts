/** The client trades its refresh token for the next one and a new access token: RFC 6749 §6, RFC 9700 §4.14. */
import type { Config } from "../../config/settings.ts";
import { requireAdmittedAudience } from "../../protocol/audience.ts";
import { foreverAt } from "../../protocol/authorization.ts";
import type { Client } from "../../protocol/client.ts";
import { refuse } from "../../protocol/errors.ts";
import { after, earlier, lifespanOf } from "../../protocol/lifespan.ts";
import { isRetry, judgeGeneration } from "../../protocol/refresh-rotation.ts";
import { parseScope, requireAdmittedScope } from "../../protocol/scope.ts";
import type { RefreshFamily } from "../../protocol/token.ts";
import { openRefreshToken } from "../tokens/live.ts";
import { narrowedAudience } from "./audience.ts";
import type { Grant, Spending } from "./grant.ts";
import { endReplayed } from "./replay.ts";

export const refreshToken: Grant = {
  type: "refresh_token",

  async authorize({ client, form, now }, ports) {
    const { config, store } = ports;
    const token = await openRefreshToken(form.require("refresh_token"), ports);
    if (token === undefined) refuse("invalid_grant", "The refresh token is malformed or not valid.");
    const family = await store.refreshFamilies.find(token.authorizationId);
    // RFC 6749 §6: bound to its client; whoever else presents it changes nothing (D4).
    if (family?.clientId !== client.id) refuse("invalid_grant", "The refresh token is malformed or not valid.");
    if (family.revoked) refuse("invalid_grant", "The refresh token has been revoked.");
    const presentation = judgeGeneration(token.generation, family.generation);
    if (presentation === "unknown") refuse("invalid_grant", "The refresh token is malformed or not valid.");
    const graceSeconds = config["oauth2.grant.refresh_token.rotation_grace_period"];
    if (presentation === "reused" && !isRetry(token.generation, family, { now, graceSeconds })) {
      const { authorizationId } = family;
      await endReplayed({ type: "refresh_token_replayed", client, authorizationId, now }, ports);
      refuse("invalid_grant", "The refresh token was already used.");
    }
    if (family.expiresAt <= now) refuse("invalid_grant", "The refresh token expired.");
    const { authorization } = family;
    // RT-010: what the client may no longer have is not renewed.
    requireAdmittedScope(config["strategies.scope"], client.scope, authorization.grantedScope);
    requireAdmittedAudience(client.audience, authorization.grantedAudience);
    return {
      lifespans: "refresh_token",
      authorization,
      scope: narrowed(authorization.grantedScope, form.get("scope")),
      audience: narrowedAudience(authorization.grantedAudience, form),
      refreshable: true,
      spends:
        presentation === "current"
          ? { kind: "refresh_token", generation: token.generation, expiresAt: nextExpiry(client, family, now, config) }
          : retryOf(family, config),
    };
  },

  // One of two that race with the same token has it from the other: without a grace period that is a theft (D3). With
  // one, who lost to a rotation is judged by what it left; who lost as a retry came too often, or too late.
  async lost({ spends }, _now, { config }) {
    const isGraceful = config["oauth2.grant.refresh_token.rotation_grace_period"] > 0;
    return isGraceful && spends.kind === "refresh_token" ? "again" : "revoke";
  },
};

/** The same child once more, so that nothing forks. */
function retryOf({ generation }: RefreshFamily, config: Config): Spending {
  const most = config["oauth2.grant.refresh_token.rotation_grace_reuse_count"];
  return { kind: "refresh_retry", generation, most: most === 0 ? null : most };
}

// RFC 6749 §6: the same or less, for this access token only; the refresh token keeps the whole.
function narrowed(granted: readonly string[], text: string | undefined): readonly string[] {
  const wanted = parseScope(text);
  if (wanted.length === 0) return granted;
  const excess = wanted.find((scope) => !granted.includes(scope));
  if (excess !== undefined) refuse("invalid_scope", `The scope '${excess}' was not granted originally.`);
  return wanted;
}

/** Slides with each use, up to the absolute end (D45). */
function nextExpiry(client: Client, family: RefreshFamily, now: Date, config: Config): Date {
  const sliding = lifespanOf(client, "refresh_token", "refresh") ?? config["ttl.refresh_token"];
  const slid = sliding === null ? foreverAt : after(now, sliding);
  return earlier(slid, absoluteEnd(family.authorization.createdAt, config));
}

/** The last instant a refresh token of an authorization made then may live; 0 in the setting is no limit. */
export function absoluteEnd(createdAt: Date, config: Config): Date {
  const seconds = config["ttl.refresh_token_absolute"];
  return seconds === 0 ? foreverAt : after(createdAt, seconds);
}
