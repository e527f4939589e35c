/** Administrators sign users out: of one session, or everywhere. */
import type { Ports } from "../../ports/ports.ts";
import { refuse } from "../../protocol/errors.ts";
import { endSessions } from "./end-sessions.ts";

export interface LoginSessionRevocation {
  /** "" where it is not said. */
  readonly subject: string;
  readonly sessionId: string;
  readonly now: Date;
}

/** One step in the database ends so many. */
const batch = 100;

/** Clients are told over the back channel; that there was no session is no fault. */
export async function revokeLoginSessions(revocation: LoginSessionRevocation, ports: Ports): Promise<void> {
  const { subject, sessionId, now } = revocation;
  if ((subject === "") === (sessionId === "")) {
    refuse("invalid_request", "Name either 'subject' or 'sid'.", { field: "subject" });
  }
  if (sessionId !== "") {
    await endSessions({ sessionIds: [sessionId], logoutId: null, now }, ports);
    return;
  }
  for (let more = true; more; ) {
    const sessionIds = await ports.store.loginSessions.ofSubject(subject, batch);
    if (sessionIds.length > 0) await endSessions({ sessionIds, logoutId: null, now }, ports);
    more = sessionIds.length === batch;
  }
}
