/** Asks the operator's web hooks what the tokens are to say, and whether there are to be any. */
import type { Ports } from "../../ports/ports.ts";
import type { TokenHook, TokenHooks } from "../../ports/token-hook.ts";
import { refuse } from "../../protocol/errors.ts";
import type { JsonObject } from "../../protocol/json.ts";
import {
  type HookAnswer,
  type HookFacts,
  refreshHookQuestion,
  type TokenClaims,
  tokenHookQuestion,
  withHookClaims,
} from "../../protocol/token-hook.ts";
import { claimStyle } from "../tokens/access-token.ts";
import type { AskHooks, Earned, TokenRequest } from "./grant.ts";

/** One request asks them once: what is done over, for a changed client or a lost race, has the same answer. */
export function askingOnce(hooks: TokenHooks): AskHooks {
  let asked: { readonly about: string; readonly heard: Promise<TokenClaims | null> } | undefined;
  return async (request, grantType, ports) => {
    const { earned } = request;
    const about = JSON.stringify([request.client.id, earned.authorization?.id, earned.scope, earned.audience]);
    // Something else than before is asked about only when the client was changed meanwhile.
    if (asked?.about !== about) asked = { about, heard: askAll(hooks, factsOf(request, grantType, ports)) };
    const claims = await asked.heard;
    return claims === null ? earned : withClaims(earned, claims, ports);
  };
}

type HookedRequest = Pick<TokenRequest, "client" | "form"> & { readonly earned: Earned };

function factsOf({ client, earned, form }: HookedRequest, grantType: string, { config }: Ports): HookFacts {
  const { authorization, scope, audience } = earned;
  return {
    issuer: config["urls.self.issuer"],
    clientId: client.id,
    grantType,
    authorization,
    subject: earned.subject ?? client.id,
    scope,
    audience,
    claims: { accessToken: authorization?.accessTokenClaims ?? {}, idToken: authorization?.idTokenClaims ?? {} },
    form,
    style: claimStyle(config),
  };
}

/** What the tokens are to say after all; null when no hook has changed anything. */
async function askAll(hooks: TokenHooks, facts: HookFacts): Promise<TokenClaims | null> {
  const refresh = facts.grantType === "refresh_token" ? hooks.refresh : null;
  const first = refresh && (await ask(refresh, refreshHookQuestion(facts), facts));
  if (hooks.token === null) return first;
  const later = first === null ? facts : { ...facts, claims: first };
  return (await ask(hooks.token, tokenHookQuestion(later), later)) ?? first;
}

async function ask(hook: TokenHook, question: JsonObject, facts: HookFacts): Promise<TokenClaims | null> {
  const answer = await answerOf(hook, question);
  if (answer.kind === "denied") refuse("access_denied", "The token hook has refused the request.");
  return answer.kind === "claims" ? withHookClaims(facts.claims, answer.claims, facts.grantType) : null;
}

/** Without the hook's word there are no tokens; nothing has been spent for them yet, so the client may try again. */
async function answerOf(hook: TokenHook, question: JsonObject): Promise<HookAnswer> {
  try {
    return await hook(question);
  } catch (cause) {
    return refuse("server_error", "The token hook cannot be asked, or has not answered as it should.", { cause });
  }
}

async function withClaims(earned: Earned, claims: TokenClaims, { store }: Ports): Promise<Earned> {
  const { authorization } = earned;
  if (authorization === null) return { ...earned, claims: claims.accessToken };
  const { accessToken: accessTokenClaims, idToken: idTokenClaims } = claims;
  const said = { accessTokenClaims, idTokenClaims };
  // As in Hydra they stay for refreshes to come, and for userinfo. A hook that says the same again costs nothing.
  if (
    !isSame(accessTokenClaims, authorization.accessTokenClaims) ||
    !isSame(idTokenClaims, authorization.idTokenClaims)
  ) {
    await store.authorizations.setClaims({ id: authorization.id, ...said });
  }
  return { ...earned, authorization: { ...authorization, ...said }, claims: accessTokenClaims };
}

function isSame(left: JsonObject, right: JsonObject): boolean {
  return JSON.stringify(left) === JSON.stringify(right);
}
