/** What the login application asks and answers. */
import type { Ports } from "../../ports/ports.ts";
import type { Client } from "../../protocol/client.ts";
import { below, paths } from "../../protocol/endpoints.ts";
import { refuse } from "../../protocol/errors.ts";
import type { AcceptedLogin, Flow, LoginAnswer, Rejection } from "../../protocol/flow.ts";
import { withQuery } from "../../protocol/redirect-uri.ts";
import { isCleanText } from "../../protocol/text.ts";
import { requireAnswerable } from "./challenge.ts";
import { loginAgainUrl, restartUrl } from "./pages.ts";

export interface LoginRequest {
  readonly challenge: string;
  readonly flow: Flow;
  readonly client: Client;
  readonly skip: boolean;
  /** Who is signed in already; "" when nobody counts as being so. */
  readonly subject: string;
}

export type LoginAcceptance = Omit<AcceptedLogin, "authenticatedAt">;

interface Asked {
  readonly challenge: string;
  readonly now: Date;
}

export async function getLogin({ challenge, now }: Asked, ports: Ports): Promise<LoginRequest> {
  const { flow, client } = await requireAnswerable({ challenge, now, page: "login" }, ports);
  return { challenge, flow, client, skip: flow.loginSkipped !== null, subject: flow.loginSkipped?.subject ?? "" };
}

/** May be answered again until the browser has come back: the last answer counts, and `redirectTo` is the same. */
export async function acceptLogin(
  { challenge, answer, now }: Asked & { readonly answer: LoginAcceptance },
  ports: Ports,
): Promise<{ redirectTo: string }> {
  const { flow } = await requireAnswerable({ challenge, now, page: "login" }, ports);
  requireSubject(answer.subject);
  const skipped = flow.loginSkipped;
  // No silent switch of users: whoever it is has to sign in.
  if (skipped !== null && skipped.subject !== answer.subject && !flow.request.prompt.includes("none")) {
    return { redirectTo: loginAgainUrl(flow, ports) };
  }
  const accepted = { ...answer, authenticatedAt: skipped?.authenticatedAt ?? now };
  const redirectTo = await giveAnswer(flow, { accepted }, { challenge, now }, ports);
  ports.events.emit({ type: "login_accepted", clientId: flow.clientId, flowId: flow.id, subject: answer.subject });
  return { redirectTo };
}

export async function rejectLogin(
  { challenge, rejection, now }: Asked & { readonly rejection: Rejection },
  ports: Ports,
): Promise<{ redirectTo: string }> {
  const { flow } = await requireAnswerable({ challenge, now, page: "login" }, ports);
  const redirectTo = await giveAnswer(flow, { rejected: rejection }, { challenge, now }, ports);
  ports.events.emit({ type: "login_rejected", clientId: flow.clientId, flowId: flow.id });
  return { redirectTo };
}

async function giveAnswer(flow: Flow, answer: LoginAnswer, { challenge, now }: Asked, ports: Ports): Promise<string> {
  if (!(await ports.store.flows.answerLogin(flow.id, answer, now))) {
    // The browser came back in between: say so as for any past step.
    await requireAnswerable({ challenge, now, page: "login" }, ports);
    refuse("gone", "The login request has been used.", { redirectTo: restartUrl(flow, ports) });
  }
  const base = below(ports.config["urls.self.public"], paths.authorization);
  return withQuery(base, [["login_verifier", ports.secrets.handle(flow.id, "login_verifier")]]);
}

function requireSubject(subject: string): void {
  if (subject === "") refuse("invalid_request", "Field 'subject' must not be empty.", { field: "subject" });
  if (subject.length > 1024 || !isCleanText(subject) || /\p{Cc}/u.test(subject)) {
    refuse("invalid_request", "Field 'subject' must be text of at most 1024 characters without control characters.", {
      field: "subject",
    });
  }
}
