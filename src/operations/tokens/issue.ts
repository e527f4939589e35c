/** The one place that mints and stores: signs first, then spends and stores in one atomic step. */
import type { Ports } from "../../ports/ports.ts";
import type { Outcome } from "../../ports/store/tokens.ts";
import { foreverAt } from "../../protocol/authorization.ts";
import { type Client, grantTypesOf } from "../../protocol/client.ts";
import { after, earlier, lifespanOf } from "../../protocol/lifespan.ts";
import { asksOffline } from "../../protocol/scope.ts";
import type { Earned } from "../grants/grant.ts";
import { absoluteEnd } from "../grants/refresh-token.ts";
import { type MadeAccessToken, makeAccessToken } from "./access-token.ts";
import { makeIdToken } from "./id-token.ts";

export interface IssueOrder {
  readonly client: Client;
  readonly earned: Earned;
  readonly grantType: string;
  readonly now: Date;
}

/** RFC 6749 §5.1, without its wire names. */
export interface TokenAnswer {
  readonly accessToken: string;
  /** Seconds. */
  readonly expiresIn: number;
  /** Space-separated. */
  readonly scope: string;
  readonly refreshToken: string | null;
  readonly idToken: string | null;
}

export async function issueTokens(order: IssueOrder, ports: Ports): Promise<TokenAnswer | Exclude<Outcome, "done">> {
  const { client, earned, now } = order;
  const seconds = lifespanOf(client, earned.lifespans, "access") ?? ports.config["ttl.access_token"];
  const generation = generationOf(order);
  const { authorization, scope } = earned;
  const expiresAt = after(now, seconds);
  const access = await makeAccessToken({ ...earned, client, generation, now, expiresAt }, ports);
  const idToken = await idTokenFor(order, access.token, ports);
  await requireOutlived(order, ports);
  const outcome = await spend(order, access, generation, ports);
  if (outcome !== "done") return outcome;
  const refreshToken =
    authorization === null || generation === 0 ? null : ports.secrets.refreshToken(authorization.id, generation);
  if (authorization !== null && earned.spends.kind === "refresh_retry") {
    ports.events.emit({ type: "refresh_token_retried", clientId: client.id, authorizationId: authorization.id });
  }
  ports.events.emit({
    type: "token_issued",
    clientId: client.id,
    grantType: order.grantType,
    format: access.format,
    authorizationId: authorization?.id ?? null,
    refreshToken: refreshToken !== null,
    idToken: idToken !== null,
  });
  return { accessToken: access.token, expiresIn: Math.floor(seconds), scope: scope.join(" "), refreshToken, idToken };
}

/** The refresh family's generation that these tokens belong to; 0 when there is no family. */
function generationOf({ client, earned }: IssueOrder): number {
  if (earned.spends.kind === "refresh_token") return earned.spends.generation + 1;
  if (earned.spends.kind === "refresh_retry") return earned.spends.generation;
  const { authorization } = earned;
  const refreshes =
    authorization !== null &&
    earned.refreshable &&
    asksOffline(authorization.grantedScope) &&
    grantTypesOf(client).includes("refresh_token");
  return refreshes ? 1 : 0;
}

async function idTokenFor({ client, earned, now }: IssueOrder, accessToken: string, ports: Ports) {
  const { authorization } = earned;
  // OIDC Core §3.1.2.1: without `openid` it is no OpenID Connect request.
  if (authorization === null || !earned.scope.includes("openid")) return null;
  const seconds = lifespanOf(client, earned.lifespans, "id") ?? ports.config["ttl.id_token"];
  return makeIdToken({ client, authorization, accessToken, code: null, now, expiresAt: after(now, seconds) }, ports);
}

/** An authorization outlives its tokens: whoever issues longer ones than its consent foresaw says so first. */
async function requireOutlived({ client, earned, now }: IssueOrder, { config, store }: Ports): Promise<void> {
  const { authorization, lifespans } = earned;
  if (authorization === null || authorization.tokenSeconds === null) return;
  const tokenSeconds = Math.max(
    lifespanOf(client, lifespans, "access") ?? config["ttl.access_token"],
    lifespanOf(client, lifespans, "id") ?? config["ttl.id_token"],
  );
  if (tokenSeconds <= authorization.tokenSeconds) return;
  await store.authorizations.prolong({ id: authorization.id, tokenSeconds, until: after(now, tokenSeconds) });
}

async function spend(order: IssueOrder, access: MadeAccessToken, generation: number, ports: Ports): Promise<Outcome> {
  const { client, earned, now } = order;
  const { store } = ports;
  const { authorization, spends } = earned;
  if (authorization === null || spends.kind === "nothing" || spends.kind === "assertion") {
    const proven =
      access.record === null
        ? await store.clients.isCurrent(client.id, client.revision)
        : await store.accessTokens.issue(access.record, client.revision);
    return proven ? "done" : "stale";
  }
  const write = {
    authorizationId: authorization.id,
    clientId: client.id,
    revision: client.revision,
    accessToken: access.record,
    now,
  };
  if (spends.kind === "refresh_token") {
    return store.refreshFamilies.rotate({ ...write, generation: spends.generation, expiresAt: spends.expiresAt });
  }
  if (spends.kind === "refresh_retry") {
    return store.refreshFamilies.retry({ ...write, generation: spends.generation, most: spends.most });
  }
  const family =
    generation === 0
      ? null
      : {
          authorizationId: authorization.id,
          clientId: client.id,
          expiresAt: firstExpiry(order, authorization.createdAt, ports),
        };
  const redeemed = { ...write, digest: spends.digest, family };
  return spends.kind === "device_code" ? store.deviceCodes.redeem(redeemed) : store.codes.redeem(redeemed);
}

function firstExpiry({ client, earned, now }: IssueOrder, createdAt: Date, { config }: Ports): Date {
  const seconds = lifespanOf(client, earned.lifespans, "refresh") ?? config["ttl.refresh_token"];
  const sliding = seconds === null ? foreverAt : after(now, seconds);
  return earlier(sliding, absoluteEnd(createdAt, config));
}
