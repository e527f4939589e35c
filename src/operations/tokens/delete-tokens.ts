/** An administrator ends every access token that a client was given. Its refresh tokens stay, as in Hydra. */
import type { Ports } from "../../ports/ports.ts";

/** A client that there is not has no tokens, which is what was wanted. */
export async function deleteTokens(
  { clientId }: { readonly clientId: string },
  { store, events }: Ports,
): Promise<void> {
  if (await store.clients.endAccessTokens(clientId)) events.emit({ type: "access_tokens_deleted", clientId });
}
