/** What is left of a grant, seen from outside: by introspection, userinfo and the token endpoint. */
import { expect } from "vitest";
import { authorizationRequest, type FlowChoices, isActive, refresh, runFlow, type TestClient } from "./code-flow.ts";
import { type Answer, basic, type Callable, type Form } from "./server.ts";

export interface Issued {
  readonly access_token: string;
  readonly refresh_token?: string;
}

export interface FreshCode {
  readonly code: string;
  readonly verifier: string;
  readonly nonce: string;
}

/** A code that its user has brought back and nobody has spent. */
export async function freshCode(
  world: Callable,
  client: TestClient,
  over: Record<string, string | undefined> = {},
  choices: FlowChoices = {},
): Promise<FreshCode> {
  const asked = authorizationRequest(world, client, over);
  const place = await runFlow(world, asked.url, choices);
  const code = place.searchParams.get("code");
  if (code === null) throw new Error(`no code in ${place.href}`);
  return { code, verifier: asked.verifier, nonce: asked.nonce };
}

/** An authorization request without PKCE. */
export const withoutPkce = { code_challenge: undefined, code_challenge_method: undefined };

export function askToken(world: Callable, client: TestClient, form: Form): Promise<Answer> {
  return world.post("/oauth2/token", form, basic(client.id, client.secret));
}

export function revokeToken(world: Callable, client: TestClient, token: string, hint?: string): Promise<Answer> {
  const form = hint === undefined ? { token } : { token, token_type_hint: hint };
  return world.post("/oauth2/revoke", form, basic(client.id, client.secret));
}

export function userinfo(world: Callable, token: string): Promise<Answer> {
  return world.get("/userinfo", { authorization: `Bearer ${token}` });
}

/** Every token of the grant is worth nothing, everywhere. */
export async function expectDead(world: Callable, client: TestClient, tokens: Issued): Promise<void> {
  expect(await introspected(world, tokens.access_token)).toEqual({ active: false });
  const answer = await userinfo(world, tokens.access_token);
  expect([answer.status, answer.body.error]).toEqual([401, "invalid_token"]);
  if (tokens.refresh_token === undefined) return;
  expect(await introspected(world, tokens.refresh_token)).toEqual({ active: false });
  const refreshed = await refresh(world, client, tokens.refresh_token);
  expect([refreshed.status, refreshed.body.error]).toEqual([400, "invalid_grant"]);
}

/** An attack left the tokens as they were. */
export async function expectAlive(world: Callable, tokens: Issued): Promise<void> {
  expect(await isActive(world, tokens.access_token)).toBe(true);
  expect((await userinfo(world, tokens.access_token)).status).toBe(200);
  if (tokens.refresh_token !== undefined) expect(await isActive(world, tokens.refresh_token)).toBe(true);
}

export async function introspected(world: Callable, token: string): Promise<Record<string, unknown>> {
  const answer = await world.introspect({ token });
  expect(answer.status).toBe(200);
  return answer.body;
}

/** The refusal in two words. */
export function refusal(answer: Answer): [number, unknown] {
  return [answer.status, answer.body.error];
}

/** How many of the answers have each status. */
export function countStatuses(answers: readonly Answer[]): Record<number, number> {
  const counts: Record<number, number> = {};
  for (const { status } of answers) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
}

/** The claims of a JWT, unverified. */
export function claimsOf(jwt: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(jwt.split(".")[1] ?? "", "base64url").toString("utf8"));
}

export function headerOf(jwt: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(jwt.split(".")[0] ?? "", "base64url").toString("utf8"));
}
