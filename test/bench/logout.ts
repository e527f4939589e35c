/** A sign-in and the sign-out after it, as the browser and the applications take them: 12 requests. */
import {
  answer,
  type BenchClient,
  callback,
  createClient,
  type Party,
  requestsPerFlow,
  runFlow,
  visit,
} from "./browser-flow.ts";
import type { Connection } from "./keep-alive.ts";

export const requestsPerLogout = requestsPerFlow + 4;

export function createLogoutClient(admin: Connection): Promise<BenchClient> {
  return createClient(admin, { post_logout_redirect_uris: [callback] });
}

export async function runLogout(party: Party, subject: string): Promise<void> {
  const cookies = new Map<string, string>();
  const { id_token } = await runFlow(party, subject, cookies);
  const query = new URLSearchParams({ id_token_hint: id_token, post_logout_redirect_uri: callback, state: "goodbye" });
  const url = `/oauth2/sessions/logout?${query.toString()}`;
  const challenge = await visit(party.visitor, cookies, url, "logout_challenge");
  const back = await answer(party.admin, "logout", challenge, {});
  await visit(party.visitor, cookies, back, "state");
}
