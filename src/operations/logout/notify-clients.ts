/** Tells clients that a session has ended: through the browser (Front-Channel Logout), or directly (Back-Channel Logout). */
import type { Ports } from "../../ports/ports.ts";
import { frontChannelUrl, logoutTokenClaims } from "../../protocol/end-session.ts";
import type { EndedSession, LogoutDelivery } from "../../protocol/logout.ts";
import { idTokenKeySet } from "../../protocol/names.ts";
import { pairwiseFor } from "../clients/subjects.ts";
import { requireSigningKey } from "../keys/algorithm-keys.ts";

/** The addresses that the browser opens in frames: OIDC Front-Channel Logout §3. */
export async function frontChannelUrls(
  sessions: readonly EndedSession[],
  { config, store }: Ports,
): Promise<readonly string[]> {
  const told = sessions.flatMap(({ id, clientIds }) => clientIds.map((clientId) => ({ id, clientId })));
  const urls = await Promise.all(
    told.map(async ({ id, clientId }) => {
      const uri = (await store.clients.find(clientId))?.frontchannelLogoutUri ?? "";
      return uri === "" ? [] : [frontChannelUrl(uri, config["urls.self.issuer"], id)];
    }),
  );
  return [...new Set(urls.flat())];
}

/** Sends the logout token; answers the status, or null when the client is no longer to be told. */
export async function sendLogoutToken(
  { clientId, sessionId, subject }: LogoutDelivery,
  now: Date,
  ports: Ports,
): Promise<number | null> {
  const { config, outbound, random, signer, store } = ports;
  const client = await store.clients.find(clientId);
  const uri = client?.backchannelLogoutUri ?? "";
  if (client === undefined || uri === "") return null;
  const pairwise = await pairwiseFor(client, subject, ports);
  const claims = logoutTokenClaims({
    issuer: config["urls.self.issuer"],
    clientId,
    subject: pairwise === "" ? subject : pairwise,
    sessionId,
    // A new one each time: a client that has seen it and failed all the same may refuse to see it again.
    tokenId: random.uuid(),
    now,
  });
  // OIDC Back-Channel Logout §2.6: the client checks the algorithm as it checks an ID token's.
  const algorithm = client.idTokenSignedResponseAlg;
  if (algorithm !== "") await requireSigningKey(algorithm, now, ports);
  const token = await signer.sign(idTokenKeySet, "logout+jwt", claims, algorithm === "" ? undefined : algorithm);
  return outbound.postForm(uri, [["logout_token", token]]);
}
