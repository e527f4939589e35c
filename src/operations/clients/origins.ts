/** Which web pages may call in a client's name: the origins it has registered (Fetch §3.2). */
import type { Ports } from "../../ports/ports.ts";
import { findAccessToken } from "../tokens/live.ts";

/** Who seems to be calling: a name that nobody has proven yet, or a token. */
export interface Caller {
  readonly clientId: string | null;
  readonly token: string | null;
  readonly now: Date;
}

/** Only says whose pages may read the answer; what the answer is has been decided by other means. */
export async function registeredOrigins({ clientId, token, now }: Caller, ports: Ports): Promise<readonly string[]> {
  const id = clientId ?? (token === null ? undefined : (await findAccessToken(token, now, ports))?.clientId);
  if (id === undefined) return [];
  return (await ports.store.clients.recall(id))?.allowedCorsOrigins ?? [];
}
