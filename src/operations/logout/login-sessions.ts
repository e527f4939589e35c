/** Administrators see where users are signed in, and sign them out: of one session, of a client, or everywhere. */
import type { Ports } from "../../ports/ports.ts";
import type { ListedSession, SessionPage } from "../../ports/store/login-sessions.ts";
import { refuse } from "../../protocol/errors.ts";
import { type PageRequest, pageOf } from "../../protocol/page.ts";
import { endSessions } from "./end-sessions.ts";

/** Whose sessions: exactly one is not "". */
export interface WhichSessions {
  readonly subject: string;
  readonly clientId: string;
  readonly sessionId: string;
}

export interface LoginSessionRevocation extends WhichSessions {
  readonly now: Date;
}

export interface LoginSessionListRequest extends WhichSessions, PageRequest {}

export interface LoginSessionList {
  readonly sessions: readonly ListedSession[];
  /** "" when there are no more. */
  readonly nextPageToken: string;
}

/** One step in the database ends so many. */
const batch = 100;

export async function listLoginSessions(request: LoginSessionListRequest, ports: Ports): Promise<LoginSessionList> {
  const { store, secrets } = ports;
  const by = requireOne(request);
  const { rows, nextPageToken } = await pageOf(request, {
    list: ["login sessions", by],
    tokens: secrets,
    read: (after, limit) => store.loginSessions.list({ by, after, limit, now: request.now }),
    positionOf: (session) => session.id,
  });
  return { sessions: rows, nextPageToken };
}

/** Clients are told over the back channel; that there was no session is no fault. */
export async function revokeLoginSessions(revocation: LoginSessionRevocation, ports: Ports): Promise<void> {
  const { now } = revocation;
  const by = requireOne(revocation);
  if ("sessionId" in by) {
    await endSessions({ sessionIds: [by.sessionId], logoutId: null, now }, ports);
    return;
  }
  const { loginSessions } = ports.store;
  for (let more = true; more; ) {
    const sessionIds =
      "subject" in by
        ? await loginSessions.ofSubject(by.subject, batch)
        : (await loginSessions.list({ by, after: null, limit: batch, now })).map(({ id }) => id);
    if (sessionIds.length > 0) await endSessions({ sessionIds, logoutId: null, now }, ports);
    more = sessionIds.length === batch;
  }
}

// What is forgotten must not mean everybody, and what is said twice not more than was meant.
function requireOne({ subject, clientId, sessionId }: WhichSessions): SessionPage["by"] {
  if ([subject, clientId, sessionId].filter((said) => said !== "").length !== 1) {
    refuse("invalid_request", "Name either 'subject', 'client' or 'sid'.", { field: "subject" });
  }
  if (sessionId !== "") return { sessionId };
  return subject === "" ? { clientId } : { subject };
}
