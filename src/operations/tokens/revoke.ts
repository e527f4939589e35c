/** A client gives a token back: RFC 7009. */
import type { Ports } from "../../ports/ports.ts";
import type { Client } from "../../protocol/client.ts";
import type { Credentials } from "../../protocol/credentials.ts";
import { refuse } from "../../protocol/errors.ts";
import type { Parameters } from "../../protocol/parameters.ts";
import { withClient } from "../clients/authenticate.ts";
import { findAccessToken, type LiveToken, openRefreshToken } from "./live.ts";

export interface Revocation {
  readonly form: Parameters;
  readonly credentials: Credentials;
  readonly now: Date;
}

/** RFC 7009 §2.2: an unknown token is as good as revoked; `token_type_hint` is not needed, the token says its kind. */
export async function revoke({ form, credentials, now }: Revocation, ports: Ports): Promise<void> {
  await withClient({ endpoint: "revocation", credentials, now }, ports, async (client) => {
    // Nothing that follows proves the client's revision, so it is asked: a changed secret counts at once.
    if (!(await ports.store.clients.isCurrent(client.id, client.revision))) return "stale";
    const token = form.require("token");
    const refresh = await openRefreshToken(token, ports);
    if (refresh !== undefined) {
      // Any generation ends the family: who still holds an old one gives the whole back.
      const family = await ports.store.refreshFamilies.find(refresh.authorizationId);
      if (family !== undefined) await endAuthorization(client, family, now, ports);
      return undefined;
    }
    const live = await findAccessToken(token, now, ports);
    if (live !== undefined) await endAccessToken(client, live, now, ports);
    return undefined;
  });
}

async function endAccessToken(client: Client, live: LiveToken, now: Date, ports: Ports): Promise<void> {
  if (live.authorization !== null) {
    const { id: authorizationId } = live.authorization;
    return endAuthorization(client, { authorizationId, clientId: live.clientId }, now, ports);
  }
  requireOwn(client, live.clientId);
  const { accessTokens } = ports.store;
  if ("digest" in live.handle) await accessTokens.delete(live.handle.digest);
  else await accessTokens.revokeJwt(live.handle.jti, live.expiresAt, live.clientId);
  ports.events.emit({ type: "token_revoked", clientId: client.id, authorizationId: null });
}

// D5: revoking one token ends the authorization with all that hangs from it (RFC 7009 §2.1).
async function endAuthorization(
  client: Client,
  owned: { readonly authorizationId: string; readonly clientId: string },
  now: Date,
  ports: Ports,
): Promise<void> {
  requireOwn(client, owned.clientId);
  await ports.store.authorizations.revoke(owned.authorizationId, now, "token_revoked");
  ports.events.emit({ type: "token_revoked", clientId: client.id, authorizationId: owned.authorizationId });
}

// RFC 7009 §2.1: the token must have been issued to the client that asks.
function requireOwn(client: Client, owner: string): void {
  if (client.id !== owner) refuse("unauthorized_client", "The token was not issued to this client.");
}
