/** A code or refresh token that was used before came again, proven: somebody has it who should not. */
import type { Ports } from "../../ports/ports.ts";
import type { Client } from "../../protocol/client.ts";

interface Replay {
  readonly type: "code_replayed" | "device_code_replayed" | "refresh_token_replayed";
  /** Who presented it. */
  readonly client: Client;
  readonly authorizationId: string;
  readonly now: Date;
}

/** Ends all that hangs from the authorization: RFC 6749 §4.1.2, RFC 9700 §4.14.2. */
export async function endReplayed({ type, client, authorizationId, now }: Replay, ports: Ports): Promise<void> {
  const { store, events } = ports;
  // The client may be a remembered one: a secret that was replaced since must not end anything.
  if (!(await store.clients.isCurrent(client.id, client.revision))) return;
  await store.authorizations.revoke(authorizationId, now, type);
  events.emit({ type, clientId: client.id, authorizationId });
}
