/** What the logout application asks and answers. */
import type { Ports } from "../../ports/ports.ts";
import type { Client } from "../../protocol/client.ts";
import { below, paths } from "../../protocol/endpoints.ts";
import { refuse } from "../../protocol/errors.ts";
import type { LogoutRequest } from "../../protocol/logout.ts";
import { withQuery } from "../../protocol/redirect-uri.ts";

export interface AskedLogout {
  readonly challenge: string;
  readonly request: LogoutRequest;
  /** Who wants it, proven by an ID token of the user's; null when nobody has proven it. */
  readonly client: Client | null;
}

interface Asked {
  readonly challenge: string;
  readonly now: Date;
}

export async function getLogout({ challenge, now }: Asked, ports: Ports): Promise<AskedLogout> {
  const request = await requireOpen({ challenge, now }, ports);
  const { clientId, wish } = request;
  const client = clientId === null || !wish.rpInitiated ? null : await ports.store.clients.find(clientId);
  return { challenge, request, client: client ?? null };
}

/** May be answered again until the browser has come back: the last answer counts, and `redirectTo` is the same. */
export async function acceptLogout({ challenge, now }: Asked, ports: Ports): Promise<{ redirectTo: string }> {
  const { id, clientId, sessionId } = await giveAnswer("accepted", { challenge, now }, ports);
  ports.events.emit({ type: "logout_accepted", clientId, logoutId: id, sessionId });
  const base = below(ports.config["urls.self.public"], paths.endSession);
  return { redirectTo: withQuery(base, [["logout_verifier", ports.secrets.handle(id, "logout_verifier")]]) };
}

/** The user stays signed in. Where the browser goes is the logout application's affair, as in Hydra. */
export async function rejectLogout({ challenge, now }: Asked, ports: Ports): Promise<void> {
  const { id, clientId, sessionId } = await giveAnswer("rejected", { challenge, now }, ports);
  ports.events.emit({ type: "logout_rejected", clientId, logoutId: id, sessionId });
}

async function giveAnswer(answer: "accepted" | "rejected", asked: Asked, ports: Ports): Promise<LogoutRequest> {
  const request = await requireOpen(asked, ports);
  if (await ports.store.logoutRequests.answer(request.id, answer, asked.now)) return request;
  // The browser came back in between: say so as for any past step.
  return requireOpen(asked, ports);
}

/** Unknown: `not_found`. Too old: `request_unauthorized`. Done: `gone`, with the way to ask again. */
async function requireOpen({ challenge, now }: Asked, ports: Ports): Promise<LogoutRequest> {
  const id = ports.secrets.openHandle(challenge, "logout_challenge");
  if (id === undefined) refuse("not_found", "Unable to locate the requested resource");
  const request = await ports.store.logoutRequests.find(id);
  if (request === undefined || request.expiresAt <= now) {
    refuse("request_unauthorized", "The logout request has expired, please try again.");
  }
  if (request.state === "done") {
    refuse("gone", "The logout request has been used.", { redirectTo: request.wish.requestUrl });
  }
  return request;
}
