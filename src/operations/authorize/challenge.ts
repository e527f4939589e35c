/** The flow behind a login or consent application's challenge, as long as it may still be answered. */
import type { Ports } from "../../ports/ports.ts";
import { refuse } from "../../protocol/errors.ts";
import { answerable, isOver } from "../../protocol/flow.ts";
import { onwardUrl, restartUrl } from "./pages.ts";
import type { FoundFlow } from "./state.ts";

export interface Challenged {
  readonly challenge: string;
  readonly now: Date;
  readonly page: "login" | "consent";
}

/** Unknown: `not_found`. Too old: `request_unauthorized`. Past, or expired but kept: `gone`, with the way to begin anew. */
export async function requireAnswerable({ challenge, now, page }: Challenged, ports: Ports): Promise<FoundFlow> {
  const id = ports.secrets.openHandle(challenge, `${page}_challenge`);
  if (id === undefined) refuse("not_found", "Unable to locate the requested resource");
  const found = await ports.store.flows.find(id);
  if (found === undefined || isOver(found.flow, now)) {
    refuse("request_unauthorized", `The ${page} request has expired, please try again.`);
  }
  const { flow } = found;
  const open: readonly string[] = answerable[page];
  if (!open.includes(flow.state)) {
    refuse("gone", `The ${page} request has been used.`, { redirectTo: onwardUrl(flow, ports) });
  }
  if (flow.expiresAt <= now) {
    refuse("gone", `The ${page} request has expired.`, { redirectTo: restartUrl(flow, ports) });
  }
  return found;
}
