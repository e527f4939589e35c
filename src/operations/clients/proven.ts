/** A client may be remembered for speed, but nothing is granted or refused by what it was a moment ago. */
import type { Ports } from "../../ports/ports.ts";
import type { Client } from "../../protocol/client.ts";
import { OAuthError, refuse } from "../../protocol/errors.ts";

/**
 * Runs `attempt` with the remembered client. When a write finds it stale ("stale"), or a refusal may rest on what has
 * changed since, `attempt` runs once more with the client as it stands.
 */
export async function withProvenClient<T>(
  id: string,
  ports: Ports,
  attempt: (client: Client | undefined) => Promise<T | "stale">,
): Promise<T> {
  const recalled = await ports.store.clients.recall(id);
  try {
    const answer = await attempt(recalled);
    if (answer !== "stale") return answer;
  } catch (error) {
    const judged = error instanceof OAuthError && error.status.http < 500;
    if (!judged || (await isCurrent(id, recalled, ports))) throw error;
  }
  const answer = await attempt(await ports.store.clients.find(id));
  if (answer !== "stale") return answer;
  return refuse("temporarily_unavailable", "The client is being changed. Please try again.", { retryAfterSeconds: 1 });
}

async function isCurrent(id: string, client: Client | undefined, { store }: Ports): Promise<boolean> {
  if (client === undefined) return (await store.clients.find(id)) === undefined;
  return store.clients.isCurrent(id, client.revision);
}
