/** `POST /oauth2/token`: the phases that no grant may forget (RFC 6749 §3.2). */
import type { Ports } from "../../ports/ports.ts";
import { type Client, grantTypesOf } from "../../protocol/client.ts";
import type { Credentials } from "../../protocol/credentials.ts";
import { OAuthError, refuse } from "../../protocol/errors.ts";
import type { Parameters } from "../../protocol/parameters.ts";
import { usingOnce, withClient } from "../clients/authenticate.ts";
import { issueTokens, type TokenAnswer } from "../tokens/issue.ts";
import { authorizationCode } from "./authorization-code.ts";
import { clientCredentials } from "./client-credentials.ts";
import { deviceCode } from "./device-code.ts";
import type { Grant, TokenRequest } from "./grant.ts";
import { jwtBearer } from "./jwt-bearer.ts";
import { refreshToken } from "./refresh-token.ts";
import { endReplayed } from "./replay.ts";
import { askingOnce } from "./token-hook.ts";

const grants: ReadonlyMap<string, Grant> = new Map(
  [authorizationCode, refreshToken, clientCredentials, deviceCode, jwtBearer].map((grant) => [grant.type, grant]),
);

export interface Exchange {
  readonly form: Parameters;
  readonly credentials: Credentials;
  readonly now: Date;
}

export async function exchange({ form, credentials, now }: Exchange, ports: Ports): Promise<TokenAnswer> {
  const name = form.get("grant_type") ?? null;
  const useAssertion = usingOnce(ports);
  const askHooks = ports.tokenHooks === null ? null : askingOnce(ports.tokenHooks);
  try {
    return await withClient({ endpoint: "token", credentials, now }, ports, async (client) => {
      const grant = requireGrant(name, client);
      return perform(grant, { client, form, now, useAssertion, askHooks }, ports);
    });
  } catch (error) {
    if (error instanceof OAuthError) {
      const clientId = credentials.clientId ?? null;
      ports.events.emit({ type: "token_refused", clientId, grantType: knownName(name), error: error.error });
    }
    throw error;
  }
}

function requireGrant(name: string | null, client: Client): Grant {
  if (name === null) refuse("invalid_request", "The parameter 'grant_type' is missing.", { field: "grant_type" });
  const grant = grants.get(name);
  if (grant === undefined) refuseUnknown(name);
  if (!grantTypesOf(client).includes(grant.type)) {
    refuse("unauthorized_client", `The OAuth 2.0 Client is not allowed to use authorization grant '${grant.type}'.`);
  }
  return grant;
}

function refuseUnknown(name: string): never {
  // RFC 9700 §2.4: the password grant must not be used (D17).
  if (name === "password") {
    refuse(
      "unsupported_grant_type",
      "The password grant is not supported: it hands the user's password to the client (RFC 9700 section 2.4). Use the authorization code flow with PKCE for users, also in mobile and single-page apps, the device flow for devices without a browser, or client_credentials for machines.",
    );
  }
  refuse("unsupported_grant_type", "The authorization server does not support this 'grant_type'.");
}

/** After a lost race the grant may want to judge once more, by what the winner left. */
async function perform(grant: Grant, request: TokenRequest, ports: Ports): Promise<TokenAnswer | "stale"> {
  const answer = await attempt(grant, request, ports);
  const second = answer === "again" ? await attempt(grant, request, ports) : answer;
  return second === "again" ? refuseLost() : second;
}

/** Earned, then confirmed by whom the operator will have asked, then issued: what is refused until then spends nothing. */
async function attempt(grant: Grant, request: TokenRequest, ports: Ports): Promise<TokenAnswer | "stale" | "again"> {
  const { client, form, now, askHooks, useAssertion } = request;
  const proven = await grant.authorize(request, ports);
  const earned = askHooks === null ? proven : await askHooks({ client, form, earned: proven }, grant.type, ports);
  if (earned.spends.kind === "assertion" && !(await useAssertion(earned.spends.assertion))) {
    refuse("invalid_grant", "The assertion was used before.");
  }
  const issued = await issueTokens({ client, earned, now, grantType: grant.type }, ports);
  if (issued !== "lost") return issued;
  const verdict = (await grant.lost?.(earned, now, ports)) ?? "refuse";
  if (verdict === "again") return "again";
  if (verdict === "revoke" && earned.authorization !== null) {
    const type = earned.spends.kind === "code" ? "code_replayed" : "refresh_token_replayed";
    await endReplayed({ type, client, authorizationId: earned.authorization.id, now }, ports);
  }
  return refuseLost();
}

function refuseLost(): never {
  return refuse("invalid_grant", "The code or refresh token has been used, has expired or was revoked meanwhile.");
}

/** A label for metrics: what a caller invents is not one. */
function knownName(name: string | null): string | null {
  return name !== null && grants.has(name) ? name : null;
}
