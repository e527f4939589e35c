/** Ends sessions, whoever wants it: the one step in the database, and what follows from it elsewhere. */
import type { Ports } from "../../ports/ports.ts";
import type { SessionsEnded } from "../../ports/store/login-sessions.ts";
import { deliverySeconds } from "../../protocol/end-session.ts";
import { after } from "../../protocol/lifespan.ts";
import type { EndedSession } from "../../protocol/logout.ts";

export interface SessionsToEnd {
  readonly sessionIds: readonly string[];
  /** The accepted logout that is done with it, or null. */
  readonly logoutId: string | null;
  readonly now: Date;
}

export async function endSessions(order: SessionsToEnd, ports: Ports): Promise<SessionsEnded> {
  const { config, events, store } = ports;
  const giveUpAt = after(order.now, deliverySeconds);
  const ended = await store.loginSessions.end({ ...order, revoke: config["logout.revoke"], giveUpAt });
  for (const { id, subject } of ended.sessions) events.emit({ type: "session_ended", sessionId: id, subject });
  await Promise.all(ended.sessions.map((session) => endAtIdentityProvider(session, ports)));
  return ended;
}

/** Best effort: our session has ended, whatever becomes of the one that the login application's user had elsewhere. */
async function endAtIdentityProvider(session: EndedSession, { config, events, outbound }: Ports): Promise<void> {
  const base = config["urls.identity_provider.url"];
  const { id, identityProviderSessionId } = session;
  if (base === null || identityProviderSessionId === "") return;
  try {
    await outbound.endIdentityProviderSession(identityProviderSessionId);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    events.emit({ type: "identity_provider_session_kept", sessionId: id, reason });
  }
}
